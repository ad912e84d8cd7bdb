//! One item of `entries`: which files it has decides what it is.

use kubepki_ca::{DnsName, Subject, SubjectAltName, VerbatimName};
use kubepki_model::Slot;

use super::{
    super::{
        ClusterSpec, HostName, Lifetime, certificates,
        error::choose,
        error::{InvalidValue, Problem, quote},
        group::check_uid,
        path::FieldPath,
        raw::RawEntry,
    },
    AuthoritySpec, CLUSTER_AUTHORITY, ConnectionSpec, ENTRY_ROLES, EntryContent, EntrySpec,
    LeafSpec, Usages,
    understand::{algorithm, attribute, attributes, entry_name, known_authority, path},
};

/// What the items may refer to.
pub(super) struct Scope<'a> {
    pub(super) spec: &'a ClusterSpec,
    pub(super) authorities: &'a [AuthoritySpec],
    pub(super) trust: &'a str,
}

impl Scope<'_> {
    pub(super) fn entry(&self, mut raw: RawEntry, at: &FieldPath) -> Result<EntrySpec, Problem> {
        let name = entry_name(std::mem::take(&mut raw.name), &at.field("name"))?;
        let host = raw.host.take().map(|host| self.host(&host, &at.field("host"))).transpose()?;
        let role = match raw.role.take() {
            None => None,
            Some(role) => Some(
                choose("role of an entry", &role, ENTRY_ROLES, Slot::name)
                    .map_err(|invalid| invalid.in_field(&at.field("role")))?,
            ),
        };
        let files = (raw.certificate.take(), raw.key.take(), raw.public.take());
        let content = match (files, raw.kubeconfig.take()) {
            ((Some(certificate), Some(key), None), kubeconfig) => {
                let connection = match kubeconfig {
                    Some(file) => {
                        Some((path(file, &at.field("kubeconfig"))?, self.connection(&mut raw, at)?))
                    }
                    None => None,
                };
                let certificate = path(certificate, &at.field("certificate"))?;
                let key = path(key, &at.field("key"))?;
                let leaf = self.leaf(&mut raw, at)?;
                EntryContent::Certificate { leaf, certificate, key, kubeconfig: connection }
            }
            ((None, None, None), Some(file)) => {
                let connection = self.connection(&mut raw, at)?;
                let path = path(file, &at.field("kubeconfig"))?;
                if raw.keep_key.is_some() {
                    return Err(unfit("keepKey", "a kubeconfig", at));
                }
                EntryContent::Kubeconfig { leaf: self.leaf(&mut raw, at)?, path, connection }
            }
            ((None, Some(key), Some(public)), None) => {
                let default = self.spec.certificates.service_account_key_algorithm;
                EntryContent::KeyPair {
                    algorithm: algorithm(raw.key_algorithm.take(), default, at)?,
                    key: path(key, &at.field("key"))?,
                    public: path(public, &at.field("public"))?,
                }
            }
            _ => {
                return Err(InvalidValue::new("its files make no entry")
                    .hinted(
                        "write `certificate` and `key`, or `kubeconfig`, or all three; or `key` and `public`",
                    )
                    .in_field(at));
            }
        };
        left_over(&raw, &content, at)?;
        Ok(EntrySpec { name, host, role, content })
    }

    fn host(&self, text: &str, at: &FieldPath) -> Result<HostName, Problem> {
        let name: HostName = text.parse().map_err(|e: InvalidValue| e.in_field(at))?;
        if self.spec.hosts.iter().any(|host| host.name == name) {
            return Ok(name);
        }
        Err(InvalidValue::new(format!("`{name}` is no host of this spec"))
            .hinted("list it in `hosts`")
            .in_field(at))
    }

    fn authority(
        &self,
        name: Option<String>,
        default: &str,
        at: &FieldPath,
    ) -> Result<String, Problem> {
        known_authority(name.unwrap_or_else(|| default.to_owned()), self.authorities, at)
    }

    fn leaf(&self, raw: &mut RawEntry, at: &FieldPath) -> Result<LeafSpec, Problem> {
        let policy = &self.spec.certificates;
        let issuer = raw.issuer.take();
        let issuer = self.authority(issuer, CLUSTER_AUTHORITY, &at.field("issuer"))?;
        let common_name = raw.common_name.take().ok_or_else(|| {
            InvalidValue::new("the field is missing")
                .hinted("add a line `commonName: ...`")
                .in_field(&at.field("commonName"))
        })?;
        let mut subject = Subject::new(attribute(common_name, &at.field("commonName"))?);
        let organizations = raw.organizations.take().unwrap_or_default();
        subject.organizations = attributes(organizations, &at.field("organizations"))?;
        if let Some(uid) = &raw.uid {
            check_uid(uid).map_err(|invalid| invalid.in_field(&at.field("uid")))?;
        }
        subject.uid = raw.uid.take();
        let usages = usages(raw.usages.take(), &at.field("usages"))?;
        let names = raw.subject_alt_names.take().unwrap_or_default();
        let subject_alt_names = names_of(&names, &at.field("subjectAltNames"))?;
        if subject_alt_names.is_empty() && usages != Usages::Client {
            return Err(InvalidValue::new("a server's certificate has no names")
                .hinted("list what clients dial, such as `[api.example.com, 10.0.0.10]`")
                .in_field(&at.field("subjectAltNames")));
        }
        Ok(LeafSpec {
            issuer,
            subject,
            subject_alt_names,
            usages,
            key_algorithm: algorithm(raw.key_algorithm.take(), policy.key_algorithm, at)?,
            lifetime: self.lifetime(raw.lifetime.take(), &at.field("lifetime"))?,
            keep_key: raw.keep_key.take().unwrap_or(false),
            chain: raw.chain.take().unwrap_or(false),
        })
    }

    fn lifetime(&self, text: Option<String>, at: &FieldPath) -> Result<Lifetime, Problem> {
        let policy = &self.spec.certificates;
        let Some(text) = text else { return Ok(policy.lifetime) };
        let lifetime: Lifetime = text.parse().map_err(|e: InvalidValue| e.in_field(at))?;
        if lifetime > policy.ca_lifetime {
            return Err(certificates::beyond_ca(lifetime, policy.ca_lifetime).in_field(at));
        }
        Ok(lifetime)
    }

    fn connection(&self, raw: &mut RawEntry, at: &FieldPath) -> Result<ConnectionSpec, Problem> {
        let server = raw.server.take().unwrap_or_else(|| self.spec.endpoint.url());
        check_server(&server).map_err(|invalid| invalid.in_field(&at.field("server")))?;
        let text = |text: Option<String>, default: String, field| match text {
            None => Ok(default),
            Some(text) => kubeconfig_name(text, &at.field(field)),
        };
        let user = raw.common_name.clone().unwrap_or_default();
        Ok(ConnectionSpec {
            cluster: text(raw.cluster.take(), self.spec.name.to_string(), "cluster")?,
            user: text(raw.user.take(), user, "user")?,
            server,
            trust: self.authority(raw.trust.take(), self.trust, &at.field("trust"))?,
        })
    }
}

