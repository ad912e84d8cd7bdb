//! The signature of a request under its own key. MD5, SHA-1 and RSASSA-PSS are not taken.

use ring::signature::{self as ring_signature, VerificationAlgorithm};

use super::{WHAT, key};
use crate::{
    Error, KeyAlgorithm, PublicKey, SignatureAlgorithm,
    der::{self, Reader},
};

/// Verifies that `key` made the signature, which is the content of a BIT STRING, over `info`.
pub(super) fn verify(
    key: &PublicKey,
    algorithm: &[u8],
    signature: &[u8],
    info: &[u8],
) -> Result<(), Error> {
    let mut identifier = Reader::new(algorithm, WHAT);
    let arcs = der::arcs(identifier.tagged(der::OBJECT_IDENTIFIER)?.content)
        .ok_or_else(|| identifier.malformed("an object identifier is malformed"))?;
    let verification = choose(key.algorithm(), &arcs)?;
    // The first octet of a BIT STRING counts its unused bits.
    let Some((0, bits)) = signature.split_first() else {
        return Err(identifier.malformed("its signature is no whole octets"));
    };
    ring_signature::UnparsedPublicKey::new(verification, key.key_bits()).verify(info, bits).map_err(
        |_| {
            if key::is_on_curve(key) {
                Error::Signature { what: WHAT }
            } else {
                Error::UnsupportedKey { what: "an EC point that is not on its curve".to_owned() }
            }
        },
    )
}

/// How a signature by this object identifier is verified under a key of this algorithm.
pub(crate) fn choose(
    key: KeyAlgorithm,
    algorithm: &[u64],
) -> Result<&'static dyn VerificationAlgorithm, Error> {
    use KeyAlgorithm::{EcdsaP256, EcdsaP384, Ed25519, Rsa2048, Rsa3072, Rsa4096};
    let unsupported = |what: String| Err(Error::UnsupportedSignature { what });
    Ok(match (key, algorithm) {
        (EcdsaP256, ECDSA_SHA256) => &ring_signature::ECDSA_P256_SHA256_ASN1,
        (EcdsaP256, ECDSA_SHA384) => &ring_signature::ECDSA_P256_SHA384_ASN1,
        (EcdsaP384, ECDSA_SHA256) => &ring_signature::ECDSA_P384_SHA256_ASN1,
        (EcdsaP384, ECDSA_SHA384) => &ring_signature::ECDSA_P384_SHA384_ASN1,
        (Ed25519, ED25519) => &ring_signature::ED25519,
        (Rsa2048 | Rsa3072 | Rsa4096, RSA_SHA256) => &ring_signature::RSA_PKCS1_2048_8192_SHA256,
        (Rsa2048 | Rsa3072 | Rsa4096, RSA_SHA384) => &ring_signature::RSA_PKCS1_2048_8192_SHA384,
        (Rsa2048 | Rsa3072 | Rsa4096, RSA_SHA512) => &ring_signature::RSA_PKCS1_2048_8192_SHA512,
        (_, [1, 2, 840, 113549, 1, 1, 4]) => return unsupported("RSA with MD5".to_owned()),
        (_, [1, 2, 840, 113549, 1, 1, 5]) => return unsupported("RSA with SHA-1".to_owned()),
        (_, [1, 2, 840, 113549, 1, 1, 10]) => return unsupported("RSASSA-PSS".to_owned()),
        (_, [1, 2, 840, 10045, 4, 1]) => return unsupported("ECDSA with SHA-1".to_owned()),
        (_, other) => {
            return unsupported(format!("algorithm {} with a {key} key", der::dotted(other)));
        }
    })
}

const ECDSA_SHA256: &[u64] = SignatureAlgorithm::EcdsaSha256.oid();
const ECDSA_SHA384: &[u64] = SignatureAlgorithm::EcdsaSha384.oid();
const ED25519: &[u64] = SignatureAlgorithm::Ed25519.oid();
const RSA_SHA256: &[u64] = SignatureAlgorithm::RsaPkcs1Sha256.oid();
const RSA_SHA384: &[u64] = &[1, 2, 840, 113549, 1, 1, 12];
const RSA_SHA512: &[u64] = &[1, 2, 840, 113549, 1, 1, 13];
