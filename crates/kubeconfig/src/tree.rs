//! A kubeconfig as the document it is written as: which fields there are, and under which names.

use std::collections::BTreeMap;

use crate::{
    AuthInfo, Cluster, Context, Fields, Kubeconfig, NamedCluster, NamedContext, NamedUser, Value,
    fields::Node, minify::Needs,
};

pub(crate) type Mapping<'a> = BTreeMap<&'a str, Yaml<'a>>;

/// A node of the document.
#[derive(PartialEq)]
pub(crate) enum Yaml<'a> {
    Base64(&'a [u8]),
    List(Vec<Self>),
    Mapping(Mapping<'a>),
    Plain(&'a str),
    Text(&'a str),
}

/// The whole of a kubeconfig, or what one of its contexts needs.
pub(crate) fn kubeconfig<'a>(config: &'a Kubeconfig, only: Option<&Needs<'a>>) -> Mapping<'a> {
    let is_needed = |wanted: fn(&Needs<'a>) -> Option<&'a str>, name: &str| {
        only.is_none_or(|needs| wanted(needs) == Some(name))
    };
    let clusters = config.clusters.iter().filter(|e| is_needed(|needs| needs.cluster, &e.name));
    let contexts =
        config.contexts.iter().filter(|e| is_needed(|needs| Some(needs.context), &e.name));
    let users = config.users.iter().filter(|e| is_needed(|needs| needs.user, &e.name));
    let current = only.map_or(config.current_context.as_str(), |needs| needs.context);
    let mut map = fields(&config.other);
    map.insert("apiVersion", Yaml::Text(&config.api_version));
    map.insert("clusters", Yaml::List(clusters.map(named_cluster).collect()));
    map.insert("contexts", Yaml::List(contexts.map(named_context).collect()));
    map.insert("current-context", Yaml::Text(current));
    map.insert("kind", Yaml::Text(&config.kind));
    map.insert("preferences", Yaml::Mapping(fields(&config.preferences)));
    map.insert("users", Yaml::List(users.map(named_user).collect()));
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
