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
    measured(|out| mapping(out, tree, 0, "\n"))
}

/// A text that is written twice: into its length, and then into a buffer of that length.
pub(crate) fn measured(write: impl Fn(&mut dyn Sink)) -> Zeroizing<String> {
    let mut length = Length(0);
    write(&mut length);
    let mut text = Zeroizing::new(String::with_capacity(length.0));
    write(&mut *text);
    text
}

/// A list or mapping in block style below a key in `column`; begins with its indentation, and ends
/// without a newline.
pub(crate) fn block(out: &mut dyn Sink, node: &Yaml<'_>, column: usize, newline: &str) {
    match node {
        Yaml::List(items) => {
            spaces(out, column);
            list(&mut Trimmed::new(out, newline), items, column, newline);
        }
        Yaml::Mapping(map) => {
            spaces(out, column + 2);
            mapping(&mut Trimmed::new(out, newline), map, column + 2, newline);
        }
        _ => {}
    }
}

/// `name: value` in block style, without the last newline.
pub(crate) fn block_field(
    out: &mut dyn Sink,
    name: &str,
    value: &Yaml<'_>,
    column: usize,
    newline: &str,
) {
    field(&mut Trimmed::new(out, newline), name, value, column, newline);
}

/// `- entry` in block style, without the last newline.
pub(crate) fn block_item(out: &mut dyn Sink, item: &Yaml<'_>, column: usize, newline: &str) {
    list(&mut Trimmed::new(out, newline), std::slice::from_ref(item), column, newline);
}

/// A node on one line, as JSON has it if `is_json`.
pub(crate) fn flow(out: &mut dyn Sink, node: &Yaml<'_>, is_json: bool) {
    match node {
        Yaml::List(items) => {
            out.push("[");
            for (at, item) in items.iter().enumerate() {
                out.push(if at > 0 { ", " } else { "" });
                flow(out, item, is_json);
            }
            out.push("]");
        }
        Yaml::Mapping(map) => {
            out.push("{");
            for (at, (key, value)) in map.iter().enumerate() {
                out.push(if at > 0 { ", " } else { "" });
                flow_key(out, key, is_json);
                flow(out, value, is_json);
            }
            out.push("}");
        }
        leaf => leaf_like(out, leaf, if is_json { "\"" } else { "" }),
    }
}

/// A key on one line with others.
pub(crate) fn flow_key(out: &mut dyn Sink, key: &str, is_json: bool) {
    leaf_like(out, &Yaml::Text(key), if is_json { "\"" } else { "" });
    out.push(": ");
}

/// A leaf in the quotes of what stood there.
pub(crate) fn leaf_like(out: &mut dyn Sink, node: &Yaml<'_>, old: &str) {
    let encoded;
    let text: &str = match node {
        Yaml::Base64(bytes) => {
            encoded = Zeroizing::new(STANDARD.encode(bytes));
            &encoded
        }
        Yaml::Text(text) => text,
        Yaml::Plain(text) => return out.push(text),
        Yaml::List(_) => return out.push("[]"),
        Yaml::Mapping(_) => return out.push("{}"),
    };
    if old.starts_with('"') {
        quoted(out, text);
    } else if old.starts_with('\'') && !text.contains(|c| c == '\'' || is_hidden(c)) {
        out.push("'");
        out.push(text);
        out.push("'");
    } else {
        scalar(out, text);
    }
}

// `indent` is the column of the node's first character, which is already
// written when the node follows a `- `.

fn mapping(out: &mut dyn Sink, map: &Mapping<'_>, indent: usize, newline: &str) {
    for (at, (key, value)) in map.iter().enumerate() {
        if at > 0 {
            spaces(out, indent);
        }
        field(out, key, value, indent, newline);
    }
}

fn field(out: &mut dyn Sink, key: &str, value: &Yaml<'_>, indent: usize, newline: &str) {
    if key.len() > LONGEST_SIMPLE_KEY {
        out.push("? ");
        scalar(out, key);
        out.push(newline);
        spaces(out, indent);
    } else {
        scalar(out, key);
    }
    out.push(":");
    match value {
        Yaml::List(items) if !items.is_empty() => {
            out.push(newline);
            spaces(out, indent);
            list(out, items, indent, newline);
        }
        Yaml::Mapping(inner) if !inner.is_empty() => {
            out.push(newline);
            spaces(out, indent + 2);
            mapping(out, inner, indent + 2, newline);
        }
        small => {
            out.push(" ");
            leaf_like(out, small, "");
            out.push(newline);
        }
    }
}

fn list(out: &mut dyn Sink, items: &[Yaml<'_>], indent: usize, newline: &str) {
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            spaces(out, indent);
        }
        out.push("- ");
        match item {
            Yaml::List(inner) if !inner.is_empty() => list(out, inner, indent + 2, newline),
            Yaml::Mapping(inner) if !inner.is_empty() => mapping(out, inner, indent + 2, newline),
            small => {
                leaf_like(out, small, "");
                out.push(newline);
            }
        }
    }
}

fn scalar(out: &mut dyn Sink, text: &str) {
    if is_safe_unquoted(text) { out.push(text) } else { quoted(out, text) }
}

fn quoted(out: &mut dyn Sink, text: &str) {
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

pub(crate) fn spaces(out: &mut dyn Sink, count: usize) {
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

/// Writes all but the last newline.
struct Trimmed<'s> {
    out: &'s mut dyn Sink,
    newline: &'s str,
    is_held: bool,
}

impl<'s> Trimmed<'s> {
    fn new(out: &'s mut dyn Sink, newline: &'s str) -> Self {
        Self { out, newline, is_held: false }
    }
}

impl Sink for Trimmed<'_> {
    fn push(&mut self, text: &str) {
        if std::mem::take(&mut self.is_held) {
            self.out.push(self.newline);
        }
        if text == self.newline {
            self.is_held = true;
        } else {
            self.out.push(text);
        }
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
