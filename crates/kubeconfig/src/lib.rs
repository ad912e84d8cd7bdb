//! client-go's kubeconfig format: read it, build it, change it, and write it without losing a field.
//!
//! Everything here is text in memory: no file is opened, no clock is read, nothing is encrypted, and
//! a certificate is never looked into. Fields this crate has no name for are kept at every level.
//!
//! A kubeconfig for one client:
//!
//! ```
//! use kubepki_kubeconfig::{ClientConfig, Kubeconfig, SecretSource, Source};
//!
//! let config = Kubeconfig::from(ClientConfig {
//!     cluster: "prod".into(),
//!     server: "https://lb.example.com:6443".into(),
//!     ca: Source::Data("-----BEGIN CERTIFICATE-----\n".into()),
//!     user: "jane".into(),
//!     client_certificate: Source::Data("-----BEGIN CERTIFICATE-----\n".into()),
//!     client_key: SecretSource::Data("-----BEGIN PRIVATE KEY-----\n".into()),
//!     namespace: None,
//! });
//! assert_eq!(config.current_context, "jane@prod");
//! assert!(config.to_yaml().contains("certificate-authority-data: LS0tLS1CRUdJTi"));
//! ```
//!
//! One user added to a file that somebody else made, everything else left as it was:
//!
//! ```
//! # use kubepki_kubeconfig::{ClientConfig, Kubeconfig, SecretSource, Source};
//! let mut config = Kubeconfig::parse("clusters: null\nusers: [{name: ci, user: {token: abc}}]\n")?;
//! config.set_client(ClientConfig {
//!     cluster: "prod".into(),
//!     server: "https://lb.example.com:6443".into(),
//!     ca: Source::Path("/etc/kubernetes/pki/ca.crt".into()),
//!     user: "jane".into(),
//!     client_certificate: Source::Path("jane.crt".into()),
//!     client_key: SecretSource::Path("jane.key".into()),
//!     namespace: Some("team-a".into()),
//! });
//! assert_eq!(config.users[0].name, "ci");
//! assert_eq!(config.current()?.cluster.server, "https://lb.example.com:6443");
//! # Ok::<(), kubepki_kubeconfig::Error>(())
//! ```

mod add;
mod amend;
mod build;
mod check;
mod config;
mod current;
mod depth;
mod edit;
mod error;
mod fields;
mod flatten;
mod input;
mod json;
mod merge;
mod minify;
mod paths;
mod read;
mod redact;
mod scalar;
mod secret;
mod spans;
mod splice;
mod tree;
mod write;

pub use add::{Conflict, Replace, SetCurrent};
pub use build::{ClientConfig, SecretSource, Source};
pub use check::{Finding, Problem};
pub use config::{
    AuthInfo, Cluster, Context, Data, Kubeconfig, NamedCluster, NamedContext, NamedUser,
};
pub use current::Current;
pub use depth::is_too_deep;
pub use error::Error;
pub use fields::{Fields, Value};
pub use merge::Overshadowed;
pub use read::MAX_BYTES;
pub use secret::{Secret, SecretText};
