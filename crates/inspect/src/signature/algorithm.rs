//! What a certificate is signed with, as its AlgorithmIdentifier says. Verifies nothing.

use std::fmt;

use kubepki_ca::{Certificate, der};
use x509_parser::{der_parser::asn1_rs::FromDer as _, x509::AlgorithmIdentifier};

use crate::text;

/// What a certificate is signed with.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignatureAlgorithm {
    /// ECDSA (RFC 5758, 3.2).
    Ecdsa(Hash),
    /// ECDSA with SHA-1, which is broken.
    EcdsaSha1,
    /// Ed25519 (RFC 8410).
    Ed25519,
    /// RSA with MD5, which is broken.
    Md5,
    /// Any other, and any of these with parameters that it may not have, by its object identifier.
    Other(String),
    /// RSA, PKCS#1 version 1.5 (RFC 4055, 5).
    Rsa(Hash),
    /// RSA-PSS with one digest for all and a salt of its size, as Go wants it (RFC 4055, 3.1).
    RsaPss(Hash),
    /// RSA with SHA-1, which is broken.
    RsaSha1,
}

/// A digest that is not broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hash {
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl SignatureAlgorithm {
    /// Its digest, where that is broken.
    pub const fn broken_digest(&self) -> Option<&'static str> {
        match self {
            Self::EcdsaSha1 | Self::RsaSha1 => Some("SHA-1"),
            Self::Md5 => Some("MD5"),
            _ => None,
        }
    }

    /// The algorithm that a certificate says it is signed with: the outer one (RFC 5280, 4.1.1.2).
    pub fn of(certificate: &Certificate) -> Self {
        let fields = der::available_content(certificate.der()).unwrap_or_default();
        let behind = fields.get(certificate.tbs().len()..).unwrap_or_default();
        match AlgorithmIdentifier::from_der(behind) {
            Ok((_, identifier)) => Self::of_identifier(&identifier),
            // What was read once can be read again.
            Err(_) => Self::Other("?".to_owned()),
        }
    }

    fn of_identifier(identifier: &AlgorithmIdentifier<'_>) -> Self {
        use Hash::{Sha256, Sha384, Sha512};
        let oid = identifier.algorithm.to_string();
        let parameters = identifier.parameters.as_ref();
        let has_none = parameters.is_none();
        // RFC 4055, 5: NULL, and absent ones have to be taken too.
        let is_null = parameters.is_none_or(|any| any.header.tag().0 == 5 && any.data.is_empty());
        match oid.as_str() {
            "1.2.840.10045.4.1" => Self::EcdsaSha1,
            "1.2.840.10045.4.3.2" if has_none => Self::Ecdsa(Sha256),
            "1.2.840.10045.4.3.3" if has_none => Self::Ecdsa(Sha384),
            "1.2.840.10045.4.3.4" if has_none => Self::Ecdsa(Sha512),
            "1.3.101.112" if has_none => Self::Ed25519,
            "1.2.840.113549.1.1.4" => Self::Md5,
            "1.2.840.113549.1.1.5" | "1.3.14.3.2.29" => Self::RsaSha1,
            "1.2.840.113549.1.1.11" if is_null => Self::Rsa(Sha256),
            "1.2.840.113549.1.1.12" if is_null => Self::Rsa(Sha384),
            "1.2.840.113549.1.1.13" if is_null => Self::Rsa(Sha512),
            "1.2.840.113549.1.1.10" => {
                let hash = parameters.and_then(|any| {
                    [Sha256, Sha384, Sha512].into_iter().find(|hash| {
                        [true, false].into_iter().any(|null| pss(*hash, null) == any.data)
                    })
                });
                hash.map_or(Self::Other(oid), Self::RsaPss)
            }
            _ => Self::Other(oid),
        }
    }
}

/// The fields of RSASSA-PSS-params (RFC 8017, A.2.3), with the digests' parameters NULL or absent.
fn pss(hash: Hash, null: bool) -> Vec<u8> {
    let (arc, size) = match hash {
        Hash::Sha256 => (1, 32),
        Hash::Sha384 => (2, 48),
        Hash::Sha512 => (3, 64),
    };
    let arcs = [0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, arc];
    let null: &[u8] = if null { &[0x05, 0x00] } else { &[] };
    let digest = der::encode(0x30, &[&arcs, null]);
    let mgf1: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x08";
    let generator = der::encode(0x30, &[mgf1, &digest]);
    [
        der::encode(0xa0, &[&digest]),
        der::encode(0xa1, &[&generator]),
        der::encode(0xa2, &[&[0x02, 0x01, size]]),
    ]
    .concat()
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sha256 => "SHA-256",
            Self::Sha384 => "SHA-384",
            Self::Sha512 => "SHA-512",
        })
    }
}

impl fmt::Display for SignatureAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ecdsa(hash) => write!(f, "ECDSA with {hash}"),
            Self::EcdsaSha1 => f.write_str("ECDSA with SHA-1"),
            Self::Ed25519 => f.write_str("Ed25519"),
            Self::Md5 => f.write_str("RSA with MD5"),
            Self::Other(oid) => f.write_str(text::object_name(oid).unwrap_or(oid)),
            Self::Rsa(hash) => write!(f, "RSA with {hash}"),
            Self::RsaPss(hash) => write!(f, "RSA-PSS with {hash}"),
            Self::RsaSha1 => f.write_str("RSA with SHA-1"),
        }
    }
}
