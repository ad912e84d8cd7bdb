//! The independent auditor of a Kubernetes PKI: what any file or endpoint holds, and what is wrong
//! with it, in words.
//!
//! [`mod@read`] gathers files and what servers send, a [`Input`] holds them, and [`checks::run`] judges.
//!
//! The crate issues nothing and changes nothing. It shares no code with the issuer beyond the
//! parsing of certificates, so that what one gets wrong the other may find. Only [`mod@read`]
//! touches files and the network.
//!
//! ```
//! use kubepki_verify::{Input, checks, read::Scan};
//!
//! let input = Input::new(Scan::default(), "2026-11-29T12:00:00Z".parse()?);
//! assert!(checks::run(&input).is_empty());
//! assert_eq!(checks::named("key-mismatch").map(|check| check.name), Some("key-mismatch"));
//! # Ok::<(), jiff::Error>(())
//! ```

pub mod audit;
pub mod check;
pub mod checks;
pub mod discover;
mod form;
mod index;
pub mod input;
pub mod path;
pub mod read;
pub mod role;

pub use check::{Check, Finding, Part, Place, Severity, Target};
pub use input::{Asked, Assignment, Cluster, Endpoint, Expected, Holds, Input, Wrong};
pub use kubepki_inspect::Certificate;
pub use role::Role;
