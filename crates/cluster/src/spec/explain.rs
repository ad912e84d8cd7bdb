//! What the YAML library says, in words for the person who wrote the file.

use super::{
    error::{InvalidValue, SpecError, quote},
    locate, outline,
};

/// The library's error with its place, the field, and a hint where one is known.
pub(super) fn explain(error: &serde_yaml::Error, text: &str) -> SpecError {
    let mut location = error.location().map(|at| (at.line(), at.column()));
    let full = without_places(&error.to_string());
    if full.contains("more than one document") {
        location = locate::second_document(text);
    }
    let (path, message) = split_path(&full);
    let (invalid, field) = rewrite(message, path);
    SpecError::new(invalid).in_field(field).at(location.or(Some((1, 1))))
}

/// The names that a text has in backticks.
pub(super) fn quoted_names(text: &str) -> Vec<String> {
    text.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

fn rewrite(message: &str, path: &str) -> (InvalidValue, String) {
    let child = |name: &str| {
        if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
    };
    if let Some(rest) = message.strip_prefix("unknown field `") {
        // The name may hold anything; the list of fields is ours and holds no backtick.
        let (name, known) = rest.rsplit_once("`, expected ").unwrap_or((rest, ""));
        return (unknown_field(name, &quoted_names(known)), path.to_owned());
    }
    if let Some(name) = message.strip_prefix("missing field `").and_then(|m| m.strip_suffix('`')) {
        let invalid =
            InvalidValue::new("the field is missing").hinted(format!("add a line `{name}: ...`"));
        return (invalid, child(name));
    }
    if let Some(name) = message.strip_prefix(outline::DUPLICATE) {
        let name = name.trim_matches('`');
        let invalid = InvalidValue::new(format!("duplicate field {}", quote(name)))
            .hinted("keep one of the two");
        return (invalid, path.to_owned());
    }
    let wrong = message.strip_prefix("invalid type: ").or(message.strip_prefix("invalid value: "));
    if let Some((found, expected)) = wrong.and_then(|m| m.rsplit_once(", expected ")) {
        return (wrong_type(found, expected), path.to_owned());
    }
    let hint = HINTS.iter().find(|(part, _, _)| message.contains(part));
    let invalid = match hint {
        Some((_, message, hint)) => InvalidValue::new(*message).hinted(*hint),
        None => InvalidValue::new(format!("this is no YAML: {}", quote(message).trim_matches('`')))
            .hinted("a value with `: `, ` #` or a leading `[`, `{`, `*`, `&`, `@` needs quotes"),
    };
    (invalid, path.to_owned())
}

fn unknown_field(name: &str, known: &[String]) -> InvalidValue {
    let invalid = InvalidValue::new(format!("unknown field {}", quote(name)));
    if name == "<<" {
        return invalid.hinted("merge keys are not supported, write the fields out");
    }
    // Field names are short, so a long text is far from all of them.
    let nearest = known
        .iter()
        .filter(|_| name.len() <= 40)
        .map(|field| (strsim::levenshtein(&field.to_lowercase(), &name.to_lowercase()), field))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, field)| *distance <= 1 + field.len() / 5);
    invalid.hinted(match nearest {
        Some((_, field)) => format!("did you mean `{field}`?"),
        None => format!("the fields here are {}", known.join(", ")),
    })
}

fn wrong_type(found: &str, expected: &str) -> InvalidValue {
    let found = match found {
        "map" => "fields".to_owned(),
        "sequence" => "a list".to_owned(),
        "unit value" => "no value".to_owned(),
        other => quote(other).trim_matches('`').to_owned(),
    };
    let (expected, hint) = match expected {
        "a sequence" => ("a list", "write a list, such as `[a, b]`"),
        "a boolean" => ("`true` or `false`", "write `true` or `false`, without quotes"),
        "a string" => ("text", "write one value"),
        "i64" => ("a whole number", "write a number, without quotes"),
        "a field name" => ("a field name", "write `name: value`"),
        _ => ("fields", "write `name: value` lines"),
    };
    InvalidValue::new(format!("expected {expected}, found {found}")).hinted(hint)
}

/// What a message holds, what is said instead, and the hint.
const HINTS: &[(&str, &str, &str)] = &[
    (outline::EMPTY, outline::EMPTY, "`kubepki init` writes a spec to start from"),
    ("EOF while parsing", outline::EMPTY, "`kubepki init` writes a spec to start from"),
    (outline::NO_VALUE, outline::NO_VALUE, "write a value, or remove the line"),
    (outline::TAG, outline::TAG, "remove the word that begins with `!`, or quote the value"),
    (outline::TOO_DEEP, outline::TOO_DEEP, "is this the right file?"),
    ("recursion limit", outline::TOO_DEEP, "is this the right file?"),
    (outline::TOO_MANY_ALIASES, outline::TOO_MANY_ALIASES, "write the values out"),
    ("repetition limit", outline::TOO_MANY_ALIASES, "write the values out"),
    ("unknown anchor", "an alias has no anchor", "write the value out, or quote it"),
    (
        "more than one document",
        "a spec is one document, and here a second begins",
        "remove the line `---`, or keep one cluster per file",
    ),
    (
        "cannot start any token",
        "this is no YAML: the character cannot begin a value",
        "indent with spaces, not tabs; a value that begins with `@` or a backtick needs quotes",
    ),
    (
        "mapping values are not allowed",
        "this is no YAML: a second `: ` in one line, or a wrong indentation",
        "quote a value that holds `: `",
    ),
];

/// The message without every ` at line L column C` and ` at position P`: the place is told apart.
fn without_places(message: &str) -> String {
    let mut kept = String::new();
    for (index, part) in message.split(" at line ").enumerate() {
        let place = part.split_once(" column ").filter(|(line, _)| is_number(line));
        match place {
            Some((_, rest)) if index > 0 => {
                kept.push_str(rest.trim_start_matches(|c: char| c.is_ascii_digit()));
            }
            _ if index > 0 => {
                kept.push_str(" at line ");
                kept.push_str(part);
            }
            _ => kept.push_str(part),
        }
    }
    let position = kept.rsplit_once(" at position ").filter(|(_, position)| is_number(position));
    if let Some((message, _)) = position {
        return message.to_owned();
    }
    kept
}

/// Splits the path of known field names off, which the library writes before the message.
fn split_path(message: &str) -> (&str, &str) {
    let is_path = |c: char| c.is_ascii_alphanumeric() || ".[]".contains(c);
    match message.split_once(": ") {
        Some((path, rest)) if path.chars().all(is_path) => (path.trim_start_matches('.'), rest),
        _ => ("", message),
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_cut_out_of_messages() {
        for (message, kept) in [
            ("a: b at line 1 column 23", "a: b"),
            ("bad at line 3 column 1, while parsing x at line 2 column 7", "bad, while parsing x"),
            ("bad at position 0", "bad"),
            ("unknown field ` at line x`", "unknown field ` at line x`"),
        ] {
            assert_eq!(without_places(message), kept);
        }
    }
}
