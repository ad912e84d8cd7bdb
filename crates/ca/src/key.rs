//! Key pairs: made, read, written and signed with. A private key never shows in `Debug` or an error.

mod generate;
mod private;
mod public;

use std::fmt;

use ring::{
    rand::SystemRandom,
    signature::{self, EcdsaKeyPair, Ed25519KeyPair, RsaKeyPair},
};
use zeroize::Zeroizing;

use crate::{Error, KeyAlgorithm, pem};

pub use public::PublicKey;
pub(crate) use public::canonical_spki;

/// Something that signs: a [`KeyPair`], or a key that lies elsewhere, such as in a PKCS#11 token.
pub trait Signer {
    /// The public half of the key.
    fn public_key(&self) -> &PublicKey;

    /// Signs `message` with the digest that belongs to the key's algorithm.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error>;
}

/// A private key with its public key. It is not `Clone`, and its bytes are wiped when it is dropped.
pub struct KeyPair {
    pkcs8: Zeroizing<Vec<u8>>,
    private: Private,
    public: PublicKey,
}

enum Private {
    Ecdsa(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
    Rsa(Box<RsaKeyPair>),
}

impl KeyPair {
    /// Makes a new key. An RSA key signs and verifies a message before it is given out.
    ///
    /// # Errors
    /// [`Error::Random`] when the operating system gives no random bytes, [`Error::SelfTest`]
    /// when the new key does not work.
    pub fn generate(algorithm: KeyAlgorithm) -> Result<Self, Error> {
        generate::generate(algorithm)
    }

    /// Reads the first private key of a PEM text: PKCS#8, PKCS#1 (`RSA PRIVATE KEY`, as kubeadm
    /// writes) or SEC1 (`EC PRIVATE KEY`). The key signs and verifies a message before use.
    pub fn from_pem(text: &[u8]) -> Result<Self, Error> {
        let (kind, der) = pem::first(text, &private::KINDS, "private key")?;
        private::from_der(kind, der)?.self_tested()
    }

    /// The key as PKCS#8 PEM, `PRIVATE KEY`.
    pub fn to_pem(&self) -> Zeroizing<String> {
        pem::write("PRIVATE KEY", &self.pkcs8)
    }

    /// The key as DER PKCS#8.
    pub(crate) fn pkcs8(&self) -> &[u8] {
        &self.pkcs8
    }

    /// Signs a fixed message and verifies it with the public key.
    fn self_tested(self) -> Result<Self, Error> {
        const MESSAGE: &[u8] = b"kubepki: does this key sign what its public key verifies?";
        let signature = self.sign(MESSAGE)?;
        match self.public.verify(MESSAGE, &signature) {
            Ok(()) => Ok(self),
            Err(_) => Err(Error::SelfTest { algorithm: self.public.algorithm() }),
        }
    }
}

impl Signer for KeyPair {
    fn public_key(&self) -> &PublicKey {
        &self.public
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let random = SystemRandom::new();
        match &self.private {
            Private::Ecdsa(key) => {
                let signature = key.sign(&random, message).map_err(|_| Error::Random)?;
                Ok(signature.as_ref().to_vec())
            }
            Private::Ed25519(key) => Ok(key.sign(message).as_ref().to_vec()),
            Private::Rsa(key) => {
                let mut signature = vec![0; key.public().modulus_len()];
                key.sign(&signature::RSA_PKCS1_SHA256, &random, message, &mut signature)
                    .map_err(|_| Error::Random)?;
                Ok(signature)
            }
        }
    }
}

impl fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { pkcs8: _, private: _, public } = self;
        f.debug_struct("KeyPair").field("public", public).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_algorithm_is_made_written_and_read_back() {
        for algorithm in KeyAlgorithm::ALL.into_iter().filter(|a| a.rsa_bits() != Some(4096)) {
            let key = KeyPair::generate(algorithm).unwrap();
            assert_eq!(key.public_key().algorithm(), algorithm);
            let again = KeyPair::from_pem(key.to_pem().as_bytes()).unwrap();
            assert_eq!(again.public_key(), key.public_key());
            let signature = again.sign(b"message").unwrap();
            key.public_key().verify(b"message", &signature).unwrap();
            assert!(key.public_key().verify(b"massage", &signature).is_err());
        }
    }

    #[test]
    fn debug_shows_no_private_key() {
        let key = KeyPair::generate(KeyAlgorithm::EcdsaP256).unwrap();
        let shown = format!("{key:?}");
        assert!(shown.starts_with("KeyPair { public: PublicKey") && shown.ends_with(".. }"));
        assert!(!shown.contains("pkcs8"));
    }
}
