//! What one machine of a cluster gets of its PKI: which files, where they go, and who reads them.
//!
//! ```
//! use kubepki_cluster::{Catalog, ClusterSpec, Component, Slot, SystemMasters};
//! use kubepki_host::{Part, Share};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let spec = ClusterSpec::parse(
//!     "apiVersion: kubepki/v1alpha1
//! kind: Cluster
//! name: demo
//! endpoint: api.demo.example
//! serviceCIDRs: [10.32.0.0/24]
//! hosts:
//!   - {name: server, roles: [control-plane, etcd], addresses: [10.240.0.10]}
//!   - {name: node-0, roles: [worker], addresses: [10.240.0.20]}
//! ",
//!     SystemMasters::Refused,
//! )?;
//! let catalog = Catalog::of_cluster(&spec)?;
//! let node = Share::of(&spec, &catalog, &spec.hosts[1])?;
//! let file = node.find(Component::Kubelet, Slot::Kubelet, Part::Kubeconfig).unwrap();
//! assert_eq!(file.path(), "/etc/kubernetes/kubelet.conf");
//! assert!(node.find(Component::KubeControllerManager, Slot::ClusterCa, Part::Key).is_none());
//! # Ok(()) }
//! ```

mod archive;
mod bundle;
pub mod config;
mod content;
mod error;
pub mod install;
pub mod manifest;
pub mod push;
pub mod share;
mod signature;

pub use archive::is_sealed;
pub use bundle::{Bundle, BundleFile, UnsignedBundle};
pub use config::{ConfigError, Configuration, render::Form};
pub use error::{BundleError, EntryDefect, InstallError, ShareError, SignatureError};
pub use install::{Change, Installation, Trust};
pub use manifest::Manifest;
pub use share::{HostFile, Part, Shape, Share};
pub use signature::BundleKey;
