//! Kubeconfigs of every shape, the same on every run.

use serde_json::{Map, Value, json};

/// splitmix64: a few lines that are the same everywhere and for ever.
pub(super) struct Generator(u64);

impl Generator {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit as u64).unwrap()
    }

    fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }

    /// The files that kubeconfigs of [`Generator::kubeconfig`] name.
    pub(super) const FILES: [&'static str; 3] = ["ca.crt", "tls/client.crt", "tls/client.key"];

    /// A kubeconfig as JSON; rarely one with both forms of a thing.
    pub(super) fn kubeconfig(&mut self) -> Value {
        const NAMES: [&str; 7] = ["a", "b", "yes", "0123", "x/y@z", "é: #", "- c"];
        const DATA: [&str; 3] = ["QUFB", "QkJC", "LS0tLS1CRUdJTg=="];
        let mut config = Map::new();
        for (list, noun) in [("clusters", "cluster"), ("users", "user"), ("contexts", "context")] {
            let mut names: Vec<_> = NAMES.to_vec();
            let count = self.below(5);
            let entries = (0..count).map(|_| {
                let name = names.remove(self.below(names.len()));
                let mut fields = Map::new();
                match noun {
                    "cluster" => {
                        let server = ["https://one:6443", "https://two", "", "http://[::1]:80"];
                        fields.insert("server".into(), self.pick(&server).into());
                        self.either(&mut fields, "certificate-authority", Self::FILES[0], &DATA);
                        self.maybe(&mut fields, "tls-server-name", &["yes", "n.example"]);
                        self.maybe(&mut fields, "proxy-url", &["http://proxy:3128"]);
                        if self.one_in(3) {
                            let insecure = self.one_in(2).into();
                            fields.insert("insecure-skip-tls-verify".into(), insecure);
                        }
                    }
                    "user" => {
                        self.either(&mut fields, "client-certificate", Self::FILES[1], &DATA);
                        self.either(&mut fields, "client-key", Self::FILES[2], &DATA);
                        self.maybe(&mut fields, "token", &["null", "t: #o", "1e3"]);
                        self.maybe(&mut fields, "username", &["on", "jane"]);
                        self.maybe(&mut fields, "password", &["\u{85}\t\"'\\ ", "0x1f"]);
                        if self.one_in(4) {
                            let env = json!([{ "name": "A", "value": "no" }]);
                            let exec = json!({ "apiVersion": "client.authentication.k8s.io/v1beta1",
                                "command": "login", "env": env, "provideClusterInfo": true });
                            fields.insert("exec".into(), exec);
                        }
                        if self.one_in(5) {
                            let provider = json!({ "name": "oidc", "config": { "id-token": "~" } });
                            fields.insert("auth-provider".into(), provider);
                        }
                    }
                    _ => {
                        fields.insert("cluster".into(), self.pick(&NAMES).into());
                        fields.insert("user".into(), self.pick(&NAMES).into());
                        self.maybe(&mut fields, "namespace", &["web", "0123"]);
                    }
                }
                if self.one_in(6) {
                    let extension = json!([{ "name": "e", "extension": { "v": [1, "1", true] } }]);
                    fields.insert("extensions".into(), extension);
                }
                json!({ "name": name, noun: fields })
            });
            let entries = entries.collect::<Vec<_>>();
            if !entries.is_empty() || self.one_in(2) {
                config.insert(list.into(), entries.into());
            }
        }
        self.maybe(&mut config, "current-context", &NAMES);
        if self.one_in(3) {
            let preferences = json!({ "colors": self.one_in(2) });
            config.insert("preferences".into(), preferences);
        }
        if self.one_in(2) {
            config.insert("apiVersion".into(), "v1".into());
            config.insert("kind".into(), "Config".into());
        }
        config.into()
    }

    fn maybe(&mut self, fields: &mut Map<String, Value>, name: &str, values: &[&str]) {
        if self.one_in(3) {
            fields.insert(name.into(), self.pick(values).into());
        }
    }

    fn either(&mut self, fields: &mut Map<String, Value>, name: &str, path: &str, data: &[&str]) {
        let choice = self.below(30);
        if choice < 10 || choice == 29 {
            fields.insert(name.into(), path.into());
        }
        if choice >= 20 {
            fields.insert(format!("{name}-data"), self.pick(data).into());
        }
    }

    /// The text of a kubeconfig, in one of the ways in which people and programs write it.
    pub(super) fn text(&mut self, config: &Value) -> String {
        let text = match self.below(3) {
            0 => config.to_string(),
            1 => format!("{config:#}\n"),
            _ => block(config, 0).trim_start_matches('\n').to_owned(),
        };
        match self.below(5) {
            0 => format!("\u{feff}{text}"),
            1 => format!("# a comment\n---\n{text}"),
            2 => text.replace('\n', "\r\n"),
            _ => text,
        }
    }
}

/// Block style, every string in single or double quotes.
fn block(value: &Value, indent: usize) -> String {
    let pad = " ".repeat(indent);
    match value {
        Value::Object(map) if !map.is_empty() => map
            .iter()
            .map(|(name, value)| format!("\n{pad}{name}: {}", block(value, indent + 2)))
            .collect(),
        Value::Array(items) if !items.is_empty() => {
            let item = |item| format!("\n{pad}- {}", block(item, indent + 2).trim_start());
            items.iter().map(item).collect()
        }
        Value::String(text) if text.chars().all(|c| c.is_ascii_graphic() || c == ' ') => {
            format!("'{}'", text.replace('\'', "''"))
        }
        other => other.to_string(),
    }
}
