//! Reading private keys: PKCS#8 (RFC 5958), PKCS#1 (RFC 8017, A.1.2) and SEC1 (RFC 5915).

use std::sync::atomic::AtomicBool;

use ring::{
    rand::SystemRandom,
    signature::{
        ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair,
        Ed25519KeyPair, KeyPair as _, RsaKeyPair,
    },
};
use rustls_pki_types::pem::SectionKind;
use yasna::models::ObjectIdentifier;
use zeroize::Zeroizing;

use super::{
    KeyPair, Private,
    public::{PublicKey, spki_of_ed25519, spki_of_point, spki_of_rsa},
};
use crate::{
    Error, KeyAlgorithm,
    der::{self, Reader},
    key::public,
};

const WHAT: &str = "private key";

pub(super) const KINDS: [SectionKind; 3] =
    [SectionKind::PrivateKey, SectionKind::RsaPrivateKey, SectionKind::EcPrivateKey];

/// Reads a key whose parts fit together; it has not signed anything yet.
pub(super) fn from_der(kind: SectionKind, der: Zeroizing<Vec<u8>>) -> Result<KeyPair, Error> {
    let pkcs8 = match kind {
        SectionKind::RsaPrivateKey => wrap(&der, public::RSA_ENCRYPTION, None),
        SectionKind::EcPrivateKey => wrap(&der, public::EC_PUBLIC_KEY, Some(sec1_curve(&der)?)),
        _ => der,
    };
    let malformed = |reason| Error::malformed(WHAT, reason);
    let (private, public) = match family(&pkcs8)? {
        Family::Ecdsa(algorithm) => {
            let signing = match algorithm {
                KeyAlgorithm::EcdsaP384 => &ECDSA_P384_SHA384_ASN1_SIGNING,
                _ => &ECDSA_P256_SHA256_ASN1_SIGNING,
            };
            let key = EcdsaKeyPair::from_pkcs8(signing, &pkcs8, &SystemRandom::new())
                .map_err(|error| malformed(explain_ec(&error.to_string())))?;
            let spki = spki_of_point(algorithm, key.public_key().as_ref());
            (Private::Ecdsa(key), PublicKey::from_spki(&spki)?)
        }
        Family::Ed25519 => {
            // Unchecked: openssl writes the public key only into version 2 of the structure.
            let key = Ed25519KeyPair::from_pkcs8_maybe_unchecked(&pkcs8)
                .map_err(|error| malformed(error.to_string()))?;
            let spki = spki_of_ed25519(key.public_key().as_ref());
            (Private::Ed25519(key), PublicKey::from_spki(&spki)?)
        }
        Family::Rsa => {
            let key = RsaKeyPair::from_pkcs8(&pkcs8)
                .map_err(|error| malformed(explain_rsa(&error.to_string())))?;
            let spki = spki_of_rsa(key.public_key().as_ref());
            (Private::Rsa(Box::new(key)), PublicKey::from_spki(&spki)?)
        }
    };
    Ok(KeyPair { pkcs8, private, public, is_tested: AtomicBool::new(false) })
}

enum Family {
    Ecdsa(KeyAlgorithm),
    Ed25519,
    Rsa,
}

/// Reads the AlgorithmIdentifier of a PKCS#8 structure (RFC 5958, 2).
fn family(pkcs8: &[u8]) -> Result<Family, Error> {
    let mut structure = Reader::new(pkcs8, WHAT).inside(der::SEQUENCE)?;
    structure.tagged(der::INTEGER)?;
    let mut identifier = structure.inside(der::SEQUENCE)?;
    let algorithm = object_identifier(&mut identifier)?;
    match algorithm.as_slice() {
        public::RSA_ENCRYPTION => Ok(Family::Rsa),
        public::ED25519 => Ok(Family::Ed25519),
        public::EC_PUBLIC_KEY => match object_identifier(&mut identifier)?.as_slice() {
            public::P256 => Ok(Family::Ecdsa(KeyAlgorithm::EcdsaP256)),
            public::P384 => Ok(Family::Ecdsa(KeyAlgorithm::EcdsaP384)),
            _ => {
                Err(Error::UnsupportedKey { what: "an EC curve other than P-256 and P-384".into() })
            }
        },
        other => Err(Error::UnsupportedKey { what: format!("algorithm {}", der::dotted(other)) }),
    }
}

/// The curve that an ECPrivateKey names (RFC 5915, 3), where PKCS#8 does not name it.
fn sec1_curve(sec1: &[u8]) -> Result<&'static [u64], Error> {
    const PARAMETERS: u8 = 0xa0;
    let unnamed = || Error::UnsupportedKey {
        what: "an EC key that names no curve of P-256 and P-384".into(),
    };
    let mut structure = Reader::new(sec1, WHAT).inside(der::SEQUENCE)?;
    structure.tagged(der::INTEGER)?;
    structure.tagged(der::OCTET_STRING)?;
    let parameters = structure.optional(PARAMETERS)?.ok_or_else(unnamed)?;
    let curve = object_identifier(&mut Reader::new(parameters.content, WHAT))?;
    [public::P256, public::P384].into_iter().find(|oid| *oid == curve).ok_or_else(unnamed)
}

fn object_identifier(fields: &mut Reader<'_>) -> Result<Vec<u64>, Error> {
    let identifier = fields.tagged(der::OBJECT_IDENTIFIER)?;
    der::arcs(identifier.content)
        .ok_or_else(|| fields.malformed("an object identifier is malformed"))
}

/// Wraps a PKCS#1 or SEC1 key into PKCS#8.
fn wrap(key: &[u8], algorithm: &[u64], curve: Option<&[u64]>) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(yasna::construct_der(|writer| {
        writer.write_sequence(|info| {
            info.next().write_u8(0);
            info.next().write_sequence(|identifier| {
                identifier.next().write_oid(&ObjectIdentifier::from_slice(algorithm));
                match curve {
                    Some(oid) => identifier.next().write_oid(&ObjectIdentifier::from_slice(oid)),
                    None => identifier.next().write_null(),
                }
            });
            info.next().write_bytes(key);
        });
    }))
}

fn explain_ec(reason: &str) -> String {
    match reason {
        // ring needs the optional public key; openssl and Go always write it.
        "InvalidEncoding" => "it is damaged, or has no public key inside".to_owned(),
        other => other.to_owned(),
    }
}

fn explain_rsa(reason: &str) -> String {
    match reason {
        "TooSmall" => "an RSA key of less than 2048 bits".to_owned(),
        "TooLarge" => "an RSA key of more than 4096 bits".to_owned(),
        other => other.to_owned(),
    }
}
