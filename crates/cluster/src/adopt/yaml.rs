//! The text of a spec in the layout `custom`: what differs from a default is written, and comments
//! say where the rest is from.

use std::fmt::{self, Write};

use kubepki_ca::{Subject, SubjectAltName};
use kubepki_report::{escape, is_hidden};

use super::{
    Note,
    guess::{Cluster, Guess},
};
use crate::spec::{
    AuthoritySpec, CLUSTER_AUTHORITY, CertificatePolicy, ConnectionSpec, CustomFiles, EntryContent,
    EntrySpec, HostPaths, HostSpec, LeafSpec,
};

pub(super) fn write(
    cluster: &Cluster,
    policy: &CertificatePolicy,
    hosts: &[HostSpec],
    custom: &CustomFiles,
    notes: &[Note],
) -> String {
    let mut yaml = Yaml::default();
    yaml.line("# What the PKI should be that `kubepki adopt` found here. `kubepki plan`");
    yaml.line("# compares it with the files; `kubepki apply` and `kubepki renew` make them so.");
    yaml.line("apiVersion: kubepki/v1alpha1\nkind: Cluster");
    yaml.guess("name", &scalar(cluster.name.value.as_str()), &cluster.name);
    let endpoint = &cluster.endpoint;
    yaml.guess("endpoint", &scalar(&endpoint.value.to_string()), endpoint);
    yaml.guess("domain", &scalar(cluster.domain.value.as_str()), &cluster.domain);
    let cidrs = &cluster.service_cidrs;
    yaml.guess("serviceCIDRs", &list(&cidrs.value), cidrs);
    yaml.line("\n# Every file is named below, where it was found.\nlayout: custom");
    yaml.places(&cluster.places);
    yaml.line("\n# As most of the certificates are; what differs says so itself.\ncertificates:");
    for (name, value) in [
        ("keyAlgorithm", policy.key_algorithm.to_string()),
        ("serviceAccountKeyAlgorithm", policy.service_account_key_algorithm.to_string()),
        ("lifetime", policy.lifetime.to_string()),
        ("caLifetime", policy.ca_lifetime.to_string()),
        ("renewBefore", policy.renew_before.to_string()),
    ] {
        yaml.line(&format!("  {name}: {value}"));
    }
    yaml.hosts(hosts);
    yaml.line("\n# Users that are new: each gets users/<name>.conf.\nusers: []");
    let names_trust = custom.trust != CLUSTER_AUTHORITY;
    if names_trust {
        yaml.line("\n# The CA that the kubeconfigs of users trust.");
        yaml.line(&format!("trust: {}", scalar(&custom.trust)));
    }
    let context = Context { cluster, policy, trust: &custom.trust };
    yaml.line("\nauthorities:");
    custom.authorities.iter().for_each(|authority| yaml.authority(authority, &context));
    let none = if custom.entries.is_empty() { " []" } else { "" };
    yaml.line(&format!("\nentries:{none}"));
    custom.entries.iter().for_each(|entry| yaml.entry(entry, &context));
    yaml.missing(notes);
    yaml.0
}

const PLACES: &str = "a folder in which they lie as they do here, or `hard-way`";

/// What the defaults are made of.
struct Context<'a> {
    cluster: &'a Cluster,
    policy: &'a CertificatePolicy,
    trust: &'a str,
}

#[derive(Default)]
struct Yaml(String);

impl Yaml {
    fn line(&mut self, text: &str) {
        // Writing to a string never fails.
        let _ = writeln!(self.0, "{text}");
    }

    fn guess<T>(&mut self, name: &str, value: &str, guess: &Guess<T>) {
        self.line(&format!("\n# {}.\n{name}: {value}", escape(&capital(&guess.source))));
    }

