//! Kubeconfigs as the checks see them: names, servers and certificates. Holds no secret: of a
//! private key its public half, of a token that there is one.

use std::{
    fmt,
    path::{Component, Path, PathBuf},
    sync::Arc,
};

use kubepki_ca::Certificate;
use kubepki_kubeconfig::{Cluster, Context, Finding, Kubeconfig, NamedUser};

use crate::{
    artifact::{self, Artifact, ReadError},
    cache::Cache,
    key::PrivateKey,
};

/// A kubeconfig without its secrets.
#[derive(Clone, Debug)]
pub struct KubeconfigFile {
    /// `current-context`; empty for none.
    pub current_context: String,
    /// Who speaks to which server.
    pub contexts: Vec<ContextEntry>,
    /// The API servers.
    pub clusters: Vec<ClusterEntry>,
    /// The identities.
    pub users: Vec<UserEntry>,
    /// What is wrong with its form, certificates left aside.
    pub problems: Vec<Finding>,
}

/// An entry of `contexts`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContextEntry {
    /// Its name.
    pub name: String,
    /// The name of the entry in `clusters`.
    pub cluster: String,
    /// The name of the entry in `users`.
    pub user: String,
    /// The namespace, where one is set.
    pub namespace: Option<String>,
}

/// An entry of `clusters`.
#[derive(Clone, Debug)]
pub struct ClusterEntry {
    /// Its name.
    pub name: String,
    /// The URL.
    pub server: String,
    /// The name to expect in the server's certificate instead of the URL's host.
    pub tls_server_name: Option<String>,
    /// Whether the server's certificate is not checked at all.
    pub insecure_skip_tls_verify: bool,
    /// The CAs that are trusted; none means those of the machine.
    pub authority: Option<FieldSource<Vec<Arc<Certificate>>>>,
}

/// An entry of `users`.
#[derive(Clone, Debug)]
pub struct UserEntry {
    /// Its name.
    pub name: String,
    /// The client certificate, and what else is sent with it.
    pub certificate: Option<FieldSource<Vec<Arc<Certificate>>>>,
    /// The private key.
    pub key: Option<FieldSource<PrivateKey>>,
    /// What else proves the identity: `token`, `password`, `exec` and so on.
    pub others: Vec<&'static str>,
}

/// Where a kubeconfig has something from.
#[derive(Clone, Debug)]
pub enum FieldSource<T> {
    /// It is embedded, and wins over a path that is there too.
    Data(Result<T, ReadError>),
    /// A file is named; a relative path counts from the kubeconfig's folder.
    Path(String),
}

impl<T> FieldSource<T> {
    /// What is embedded and could be read.
    pub const fn data(&self) -> Option<&T> {
        match self {
            Self::Data(Ok(data)) => Some(data),
            _ => None,
        }
    }
}

/// The URL's host and port, and the scheme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// A host name or an address, without brackets.
    pub host: String,
    /// The port, or the scheme's own.
    pub port: u16,
    /// Whether TLS is spoken.
    pub tls: bool,
}

impl Server {
    /// Takes a `server` apart; `None` for what names no host.
    pub fn parse(url: &str) -> Option<Self> {
        // client-go takes a server without a scheme for plain HTTP.
        let (tls, rest) = match url.split_once("://") {
            Some(("https", rest)) => (true, rest),
            Some((_, rest)) => (false, rest),
            None => (false, url),
        };
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let authority = authority.rsplit('@').next().unwrap_or_default();
        let default = if tls { 443 } else { 80 };
        let (host, port) = match authority.strip_prefix('[').and_then(|it| it.split_once(']')) {
            Some((host, port)) => (host, port.strip_prefix(':')),
            None => match authority.split_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (authority, None),
            },
        };
        let port = port.map_or(Some(default), |port| port.parse().ok())?;
        (!host.is_empty()).then(|| Self { host: host.to_lowercase(), port, tls })
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port, .. } = self;
        if host.contains(':') { write!(f, "[{host}]:{port}") } else { write!(f, "{host}:{port}") }
    }
}

impl KubeconfigFile {
    pub(crate) fn read(text: &[u8], cache: &Cache) -> Result<Self, ReadError> {
        let config = Kubeconfig::parse_with_duplicates(text).map_err(ReadError::Kubeconfig)?;
        let problems = config.check();
        let clusters = config.clusters.iter();
        Ok(Self {
            contexts: config.contexts.iter().map(|it| context(&it.name, &it.context)).collect(),
            clusters: clusters.map(|it| cluster(&it.name, &it.cluster, cache)).collect(),
            users: config.users.iter().map(|entry| user(entry, cache)).collect(),
            current_context: config.current_context,
            problems,
        })
    }

