//! Where the private keys of CAs are, and the one way to them.
//!
//! A [`KeyRef`] names a key. [`Keys`] opens it, and an [`AuthorityKey`] signs. No other crate of
//! kubepki reads a CA's private key to sign with it: what issues takes an [`AuthorityKey`], and only
//! this crate makes one.
//!
//! Today a key is in a file. [`KeyRef`] is `#[non_exhaustive]`: keys in PKCS#11 tokens, behind a
//! command, and on another machine will be further variants, and [`Signer`] and
//! [`SignerErrorKind`] can already say what goes wrong with them.
//!
//! This crate opens no file itself. The caller lends it [`KeyFiles`], so that a root is read by the
//! rules of its own store: without following symbolic links, and from the surviving copy where a file
//! is to be restored.
//!
//! Make a CA's key, keep what its file has to hold, and issue with it:
//!
//! ```
//! use std::{collections::BTreeMap, path::{Path, PathBuf}};
//!
//! use kubepki_ca::{CA, Issuer, KeyAlgorithm, Subject, Template, Validity};
//! use kubepki_keys::{KeyRef, Keys, SignerErrorKind};
//! use zeroize::Zeroizing;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut files: BTreeMap<PathBuf, Zeroizing<Vec<u8>>> = BTreeMap::new();
//! let key_ref = KeyRef::File("ca.key".into());
//!
//! // A new key: its file is the caller's to write, mode 0600.
//! let new = Keys::generate(&key_ref, KeyAlgorithm::EcdsaP256)?;
//! let now = "2026-11-20T12:00:00Z".parse()?;
//! let template = Template {
//!     subject: Subject::new("demo-ca-1"),
//!     subject_alt_names: vec![],
//!     profile: CA,
//!     validity: Validity::starting(now, jiff::SignedDuration::from_hours(24 * 3650))?,
//! };
//! let certificate = Issuer::self_signed(&template, new.key)?.certificate().clone();
//! files.insert("ca.key".into(), new.file.expect("a key in a file has one"));
//!
//! // Later: the same key, by its reference.
//! let lent = |path: &Path| Ok(files.get(path).cloned());
//! let keys = Keys::new(&lent);
//! let issuer = Issuer::load(certificate, keys.open(&key_ref)?)?;
//! assert!(issuer.certificate().is_self_signed());
//!
//! let error = keys.open(&KeyRef::File("other.key".into())).unwrap_err();
//! assert_eq!(error.kind(), SignerErrorKind::NoSuchKey);
//! # Ok(()) }
//! ```

mod authority_key;
mod key_ref;
mod keys;

pub use authority_key::{AuthorityKey, NewKey};
pub use key_ref::KeyRef;
pub use keys::{KeyFiles, Keys};
pub use kubepki_ca::{Signature, SignatureAlgorithm, Signer, SignerError, SignerErrorKind};
