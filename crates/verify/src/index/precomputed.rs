//! Many ECDSA signatures by one P-256 key, as a fleet's CA has made them: multiples of the key are
//! worked out once, so that a signature costs additions alone. Says only that one holds; what it
//! does not say so of is ring's to judge. docs/design/0009-a-fleets-signatures.md says why.

mod points;

use std::sync::OnceLock;

use p256::{
    FieldBytes, ProjectivePoint, PublicKey, Scalar,
    elliptic_curve::{
        PrimeField as _,
        ops::{BatchInvert as _, Reduce as _},
    },
};
use ring::digest;

use self::points::{Factor, Multiples, Sum, Sums};
use crate::der;

/// From how many signatures on the multiples of a key are worth their making.
pub(super) const WORTHWHILE: usize = 1000;

/// A key, and what is worked out of it and of the curve's generator.
pub(super) struct Verifier {
    generator: &'static Multiples,
    key: Multiples,
}

/// A signature over SHA-256: a DER `ECDSA-Sig-Value` (RFC 3279, 2.2.3).
pub(super) struct Signed<'a> {
    pub(super) message: &'a [u8],
    pub(super) signature: &'a [u8],
}

impl Verifier {
    /// The verifier of a public key as SEC 1 writes it; `None` for what is no point of the curve.
    pub(super) fn new(key: &[u8]) -> Option<Self> {
        let key = PublicKey::from_sec1_bytes(key).ok()?;
        let of_key = || Multiples::of(&key.to_projective());
        let (generator, key) = rayon::join(generator, of_key);
        Some(Self { generator: generator?, key: key? })
    }

    /// Says of each whether it surely holds (FIPS 186-5, 6.4.2).
    ///
    /// Divisions are dear, so that one serves all: a few hundred at once are the fastest.
    pub(super) fn hold(&self, signed: &[Signed<'_>]) -> Vec<bool> {
        let parts: Vec<_> = signed.iter().map(Signed::parts).collect();
        let factors = factors(&parts);
        let mut sums = Sums::empty(parts.len());
        for place in 0..Multiples::DIGITS {
            sums.add(factors.iter().map(|(factor, _)| self.generator.at(place, factor)));
            sums.add(factors.iter().map(|(_, factor)| self.key.at(place, factor)));
        }
        let holds = |(parts, sum): (&Option<Parts>, &Sum)| match (parts, sum) {
            (Some(parts), Sum::Point(point)) => Scalar::reduce_bytes(&point.x()) == parts.r,
            _ => false,
        };
        parts.iter().zip(sums.iter()).map(holds).collect()
    }
}

/// How many fold the generator and the key are to be added, for each; nothing of either where there
/// is no signature.
fn factors(parts: &[Option<Parts>]) -> Vec<(Factor, Factor)> {
    let divisors: Vec<_> =
        parts.iter().map(|parts| parts.as_ref().map_or(Scalar::ONE, |it| it.s)).collect();
    // None of them is zero.
    let inverses = Option::<Vec<_>>::from(Scalar::batch_invert(divisors.as_slice()));
    let inverses = inverses.unwrap_or_else(|| vec![Scalar::ZERO; parts.len()]);
    let of = |factor: Scalar| Factor::of(&factor.to_repr());
    let factors = parts.iter().zip(inverses).map(|(parts, inverse)| match parts {
        Some(parts) => (of(parts.digest * inverse), of(parts.r * inverse)),
        None => (of(Scalar::ZERO), of(Scalar::ZERO)),
    });
    factors.collect()
}

/// The numbers of a signature, neither of which is zero, and the digest of what was signed.
struct Parts {
    r: Scalar,
    s: Scalar,
    digest: Scalar,
}

impl Signed<'_> {
    fn parts(&self) -> Option<Parts> {
        let (numbers, &[]) = der::take(self.signature, 0x30)? else { return None };
        let (r, rest) = der::take(numbers, 0x02)?;
        let (s, &[]) = der::take(rest, 0x02)? else { return None };
        // Each length has one octet (X.690, 10.1).
        let is_short = r.len() + s.len() + 6 == self.signature.len();
        let digest = digest::digest(&digest::SHA256, self.message);
        let digest = Scalar::reduce_bytes(FieldBytes::from_slice(digest.as_ref()));
        Some(Parts { r: number(r)?, s: number(s)?, digest }).filter(|_| is_short)
    }
}

