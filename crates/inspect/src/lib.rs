//! Reads any file of a PKI without keeping its secrets: PEM, DER, PKCS#12, PKCS#7 and kubeconfigs.
//!
//! [`artifact::read`] says what the bytes of a file hold. An [`Index`] over what was read answers
//! whose key a key is, by its bits, and who issued a certificate, by its signature. Names of files
//! decide neither. [`mod@view`] describes one thing for people.
//!
//! Find the issuer of a certificate among those of a bundle, whatever its file is called:
//!
//! ```
//! use kubepki_inspect::{Artifact, Index, artifact};
//!
//! # fn issuers(bundle: &[u8]) -> Result<(), kubepki_inspect::ReadError> {
//! let certificates = artifact::read(bundle)?.into_iter().filter_map(|it| match it {
//!     Artifact::Certificate(certificate) => Some(certificate),
//!     _ => None,
//! });
//! let index = Index::of(certificates);
//! for position in 0..index.len() {
//!     let issuers: Vec<_> = index.issuers_of(index.certificate(position)).collect();
//!     assert!(issuers.iter().all(|it| index.certificate(*it).is_ca()));
//! }
//! # Ok(()) }
//! ```
//!
//! The crate has no features. It opens no file, reads no clock, judges nothing and signs nothing.
//!
//! ```
//! use kubepki_inspect::artifact::{Artifact, ReadError, read};
//!
//! let key = b"-----BEGIN PUBLIC KEY-----
//! MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=
//! -----END PUBLIC KEY-----
//! ";
//! let artifacts = read(key)?;
//! assert!(matches!(&artifacts[..], [Artifact::PublicKey(key)] if key.to_string() == "ed25519"));
//! assert_eq!(read(b"").unwrap_err(), ReadError::Empty);
//! # Ok::<(), ReadError>(())
//! ```

pub mod artifact;
pub mod cache;
pub mod encoding;
pub mod index;
pub mod key;
pub mod kubeconfig;
mod pem;
pub mod revocation;
pub mod signature;
pub mod text;
pub mod view;

pub use artifact::{Artifact, ReadError};
pub use index::Index;
pub use key::{PrivateKey, PublicKey};
pub use kubepki_ca::Certificate;
pub use signature::Verdict;
