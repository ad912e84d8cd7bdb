//! The few lines that kubectl, kubeadm and kubepki write most kubeconfigs with, read without a YAML
//! library, which takes ten times as long. Refuses nothing: what it does not know it leaves to YAML.

use crate::{
    AuthInfo, Cluster, Context, Kubeconfig, NamedCluster, NamedContext, NamedUser,
    scalar::{data, text},
    write::is_keyword,
};

/// Reads a kubeconfig of nothing but plain lines, in which YAML can only mean what they say; `None`
/// for any other text, well-formed or not.
pub(crate) fn read(text: &str) -> Option<Kubeconfig> {
    let mut config = Kubeconfig::default();
    let (mut clusters, mut contexts, mut users) = (None, None, None);
    let (mut api_version, mut kind, mut preferences, mut current) = (None, None, None, None);
    let mut lines = Lines::of(text)?;
    while let Some(line) = lines.next()? {
        let Line { indent: 0, is_item: false, key, value } = line else { return None };
        match (key, value) {
            ("apiVersion", Some(value)) => once(&mut api_version, value)?,
            ("kind", Some(value)) => once(&mut kind, value)?,
            ("current-context", Some(value)) => once(&mut current, value)?,
            ("preferences", Some("{}")) => once(&mut preferences, "{}")?,
            ("clusters", None) => once(&mut clusters, items(&mut lines, "cluster", cluster)?)?,
            ("contexts", None) => once(&mut contexts, items(&mut lines, "context", context)?)?,
            ("users", None) => once(&mut users, items(&mut lines, "user", user)?)?,
            _ => return None,
        }
    }
    config.api_version = plain(api_version?)?.to_owned();
    config.kind = plain(kind?)?.to_owned();
    if let Some(current) = current {
        config.current_context = plain(current)?.to_owned();
    }
    let other = crate::Fields::default;
    let named = |(name, cluster)| NamedCluster { name, cluster, other: other() };
    config.clusters = clusters.unwrap_or_default().into_iter().map(named).collect();
    let named = |(name, context)| NamedContext { name, context, other: other() };
    config.contexts = contexts.unwrap_or_default().into_iter().map(named).collect();
    let named = |(name, user)| NamedUser { name, user, other: other() };
    config.users = users.unwrap_or_default().into_iter().map(named).collect();
    Some(config)
}

fn cluster(cluster: &mut Cluster, key: &str, value: &str) -> Option<()> {
    match key {
        "server" if cluster.server.is_empty() => cluster.server = value.to_owned(),
        "certificate-authority" => set(&mut cluster.certificate_authority, value, text)?,
        "certificate-authority-data" => {
            set(&mut cluster.certificate_authority_data, value, data)?;
        }
        "tls-server-name" => set(&mut cluster.tls_server_name, value, text)?,
        _ => return None,
    }
    Some(())
}

fn context(context: &mut Context, key: &str, value: &str) -> Option<()> {
    match key {
        "cluster" if context.cluster.is_empty() => context.cluster = value.to_owned(),
        "user" if context.user.is_empty() => context.user = value.to_owned(),
        "namespace" => set(&mut context.namespace, value, text)?,
        _ => return None,
    }
    Some(())
}

fn user(user: &mut AuthInfo, key: &str, value: &str) -> Option<()> {
    match key {
        "client-certificate" => set(&mut user.client_certificate, value, text),
        "client-certificate-data" => set(&mut user.client_certificate_data, value, data),
        "client-key" => set(&mut user.client_key, value, text),
        "client-key-data" => set(&mut user.client_key_data, value, data),
        _ => None,
    }
}

fn set<T>(
    field: &mut Option<T>,
    value: &str,
    read: fn(&str) -> Result<T, &'static str>,
) -> Option<()> {
    once(field, read(value).ok()?)
}

/// A key given twice is an error, which YAML tells.
fn once<T>(field: &mut Option<T>, value: T) -> Option<()> {
    field.is_none().then(|| *field = Some(value))
}

/// The items of a list: each a name and, under `kind`, the fields that `fill` takes.
fn items<T: Default>(
    lines: &mut Lines<'_>,
    kind: &str,
    fill: fn(&mut T, &str, &str) -> Option<()>,
) -> Option<Vec<(String, T)>> {
    let mut list = Vec::new();
    while lines.next_is(|line| line.is_item) {
        let (mut name, mut filled) = (None, None);
        let mut is_first = true;
        while lines.next_is(|line| line.is_item == is_first && line.indent == 2) {
            let Line { key, value, .. } = lines.next()??;
            is_first = false;
            match value {
                Some(value) if key == "name" => once(&mut name, plain(value)?.to_owned())?,
                None if key == kind => {
                    let mut fields = T::default();
                    while lines.next_is(|line| !line.is_item && line.indent == 4) {
                        let Line { key, value, .. } = lines.next()??;
                        fill(&mut fields, key, plain(value?)?)?;
                    }
                    once(&mut filled, fields)?;
                }
                _ => return None,
            }
        }
        if is_first {
            return None;
        }
        list.push((name.unwrap_or_default(), filled.unwrap_or_default()));
    }
    Some(list)
}