    fn places(&mut self, places: &Guess<Option<HostPaths>>) {
        match &places.value {
            Some(value) => {
                self.line("\n# For `host` and `config`, where the files lie on a machine.");
                self.line(&format!("# {}.", escape(&capital(&places.source))));
                self.line(&format!("places: {}", scalar(&value.to_string())));
            }
            None => self.line(&format!(
                "\n# {}, which `host` and `config`\n# need: {PLACES}.\n# places: /etc/kubernetes",
                escape(&capital(&places.source))
            )),
        }
    }

    fn hosts(&mut self, hosts: &[HostSpec]) {
        if hosts.is_empty() {
            return self.line("\n# No certificate is for one host alone.\nhosts: []");
        }
        self.line("\n# From the certificates of kubelets and etcd members; add those that have none,\n# such as control planes, for `host` and `config`.\nhosts:");
        for host in hosts {
            self.item("name", &scalar(host.name.as_str()));
            self.field("roles", &list(&host.roles));
            self.field("addresses", &list(&host.addresses));
            self.list("names", &host.names);
        }
    }

    /// What the spec should have and cannot say.
    fn missing(&mut self, notes: &[Note]) {
        let missing = notes.iter().filter_map(|note| match note {
            Note::Defective { path, why, is_described: false } => Some((path, why)),
            _ => None,
        });
        for (at, (path, why)) in missing.enumerate() {
            if at == 0 {
                self.line("\n# Not described: mend these, then adopt again, or add them by hand.");
            }
            self.line(&format!("# {}: {}", escape(path), escape(why)));
        }
    }

    fn authority(&mut self, authority: &AuthoritySpec, context: &Context<'_>) {
        let AuthoritySpec { name, certificate, key, subject, key_algorithm } = authority;
        self.item("name", &scalar(name));
        self.field("certificate", &scalar(certificate.as_str()));
        self.field("key", &scalar(key.as_str()));
        self.subject(subject);
        self.unless(
            *key_algorithm == context.policy.key_algorithm,
            "keyAlgorithm",
            key_algorithm.name(),
        );
    }

    fn entry(&mut self, entry: &EntrySpec, context: &Context<'_>) {
        self.item("name", &scalar(&entry.name));
        if let Some(host) = &entry.host {
            self.field("host", &scalar(host.as_str()));
        }
        if let Some(role) = entry.role {
            self.field("role", role.name());
        }
        match &entry.content {
            EntryContent::Certificate { leaf, certificate, key, kubeconfig } => {
                self.field("certificate", &scalar(certificate.as_str()));
                self.field("key", &scalar(key.as_str()));
                if let Some((path, connection)) = kubeconfig {
                    self.field("kubeconfig", &scalar(path.as_str()));
                    self.connection(connection, leaf, context);
                }
                self.leaf(leaf, context);
            }
            EntryContent::KeyPair { algorithm, key, public } => {
                self.field("key", &scalar(key.as_str()));
                self.field("public", &scalar(public.as_str()));
                let default = context.policy.service_account_key_algorithm;
                self.unless(*algorithm == default, "keyAlgorithm", algorithm.name());
            }
            EntryContent::Kubeconfig { leaf, path, connection } => {
                self.field("kubeconfig", &scalar(path.as_str()));
                self.connection(connection, leaf, context);
                self.leaf(leaf, context);
            }
        }
    }

    fn leaf(&mut self, leaf: &LeafSpec, context: &Context<'_>) {
        let LeafSpec { issuer, subject, subject_alt_names, usages, .. } = leaf;
        self.unless(issuer == CLUSTER_AUTHORITY, "issuer", &scalar(issuer));
        self.subject(subject);
        let words = usages.words();
        self.unless(words == ["client"], "usages", &list(words));
        let names: Vec<_> = subject_alt_names.iter().map(name).collect();
        self.list("subjectAltNames", &names);
        let is_default = leaf.key_algorithm == context.policy.key_algorithm;
        self.unless(is_default, "keyAlgorithm", leaf.key_algorithm.name());
        let is_default = leaf.lifetime == context.policy.lifetime;
        self.unless(is_default, "lifetime", &leaf.lifetime.to_string());
        self.unless(!leaf.keep_key, "keepKey", "true");
        self.unless(!leaf.chain, "chain", "true");
    }

