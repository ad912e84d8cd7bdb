//! Whether a key signed a certificate, by ring, weak kinds too. Says nothing of whether it may.

use kubepki_ca::Certificate;
use ring::signature::{self, UnparsedPublicKey, VerificationAlgorithm};

use super::SignatureAlgorithm;
use crate::key::{KeyKind, PublicKey};

/// What came of a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is this key's.
    Holds,
    /// It is not.
    Fails,
    /// It is of a kind that is not verified here.
    Unknown,
}

pub(crate) fn verify(
    certificate: &Certificate,
    algorithm: &SignatureAlgorithm,
    key: &PublicKey,
) -> Verdict {
    let Some(algorithm) = verifier(algorithm, key.kind()) else {
        return if could_be(algorithm, key.kind()) { Verdict::Unknown } else { Verdict::Fails };
    };
    let key = UnparsedPublicKey::new(algorithm, key.bits());
    match key.verify(certificate.tbs(), certificate.signature()) {
        Ok(()) => Verdict::Holds,
        Err(_) => Verdict::Fails,
    }
}

fn verifier(
    algorithm: &SignatureAlgorithm,
    key: &KeyKind,
) -> Option<&'static dyn VerificationAlgorithm> {
    use SignatureAlgorithm as With;
    Some(match (key, algorithm) {
        (KeyKind::Ecdsa { curve }, _) => match (curve.as_str(), algorithm) {
            ("p256", With::EcdsaSha256) => &signature::ECDSA_P256_SHA256_ASN1,
            ("p256", With::EcdsaSha384) => &signature::ECDSA_P256_SHA384_ASN1,
            ("p384", With::EcdsaSha256) => &signature::ECDSA_P384_SHA256_ASN1,
            ("p384", With::EcdsaSha384) => &signature::ECDSA_P384_SHA384_ASN1,
            _ => return None,
        },
        (KeyKind::Ed25519, With::Ed25519) => &signature::ED25519,
        (KeyKind::Rsa { .. }, With::RsaSha1) => {
            &signature::RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY
        }
        (KeyKind::Rsa { bits }, With::RsaSha256) if *bits < 2048 => {
            &signature::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY
        }
        (KeyKind::Rsa { bits }, With::RsaSha512) if *bits < 2048 => {
            &signature::RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY
        }
        (KeyKind::Rsa { bits }, _) if *bits < 2048 => return None,
        (KeyKind::Rsa { .. }, With::RsaSha256) => &signature::RSA_PKCS1_2048_8192_SHA256,
        (KeyKind::Rsa { .. }, With::RsaSha384) => &signature::RSA_PKCS1_2048_8192_SHA384,
        (KeyKind::Rsa { .. }, With::RsaSha512) => &signature::RSA_PKCS1_2048_8192_SHA512,
        _ => return None,
    })
}

/// Whether a key of this kind makes signatures of this kind at all.
const fn could_be(algorithm: &SignatureAlgorithm, key: &KeyKind) -> bool {
    use SignatureAlgorithm as With;
    match algorithm {
        With::EcdsaSha1 | With::EcdsaSha256 | With::EcdsaSha384 | With::EcdsaSha512 => {
            matches!(key, KeyKind::Ecdsa { .. })
        }
        With::Ed25519 => matches!(key, KeyKind::Ed25519),
        With::Md5 | With::RsaSha1 | With::RsaSha256 | With::RsaSha384 | With::RsaSha512 => {
            matches!(key, KeyKind::Rsa { .. })
        }
        With::Other(_) => true,
    }
}
