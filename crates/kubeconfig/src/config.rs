//! The types of client-go's `v1` `Config`, under client-go's names. Checks nothing: an empty string
//! and an absent field are one thing, as they are to client-go.

use std::fmt;

use crate::{Fields, Secret, SecretText};

/// A kubeconfig file: client-go's `Config`.
///
/// There is no `Clone`, because there is none of a private key.
#[derive(Debug, PartialEq, Eq)]
pub struct Kubeconfig {
    /// `apiVersion`, which is `v1`.
    pub api_version: String,
    /// `kind`, which is `Config`.
    pub kind: String,
    /// `preferences`, which only old kubectls looked at.
    pub preferences: Fields,
    /// The API servers.
    pub clusters: Vec<NamedCluster>,
    /// The identities.
    pub users: Vec<NamedUser>,
    /// Who speaks to which server.
    pub contexts: Vec<NamedContext>,
    /// The name of the context that is used when none is asked for; empty for none.
    pub current_context: String,
    /// Every other field.
    pub other: Fields,
}

impl Default for Kubeconfig {
    fn default() -> Self {
        Self {
            api_version: "v1".into(),
            kind: "Config".into(),
            preferences: Fields::default(),
            clusters: Vec::new(),
            users: Vec::new(),
            contexts: Vec::new(),
            current_context: String::new(),
            other: Fields::default(),
        }
    }
}

/// An entry of `clusters`.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct NamedCluster {
    /// The name contexts use.
    pub name: String,
    /// The server.
    pub cluster: Cluster,
    /// Every other field.
    pub other: Fields,
}

/// An API server and what to trust it by.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Cluster {
    /// The URL, such as `https://10.0.0.1:6443`.
    pub server: String,
    /// The path of a PEM file of CA certificates.
    pub certificate_authority: Option<String>,
    /// The PEM text of the CA certificates; wins over the path.
    pub certificate_authority_data: Option<Data>,
    /// Whether the server's certificate is not checked at all.
    pub insecure_skip_tls_verify: bool,
    /// The name to expect in the server's certificate instead of the URL's host.
    pub tls_server_name: Option<String>,
    /// The URL of a proxy.
    pub proxy_url: Option<String>,
    /// Every other field.
    pub other: Fields,
}

/// An entry of `users`.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct NamedUser {
    /// The name contexts use.
    pub name: String,
    /// The credentials.
    pub user: AuthInfo,
    /// Every other field.
    pub other: Fields,
}

/// How a user proves who they are; client-go's name for it. `exec` and `auth-provider` are in `other`.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct AuthInfo {
    /// The path of a PEM file with the client certificate.
    pub client_certificate: Option<String>,
    /// The PEM text of the client certificate; wins over the path.
    pub client_certificate_data: Option<Data>,
    /// The path of a PEM file with the private key.
    pub client_key: Option<String>,
    /// The PEM text of the private key; wins over the path.
    pub client_key_data: Option<Secret>,
    /// A bearer token.
    pub token: Option<SecretText>,
    /// The path of a file with a bearer token, `tokenFile`.
    pub token_file: Option<String>,
    /// The name for basic authentication.
    pub username: Option<String>,
    /// The password for basic authentication.
    pub password: Option<SecretText>,
    /// Every other field.
    pub other: Fields,
}

/// An entry of `contexts`.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct NamedContext {
    /// The name `current-context` uses.
    pub name: String,
    /// Who speaks to which server.
    pub context: Context,
    /// Every other field.
    pub other: Fields,
}

/// A user at a cluster, in a namespace.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Context {
    /// The name of the entry in `clusters`.
    pub cluster: String,
    /// The name of the entry in `users`.
    pub user: String,
    /// The namespace used when none is asked for; `None` means `default`.
    pub namespace: Option<String>,
    /// Every other field.
    pub other: Fields,
}

/// Public bytes of a `*-data` field, without the base64.
#[derive(Clone, PartialEq, Eq)]
pub struct Data(Vec<u8>);

impl AsRef<[u8]> for Data {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl From<Vec<u8>> for Data {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl From<String> for Data {
    fn from(text: String) -> Self {
        Self(text.into_bytes())
    }
}

impl From<&str> for Data {
    fn from(text: &str) -> Self {
        Self(text.as_bytes().to_vec())
    }
}

impl fmt::Debug for Data {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // People paste a key where a certificate belongs.
        write!(f, "Data({} bytes)", self.0.len())
    }
}