/// What was written and belongs to another kind of entry.
fn left_over(raw: &RawEntry, content: &EntryContent, at: &FieldPath) -> Result<(), Problem> {
    let kind = match content {
        EntryContent::KeyPair { .. } => "a key pair",
        _ => "a certificate without a kubeconfig",
    };
    let written = [
        ("issuer", raw.issuer.is_some()),
        ("commonName", raw.common_name.is_some()),
        ("organizations", raw.organizations.is_some()),
        ("uid", raw.uid.is_some()),
        ("subjectAltNames", raw.subject_alt_names.is_some()),
        ("usages", raw.usages.is_some()),
        ("lifetime", raw.lifetime.is_some()),
        ("keepKey", raw.keep_key.is_some()),
        ("chain", raw.chain.is_some()),
        ("cluster", raw.cluster.is_some()),
        ("user", raw.user.is_some()),
        ("server", raw.server.is_some()),
        ("trust", raw.trust.is_some()),
    ];
    match written.into_iter().find(|(_, is_written)| *is_written) {
        None => Ok(()),
        Some((field, _)) => Err(unfit(field, kind, at)),
    }
}

fn unfit(field: &'static str, kind: &str, at: &FieldPath) -> Problem {
    InvalidValue::new(format!("{kind} has no `{field}`"))
        .hinted("remove the line")
        .in_field(&at.field(field))
}

fn usages(words: Option<Vec<String>>, at: &FieldPath) -> Result<Usages, Problem> {
    let Some(words) = words else { return Ok(Usages::Client) };
    let (mut server, mut client) = (false, false);
    for (index, word) in words.iter().enumerate() {
        let chosen = choose("usage", word, ["server", "client"], |word| word);
        match chosen.map_err(|invalid| invalid.in_field(&at.item(index)))? {
            "server" => server = true,
            _ => client = true,
        }
    }
    Usages::of(server, client).ok_or_else(|| {
        InvalidValue::new("it has no usage")
            .hinted("write `[server]`, `[client]` or both")
            .in_field(at)
    })
}

fn names_of(texts: &[String], at: &FieldPath) -> Result<Vec<SubjectAltName>, Problem> {
    let mut names = Vec::new();
    for (index, text) in texts.iter().enumerate() {
        let name = parse_name(text).map_err(|error| {
            InvalidValue::new(error.to_string())
                .hinted("write a DNS name, an IP address, or `URI:`, `email:` or `DNS:` and the name as it is")
                .in_field(&at.item(index))
        })?;
        names.push(name);
    }
    names.sort();
    names.dedup();
    Ok(names)
}

/// A name as certificates have it; all but DNS names and addresses have a prefix.
fn parse_name(text: &str) -> Result<SubjectAltName, kubepki_ca::Error> {
    if let Some(name) = VerbatimName::parse(text) {
        return name;
    }
    match text.parse() {
        Ok(address) => Ok(SubjectAltName::Ip(address)),
        Err(_) => DnsName::parse(text).map(SubjectAltName::Dns),
    }
}

/// A URL as kubeconfigs have it: more than the endpoint may be, for it is found, not chosen.
pub(crate) fn check_server(text: &str) -> Result<(), InvalidValue> {
    let is_url = text.strip_prefix("https://").is_some_and(|rest| !rest.is_empty());
    if is_url && text.len() <= 1024 && text.bytes().all(|b| b.is_ascii_graphic()) {
        return Ok(());
    }
    Err(InvalidValue::new(format!("{} is no URL of an apiserver", quote(text)))
        .hinted("write `https://host:port`, such as `https://api.example.com:6443`"))
}

/// The name of a cluster or user inside a kubeconfig, which may be any text.
fn kubeconfig_name(text: String, at: &FieldPath) -> Result<String, Problem> {
    check_kubeconfig_name(&text).map_err(|invalid| invalid.in_field(at))?;
    Ok(text)
}

pub(crate) fn check_kubeconfig_name(text: &str) -> Result<(), InvalidValue> {
    if !text.is_empty() && text.len() <= 256 && !text.chars().any(char::is_control) {
        return Ok(());
    }
    Err(InvalidValue::new(format!("{} is no name of a kubeconfig", quote(text)))
        .hinted("write 1 to 256 bytes without control characters"))
}
