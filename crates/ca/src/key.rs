//! Key pairs: made, read, written and signed with. A private key never shows in `Debug` or an error.

mod generate;
mod private;
mod public;

use std::{
    fmt,
    sync::atomic::{AtomicBool, Ordering},
};

use ring::{
    error::Unspecified,
    rand::SystemRandom,
    signature::{self, EcdsaKeyPair, Ed25519KeyPair, RsaKeyPair},
};
use zeroize::Zeroizing;

use crate::{
    Error, KeyAlgorithm, Signature, SignatureAlgorithm, Signer, SignerError, SignerErrorKind, pem,
};

pub use public::PublicKey;
pub(crate) use public::canonical_spki;

/// A private key with its public key. It is not `Clone`, and its bytes are wiped when it is dropped.
pub struct KeyPair {
    pkcs8: Zeroizing<Vec<u8>>,
    private: Private,
    public: PublicKey,
    /// Whether a signature of it has been verified.
    is_tested: AtomicBool,
}

enum Private {
    Ecdsa(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
    Rsa(Box<RsaKeyPair>),
}

impl KeyPair {
    /// Makes a new key, which signs and verifies a message before it is given out.
    ///
    /// # Errors
    /// [`Error::Random`] when the operating system gives no random bytes, [`Error::SelfTest`]
    /// when the new key does not work.
    pub fn generate(algorithm: KeyAlgorithm) -> Result<Self, Error> {
        generate::generate(algorithm)
    }

    /// Reads the first private key of a PEM text: PKCS#8, PKCS#1 (`RSA PRIVATE KEY`, as kubeadm
    /// writes) or SEC1 (`EC PRIVATE KEY`).
    ///
    /// The parts of the key have to fit together: its public half is computed from its private half
    /// (EC, Ed25519) or from its primes (RSA), and never just believed. Its first signature is
    /// verified before it is given out.
    pub fn from_pem(text: &[u8]) -> Result<Self, Error> {
        let (kind, der) = pem::first(text, &private::KINDS, "private key")?;
        private::from_der(kind, der)
    }

    /// The key as PKCS#8 PEM, `PRIVATE KEY`.
    pub fn to_pem(&self) -> Zeroizing<String> {
        pem::write("PRIVATE KEY", &self.pkcs8)
    }

    /// The key as DER PKCS#8.
    #[cfg(feature = "pkcs12")]
    pub(crate) fn pkcs8(&self) -> &[u8] {
        &self.pkcs8
    }

    /// Signs a fixed message and verifies it with the public key: for a key that is kept and has
    /// nothing to sign here.
    ///
    /// # Errors
    /// [`Error::SelfTest`] when the key does not work.
    pub fn self_test(&self) -> Result<(), Error> {
        const MESSAGE: &[u8] = b"kubepki: does this key sign what its public key verifies?";
        let algorithm = self.public.algorithm();
        match self.sign(MESSAGE, algorithm.signature_algorithm()) {
            Ok(_) => Ok(()),
            Err(_) => Err(Error::SelfTest { algorithm }),
        }
    }

    fn signature(&self, tbs: &[u8]) -> Result<Vec<u8>, Unspecified> {
        let random = SystemRandom::new();
        match &self.private {
            Private::Ecdsa(key) => {
                key.sign(&random, tbs).map(|signature| signature.as_ref().to_vec())
            }
            Private::Ed25519(key) => Ok(key.sign(tbs).as_ref().to_vec()),
            Private::Rsa(key) => {
                let mut signature = vec![0; key.public().modulus_len()];
                key.sign(&signature::RSA_PKCS1_SHA256, &random, tbs, &mut signature)?;
                Ok(signature)
            }
        }
    }
}

impl Signer for KeyPair {
    fn public_key(&self) -> &PublicKey {
        &self.public
    }

