//! What a key in a request must be beyond what any public key must be. Verifies no signature.

use ring::{
    agreement::{self, EphemeralPrivateKey, UnparsedPublicKey},
    rand::SystemRandom,
};

use super::WHAT;
use crate::{
    Error, KeyAlgorithm, PublicKey,
    der::{self, Reader},
    key::canonical_spki,
};

/// Refuses keys that anybody can sign for, and encodings that others might read differently: the
/// bytes of the key go into the certificate as they are.
pub(super) fn check(key: &PublicKey) -> Result<(), Error> {
    let bits = key.key_bits();
    let refused = |what: &str| Err(Error::UnsupportedKey { what: what.to_owned() });
    match key.algorithm() {
        KeyAlgorithm::EcdsaP256 | KeyAlgorithm::EcdsaP384 if bits.first() != Some(&4) => {
            return refused("an EC point that is not in its uncompressed form");
        }
        KeyAlgorithm::Ed25519 if is_of_small_order(bits) => {
            return refused("an Ed25519 point of a small order, for which anybody can sign");
        }
        KeyAlgorithm::Rsa2048 | KeyAlgorithm::Rsa3072 | KeyAlgorithm::Rsa4096
            if !is_strict_rsa(key) =>
        {
            return refused("RSA whose modulus is even, or not encoded as RFC 8017, A.1.1 has it");
        }
        _ => {}
    }
    if canonical_spki(key.algorithm(), bits) != key.spki() {
        return refused("it is not encoded as RFC 5480, RFC 8410 or RFC 3279 has it");
    }
    Ok(())
}

/// Whether the bits are a point on the curve; true for keys that are no EC keys.
///
/// ring checks it too, but in one with the signature: this tells the two apart when that failed.
pub(super) fn is_on_curve(key: &PublicKey) -> bool {
    let curve = match key.algorithm() {
        KeyAlgorithm::EcdsaP256 => &agreement::ECDH_P256,
        KeyAlgorithm::EcdsaP384 => &agreement::ECDH_P384,
        _ => return true,
    };
    let point = UnparsedPublicKey::new(curve, key.key_bits());
    EphemeralPrivateKey::generate(curve, &SystemRandom::new())
        .and_then(|mine| agreement::agree_ephemeral(mine, &point, |_| ()))
        .is_ok()
}

/// Whether the modulus is odd and has exactly the algorithm's size, and nothing surrounds it.
fn is_strict_rsa(key: &PublicKey) -> bool {
    let read = || -> Result<bool, Error> {
        let mut outer = Reader::new(key.key_bits(), WHAT);
        let mut fields = outer.inside(der::SEQUENCE)?;
        let modulus = fields.tagged(der::INTEGER)?.content;
        let exponent = fields.tagged(der::INTEGER)?.content;
        fields.end()?;
        outer.end()?;
        let size = key.algorithm().rsa_bits().unwrap_or_default() / 8;
        Ok(matches!(modulus, [0, 0x80..=0xff, .., last] if last % 2 == 1)
            && modulus.len() == size + 1
            && exponent == [1, 0, 1])
    };
    read().unwrap_or(false)
}

/// The points of order 1, 2, 4 and 8, by their y coordinate, and the same beyond the field's
/// modulus; the sign of x is in the top bit.
fn is_of_small_order(point: &[u8]) -> bool {
    const ORDER_8: [[u8; 32]; 2] = [
        [
            0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef,
            0x98, 0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88,
            0x6d, 0x53, 0xfc, 0x05,
        ],
        [
            0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10,
            0x67, 0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77,
            0x92, 0xac, 0x03, 0x7a,
        ],
    ];
    let Ok(mut y) = <[u8; 32]>::try_from(point) else { return false };
    y[31] &= 0x7f;
    let is_small = |last: u8| y[0] <= last && y[1..].iter().all(|octet| *octet == 0);
    // y is 0 or 1, or p-1, p, p+1 with p = 2^255-19, whose lowest octet is 0xed.
    let is_near_modulus =
        matches!(y[0], 0xec..=0xee) && y[1..31].iter().all(|octet| *octet == 0xff) && y[31] == 0x7f;
    is_small(1) || is_near_modulus || ORDER_8.contains(&y)
}
