//! Whether a key signed a certificate: all that Go verifies, by ring where ring can, else by the curves
//! of RustCrypto. Weak kinds too; says nothing of whether they may.

mod algorithm;

use kubepki_ca::Certificate;
use ring::{
    digest::{self, digest},
    signature::{self, UnparsedPublicKey, VerificationAlgorithm},
};

pub use self::algorithm::{Hash, SignatureAlgorithm};
use crate::key::{KeyKind, PublicKey};

/// What came of a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is this key's.
    Holds,
    /// It is not.
    Fails,
    /// It is of a kind that is not verified here.
    Unknown,
}

/// Whether one certificate's Name and key are those of the other's issuer. Looks at no date.
pub fn is_issued_by(certificate: &Certificate, issuer: &Certificate) -> bool {
    certificate.names_as_issuer(issuer)
        && verify(certificate, &PublicKey::of(issuer)) == Verdict::Holds
}

/// Verifies the signature of a certificate by a key, whoever it names as its issuer.
pub fn verify(certificate: &Certificate, key: &PublicKey) -> Verdict {
    let algorithm = &SignatureAlgorithm::of(certificate);
    let (signed, signature) = (certificate.tbs(), certificate.signature());
    let holds = if let Some(algorithm) = of_ring(algorithm, key.kind()) {
        UnparsedPublicKey::new(algorithm, key.bits()).verify(signed, signature).is_ok()
    } else if let (KeyKind::Ecdsa { curve }, SignatureAlgorithm::Ecdsa(hash)) =
        (key.kind(), algorithm)
        && let Some(holds) = of_curve(curve, *hash, key.bits(), signed, signature)
    {
        holds
    } else {
        return if could_be(algorithm, key.kind()) { Verdict::Unknown } else { Verdict::Fails };
    };
    if holds { Verdict::Holds } else { Verdict::Fails }
}

fn of_ring(
    algorithm: &SignatureAlgorithm,
    key: &KeyKind,
) -> Option<&'static dyn VerificationAlgorithm> {
    use Hash::{Sha256, Sha384, Sha512};
    use SignatureAlgorithm as With;
    Some(match (key, algorithm) {
        (KeyKind::Ecdsa { curve }, With::Ecdsa(hash)) => match (curve.as_str(), hash) {
            ("p256", Sha256) => &signature::ECDSA_P256_SHA256_ASN1,
            ("p256", Sha384) => &signature::ECDSA_P256_SHA384_ASN1,
            ("p384", Sha256) => &signature::ECDSA_P384_SHA256_ASN1,
            ("p384", Sha384) => &signature::ECDSA_P384_SHA384_ASN1,
            _ => return None,
        },
        (KeyKind::Ed25519, With::Ed25519) => &signature::ED25519,
        (KeyKind::Rsa { .. }, With::RsaSha1) => {
            &signature::RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY
        }
        (KeyKind::Rsa { bits }, With::Rsa(Sha256)) if *bits < 2048 => {
            &signature::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY
        }
        (KeyKind::Rsa { bits }, With::Rsa(Sha512)) if *bits < 2048 => {
            &signature::RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY
        }
        (KeyKind::Rsa { bits }, _) if *bits < 2048 => return None,
        (KeyKind::Rsa { .. }, With::Rsa(hash)) => match hash {
            Sha256 => &signature::RSA_PKCS1_2048_8192_SHA256,
            Sha384 => &signature::RSA_PKCS1_2048_8192_SHA384,
            Sha512 => &signature::RSA_PKCS1_2048_8192_SHA512,
        },
        (KeyKind::Rsa { .. }, With::RsaPss(hash)) => match hash {
            Sha256 => &signature::RSA_PSS_2048_8192_SHA256,
            Sha384 => &signature::RSA_PSS_2048_8192_SHA384,
            Sha512 => &signature::RSA_PSS_2048_8192_SHA512,
        },
        _ => return None,
    })
}

/// Verifies ECDSA by the curves of RustCrypto, which take every digest; `None` for other curves.
fn of_curve(curve: &str, hash: Hash, key: &[u8], signed: &[u8], signature: &[u8]) -> Option<bool> {
    use p256::ecdsa::signature::hazmat::PrehashVerifier as _;
    let digested = digest(
        match hash {
            Hash::Sha256 => &digest::SHA256,
            Hash::Sha384 => &digest::SHA384,
            Hash::Sha512 => &digest::SHA512,
        },
        signed,
    );
    // Go takes whole points alone.
    if key.first() != Some(&4) {
        return Some(false);
    }
    macro_rules! verify {
        ($curve:ident) => {{
            let key = $curve::ecdsa::VerifyingKey::from_sec1_bytes(key);
            let signature = $curve::ecdsa::Signature::from_der(signature);
            matches!((key, signature), (Ok(key), Ok(signature))
                if key.verify_prehash(digested.as_ref(), &signature).is_ok())
        }};
    }
    match curve {
        "p256" => Some(verify!(p256)),
        "p384" => Some(verify!(p384)),
        "p521" => Some(verify!(p521)),
        _ => None,
    }
}

/// Whether a key of this kind makes signatures of this kind at all.
const fn could_be(algorithm: &SignatureAlgorithm, key: &KeyKind) -> bool {
    use SignatureAlgorithm as With;
    match algorithm {
        With::Ecdsa(_) | With::EcdsaSha1 => matches!(key, KeyKind::Ecdsa { .. }),
        With::Ed25519 => matches!(key, KeyKind::Ed25519),
        With::Md5 | With::Rsa(_) | With::RsaPss(_) | With::RsaSha1 => {
            matches!(key, KeyKind::Rsa { .. })
        }
        With::Other(_) => true,
    }
}
