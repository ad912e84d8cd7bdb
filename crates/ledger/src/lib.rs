//! What was signed, revoked and rotated: rows that are appended and never changed, each bound to
//! the one before it by its hash.
//!
//! The crate knows no X.509 and no clock: it is given the fields of a certificate, and when it
//! was signed. [`SqliteLedger`] keeps the rows in a file, [`MemoryLedger`] in memory. A ledger has
//! one chain of rows per cluster.
//!
//! ```
//! use std::ops::ControlFlow;
//!
//! use kubepki_ledger::{
//!     Entry, EntryKind, Ledger, MemoryLedger, Query, RecordedCertificate, Requester, RequesterKind,
//! };
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut ledger = MemoryLedger::default();
//! let entry = Entry {
//!     kind: EntryKind::Issued,
//!     time: "2026-11-20T12:00:00Z".parse()?,
//!     requester: Requester {
//!         verb: "apply".to_owned(),
//!         user: "operator".to_owned(),
//!         host: "workstation".to_owned(),
//!     },
//!     requester_kind: Some(RequesterKind::Operator),
//!     request_uid: None,
//!     authority: None,
//!     detail: None,
//!     note: None,
//!     certificate: Some(RecordedCertificate {
//!         serial: "4d:01:9f".parse()?,
//!         sha256: [7; 32].into(),
//!         issuer_key_id: Some("8a:3c:11".parse()?),
//!         issuer: "CN=demo-ca-1".to_owned(),
//!         subject: "O=dev, CN=jane".to_owned(),
//!         common_name: "jane".to_owned(),
//!         organizations: vec!["dev".to_owned()],
//!         subject_alt_names: vec![],
//!         profile: "client".to_owned(),
//!         not_before: "2026-11-20T12:00:00Z".parse()?,
//!         not_after: "2027-11-20T12:00:00Z".parse()?,
//!         der: None,
//!     }),
//! };
//! let head = ledger.append(&ledger.head("demo")?, &[entry])?;
//! assert_eq!((head.cluster.as_str(), head.count), ("demo", 1));
//!
//! let query = Query { user: Some("jane".to_owned()), ..Query::default() };
//! ledger.select(&query, &mut |row| {
//!     assert_eq!((row.number, row.hash), (1, head.hash));
//!     ControlFlow::Continue(())
//! })?;
//! assert!(ledger.check()?.findings.is_empty());
//! # Ok(()) }
//! ```
//!
//! # What the chain proves
//!
//! A row's hash covers its cluster, its number, every field, and the hash of the row before it. The
//! ledger also keeps the *head* of each chain: the number of its rows and the last hash. So
//! [`Ledger::check`] finds a field that was changed, a row that was removed, moved or put in
//! between, and rows removed from the end.
//!
//! The hashes have no key. Who may write the file and knows the encoding can compute a whole chain
//! anew, cut the end and set the head back, remove the newest chain as a whole, or put an old copy
//! of the file in place. That is found only by comparing with a head noted elsewhere: [`Check`]
//! gives it, and [`RecordedEntry::hash`] of the row with that number must still be it.
//!
//! # The hash of a row
//!
//! The encoding is this crate's own. It does not depend on the database that keeps the rows.
#![doc = include_str!("encoding.md")]

mod chain;
mod check;
mod entry;
mod error;
mod fingerprint;
mod first_stage;
mod key_identifier;
mod ledger;
mod memory;
mod query;
mod serial;
mod sqlite;

pub use chain::Head;
pub use check::{Check, Finding};
pub use entry::{Entry, EntryKind, RecordedCertificate, RecordedEntry, Requester, RequesterKind};
pub use error::LedgerError;
pub use fingerprint::{Fingerprint, InvalidFingerprint};
pub use key_identifier::{InvalidKeyIdentifier, KeyIdentifier};
pub use ledger::Ledger;
pub use memory::MemoryLedger;
pub use query::{Expiring, Query};
pub use serial::{InvalidSerial, Serial};
pub use sqlite::SqliteLedger;