    fn sign(&self, tbs: &[u8], algorithm: SignatureAlgorithm) -> Result<Signature, SignerError> {
        let key_algorithm = self.public.algorithm();
        if algorithm != key_algorithm.signature_algorithm() {
            return Err(SignerError::new(SignerErrorKind::Refused));
        }
        let failed = |error| SignerError::caused_by(SignerErrorKind::Failed, error);
        // RSA fails on numbers that do not fit together too: ring verifies what it made.
        let signature = self.signature(tbs).map_err(|_| {
            failed(match self.private {
                Private::Rsa(_) => Error::SelfTest { algorithm: key_algorithm },
                Private::Ecdsa(_) | Private::Ed25519(_) => Error::Random,
            })
        })?;
        if !self.is_tested.load(Ordering::Relaxed) {
            let verified = self.public.verify(tbs, &signature);
            verified.map_err(|_| failed(Error::SelfTest { algorithm: key_algorithm }))?;
            self.is_tested.store(true, Ordering::Relaxed);
        }
        Ok(Signature::new(signature))
    }
}

impl fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { pkcs8: _, private: _, public, is_tested: _ } = self;
        f.debug_struct("KeyPair").field("public", public).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_algorithm_is_made_written_and_read_back() {
        for algorithm in KeyAlgorithm::ALL.into_iter().filter(is_tested) {
            let key = KeyPair::generate(algorithm).unwrap();
            assert_eq!(key.public_key().algorithm(), algorithm);
            let again = KeyPair::from_pem(key.to_pem().as_bytes()).unwrap();
            assert_eq!(again.public_key(), key.public_key());
            let signature = again.sign(b"message", algorithm.signature_algorithm()).unwrap();
            key.public_key().verify(b"message", signature.as_bytes()).unwrap();
            assert!(key.public_key().verify(b"massage", signature.as_bytes()).is_err());
        }
    }

    fn is_tested(algorithm: &KeyAlgorithm) -> bool {
        algorithm.can_be_generated() && algorithm.rsa_bits() != Some(4096)
    }

    #[test]
    #[cfg(not(feature = "rsa"))]
    fn without_the_feature_an_rsa_key_is_refused_with_its_name() {
        let error = KeyPair::generate(KeyAlgorithm::Rsa2048).unwrap_err();
        let expected = "RSA key generation is not in this build: it needs the feature `rsa`";
        assert_eq!(error.to_string(), expected);
    }

    /// Changes one octet of the PKCS#8 of a key, counted from its end.
    fn damaged(algorithm: KeyAlgorithm, from_end: usize) -> Result<KeyPair, Error> {
        let mut pkcs8 = KeyPair::generate(algorithm).unwrap().pkcs8.to_vec();
        let position = pkcs8.len() - 1 - from_end;
        pkcs8[position] ^= 1;
        KeyPair::from_pem(pem::write("PRIVATE KEY", &pkcs8).as_bytes())
    }

    #[test]
    fn a_damaged_key_is_refused_when_it_is_read_or_at_its_first_signature() {
        // The public half is at the end.
        for algorithm in [KeyAlgorithm::EcdsaP256, KeyAlgorithm::EcdsaP384] {
            let error = damaged(algorithm, 0).unwrap_err();
            assert!(matches!(error, Error::Malformed { .. }), "{error}");
        }
        if !KeyAlgorithm::Rsa2048.can_be_generated() {
            return;
        }
        // At the end is the coefficient of 128 octets, before it the second exponent.
        let error = damaged(KeyAlgorithm::Rsa2048, 0).unwrap_err();
        assert!(matches!(error, Error::Malformed { .. }), "{error}");
        let key = damaged(KeyAlgorithm::Rsa2048, 140).unwrap();
        let error = key.sign(b"message", SignatureAlgorithm::RsaPkcs1Sha256).unwrap_err();
        assert_eq!(error.kind(), SignerErrorKind::Failed);
        assert!(matches!(key.self_test(), Err(Error::SelfTest { .. })));
    }

    #[test]
    fn a_key_signs_by_its_own_algorithm_alone() {
        let key = KeyPair::generate(KeyAlgorithm::EcdsaP256).unwrap();
        let error = key.sign(b"message", SignatureAlgorithm::EcdsaSha384).unwrap_err();
        assert_eq!(error.kind(), SignerErrorKind::Refused);
    }

    #[test]
    fn debug_shows_no_private_key() {
        let key = KeyPair::generate(KeyAlgorithm::EcdsaP256).unwrap();
        let shown = format!("{key:?}");
        assert!(shown.starts_with("KeyPair { public: PublicKey") && shown.ends_with(".. }"));
        assert!(!shown.contains("pkcs8"));
    }
}
