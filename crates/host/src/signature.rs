//! Who made a bundle: a key of the root signs its manifest, and machines know that key. Touches no
//! file, and keeps no key.

use kubepki_ca::{KeyAlgorithm, KeyPair, PublicKey, SignatureAlgorithm, Signer};
use zeroize::Zeroizing;

use crate::{error::SignatureError, manifest::digest};

/// The name of the signature in a bundle, where it comes right after the manifest.
pub(crate) const SIGNATURE: &str = "kubepki-manifest.sig";

/// Stands before what is signed, so that no signature of this key is one of anything else.
const CONTEXT: &[u8] = b"kubepki bundle manifest\0";

/// The key of a root that signs its bundles.
#[derive(Debug)]
pub struct BundleKey(KeyPair);

impl BundleKey {
    /// Makes a new one.
    ///
    /// # Errors
    /// When the operating system gives no random bytes.
    pub fn generate() -> Result<Self, SignatureError> {
        Ok(Self(KeyPair::generate(KeyAlgorithm::Ed25519)?))
    }

    /// Reads what [`BundleKey::to_pem`] wrote.
    ///
    /// # Errors
    /// When it is no private key, or of another algorithm than Ed25519.
    pub fn from_pem(text: &[u8]) -> Result<Self, SignatureError> {
        let key = KeyPair::from_pem(text)?;
        match key.public_key().algorithm() {
            KeyAlgorithm::Ed25519 => Ok(Self(key)),
            algorithm => Err(SignatureError::Algorithm { algorithm }),
        }
    }

    /// The key as PKCS#8 PEM.
    pub fn to_pem(&self) -> Zeroizing<String> {
        self.0.to_pem()
    }

    /// What machines know it by: the SHA-256 of its public half, as hexadecimal digits.
    pub fn fingerprint(&self) -> String {
        digest(self.0.public_key().spki())
    }

    /// The public half as it stands in a manifest: its DER SubjectPublicKeyInfo in hexadecimal digits.
    pub(crate) fn signer(&self) -> String {
        self.0.public_key().spki().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    pub(crate) fn sign(&self, manifest: &[u8]) -> Result<Vec<u8>, SignatureError> {
        let signed = self.0.sign(&[CONTEXT, manifest].concat(), SignatureAlgorithm::Ed25519);
        Ok(signed.map_err(kubepki_ca::Error::from)?.into_bytes())
    }
}

/// Checks that the key which a manifest names has signed it.
pub(crate) fn verify(
    signer: &str,
    manifest: &[u8],
    signature: &[u8],
) -> Result<(), SignatureError> {
    let key = public_key(signer).ok_or(SignatureError::Signer)?;
    let message = [CONTEXT, manifest].concat();
    key.verify(&message, signature).map_err(|_| SignatureError::Mismatch)
}

/// The fingerprint of the key that a manifest names.
pub(crate) fn fingerprint(signer: &str) -> String {
    public_key(signer).map_or_else(String::new, |key| digest(key.spki()))
}

/// The key that a manifest names, if it is an Ed25519 key.
pub(crate) fn public_key(signer: &str) -> Option<PublicKey> {
    let is_hex =
        signer.len() == 88 && signer.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    let byte = |at: usize| u8::from_str_radix(signer.get(at..at + 2)?, 16).ok();
    let der: Option<Vec<_>> = is_hex.then(|| (0..44).map(|n| byte(2 * n)).collect())?;
    PublicKey::from_spki(&der?).ok().filter(|key| key.algorithm() == KeyAlgorithm::Ed25519)
}