    fn subject(&mut self, subject: &Subject) {
        self.field("commonName", &scalar(&subject.common_name));
        self.list("organizations", &subject.organizations);
        if let Some(uid) = &subject.uid {
            self.field("uid", &scalar(uid));
        }
    }

    fn connection(&mut self, connection: &ConnectionSpec, leaf: &LeafSpec, context: &Context<'_>) {
        let ConnectionSpec { cluster, server, user, trust } = connection;
        let Cluster { name, endpoint, .. } = context.cluster;
        self.unless(cluster == name.value.as_str(), "cluster", &scalar(cluster));
        self.unless(*server == endpoint.value.url(), "server", &scalar(server));
        self.unless(*user == leaf.subject.common_name, "user", &scalar(user));
        self.unless(trust == context.trust, "trust", &scalar(trust));
    }

    fn item(&mut self, name: &str, value: &str) {
        self.line(&format!("  - {name}: {value}"));
    }

    fn field(&mut self, name: &str, value: &str) {
        self.line(&format!("    {name}: {value}"));
    }

    fn unless(&mut self, is_default: bool, name: &str, value: &str) {
        if !is_default {
            self.field(name, value);
        }
    }

    /// A list in one line where it is short, else an item a line; none where it is empty.
    fn list<T: fmt::Display>(&mut self, name: &str, items: &[T]) {
        let line = list(items);
        if items.is_empty() {
            return;
        }
        if name.len() + line.len() <= LINE {
            return self.field(name, &line);
        }
        self.line(&format!("    {name}:"));
        for item in items {
            self.line(&format!("      - {}", scalar(&item.to_string())));
        }
    }
}

/// What a line holds behind the indentation and beside the colon.
const LINE: usize = 74;

fn name(name: &SubjectAltName) -> String {
    match name {
        SubjectAltName::Dns(dns) => dns.to_string(),
        SubjectAltName::Ip(address) => address.to_string(),
        other => other.to_string(),
    }
}

fn list<T: fmt::Display>(items: impl IntoIterator<Item = T>) -> String {
    let items: Vec<_> = items.into_iter().map(|item| scalar(&item.to_string())).collect();
    format!("[{}]", items.join(", "))
}

/// Any text: in quotes, and escaped, unless every reader of YAML takes it for that text as it is.
fn scalar(text: &str) -> String {
    let word = text.to_ascii_lowercase();
    let is_word = text.bytes().next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'/')
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._/@".contains(&b))
        && !RESERVED.contains(&word.as_str());
    let is_address = text.bytes().all(|b| b.is_ascii_digit() || b"./".contains(&b))
        && text.matches('.').count() == 3;
    if is_word || is_address {
        return text.to_owned();
    }
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if is_hidden(c) => quoted.push_str(&format!("\\U{:08X}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

const RESERVED: [&str; 9] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];

fn capital(text: &str) -> String {
    let mut characters = text.chars();
    characters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_is_read_back_as_it_was() {
        for text in [
            "",
            "a",
            "y",
            "No",
            "1e3",
            "10.0.0.1",
            "fd00::1",
            "a: b",
            "- a",
            "\"\\",
            "ä\u{200b}\u{2028}\u{7f}\n",
            "system:masters",
            "~",
            "#x",
            "0x1F",
            "'",
            "1.2.3",
            "/etc/a",
        ] {
            let quoted = scalar(text);
            assert_eq!(serde_yaml::from_str::<String>(&quoted).unwrap(), text, "{quoted}");
            let in_list = format!("[{quoted}]");
            assert_eq!(serde_yaml::from_str::<Vec<String>>(&in_list).unwrap(), [text], "{quoted}");
        }
    }
}
