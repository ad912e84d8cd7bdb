//! How deep brackets nest, found out before the YAML library looks: its scanner's time grows with
//! the square of that depth, and it would take minutes for a file of open brackets. Parses nothing.

use crate::MAX_BYTES;

/// The depth at which the YAML library gives up anyway.
const DEEPEST: usize = 128;

/// Says whether brackets nest too deep for a kubeconfig, or any YAML of at most [`MAX_BYTES`] bytes
/// that nobody vouches for.
///
/// Outside of brackets YAML has too many forms to tell a bracket from a character of a text, so
/// each one is followed as if it were a bracket: what really nests is always found, and a text of
/// brackets is refused only if it nests as deep. Within brackets the rules are few, and these are
/// libyaml's.
pub fn is_too_deep(text: &str) -> bool {
    // Following each bracket reads a file once for each level, so an honest one a few times.
    let mut budget = 32 * MAX_BYTES;
    text.match_indices(['[', '{']).any(|(at, _)| nests_too_deep(&text[at..], &mut budget))
}

#[derive(Clone, Copy)]
enum State {
    Anchor,
    Between,
    Comment,
    DoubleQuoted,
    Plain,
    SingleQuoted,
    Tag,
    VerbatimTag,
}

fn nests_too_deep(text: &str, budget: &mut usize) -> bool {
    let mut depth = 0_usize;
    let mut state = State::Between;
    let mut after_space = true;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let Some(left) = budget.checked_sub(1) else { return true };
        *budget = left;
        if matches!(state, State::Anchor) && !(c.is_ascii_alphanumeric() || c == '_' || c == '-') {
            state = State::Between;
        }
        state = match (state, c) {
            (State::Comment, _) if !is_break(c) => State::Comment,
            (State::DoubleQuoted, '\\') => {
                chars.next();
                State::DoubleQuoted
            }
            (State::DoubleQuoted, _) if c != '"' => State::DoubleQuoted,
            (State::SingleQuoted, _) if c != '\'' => State::SingleQuoted,
            (State::Tag, _) if c != ',' && !is_space(c) => State::Tag,
            (State::VerbatimTag, _) if c != '>' => State::VerbatimTag,
            (State::Anchor, _) => State::Anchor,
            (State::Between | State::Plain, '[' | '{') => {
                depth += 1;
                if depth > DEEPEST {
                    return true;
                }
                State::Between
            }
            (State::Between | State::Plain, ']' | '}') => {
                depth -= 1;
                if depth == 0 {
                    return false;
                }
                State::Between
            }
            (State::Plain, ',') => State::Between,
            (State::Plain, ':') if chars.peek().is_none_or(|&next| is_space(next)) => {
                State::Between
            }
            (State::Plain, '#') if after_space => State::Comment,
            (State::Plain, _) => State::Plain,
            (State::Between, '"') => State::DoubleQuoted,
            (State::Between, '\'') => State::SingleQuoted,
            (State::Between, '#') => State::Comment,
            (State::Between, '&' | '*') => State::Anchor,
            (State::Between, '!') if chars.peek() == Some(&'<') => State::VerbatimTag,
            (State::Between, '!') => State::Tag,
            // libyaml skips a byte order mark at the start of a line and takes it for text elsewhere.
            (State::Between, '\u{feff}') => return true,
            (State::Between, _) if !(is_space(c) || ",:?".contains(c)) => State::Plain,
            // A separator, or the end of what was skipped.
            _ => State::Between,
        };
        after_space = is_space(c);
    }
    false
}

fn is_space(c: char) -> bool {
    c == ' ' || c == '\t' || is_break(c)
}

fn is_break(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Closing brackets that close nothing: each would hide an opening one from mere counting.
    #[test]
    fn nothing_hides_an_open_bracket() {
        for level in [
            "[",
            "{a: ",
            "[ #]\n",
            "[ #]\u{85}",
            "[ #]\u{2028}",
            "[']', ",
            "[\"]\", ",
            "['it'']', ",
            "[\"\\\"]\", ",
            "[!<]> a, ",
            "[&a ",
            "{&a:']': ",
            "[a'b, c'd, ",
            "[a \"b, ",
            "[a#', ",
            "[a: ']', ",
            "[*a , ",
            "[!a'b c, ",
            "[? ']' : ",
            "[a:b', ",
            "[[], ",
            "[{a: 'b'}, ",
            "[-'a, ",
            "[ a #]'\n , ",
        ] {
            let levels = |count| format!("x: |\n  it's \"\ny:\n- {}", level.repeat(count));
            assert!(!is_too_deep(&levels(DEEPEST - 1)), "{level:?}");
            assert!(is_too_deep(&levels(DEEPEST + 1)), "{level:?}");
        }
    }

    #[test]
    fn an_honest_file_is_not_deep_however_large() {
        let entry = r#"{"name":"it's [a","user":{"exec":{"args":["[",{}],"env":[{"name":"x"}]}}},"#;
        let json = format!("{{\"users\":[{}{{}}]}}", entry.repeat(MAX_BYTES / entry.len() - 1));
        assert!(!is_too_deep(&json));
        assert!(
            crate::Kubeconfig::parse(json).is_err_and(|error| error.to_string().contains("two"))
        );
        assert!(!is_too_deep(&"# see [1\n- a: [b, 'c]']\n".repeat(500)));
    }
}
