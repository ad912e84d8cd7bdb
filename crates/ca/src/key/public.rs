//! Public keys: read from and written as SubjectPublicKeyInfo (RFC 5280, 4.1.2.7), verified with.

use std::fmt;

use ring::{digest, signature};
use rustls_pki_types::pem::SectionKind;
use x509_parser::{
    der_parser::{Oid, asn1_rs::FromDer as _},
    public_key::PublicKey as Parsed,
    x509::SubjectPublicKeyInfo,
};
use yasna::models::ObjectIdentifier;

use super::private;
use crate::{Error, KeyAlgorithm, pem};

/// A public key of one of the supported algorithms, with the bytes it came in.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PublicKey {
    algorithm: KeyAlgorithm,
    spki: Vec<u8>,
    /// Where the subjectPublicKey bits begin in `spki`; they run to its end.
    bits: usize,
}

impl PublicKey {
    /// Reads a DER SubjectPublicKeyInfo.
    ///
    /// # Errors
    /// [`Error::UnsupportedKey`] for RSA sizes other than 2048, 3072 and 4096 bits or an exponent
    /// other than 65537, for other curves, and for other algorithms.
    pub fn from_spki(der: &[u8]) -> Result<Self, Error> {
        let unreadable = |_| Error::malformed("public key", "it is no SubjectPublicKeyInfo");
        let (rest, info) = SubjectPublicKeyInfo::from_der(der).map_err(unreadable)?;
        if !rest.is_empty() {
            return Err(Error::malformed("public key", "bytes follow it"));
        }
        let algorithm = algorithm_of(&info)?;
        let bits = der.len() - info.subject_public_key.data.len();
        Ok(Self { algorithm, spki: der.to_vec(), bits })
    }

    /// Reads a `PUBLIC KEY` section of a PEM text.
    pub fn from_pem(text: &[u8]) -> Result<Self, Error> {
        let (_, der) = pem::first(text, &[SectionKind::PublicKey], "PUBLIC KEY")?;
        Self::from_spki(&der)
    }

    /// Reads the public half of the first private key of a PEM text, in any form that
    /// [`KeyPair::from_pem`](crate::KeyPair::from_pem) reads, and as strictly.
    pub fn of_private_pem(text: &[u8]) -> Result<Self, Error> {
        let (kind, der) = pem::first(text, &private::KINDS, "private key")?;
        Ok(private::from_der(kind, der)?.public)
    }

    /// The key as `PUBLIC KEY` PEM.
    pub fn to_pem(&self) -> String {
        pem::write("PUBLIC KEY", &self.spki).to_string()
    }

    /// The algorithm, with its size or curve.
    pub const fn algorithm(&self) -> KeyAlgorithm {
        self.algorithm
    }

    /// The DER SubjectPublicKeyInfo.
    pub fn spki(&self) -> &[u8] {
        &self.spki
    }

    /// The subjectPublicKey bits: an EC point, an Ed25519 key, or a PKCS#1 RSAPublicKey.
    pub(crate) fn key_bits(&self) -> &[u8] {
        &self.spki[self.bits..]
    }

    /// The key identifier: the leftmost 160 bits of the SHA-256 of the key bits (RFC 7093, 2, method 1).
    pub(crate) fn key_identifier(&self) -> Vec<u8> {
        digest::digest(&digest::SHA256, self.key_bits()).as_ref()[..20].to_vec()
    }

    /// Verifies a signature made with the digest that belongs to the algorithm.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), Error> {
        let algorithm: &'static dyn signature::VerificationAlgorithm = match self.algorithm {
            KeyAlgorithm::EcdsaP256 => &signature::ECDSA_P256_SHA256_ASN1,
            KeyAlgorithm::EcdsaP384 => &signature::ECDSA_P384_SHA384_ASN1,
            KeyAlgorithm::Ed25519 => &signature::ED25519,
            KeyAlgorithm::Rsa2048 | KeyAlgorithm::Rsa3072 | KeyAlgorithm::Rsa4096 => {
                &signature::RSA_PKCS1_2048_8192_SHA256
            }
        };
        signature::UnparsedPublicKey::new(algorithm, self.key_bits())
            .verify(message, signature)
            .map_err(|_| Error::Signature { what: "message" })
    }

    /// Verifies a signature made by the algorithm of this object identifier: others sign with other
    /// digests than we do.
    pub(crate) fn verify_by(
        &self,
        algorithm: &[u64],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), Error> {
        let verification = crate::request::signature_algorithm(self.algorithm, algorithm)?;
        signature::UnparsedPublicKey::new(verification, self.key_bits())
            .verify(message, signature)
            .map_err(|_| Error::Signature { what: "certificate" })
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sha256 = digest::digest(&digest::SHA256, &self.spki);
        write!(f, "PublicKey({} sha256:{:?})", self.algorithm, sha256)
    }
}

