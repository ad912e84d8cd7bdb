//! X.509 certificates for a private PKI: keys, subjects, profiles, and issuance that is linted
//! before the signature and checked after it.
//!
//! The crate knows X.509 only. It reads no file and no clock, and holds no policy about who may
//! have which name.
//!
//! Make a CA:
//!
//! ```
//! use kubepki_ca::{CA, Issuer, KeyAlgorithm, KeyPair, Subject, Template, Validity};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let now: jiff::Timestamp = "2026-11-20T12:00:00Z".parse()?;
//! let template = Template {
//!     subject: Subject::new("demo-ca-1"),
//!     subject_alt_names: vec![],
//!     profile: CA,
//!     validity: Validity::starting(now, jiff::SignedDuration::from_hours(24 * 3650))?,
//! };
//! let ca = Issuer::self_signed(&template, KeyPair::generate(KeyAlgorithm::EcdsaP256)?)?;
//! assert!(ca.certificate().is_ca() && ca.certificate().is_self_signed());
//! # Ok(()) }
//! ```
//!
//! Issue a client certificate with two organizations, and have it validated by other code:
//!
//! ```
//! # use kubepki_ca::*;
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let now: jiff::Timestamp = "2026-11-20T12:00:00Z".parse()?;
//! # let days = |n: i64| Validity::starting(now, jiff::SignedDuration::from_hours(24 * n));
//! # let template = Template { subject: Subject::new("demo-ca-1"), subject_alt_names: vec![], profile: CA, validity: days(3650)? };
//! # let ca = Issuer::self_signed(&template, KeyPair::generate(KeyAlgorithm::EcdsaP256)?)?;
//! let key = KeyPair::generate(KeyAlgorithm::EcdsaP256)?;
//! let template = Template {
//!     subject: Subject::new("jane").with_organizations(["dev", "oncall"]),
//!     subject_alt_names: vec![],
//!     profile: CLIENT,
//!     validity: days(365)?,
//! };
//! let jane = ca.prepare(&template, key.public_key())?.sign()?;
//! assert_eq!(jane.subject().to_string(), "O=dev, O=oncall, CN=jane");
//! TrustBundle::new(ca.certificate().clone(), vec![]).verify(&jane, Purpose::Client, now)?;
//! # Ok(()) }
//! ```

mod algorithm;
mod certificate;
pub mod der;
mod distinguished_name;
mod error;
mod issuer;
mod key;
mod lint;
mod name;
mod pem;
mod pkcs12;
mod profile;
mod request;
mod signer;
mod subject;
mod tbs;
mod template;
mod trust;
mod validity;

pub use algorithm::{KeyAlgorithm, SignatureAlgorithm};
pub use certificate::Certificate;
pub use distinguished_name::DistinguishedName;
pub use error::Error;
pub use issuer::{Issuance, Issuer};
pub use key::{KeyPair, PublicKey};
pub use lint::{Finding, Lint, lints};
pub use name::{DnsName, SubjectAltName, VerbatimName};
pub use pkcs12::to_pkcs12;
pub use profile::{CA, CLIENT, ExtendedKeyUsage, KeyUsage, PEER, Profile, SERVER};
pub use request::{
    AttributeType, RequestedAttribute, RequestedExtension, RequestedName, RequestedSubject,
    SigningRequest, StringType, UnprovenRequest, Wish,
};
pub use signer::{Signature, Signer, SignerError, SignerErrorKind};
pub use subject::Subject;
pub use template::Template;
pub use trust::{Purpose, TrustBundle};
pub use validity::Validity;