/// A number from 1 to below the order of the curve, written in as few octets as it takes.
fn number(integer: &[u8]) -> Option<Scalar> {
    let digits = match integer {
        [0, rest @ ..] if rest.first()? & 0x80 != 0 => rest,
        [first, ..] if (1..0x80).contains(first) => integer,
        _ => return None,
    };
    let mut octets = FieldBytes::default();
    octets.get_mut(32_usize.checked_sub(digits.len())?..)?.copy_from_slice(digits);
    Option::from(Scalar::from_repr(octets))
}

/// The multiples of the curve's generator, which every key shares.
fn generator() -> Option<&'static Multiples> {
    static GENERATOR: OnceLock<Option<Multiples>> = OnceLock::new();
    GENERATOR.get_or_init(|| Multiples::of(&ProjectivePoint::GENERATOR)).as_ref()
}

#[cfg(test)]
mod tests {
    use ring::{
        rand::SystemRandom,
        signature::{ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_ASN1_SIGNING},
        signature::{EcdsaKeyPair, KeyPair as _, UnparsedPublicKey},
    };

    use super::*;

    const MESSAGES: usize = 40;

    /// A message and its signature.
    type Pair = (Vec<u8>, Vec<u8>);

    /// A key pair, and messages with its signatures.
    fn signed() -> (EcdsaKeyPair, Vec<Pair>) {
        let (algorithm, random) = (&ECDSA_P256_SHA256_ASN1_SIGNING, SystemRandom::new());
        let key = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
        let key = EcdsaKeyPair::from_pkcs8(algorithm, key.as_ref(), &random).unwrap();
        let sign = |message: usize| {
            let message = message.to_be_bytes().to_vec();
            let signature = key.sign(&random, &message).unwrap().as_ref().to_vec();
            (message, signature)
        };
        let signed = (0..MESSAGES).map(sign).collect();
        (key, signed)
    }

    fn hold(key: &[u8], signed: &[Pair]) -> Vec<bool> {
        let signed = signed.iter().map(|(message, signature)| Signed { message, signature });
        Verifier::new(key).unwrap().hold(&signed.collect::<Vec<_>>())
    }

    /// A bit flipped in every octet of signatures and messages: as ring says, whichever neighbours
    /// they have in the batch.
    #[test]
    fn what_holds_is_what_ring_takes() {
        let (key, good) = signed();
        let key = key.public_key().as_ref();
        assert_eq!(hold(key, &good), vec![true; MESSAGES]);
        let mut mixed = good.clone();
        for (at, (message, signature)) in good.iter().take(4).enumerate() {
            for octet in 0..signature.len() {
                let mut spoilt = signature.clone();
                spoilt[octet] ^= 1 << (octet % 8);
                mixed.push((message.clone(), spoilt));
                mixed.push((message.clone(), signature[..octet].to_vec()));
            }
            mixed.push((good[at + 1].0.clone(), signature.clone()));
            mixed.push(([message.as_slice(), b"x"].concat(), signature.clone()));
            mixed.push((message.clone(), [signature.as_slice(), &[0]].concat()));
        }
        let ring = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, key);
        let expected: Vec<_> = mixed
            .iter()
            .map(|(message, signature)| ring.verify(message, signature).is_ok())
            .collect();
        assert!(expected.iter().filter(|holds| **holds).count() >= MESSAGES);
        assert_eq!(hold(key, &mixed), expected);
        assert_eq!(hold(signed().0.public_key().as_ref(), &good), vec![false; MESSAGES]);
    }

    #[test]
    fn numbers_are_in_range_and_written_as_der_has_them() {
        let order = (-Scalar::ONE).to_repr().to_vec();
        let with_sign = |octets: &[u8]| [&[0], octets].concat();
        assert_eq!(number(&[1]), Some(Scalar::ONE));
        assert_eq!(number(&[0, 0x80]), Some(Scalar::from(128_u64)));
        assert_eq!(number(&with_sign(&order)), Some(-Scalar::ONE));
        let mut above = order.clone();
        above[31] += 1;
        for refused in [&[][..], &[0], &[0, 0], &[0, 1], &[0x80], &order, &with_sign(&above)] {
            assert_eq!(number(refused), None, "{refused:02x?}");
        }
        assert_eq!(number(&[1; 33]), None);
    }

    #[test]
    fn no_point_is_no_key_and_nothing_is_no_signature() {
        let (key, _) = signed();
        let key = key.public_key().as_ref().to_vec();
        let mut off_the_curve = key.clone();
        off_the_curve[64] ^= 1;
        for bits in [&[][..], &[0], &key[..64], &off_the_curve] {
            assert!(Verifier::new(bits).is_none(), "{bits:02x?}");
        }
        assert!(hold(&key, &[]).is_empty());
        assert_eq!(hold(&key, &[(Vec::new(), Vec::new())]), [false]);
    }
}