pub(super) const EC_PUBLIC_KEY: &[u64] = &[1, 2, 840, 10045, 2, 1];
pub(super) const P256: &[u64] = &[1, 2, 840, 10045, 3, 1, 7];
pub(super) const P384: &[u64] = &[1, 3, 132, 0, 34];
pub(super) const RSA_ENCRYPTION: &[u64] = &[1, 2, 840, 113549, 1, 1, 1];
pub(super) const ED25519: &[u64] = &[1, 3, 101, 112];

/// The algorithm of a named curve.
pub(super) fn curve(oid: &Oid<'_>) -> Option<KeyAlgorithm> {
    let is = |wanted: &[u64]| oid.iter().is_some_and(|arcs| arcs.eq(wanted.iter().copied()));
    if is(P256) {
        Some(KeyAlgorithm::EcdsaP256)
    } else if is(P384) {
        Some(KeyAlgorithm::EcdsaP384)
    } else {
        None
    }
}

fn algorithm_of(info: &SubjectPublicKeyInfo<'_>) -> Result<KeyAlgorithm, Error> {
    let unsupported = |what: String| Err(Error::UnsupportedKey { what });
    let is_ed25519 =
        info.algorithm.algorithm.iter().is_some_and(|arcs| arcs.eq(ED25519.iter().copied()));
    if is_ed25519 {
        return Ok(KeyAlgorithm::Ed25519);
    }
    match info.parsed() {
        Ok(Parsed::EC(_)) => {
            let oid = info.algorithm.parameters.as_ref().and_then(|any| any.as_oid().ok());
            match oid.and_then(|oid| curve(&oid)) {
                Some(algorithm) => Ok(algorithm),
                None => unsupported("an EC curve other than P-256 and P-384".to_owned()),
            }
        }
        Ok(Parsed::RSA(rsa)) => {
            if rsa.try_exponent() != Ok(65537) {
                return unsupported("RSA with a public exponent other than 65537".to_owned());
            }
            match rsa.key_size() {
                2048 => Ok(KeyAlgorithm::Rsa2048),
                3072 => Ok(KeyAlgorithm::Rsa3072),
                4096 => Ok(KeyAlgorithm::Rsa4096),
                bits => unsupported(format!("RSA of {bits} bits (2048, 3072 and 4096 are)")),
            }
        }
        _ => unsupported(format!("algorithm {}", info.algorithm.algorithm)),
    }
}

/// The one encoding that a key of these bits should have.
pub(crate) fn canonical_spki(algorithm: KeyAlgorithm, bits: &[u8]) -> Vec<u8> {
    match algorithm {
        KeyAlgorithm::EcdsaP256 | KeyAlgorithm::EcdsaP384 => spki_of_point(algorithm, bits),
        KeyAlgorithm::Ed25519 => spki_of_ed25519(bits),
        KeyAlgorithm::Rsa2048 | KeyAlgorithm::Rsa3072 | KeyAlgorithm::Rsa4096 => spki_of_rsa(bits),
    }
}

pub(super) fn spki_of_point(algorithm: KeyAlgorithm, point: &[u8]) -> Vec<u8> {
    let curve = if algorithm == KeyAlgorithm::EcdsaP384 { P384 } else { P256 };
    spki(EC_PUBLIC_KEY, Parameters::Curve(curve), point)
}

pub(super) fn spki_of_ed25519(key: &[u8]) -> Vec<u8> {
    spki(ED25519, Parameters::Absent, key)
}

pub(super) fn spki_of_rsa(pkcs1: &[u8]) -> Vec<u8> {
    spki(RSA_ENCRYPTION, Parameters::Null, pkcs1)
}

enum Parameters {
    Absent,
    Curve(&'static [u64]),
    Null,
}

fn spki(algorithm: &[u64], parameters: Parameters, bits: &[u8]) -> Vec<u8> {
    yasna::construct_der(|writer| {
        writer.write_sequence(|info| {
            info.next().write_sequence(|identifier| {
                identifier.next().write_oid(&ObjectIdentifier::from_slice(algorithm));
                match parameters {
                    Parameters::Absent => {}
                    Parameters::Curve(oid) => {
                        identifier.next().write_oid(&ObjectIdentifier::from_slice(oid));
                    }
                    Parameters::Null => identifier.next().write_null(),
                }
            });
            info.next().write_bitvec_bytes(bits, bits.len() * 8);
        });
    })
}
