//! What was ever signed: one row per certificate, appended and never changed, each bound to the
//! one before it by its hash.
//!
//! The crate knows no X.509 and no clock: it is given the fields of a certificate, and when it
//! was signed. [`SqliteLedger`] keeps the rows in a file, [`MemoryLedger`] in memory.
//!
//! ```
//! use std::ops::ControlFlow;
//!
//! use kubepki_ledger::{Entry, Ledger, MemoryLedger, Query, Requester};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut ledger = MemoryLedger::default();
//! ledger.record(&[Entry {
//!     time: "2026-11-20T12:00:00Z".parse()?,
//!     requester: Requester {
//!         verb: "apply".to_owned(),
//!         user: "operator".to_owned(),
//!         host: "workstation".to_owned(),
//!     },
//!     serial: "4d:01:9f".parse()?,
//!     sha256: [7; 32].into(),
//!     issuer: "CN=demo-ca-1".to_owned(),
//!     subject: "O=dev, CN=jane".to_owned(),
//!     common_name: "jane".to_owned(),
//!     organizations: vec!["dev".to_owned()],
//!     subject_alt_names: vec![],
//!     profile: "client".to_owned(),
//!     not_before: "2026-11-20T12:00:00Z".parse()?,
//!     not_after: "2027-11-20T12:00:00Z".parse()?,
//! }])?;
//!
//! let query = Query { user: Some("jane".to_owned()), ..Query::default() };
//! ledger.select(&query, &mut |row| {
//!     assert_eq!((row.number, row.entry.serial.to_string()), (1, "4d019f".to_owned()));
//!     ControlFlow::Continue(())
//! })?;
//! assert!(ledger.check()?.findings.is_empty());
//! # Ok(()) }
//! ```
//!
//! # What the chain proves
//!
//! A row's hash covers its number, every field, and the hash of the row before it. A second table
//! holds the *head*: the number of rows and the last hash. So [`Ledger::check`] finds a field that
//! was changed, a row that was removed, moved or put in between, and rows removed from the end.
//!
//! The hashes have no key. Who may write the file and knows the scheme can compute the whole chain
//! anew, cut the end and set the head back, or put an old copy in place. That is found only by
//! comparing with a head noted elsewhere: [`Check`] gives it, and [`Row::hash`] of the row with
//! that number must still be it.

mod chain;
mod check;
mod entry;
mod error;
mod fingerprint;
mod memory;
mod query;
mod serial;
mod sqlite;

use std::ops::ControlFlow;

pub use check::{Check, Finding};
pub use entry::{Entry, Requester, Row};
pub use error::LedgerError;
pub use fingerprint::{Fingerprint, InvalidFingerprint};
pub use memory::MemoryLedger;
pub use query::{Expiring, Query};
pub use serial::{InvalidSerial, Serial};
pub use sqlite::SqliteLedger;

/// A record of certificates that only grows.
pub trait Ledger {
    /// Records all of these or none, in this order; they are durable when it returns.
    ///
    /// Without entries it does nothing at all.
    fn record(&mut self, entries: &[Entry]) -> Result<(), LedgerError>;

    /// Shows every row that the query selects to `visit`, until that breaks off.
    ///
    /// Rows come in the order in which they were recorded, or of their expiry where the query
    /// asks for [`Expiring`]. No lock is held while `visit` runs.
    fn select(
        &self,
        query: &Query,
        visit: &mut dyn FnMut(Row) -> ControlFlow<()>,
    ) -> Result<(), LedgerError>;

    /// Walks the whole chain. Damage is a finding, not an error.
    fn check(&self) -> Result<Check, LedgerError>;
}