/// One line: `key: value` or `key:`, perhaps the first of a list's item.
#[derive(Clone, Copy)]
struct Line<'a> {
    /// How many columns stand before the key.
    indent: usize,
    /// Whether `- ` stands before it.
    is_item: bool,
    key: &'a str,
    value: Option<&'a str>,
}

struct Lines<'a> {
    lines: std::str::Lines<'a>,
    /// The next line; none at the end, or where a line is not plain.
    peeked: Option<Line<'a>>,
    is_plain: bool,
}

impl<'a> Lines<'a> {
    fn of(text: &'a str) -> Option<Self> {
        // A carriage return would be swallowed by `lines`.
        if text.contains('\r') || !text.ends_with('\n') {
            return None;
        }
        let mut lines = Self { lines: text.lines(), peeked: None, is_plain: true };
        lines.advance();
        Some(lines)
    }

    /// Whether there is a next line and it is so.
    fn next_is(&self, is_so: impl FnOnce(&Line<'a>) -> bool) -> bool {
        self.peeked.as_ref().is_some_and(is_so)
    }

    /// The next line, or none at the end; `None` where a line is not plain.
    fn next(&mut self) -> Option<Option<Line<'a>>> {
        let line = self.peeked.take();
        if line.is_some() {
            self.advance();
        }
        self.is_plain.then_some(line)
    }

    fn advance(&mut self) {
        self.peeked = self.lines.next().and_then(|line| {
            let line = Line::of(line);
            self.is_plain = line.is_some();
            line
        });
    }
}

impl<'a> Line<'a> {
    fn of(line: &'a str) -> Option<Self> {
        let content = line.trim_start_matches(' ');
        let indent = line.len() - content.len();
        let (indent, is_item, content) = match content.strip_prefix("- ") {
            // kubectl and kubeadm do not indent the items of a list.
            Some(rest) if indent == 0 => (2, true, rest),
            Some(_) => return None,
            None => (indent, false, content),
        };
        let (key, value) = match content.strip_suffix(':') {
            Some(key) => (key, None),
            None => content.split_once(": ").map(|(key, value)| (key, Some(value)))?,
        };
        let is_word = |key: &str| {
            key.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'-')
                && key.starts_with(|first: char| first.is_ascii_alphabetic())
        };
        is_word(key).then_some(Self { indent, is_item, key, value })
    }
}

/// A value that is a string to YAML and needs no quotes.
fn plain(value: &str) -> Option<&str> {
    let starts = value.starts_with(|first: char| first.is_ascii_alphabetic() || first == '/');
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=._:@-".contains(&byte);
    let is_string = starts
        && value.bytes().all(is_plain)
        && !value.ends_with(':')
        // `true`, `null` and their like, of which YAML 1.1 has many.
        && !is_keyword(value);
    is_string.then_some(value)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{ClientConfig, SecretSource, Source};

    fn written() -> String {
        let config = Kubeconfig::from(ClientConfig {
            cluster: "prod".into(),
            server: "https://lb.example.com:6443".into(),
            ca: Source::Data("-----BEGIN CERTIFICATE-----".into()),
            user: "system:node:node-0".into(),
            client_certificate: Source::Data("CERT\n".into()),
            client_key: SecretSource::Data("KEY\n".into()),
            namespace: None,
        });
        config.to_yaml().to_string()
    }

    #[test]
    fn what_is_written_here_is_plain() {
        let text = written();
        let read = read(&text).expect("a plain text");
        assert_eq!(read, Kubeconfig::parse_yaml(&text).unwrap());
        assert_eq!(read.users[0].name, "system:node:node-0");
    }

    #[test]
    fn what_is_not_plain_is_left_to_yaml() {
        let text = written();
        for (was, now) in [
            ("  name: prod", "  name: \"prod\""),
            ("  name: prod", "  name: true"),
            ("  name: prod", "  name: 0x10"),
            ("  name: prod", "  name: prod # here"),
            ("  name: prod", "  name: prod\n  name: prod"),
            ("  name: prod", "  name: prod\n  extensions: []"),
            ("  name: prod", "   name: prod"),
            ("kind: Config", "kind: Config\n---"),
            ("kind: Config", "kind: Config\nusers:"),
            ("preferences: {}", "preferences: {colors: true}"),
        ] {
            let changed = text.replacen(was, now, 1);
            assert_ne!(changed, text, "{was}");
            assert_eq!(read(&changed), None, "{now}");
        }
        assert_eq!(read(&text.replace('\n', "\r\n")), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]

        #[test]
        fn yaml_reads_the_same_in_whatever_is_taken_for_plain(
            edits in prop::collection::vec((any::<prop::sample::Index>(), "[ \n:#'\"{}a0~!&*|>%@`\t-]{0,3}", 0_usize..3), 1..4),
        ) {
            let mut text: Vec<char> = written().chars().collect();
            for (index, insertion, removed) in edits {
                let at = index.index(text.len());
                let end = (at + removed).min(text.len());
                text.splice(at..end, insertion.chars());
            }
            let text: String = text.into_iter().collect();
            if let Some(read) = read(&text) {
                prop_assert_eq!(Ok(read), Kubeconfig::parse_yaml(&text));
            }
        }
    }
}