    /// The files that it names, as they are written.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        let authorities = self.clusters.iter().filter_map(|it| path(it.authority.as_ref()?));
        let certificates = self.users.iter().filter_map(|it| path(it.certificate.as_ref()?));
        let keys = self.users.iter().filter_map(|it| path(it.key.as_ref()?));
        authorities.chain(certificates).chain(keys)
    }

    /// The context of this name.
    pub fn context(&self, name: &str) -> Option<&ContextEntry> {
        self.contexts.iter().find(|entry| entry.name == name)
    }

    /// The cluster and the user of a context, where they are there.
    pub fn entries_of(
        &self,
        context: &ContextEntry,
    ) -> (Option<&ClusterEntry>, Option<&UserEntry>) {
        let cluster = self.clusters.iter().find(|entry| entry.name == context.cluster);
        let user = self.users.iter().find(|entry| entry.name == context.user);
        (cluster, user)
    }
}

/// The path of a file that a kubeconfig at `kubeconfig` names: relative ones count from its folder.
/// `..` is taken out by the letter, without a look at links.
pub fn beside(kubeconfig: &Path, named: &str) -> PathBuf {
    let mut whole = PathBuf::new();
    for part in kubeconfig.parent().unwrap_or(Path::new("")).join(named).components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if whole.file_name().is_some() => {
                whole.pop();
            }
            part => whole.push(part),
        }
    }
    whole
}

fn path<T>(given: &FieldSource<T>) -> Option<&str> {
    match given {
        FieldSource::Path(path) => Some(path),
        FieldSource::Data(_) => None,
    }
}

fn context(name: &str, context: &Context) -> ContextEntry {
    ContextEntry {
        name: name.to_owned(),
        cluster: context.cluster.clone(),
        user: context.user.clone(),
        namespace: context.namespace.clone(),
    }
}

fn cluster(name: &str, cluster: &Cluster, cache: &Cache) -> ClusterEntry {
    let data = cluster.certificate_authority_data.as_ref();
    let data = data.map(|data| certificates(data.as_ref(), cache));
    ClusterEntry {
        name: name.to_owned(),
        server: cluster.server.clone(),
        tls_server_name: cluster.tls_server_name.clone(),
        insecure_skip_tls_verify: cluster.insecure_skip_tls_verify,
        authority: given(data, cluster.certificate_authority.as_ref()),
    }
}

fn user(entry: &NamedUser, cache: &Cache) -> UserEntry {
    let user = &entry.user;
    let certificate = user.client_certificate_data.as_ref();
    let certificate = certificate.map(|data| certificates(data.as_ref(), cache));
    let key = user.client_key_data.as_ref().map(|data| private_key(data.expose(), cache));
    let has = |name| user.other.iter().any(|(key, _)| key == name);
    let others = [
        (user.token.is_some(), "token"),
        (user.token_file.is_some(), "tokenFile"),
        (user.password.is_some(), "password"),
        (has("exec"), "exec"),
        (has("auth-provider"), "auth-provider"),
    ];
    UserEntry {
        name: entry.name.clone(),
        certificate: given(certificate, user.client_certificate.as_ref()),
        key: given(key, user.client_key.as_ref()),
        others: others.into_iter().filter_map(|(is_so, name)| is_so.then_some(name)).collect(),
    }
}

fn given<T>(data: Option<Result<T, ReadError>>, path: Option<&String>) -> Option<FieldSource<T>> {
    data.map(FieldSource::Data).or_else(|| path.cloned().map(FieldSource::Path))
}

/// The certificates of a PEM text; at least one.
fn certificates(text: &[u8], cache: &Cache) -> Result<Vec<Arc<Certificate>>, ReadError> {
    let found = artifact::read_with(text, cache)?;
    let only = found.iter().filter_map(|artifact| match artifact {
        Artifact::Certificate(certificate) => Some(Arc::clone(certificate)),
        _ => None,
    });
    let certificates: Vec<_> = only.collect();
    match (certificates.is_empty(), found.first()) {
        (false, _) => Ok(certificates),
        (true, first) => Err(other_than("certificate", first)),
    }
}

fn private_key(text: &[u8], cache: &Cache) -> Result<PrivateKey, ReadError> {
    let found = artifact::read_with(text, cache)?;
    let mut keys = found.iter().filter_map(|artifact| match artifact {
        Artifact::PrivateKey(key) => Some((**key).clone()),
        _ => None,
    });
    keys.next().ok_or_else(|| other_than("private key", found.first()))
}

fn other_than(wanted: &'static str, found: Option<&Artifact>) -> ReadError {
    let found = found.map_or("nothing of a PKI", Artifact::kind);
    ReadError::malformed(wanted, format!("{found} is in its place"))
}
