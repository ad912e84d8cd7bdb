//! What the PKI of a Kubernetes cluster consists of, and how it comes about.
//!
//! Data flows one way: [`spec`] says what is wanted, [`catalog`] lists every file that follows
//! from it, [`mod@observe`] holds what exists, [`plan`] is the difference with its reasons, and
//! [`mod@apply`] makes it in memory: the files to
//! write, and the certificates to record. `kubepki-pki` carries that on.
//!
//! Bootstrap a cluster in memory:
//!
//! ```
//! use kubepki_cluster::{
//!     Allow, Catalog, ClusterSpec, MemoryStore, Plan, RenewalPolicy, Store, SystemMasters, make,
//!     observe,
//! };
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
//! ",
//!     SystemMasters::Refused,
//! )?;
//! let now = "2026-11-20T12:00:00Z".parse()?;
//! let catalog = Catalog::of_cluster(&spec)?;
//! let mut store = MemoryStore::default();
//!
//! let observations = observe(&store, &catalog).complete()?;
//! let plan = Plan::new(&catalog, &observations, &RenewalPolicy::Due, Allow::default(), now);
//! let made = make(&plan, &catalog, &observations, now)?;
//! assert_eq!(made.signed[0].profile.name(), "ca");
//! // Whoever keeps a record of what was signed does so here.
//! store.commit(made.files, now)?;
//!
//! let observations = observe(&store, &catalog).complete()?;
//! let again = Plan::new(&catalog, &observations, &RenewalPolicy::Due, Allow::default(), now);
//! assert_eq!(again.changes().count(), 0);
//! # Ok(()) }
//! ```

pub mod adopt;
pub mod apply;
mod authority_keys;
pub mod catalog;
pub mod certificates_api;
pub mod encryption;
mod error;
mod fold;
pub mod gate;
pub mod identity;
pub mod issue;
pub mod kubeconfig_check;
pub mod manifest;
pub mod new_request;
pub mod observe;
mod pending_hosts;
pub mod plan;
pub mod policy;
pub mod request_object;
mod reserved;
pub mod rollout;
pub mod sign;
mod signed;
pub mod spec;
pub mod status;
pub mod submission;
pub mod token;

pub use apply::{Made, make};
pub use catalog::Catalog;
pub use error::{ApplyError, CatalogError};
pub use gate::Allow;
pub use kubepki_ca::{
    Certificate, DnsName, KeyPair, Profile, PublicKey, SigningRequest, SubjectAltName,
};
pub use kubepki_kubeconfig as kubeconfig;
pub use kubepki_model as model;
pub use kubepki_model::{
    Component, Effect, EntryId, HostRole, InvalidVersion, KubernetesVersion, Layout, Part, Slot,
    UnknownName,
};
pub use kubepki_store as store;
pub use observe::{AuthorityName, Hint, Issue, Observations, observe};
pub use pending_hosts::PendingHosts;
pub use plan::{Action, Plan, RenewalPolicy, Selection, SelectionError, Step, Warning, Window};
pub use policy::{Grant, Policy, PolicyOptions, RequestProfile};
pub use rollout::{HostWork, Rollout};
pub use sign::{SignError, Signatory};
pub use signed::{RequestOrigin, Signed};
pub use spec::{ClusterSpec, SpecError, SystemMasters};
pub use status::Status;
pub use store::{DirStore, MemoryStore, Store, StoreError, StorePath};
