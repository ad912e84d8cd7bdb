//! The PKI of a cluster in a folder: one handle that plans and applies, with every gate in force.
//!
//! A [`Pki`] knows the folder, its spec, its ledger, and who asks. It reads no clock: the time is an
//! argument. What writes takes the lock of the folder first, and changes all files or none.
//!
//! ```
//! use kubepki_pki::{Allow, Pki, RenewalPolicy};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let dir = folder.path();
//! # let spec = "apiVersion: kubepki/v1alpha1
//! # kind: Cluster
//! # name: demo
//! # endpoint: api.demo.example
//! # serviceCIDRs: [10.32.0.0/24]
//! # hosts:
//! #   - {name: server, roles: [control-plane, etcd], addresses: [10.240.0.10]}
//! # ";
//! let now = "2026-11-20T12:00:00Z".parse()?;
//! let pki = Pki::open(dir).with_spec("cluster.yaml", spec);
//! let plan = pki.plan(&RenewalPolicy::Due, Allow::default(), now)?;
//! assert_eq!(plan.refusals().count(), 0);
//! let outcome = pki.apply(Allow::default(), now)?;
//! assert_eq!(outcome.plan, plan);
//! # Ok(()) }
//! ```

mod adopt;
mod apply;
mod authorities;
mod error;
mod event;
mod handle;
mod history;
mod host;
mod issue;
mod ledger;
mod machine;
mod old_files;
mod record;
mod renew;
mod requester;
mod rotate;
mod sign;
mod spec;
mod status;
mod undo;

pub use apply::Outcome;
pub use error::{Operation, PkiError, RefusedPlan, RefusedSpec};
pub use event::Event;
pub use handle::Pki;
pub use history::{History, PastTransaction, PruneReport, Pruning};
pub use host::{AuthorityFile, HostBundle};
pub use kubepki_cluster::{self as cluster, Allow, Plan, RenewalPolicy};
pub use kubepki_ledger::{
    Check, EntryKind, Expiring, Fingerprint, Head, KeyIdentifier, LedgerError, Query,
    RecordedCertificate, RecordedEntry, Requester, RequesterKind, Serial,
};
pub use ledger::{LedgerCheck, NotedRow};
pub use machine::{Machine, MachineError};
pub use old_files::{Holds, OldFile};
pub use renew::{Pending, Renewal, Renewed};
pub use requester::Operator;
pub use rotate::{EncryptionKeys, Rewritten};
pub use sign::RequestSource;
pub use spec::SpecFile;
pub use undo::{Undo, Undone};
