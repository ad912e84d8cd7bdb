//! What signs: a key that may be anywhere, and how it fails. Holds no key itself.

use std::{error::Error as StdError, fmt, sync::Arc};

use crate::{PublicKey, SignatureAlgorithm};

/// A private key that signs, wherever it is: in memory ([`KeyPair`](crate::KeyPair)), in a token, in
/// another process.
///
/// Whoever issues a certificate verifies each signature before it uses it, so a signer that signs
/// something else does no harm.
pub trait Signer: Send + Sync {
    /// The public half of the key. It is known before anything is signed, and never changes.
    fn public_key(&self) -> &PublicKey;

    /// Signs the bytes `tbs` with this algorithm, whose digest the signer applies itself.
    ///
    /// # Errors
    /// [`SignerErrorKind::Refused`] when the key does not sign by this algorithm.
    fn sign(&self, tbs: &[u8], algorithm: SignatureAlgorithm) -> Result<Signature, SignerError>;
}

impl<S: Signer + ?Sized> Signer for &S {
    fn public_key(&self) -> &PublicKey {
        (**self).public_key()
    }

    fn sign(&self, tbs: &[u8], algorithm: SignatureAlgorithm) -> Result<Signature, SignerError> {
        (**self).sign(tbs, algorithm)
    }
}

impl<S: Signer + ?Sized> Signer for Box<S> {
    fn public_key(&self) -> &PublicKey {
        (**self).public_key()
    }

    fn sign(&self, tbs: &[u8], algorithm: SignatureAlgorithm) -> Result<Signature, SignerError> {
        (**self).sign(tbs, algorithm)
    }
}

impl<S: Signer + ?Sized> Signer for Arc<S> {
    fn public_key(&self) -> &PublicKey {
        (**self).public_key()
    }

    fn sign(&self, tbs: &[u8], algorithm: SignatureAlgorithm) -> Result<Signature, SignerError> {
        (**self).sign(tbs, algorithm)
    }
}

/// A signature, in the form in which X.509 carries it: of ECDSA the DER of RFC 3279, 2.2.3.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature(Vec<u8>);

impl Signature {
    /// Takes the octets of a signature.
    pub const fn new(octets: Vec<u8>) -> Self {
        Self(octets)
    }

    /// Its octets.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Its octets, owned.
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

/// Why a key cannot be opened, or does not sign. Holds nothing secret.
#[derive(Clone, Debug)]
pub struct SignerError {
    kind: SignerErrorKind,
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

/// What is wrong with a key. Each kind wants another answer of the operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SignerErrorKind {
    /// It failed for another reason, such as missing random bytes.
    Failed,
    /// It was there and is no longer: a token was pulled out, a process has ended.
    Gone,
    /// It needs a passphrase or a PIN, or its token is blocked.
    Locked,
    /// There is no such key.
    NoSuchKey,
    /// It is there and does not sign this: another algorithm, or a policy.
    Refused,
    /// It is there and cannot be read, or is of an unsupported kind.
    Unreadable,
}

impl SignerError {
    /// An error of this kind, without a cause of its own.
    pub const fn new(kind: SignerErrorKind) -> Self {
        Self { kind, source: None }
    }

    /// An error of this kind, and what caused it.
    pub fn caused_by(
        kind: SignerErrorKind,
        source: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        Self { kind, source: Some(Arc::from(source.into())) }
    }

    /// What is wrong.
    pub const fn kind(&self) -> SignerErrorKind {
        self.kind
    }
}

impl fmt::Display for SignerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            SignerErrorKind::Failed => "the key cannot sign",
            SignerErrorKind::Gone => "the key is no longer there",
            SignerErrorKind::Locked => "the key is locked",
            SignerErrorKind::NoSuchKey => "there is no such key",
            SignerErrorKind::Refused => "the key refuses to sign",
            SignerErrorKind::Unreadable => "the key cannot be used",
        })
    }
}

impl StdError for SignerError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}

/// Equal are errors of one kind that come from the same cause: causes of foreign types cannot be
/// compared.
impl PartialEq for SignerError {
    fn eq(&self, other: &Self) -> bool {
        let same_source = match (&self.source, &other.source) {
            (None, None) => true,
            (Some(one), Some(another)) => Arc::ptr_eq(one, another),
            _ => false,
        };
        self.kind == other.kind && same_source
    }
}

impl Eq for SignerError {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{KeyAlgorithm, KeyPair};

    #[test]
    fn a_signer_is_one_behind_every_pointer() {
        fn key_of(signer: impl Signer) -> PublicKey {
            let key = signer.public_key().clone();
            let algorithm = key.algorithm().signature_algorithm();
            let signature = signer.sign(b"message", algorithm).unwrap();
            key.verify(b"message", signature.as_bytes()).unwrap();
            key
        }
        let key = KeyPair::generate(KeyAlgorithm::EcdsaP256).unwrap();
        let expected = key.public_key().clone();
        assert_eq!(key_of(&key), expected);
        let boxed: Box<dyn Signer> = Box::new(key);
        assert_eq!(key_of(&boxed), expected);
        assert_eq!(key_of(Arc::<dyn Signer>::from(boxed)), expected);
    }

    #[test]
    fn an_error_says_its_kind_and_its_cause() {
        let cause = std::io::Error::other("token removed");
        let error = SignerError::caused_by(SignerErrorKind::Gone, cause);
        assert_eq!(error.to_string(), "the key is no longer there");
        assert_eq!(error.source().unwrap().to_string(), "token removed");
        assert_eq!(error, error.clone());
        assert_ne!(error, SignerError::new(SignerErrorKind::Gone));
    }
}
