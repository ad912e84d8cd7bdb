//! A kubeconfig to YAML, in kubectl's order: every mapping alphabetical, lists not indented.
//! Keeps no copy: the buffer is measured first, so that no secret stays behind in a smaller one.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::STANDARD};
use zeroize::Zeroizing;

use crate::{
    AuthInfo, Cluster, Context, Fields, Kubeconfig, NamedCluster, NamedContext, NamedUser, Value,
    fields::Node,
};

impl Kubeconfig {
    /// Writes the file kubectl reads, ending in a newline; equal values give equal text.
    ///
    /// Empty optional fields are left out. The text holds every secret in clear.
    pub fn to_yaml(&self) -> Zeroizing<String> {
        let tree = kubeconfig(self);
        let mut length = Length(0);
        mapping(&mut length, &tree, 0);
        let mut text = Zeroizing::new(String::with_capacity(length.0));
        mapping(&mut *text, &tree, 0);
        text
    }
}

type Mapping<'a> = BTreeMap<&'a str, Yaml<'a>>;

enum Yaml<'a> {
    Base64(&'a [u8]),
    List(Vec<Self>),
    Mapping(Mapping<'a>),
    Plain(&'a str),
    Text(&'a str),
}

fn kubeconfig(config: &Kubeconfig) -> Mapping<'_> {
    let mut map = fields(&config.other);
    map.insert("apiVersion", Yaml::Text(&config.api_version));
    map.insert("clusters", Yaml::List(config.clusters.iter().map(named_cluster).collect()));
    map.insert("contexts", Yaml::List(config.contexts.iter().map(named_context).collect()));
    map.insert("current-context", Yaml::Text(&config.current_context));
    map.insert("kind", Yaml::Text(&config.kind));
    map.insert("preferences", Yaml::Mapping(fields(&config.preferences)));
    map.insert("users", Yaml::List(config.users.iter().map(named_user).collect()));
    map
}

fn named_cluster(named: &NamedCluster) -> Yaml<'_> {
    let Cluster {
        server,
        certificate_authority,
        certificate_authority_data,
        insecure_skip_tls_verify,
        tls_server_name,
        proxy_url,
        other,
    } = &named.cluster;
    let mut map = fields(other);
    optional(&mut map, "certificate-authority", certificate_authority.as_deref());
    base64(
        &mut map,
        "certificate-authority-data",
        certificate_authority_data.as_ref().map(AsRef::as_ref),
    );
    if *insecure_skip_tls_verify {
        map.insert("insecure-skip-tls-verify", Yaml::Plain("true"));
    }
    optional(&mut map, "proxy-url", proxy_url.as_deref());
    map.insert("server", Yaml::Text(server));
    optional(&mut map, "tls-server-name", tls_server_name.as_deref());
    named_entry(&named.name, "cluster", map, &named.other)
}

fn named_context(named: &NamedContext) -> Yaml<'_> {
    let Context { cluster, user, namespace, other } = &named.context;
    let mut map = fields(other);
    map.insert("cluster", Yaml::Text(cluster));
    optional(&mut map, "namespace", namespace.as_deref());
    map.insert("user", Yaml::Text(user));
    named_entry(&named.name, "context", map, &named.other)
}

fn named_user(named: &NamedUser) -> Yaml<'_> {
    let AuthInfo {
        client_certificate,
        client_certificate_data,
        client_key,
        client_key_data,
        token,
        token_file,
        username,
        password,
        other,
    } = &named.user;
    let mut map = fields(other);
    optional(&mut map, "client-certificate", client_certificate.as_deref());
    base64(
        &mut map,
        "client-certificate-data",
        client_certificate_data.as_ref().map(AsRef::as_ref),
    );
    optional(&mut map, "client-key", client_key.as_deref());
    base64(&mut map, "client-key-data", client_key_data.as_ref().map(|key| key.expose()));
    optional(&mut map, "password", password.as_ref().map(|text| text.expose()));
    optional(&mut map, "token", token.as_ref().map(|text| text.expose()));
    optional(&mut map, "tokenFile", token_file.as_deref());
    optional(&mut map, "username", username.as_deref());
    named_entry(&named.name, "user", map, &named.other)
}

fn named_entry<'a>(
    name: &'a str,
    noun: &'static str,
    inner: Mapping<'a>,
    other: &'a Fields,
) -> Yaml<'a> {
    let mut map = fields(other);
    map.insert("name", Yaml::Text(name));
    map.insert(noun, Yaml::Mapping(inner));
    Yaml::Mapping(map)
}

fn optional<'a>(map: &mut Mapping<'a>, key: &'static str, text: Option<&'a str>) {
    if let Some(text) = text.filter(|text| !text.is_empty()) {
        map.insert(key, Yaml::Text(text));
    }
}

fn base64<'a>(map: &mut Mapping<'a>, key: &'static str, bytes: Option<&'a [u8]>) {
    if let Some(bytes) = bytes.filter(|bytes| !bytes.is_empty()) {
        map.insert(key, Yaml::Base64(bytes));
    }
}

fn fields(fields: &Fields) -> Mapping<'_> {
    fields.iter().map(|(name, field)| (name, value(field))).collect()
}

fn value(value: &Value) -> Yaml<'_> {
    match &value.0 {
        Node::Fields(inner) => Yaml::Mapping(fields(inner)),
        Node::List(items) => Yaml::List(items.iter().map(self::value).collect()),
        Node::Plain(text) => Yaml::Plain(text.expose()),
        Node::Text(text) => Yaml::Text(text.expose()),
    }
}

// From the tree to text. `indent` is the column of the node's first character, which is already
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
            '\0'..' ' | '\x7f'..='\u{9f}' => out.push(&format!("\\x{:02x}", character as u32)),
            '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' => {
                out.push(&format!("\\u{:04x}", character as u32));
            }
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

trait Sink {
    fn push(&mut self, text: &str);
}

struct Length(usize);

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
