//! Keys of any kind, weak and foreign ones too. Of a private key its public half is kept and
//! nothing else.

mod private;

use std::fmt;

use kubepki_ca::{
    Certificate,
    der::{self, BIT_STRING, DerError, INTEGER, Reader, SEQUENCE},
};
use x509_parser::{
    der_parser::{asn1_rs::FromDer as _, oid},
    public_key::PublicKey as Parsed,
    x509::SubjectPublicKeyInfo,
};

pub use self::private::{PrivateKey, PublicHalf};
use crate::{artifact::ReadError, text};

/// A public key. Two are equal when their bits are, however they were written down.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PublicKey {
    kind: KeyKind,
    bits: Vec<u8>,
}

/// An algorithm with its size or curve.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum KeyKind {
    /// ECDSA.
    Ecdsa {
        /// The curve, such as `p256`, or by OpenSSL's name, or its object identifier.
        curve: String,
    },
    /// Ed25519, which Kubernetes' components do not load.
    Ed25519,
    /// Anything else, by its object identifier.
    Other(String),
    /// RSA.
    Rsa {
        /// The size of the modulus, in bits.
        bits: usize,
    },
}

impl KeyKind {
    /// Whether Go's TLS works with such a key.
    pub fn is_known_to_go(&self) -> bool {
        match self {
            Self::Ecdsa { curve } => ["p256", "p384", "p521"].contains(&curve.as_str()),
            Self::Ed25519 | Self::Rsa { .. } => true,
            Self::Other(_) => false,
        }
    }
}

/// Prints kubepki's names of algorithms: `rsa-2048`, `ecdsa-p256`, `ed25519`.
impl fmt::Display for KeyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ecdsa { curve } => write!(f, "ecdsa-{curve}"),
            Self::Ed25519 => f.write_str("ed25519"),
            Self::Other(oid) => match oid.as_str() {
                "1.2.840.10040.4.1" => f.write_str("dsa"),
                "1.2.840.113549.1.1.10" => f.write_str("rsa-pss"),
                "1.3.101.110" => f.write_str("x25519"),
                "1.3.101.111" => f.write_str("x448"),
                "1.3.101.113" => f.write_str("ed448"),
                _ => write!(f, "algorithm {oid}"),
            },
            Self::Rsa { bits } => write!(f, "rsa-{bits}"),
        }
    }
}

impl PublicKey {
    /// Reads a DER SubjectPublicKeyInfo (RFC 5280, 4.1.2.7).
    ///
    /// # Errors
    /// [`ReadError::Malformed`] for what is none, or more than one.
    pub fn from_spki(spki: &[u8]) -> Result<Self, ReadError> {
        match SubjectPublicKeyInfo::from_der(spki) {
            Ok((&[], info)) => Ok(Self::of_info(&info)),
            _ => Err(ReadError::malformed("public key", "it is no SubjectPublicKeyInfo")),
        }
    }

    /// The key of a certificate.
    pub fn of(certificate: &Certificate) -> Self {
        Self::of_spki(certificate.spki())
    }

    /// The key of what was read once, and can be read again.
    fn of_spki(spki: &[u8]) -> Self {
        let unread = || Self { kind: KeyKind::Other("?".to_owned()), bits: Vec::new() };
        Self::from_spki(spki).unwrap_or_else(|_| unread())
    }

    /// The algorithm, with its size or curve.
    pub const fn kind(&self) -> &KeyKind {
        &self.kind
    }

    /// The subjectPublicKey bits: an EC point, an Ed25519 key, or a PKCS#1 RSAPublicKey.
    pub fn bits(&self) -> &[u8] {
        &self.bits
    }

    /// The DER SubjectPublicKeyInfo; `None` for a kind whose identifier is not known here.
    pub fn spki(&self) -> Option<Vec<u8>> {
        const EC: &[u8] = b"\x06\x07\x2a\x86\x48\xce\x3d\x02\x01";
        let curve = |arcs: &[u8]| [EC, arcs].concat();
        let algorithm = match &self.kind {
            KeyKind::Ecdsa { curve: name } => match name.as_str() {
                "p256" => curve(b"\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"),
                "p384" => curve(b"\x06\x05\x2b\x81\x04\x00\x22"),
                "p521" => curve(b"\x06\x05\x2b\x81\x04\x00\x23"),
                _ => return None,
            },
            KeyKind::Ed25519 => b"\x06\x03\x2b\x65\x70".to_vec(),
            KeyKind::Other(_) => return None,
            KeyKind::Rsa { .. } => b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00".to_vec(),
        };
        let algorithm = der::encode(SEQUENCE, &[&algorithm]);
        let bits = der::encode(BIT_STRING, &[&[0], &self.bits]);
        Some(der::encode(SEQUENCE, &[&algorithm, &bits]))
    }

    /// Reads a DER RSAPublicKey (RFC 8017, A.1.1); `None` for what is none.
    pub(crate) fn from_pkcs1(pkcs1: &[u8]) -> Option<Self> {
        let modulus = || -> Result<_, DerError> {
            let mut outer = Reader::new(pkcs1, "RSA public key");
            let mut fields = outer.inside(SEQUENCE)?;
            outer.end()?;
            let modulus = fields.tagged(INTEGER)?.content;
            fields.tagged(INTEGER)?;
            fields.end()?;
            Ok(modulus)
        };
        let kind = KeyKind::Rsa { bits: bit_length(modulus().ok()?) };
        Some(Self { kind, bits: pkcs1.to_vec() })
    }

    pub(crate) const fn new(kind: KeyKind, bits: Vec<u8>) -> Self {
        Self { kind, bits }
    }

    fn of_info(info: &SubjectPublicKeyInfo<'_>) -> Self {
        let algorithm = &info.algorithm.algorithm;
        let kind = match info.parsed() {
            _ if *algorithm == oid!(1.3.101.112) => KeyKind::Ed25519,
            Ok(Parsed::RSA(rsa)) => KeyKind::Rsa { bits: bit_length(rsa.modulus) },
            Ok(Parsed::EC(_)) => {
                let oid = info.algorithm.parameters.as_ref().and_then(|any| any.as_oid().ok());
                KeyKind::Ecdsa { curve: oid.map_or("?".to_owned(), |oid| curve(&oid.to_string())) }
            }
            _ => KeyKind::Other(algorithm.to_string()),
        };
        Self { kind, bits: info.subject_public_key.data.to_vec() }
    }
}

/// The same key, as the crate that issues certificates has it.
impl From<&kubepki_ca::PublicKey> for PublicKey {
    fn from(key: &kubepki_ca::PublicKey) -> Self {
        Self::of_spki(key.spki())
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)
    }
}

/// The short name of a curve.
fn curve(oid: &str) -> String {
    match oid {
        "1.2.840.10045.3.1.7" => "p256",
        "1.3.132.0.33" => "p224",
        "1.3.132.0.34" => "p384",
        "1.3.132.0.35" => "p521",
        other => text::object_name(other).unwrap_or(other),
    }
    .to_owned()
}

/// The size in bits of a big-endian number.
fn bit_length(number: &[u8]) -> usize {
    let number = match number.iter().position(|octet| *octet != 0) {
        Some(first) => &number[first..],
        None => &[],
    };
    let unused = number.first().map_or(0, |octet| octet.leading_zeros() as usize);
    number.len() * 8 - unused
}
