//! Keys, described: algorithm, size and the fingerprint of the public half.

use kubepki_ca::Certificate;
use ring::digest;
use serde::Serialize;

use super::hex;
use crate::{
    artifact::Artifact,
    key::{PrivateKey, PublicHalf, PublicKey},
};

/// A public key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct KeyView {
    /// The algorithm with its size or curve, such as `ecdsa-p256`.
    pub algorithm: String,
    /// SHA-256 of the SubjectPublicKeyInfo, in the form of kubeadm's `--discovery-token-ca-cert-hash`;
    /// none for a key of an unknown kind outside of a certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pin: Option<String>,
}

/// A private key, of which nothing is shown but its public half.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PrivateKeyView {
    /// How it is written: a PEM label, or `DER`.
    pub form: String,
    /// Whether it needs a passphrase.
    pub is_encrypted: bool,
    /// Its public half; none where it is encrypted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_key: Option<KeyView>,
    /// The certificates beside it that are for this key, counted from 1.
    pub fits: Vec<usize>,
}

impl KeyView {
    pub(super) fn of(key: &PublicKey) -> Self {
        Self { algorithm: key.to_string(), pin: key.spki().map(|spki| pin(&spki)) }
    }

    pub(super) fn of_certificate(certificate: &Certificate) -> Self {
        let algorithm = PublicKey::of(certificate).to_string();
        Self { algorithm, pin: Some(pin(certificate.spki())) }
    }

    pub(super) fn of_spki(key: &kubepki_ca::PublicKey) -> Self {
        Self { algorithm: key.algorithm().to_string(), pin: Some(pin(key.spki())) }
    }
}

impl PrivateKeyView {
    pub(super) fn of(key: &PrivateKey, fits: Vec<usize>) -> Self {
        let public_key = match key.public() {
            PublicHalf::Encrypted => None,
            PublicHalf::Known(key) => Some(KeyView::of(key)),
            PublicHalf::Missing(kind) => Some(KeyView { algorithm: kind.to_string(), pin: None }),
        };
        let is_encrypted = matches!(key.public(), PublicHalf::Encrypted);
        Self { form: key.form().to_owned(), is_encrypted, public_key, fits }
    }
}

/// Whether a private key is the one of a certificate.
pub(super) fn fits(key: &PrivateKey, certificate: &Certificate) -> bool {
    key.public_key().is_some_and(|key| *key == PublicKey::of(certificate))
}

/// Whether the private key of a certificate is among them.
pub(super) fn has_key_of(artifacts: &[Artifact], certificate: &Certificate) -> bool {
    artifacts.iter().any(|artifact| match artifact {
        Artifact::PrivateKey(key) => fits(key, certificate),
        _ => false,
    })
}

fn pin(spki: &[u8]) -> String {
    format!("sha256:{}", hex(digest::digest(&digest::SHA256, spki).as_ref()))
}
