//! A kubeconfig to JSON, for programs. The same document as the YAML, with kubectl's types.

use base64::{Engine, engine::general_purpose::STANDARD};
use kubepki_report::is_hidden;
use zeroize::Zeroizing;

use crate::{
    Kubeconfig,
    tree::{self, Mapping, Yaml},
    write::{Length, Sink},
};

impl Kubeconfig {
    /// Writes the JSON kubectl would print, on one line that ends in a newline.
    ///
    /// The text holds every secret in clear. A scalar of a field this crate has no name for is
    /// what YAML 1.1 makes of it, but for forms that nobody writes: `12:30`, `1_000`, `.inf` and dates
    /// are strings here.
    pub fn to_json(&self) -> Zeroizing<String> {
        let tree = tree::kubeconfig(self, None);
        // Twice, so that the text is never moved and no copy of a secret stays behind.
        let mut length = Length(0);
        object(&mut length, &tree);
        let mut text = Zeroizing::new(String::with_capacity(length.0 + 1));
        object(&mut *text, &tree);
        text.push('\n');
        text
    }
}

fn object(out: &mut impl Sink, map: &Mapping<'_>) {
    out.push("{");
    for (at, (name, node)) in map.iter().enumerate() {
        if at > 0 {
            out.push(",");
        }
        string(out, name);
        out.push(":");
        value(out, node);
    }
    out.push("}");
}

fn value(out: &mut impl Sink, node: &Yaml<'_>) {
    match node {
        Yaml::Base64(bytes) => string(out, &Zeroizing::new(STANDARD.encode(bytes))),
        Yaml::List(items) => {
            out.push("[");
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(",");
                }
                value(out, item);
            }
            out.push("]");
        }
        Yaml::Mapping(map) => object(out, map),
        Yaml::Plain(text) => plain(out, text),
        Yaml::Text(text) => string(out, text),
    }
}

/// An unquoted scalar, which YAML 1.1 gives a type.
fn plain(out: &mut impl Sink, text: &str) {
    match text.to_ascii_lowercase().as_str() {
        "null" | "~" => out.push("null"),
        "true" | "yes" | "y" | "on" => out.push("true"),
        "false" | "no" | "n" | "off" => out.push("false"),
        _ if is_json_number(text) => out.push(text),
        _ => match octal(text) {
            Some(number) => out.push(&number.to_string()),
            None => string(out, text),
        },
    }
}

/// RFC 8259, 6.
fn is_json_number(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let whole = whole.strip_prefix('-').unwrap_or(whole);
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(|text| digits(text.strip_prefix(['+', '-']).unwrap_or(text)))
}

fn octal(text: &str) -> Option<u64> {
    let digits = text.strip_prefix('0').filter(|rest| !rest.starts_with(['+', '-']))?;
    u64::from_str_radix(digits, 8).ok()
}

fn string(out: &mut impl Sink, text: &str) {
    out.push("\"");
    for character in text.chars() {
        match character {
            '"' => out.push("\\\""),
            '\\' => out.push("\\\\"),
            '\n' => out.push("\\n"),
            '\r' => out.push("\\r"),
            '\t' => out.push("\\t"),
            // RFC 8259, 7, and what a terminal would obey or not show.
            _ if is_hidden(character) => {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    out.push(&format!("\\u{unit:04x}"));
                }
            }
            _ => out.push(character.encode_utf8(&mut [0; 4])),
        }
    }
    out.push("\"");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scalars_have_the_types_kubectl_gives_them() {
        let config = Kubeconfig::parse(
            "x: [yes, 'yes', 0123, '0123', 1.5, -1e3, 12:30, null, ~, \"a\\n\\u0001\\\"\", -, 08]",
        )
        .unwrap();
        let json: serde_json::Value = serde_json::from_str(&config.to_json()).unwrap();
        let expected = serde_json::json!([
            true,
            "yes",
            83,
            "0123",
            1.5,
            -1000.0,
            "12:30",
            null,
            null,
            "a\n\u{1}\"",
            "-",
            "08"
        ]);
        assert_eq!(json["x"], expected);
        assert_eq!(json["kind"], "Config");
        let text = config.to_json();
        assert_eq!(text.len(), text.capacity(), "the text grew, and left a copy behind");
    }
}
