//! A kubeconfig to YAML, in kubectl's order: every mapping alphabetical, lists not indented.
//! Keeps no copy: the buffer is measured first, so that no secret stays behind in a smaller one.

use base64::{Engine, engine::general_purpose::STANDARD};
use kubepki_report::is_hidden;
use zeroize::Zeroizing;

use crate::{
    Error, Kubeconfig,
    tree::{self, Mapping, Yaml},
};

impl Kubeconfig {
    /// Writes the file kubectl reads, ending in a newline; equal values give equal text.
    ///
    /// Empty optional fields are left out. The text holds every secret in clear.
    pub fn to_yaml(&self) -> Zeroizing<String> {
        written(&tree::kubeconfig(self, None))
    }

    /// Writes what the context of this name needs, with it as the current one: what
    /// [`Kubeconfig::minify`] leaves, without a change to this kubeconfig.
    ///
    /// # Errors
    ///
    /// Those of [`Kubeconfig::minify`].
    pub fn to_yaml_of(&self, context: &str) -> Result<Zeroizing<String>, Error> {
        Ok(written(&tree::kubeconfig(self, Some(&self.needs(context)?))))
    }
}

fn written(tree: &Mapping<'_>) -> Zeroizing<String> {
    let mut length = Length(0);
    mapping(&mut length, tree, 0);
    let mut text = Zeroizing::new(String::with_capacity(length.0));
    mapping(&mut *text, tree, 0);
    text
}

// `indent` is the column of the node's first character, which is already
// written when the node follows a `- `.

fn mapping(out: &mut impl Sink, map: &Mapping<'_>, indent: usize) {
    for (at, (key, value)) in map.iter().enumerate() {
        if at > 0 {
            spaces(out, indent);
        }
        if key.len() > LONGEST_SIMPLE_KEY {
            out.push("? ");
            scalar(out, key);
            out.push("\n");
            spaces(out, indent);
        } else {
            scalar(out, key);
        }
        out.push(":");
        match value {
            Yaml::List(items) if !items.is_empty() => {
                out.push("\n");
                spaces(out, indent);
                list(out, items, indent);
            }
            Yaml::Mapping(inner) if !inner.is_empty() => {
                out.push("\n");
                spaces(out, indent + 2);
                mapping(out, inner, indent + 2);
            }
            small => {
                out.push(" ");
                leaf(out, small);
            }
        }
    }
}

fn list(out: &mut impl Sink, items: &[Yaml<'_>], indent: usize) {
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            spaces(out, indent);
        }
        out.push("- ");
        match item {
            Yaml::List(inner) if !inner.is_empty() => list(out, inner, indent + 2),
            Yaml::Mapping(inner) if !inner.is_empty() => mapping(out, inner, indent + 2),
            small => leaf(out, small),
        }
    }
}

fn leaf(out: &mut impl Sink, node: &Yaml<'_>) {
    match node {
        Yaml::Base64(bytes) => scalar(out, &Zeroizing::new(STANDARD.encode(bytes))),
        Yaml::List(_) => out.push("[]"),
        Yaml::Mapping(_) => out.push("{}"),
        Yaml::Plain(text) => out.push(text),
        Yaml::Text(text) => scalar(out, text),
    }
    out.push("\n");
}

fn scalar(out: &mut impl Sink, text: &str) {
    if is_safe_unquoted(text) {
        return out.push(text);
    }
    out.push("\"");
    for character in text.chars() {
        match character {
            '"' => out.push("\\\""),
            '\\' => out.push("\\\\"),
            '\n' => out.push("\\n"),
            '\r' => out.push("\\r"),
            '\t' => out.push("\\t"),
            // YAML 1.1, 5.1: not printable, or a line break there, or taken for a byte order mark.
            // What is not seen would deceive whoever reads the file.
            _ if is_hidden(character) => out.push(&match u32::from(character) {
                code @ 0..0x100 => format!("\\x{code:02x}"),
                code @ 0x100..0x1_0000 => format!("\\u{code:04x}"),
                code => format!("\\U{code:08x}"),
            }),
            _ => out.push(character.encode_utf8(&mut [0; 4])),
        }
    }
    out.push("\"");
}

/// Says whether every YAML reader takes the text for a string without quotes.
fn is_safe_unquoted(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '/')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_./:@+=".contains(c))
        && !text.ends_with(':')
        && !is_keyword(text)
}

/// Says whether YAML 1.1, which kubectl reads, or YAML 1.2 has a word for a boolean or null here.
pub(crate) fn is_keyword(text: &str) -> bool {
    const WORDS: [&str; 9] = ["false", "n", "no", "null", "off", "on", "true", "y", "yes"];
    WORDS.iter().any(|word| word.eq_ignore_ascii_case(text))
}

fn spaces(out: &mut impl Sink, count: usize) {
    for _ in 0..count {
        out.push(" ");
    }
}

/// YAML 1.1, 7.3.3 (and libyaml): a key that does not announce itself has at most 1024 characters;
/// every byte of ours may become an escape of four.
const LONGEST_SIMPLE_KEY: usize = 250;

/// Where a document goes: into a text, or first into its length, so that the text never grows
/// and leaves no copy of a secret behind.
pub(crate) trait Sink {
    fn push(&mut self, text: &str);
}

pub(crate) struct Length(pub(crate) usize);

impl Sink for Length {
    fn push(&mut self, text: &str) {
        self.0 += text.len();
    }
}

impl Sink for String {
    fn push(&mut self, text: &str) {
        self.push_str(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Value;

    fn written(text: &str) -> String {
        let mut out = String::new();
        scalar(&mut out, text);
        out
    }

    #[test]
    fn quotes_what_a_reader_could_take_for_something_else() {
        for plain in ["https://10.0.0.1:6443", "jane@prod", "system:node:n1", "/etc/ca.crt", "LS0="]
        {
            assert_eq!(written(plain), plain);
        }
        for text in [
            "", "yes", "Y", "NULL", "~", "0123", "1e3", "12:30:45", ".inf", "a: b", "a #b", "<<",
            "=", "a:",
        ] {
            assert_eq!(written(text), format!("\"{text}\""));
        }
        assert_eq!(written("a\u{85}\n\"\0"), r#""a\x85\n\"\x00""#);
    }

    #[test]
    fn the_buffer_never_grows() {
        let mut config = Kubeconfig::default();
        config.other.insert("k".repeat(2000), Value::from(vec!["é\u{85}".into(), Value::from(7)]));
        let text = config.to_yaml();
        assert_eq!(text.len(), text.capacity());
        assert_eq!(Kubeconfig::parse(text.as_bytes()).unwrap(), config);
    }
}
