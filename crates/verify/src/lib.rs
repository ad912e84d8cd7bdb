//! The independent auditor of a Kubernetes PKI: what any file or endpoint holds, and what is wrong
//! with it, in words.
//!
//! [`mod@read`] gathers files and what servers send, a [`World`] holds them, and [`checks::run`] judges.
//!
//! The crate issues nothing and changes nothing. It shares no code with the issuer beyond the
//! parsing of certificates, so that what one gets wrong the other may find. Only [`mod@read`]
//! touches files and the network.
//!
//! ```
//! use kubepki_verify::artifact::{Artifact, ReadError, read};
//!
//! let key = b"-----BEGIN PUBLIC KEY-----
//! MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=
//! -----END PUBLIC KEY-----
//! ";
//! let found = read(key)?;
//! assert!(matches!(&found[..], [Artifact::PublicKey(key)] if key.to_string() == "ed25519"));
//! assert_eq!(read(b"").unwrap_err(), ReadError::Empty);
//! # Ok::<(), ReadError>(())
//! ```

pub mod artifact;
pub mod audit;
mod cache;
pub mod check;
pub mod checks;
mod der;
pub mod discover;
mod form;
mod index;
pub mod inspect;
pub mod key;
pub mod kubeconfig;
pub mod path;
mod pem;
pub mod read;
pub mod revocation;
pub mod role;
mod text;
pub mod world;

pub use check::{Check, Finding, Part, Place, Severity, Target};
pub use kubepki_ca::Certificate;
pub use role::Role;
pub use world::{Asked, Assignment, Cluster, Endpoint, Expected, Holds, World, Wrong};
