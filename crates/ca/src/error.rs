//! The one error type of this crate.

use jiff::Timestamp;

use crate::{KeyAlgorithm, SignerError, lint::Finding, name::shorten};

/// Why something could not be read, built, signed or verified.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The private key of an issuer does not belong to its certificate.
    #[error("the private key does not belong to the certificate of `{subject}`")]
    KeyMismatch {
        /// The subject of the certificate.
        subject: String,
    },
    /// A DNS name broke a rule.
    #[error("`{name}` is no DNS name: {reason}")]
    InvalidDnsName {
        /// The name as it was given, shortened.
        name: String,
        /// The rule it broke.
        reason: &'static str,
    },
    /// A subject attribute broke a rule of RFC 5280, 4.1.2.6 or appendix A.
    #[error("`{value}` cannot be a subject's {attribute}: {reason}")]
    InvalidSubject {
        /// The attribute: `CN`, `O` or `UID`.
        attribute: &'static str,
        /// The value as it was given, shortened.
        value: String,
        /// The rule it broke.
        reason: &'static str,
    },
    /// A URI without a scheme, or with characters outside printable ASCII.
    #[error("`{uri}` is no URI with a scheme")]
    InvalidUri {
        /// The URI as it was given, shortened.
        uri: String,
    },
    /// A period of validity that ends before it begins, or that no certificate can express.
    #[error("the validity from {not_before} to {not_after} is empty or beyond the year 9999")]
    InvalidValidity {
        /// The first moment.
        not_before: Timestamp,
        /// The last moment.
        not_after: Timestamp,
    },
    /// The issuer has ended before the validity that was asked for begins.
    #[error("the issuer `{issuer}` expired at {not_after}")]
    IssuerExpired {
        /// The issuer's subject.
        issuer: String,
        /// The issuer's last moment.
        not_after: Timestamp,
    },
    /// The issuer begins after the validity that was asked for has ended.
    #[error("the issuer `{issuer}` is not valid before {not_before}")]
    IssuerNotYetValid {
        /// The issuer's subject.
        issuer: String,
        /// The issuer's first moment.
        not_before: Timestamp,
    },
    /// A certificate that was about to be signed broke rules of the lint table.
    #[error("lint `{}` refused `{subject}` before it was signed: {}", .finding.lint, .finding.message)]
    Lint {
        /// The subject of the certificate.
        subject: String,
        /// The first finding.
        finding: Box<Finding>,
    },
    /// The DER could not be read.
    #[error("the {what} cannot be read: {reason}")]
    Malformed {
        /// What was read: `certificate`, `certificate request`, `private key` and so on.
        what: &'static str,
        /// The parser's word, shortened.
        reason: String,
    },
    /// A certificate that may not issue others was given as an issuer.
    #[error("the certificate of `{subject}` is no CA certificate: {reason}")]
    NotAnIssuer {
        /// The subject of the certificate.
        subject: String,
        /// What it lacks.
        reason: &'static str,
    },
    /// This program was built without the feature that does it.
    #[error("{what} is not in this build: it needs the feature `{feature}`")]
    NotBuilt {
        /// What was asked for.
        what: &'static str,
        /// The feature of kubepki-ca.
        feature: &'static str,
    },
    /// The PEM text holds something else than was asked for.
    #[error("no {wanted} in it: it {found}")]
    PemKind {
        /// The wanted label, such as `CERTIFICATE`.
        wanted: &'static str,
        /// What is there instead, as a clause: `holds PRIVATE KEY`, `is empty`.
        found: String,
    },
    /// The operating system gave no random bytes.
    #[error("the operating system gave no random bytes")]
    Random,
    /// A freshly generated or loaded key failed its sign-and-verify test.
    #[error("a {algorithm} key failed its own signature test")]
    SelfTest {
        /// The algorithm of the key.
        algorithm: KeyAlgorithm,
    },
    /// The key that should sign does not.
    #[error(transparent)]
    Signer(#[from] SignerError),
    /// A signature does not verify.
    #[error("the signature of the {what} does not verify under the public key")]
    Signature {
        /// What was signed.
        what: &'static str,
    },
    /// A signed certificate differs from what was linted.
    #[error("the signed certificate of `{subject}` differs from what was prepared")]
    SignedDiffers {
        /// The subject of the certificate.
        subject: String,
    },
    /// Something is larger than anything of its kind.
    #[error("the {what} is larger than {limit} bytes")]
    TooLarge {
        /// What it is.
        what: &'static str,
        /// The largest size, in bytes.
        limit: usize,
    },
    /// No algorithm has this name.
    #[error(
        "`{name}` is no key algorithm (one of ecdsa-p256, ecdsa-p384, rsa-2048, rsa-3072, rsa-4096, ed25519)"
    )]
    UnknownKeyAlgorithm {
        /// The name as it was given.
        name: String,
    },
    /// A key of a kind or size that is not supported.
    #[error("unsupported key: {what}")]
    UnsupportedKey {
        /// The kind, in words.
        what: String,
    },
    /// A signature algorithm that is broken or not supported.
    #[error("unsupported signature: {what}")]
    UnsupportedSignature {
        /// The algorithm, in words.
        what: String,
    },
    /// Path validation failed.
    #[error("the chain of `{subject}` does not verify: {reason}")]
    Untrusted {
        /// The subject of the certificate.
        subject: String,
        /// The verifier's word.
        reason: String,
    },
}

impl Error {
    pub(crate) fn malformed(what: &'static str, reason: impl ToString) -> Self {
        Self::Malformed { what, reason: shorten(&reason.to_string()) }
    }
}
