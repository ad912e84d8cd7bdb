//! Private keys: their public half is worked out, and the rest is wiped. Shows no byte of one.

use ring::{
    rand::SystemRandom,
    signature::{
        ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair,
        Ed25519KeyPair, KeyPair as _, RsaKeyPair,
    },
};
use x509_parser::der_parser::asn1_rs::{FromDer as _, Oid};
use zeroize::Zeroizing;

use super::{KeyKind, PublicKey, bit_length, curve};
use crate::{artifact::ReadError, der};

/// What is known of a private key file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrivateKey {
    form: String,
    public: PublicHalf,
}

/// What could be learnt of a private key's public half.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PublicHalf {
    /// It cannot be known without the passphrase.
    Encrypted,
    /// Worked out from the private key, or read beside it where the key is of a kind that is only
    /// known by name.
    Known(PublicKey),
    /// The file does not have it, and it is not worked out for this kind.
    Missing(KeyKind),
}

impl PrivateKey {
    /// How it is written: a PEM label such as `RSA PRIVATE KEY`, or `DER`.
    pub fn form(&self) -> &str {
        &self.form
    }

    /// Its public half.
    pub const fn public(&self) -> &PublicHalf {
        &self.public
    }

    /// Its public half, where it is known.
    pub const fn public_key(&self) -> Option<&PublicKey> {
        match &self.public {
            PublicHalf::Known(key) => Some(key),
            _ => None,
        }
    }

    /// Reads a PEM section; `None` for a kind of key that is no part of a PKI, such as OpenSSH's.
    pub(crate) fn from_section(
        label: &str,
        der: &[u8],
        is_encrypted: bool,
    ) -> Option<Result<Self, ReadError>> {
        let public = match label {
            "ENCRYPTED PRIVATE KEY" => Ok(PublicHalf::Encrypted),
            _ if is_encrypted => Ok(PublicHalf::Encrypted),
            "EC PRIVATE KEY" => sec1(der, None),
            "PRIVATE KEY" => pkcs8(der),
            "RSA PRIVATE KEY" => pkcs1(der),
            _ => return None,
        };
        Some(public.map(|public| Self { form: label.to_owned(), public }))
    }

    /// Reads DER; `None` for what does not look like a private key.
    pub(crate) fn from_der(bytes: &[u8]) -> Option<Result<Self, ReadError>> {
        let (inner, _) = der::take(bytes, 0x30)?;
        let whole = |public: Result<PublicHalf, ReadError>| {
            Some(public.map(|public| Self { form: "DER".to_owned(), public }))
        };
        match inner {
            // PKCS#8: version 0 or 1, then the algorithm, then an OCTET STRING.
            [2, 1, 0 | 1, 0x30, ..] if algorithm(bytes).is_some() => whole(pkcs8(bytes)),
            [2, 1, 0, 2, ..] => whole(pkcs1(bytes)),
            [2, 1, 1, 4, ..] => whole(sec1(bytes, None)),
            [0x30, ..] if is_encrypted_pkcs8(inner) => whole(Ok(PublicHalf::Encrypted)),
            _ => None,
        }
    }
}

fn malformed(reason: &str) -> ReadError {
    ReadError::malformed("private key", reason)
}

/// The algorithm, its parameters and the key of a PKCS#8 structure (RFC 5958, 2).
fn algorithm(pkcs8: &[u8]) -> Option<(String, Option<String>, &[u8])> {
    let (info, _) = der::take(pkcs8, 0x30)?;
    let (_version, info) = der::take(info, 0x02)?;
    let (identifier, info) = der::take(info, 0x30)?;
    let (key, _attributes) = der::take(info, 0x04)?;
    let (rest, oid) = Oid::from_der(identifier).ok()?;
    let parameter = Oid::from_der(rest).ok().map(|(_, oid)| oid.to_string());
    Some((oid.to_string(), parameter, key))
}

/// EncryptedPrivateKeyInfo: PBES2 or one of the old schemes of PKCS#5 and PKCS#12.
fn is_encrypted_pkcs8(inner: &[u8]) -> bool {
    let oid = der::take(inner, 0x30).and_then(|(identifier, _)| Oid::from_der(identifier).ok());
    oid.is_some_and(|(_, oid)| {
        let oid = oid.to_string();
        oid.starts_with("1.2.840.113549.1.5.") || oid.starts_with("1.2.840.113549.1.12.1.")
    })
}

fn pkcs8(bytes: &[u8]) -> Result<PublicHalf, ReadError> {
    let (oid, parameter, key) =
        algorithm(bytes).ok_or_else(|| malformed("it is no PKCS#8 structure"))?;
    match oid.as_str() {
        "1.2.840.113549.1.1.1" => pkcs1(key),
        "1.2.840.10045.2.1" => sec1(key, parameter),
        "1.3.101.112" => {
            // Unchecked: openssl writes the public key only into version 2 of the structure.
            let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(bytes);
            let pair = pair.map_err(|_| malformed("it is damaged"))?;
            let bits = pair.public_key().as_ref().to_vec();
            Ok(PublicHalf::Known(PublicKey::new(KeyKind::Ed25519, bits)))
        }
        _ => Ok(PublicHalf::Missing(KeyKind::Other(oid))),
    }
}

/// RSAPrivateKey (RFC 8017, A.1.2), which holds the public key in clear.
fn pkcs1(bytes: &[u8]) -> Result<PublicHalf, ReadError> {
    let numbers = || {
        let (fields, _) = der::take(bytes, 0x30)?;
        let (_version, fields) = der::take(fields, 0x02)?;
        let (modulus, fields) = der::take(fields, 0x02)?;
        let (exponent, fields) = der::take(fields, 0x02)?;
        let (_private, _) = der::take(fields, 0x02)?;
        Some((modulus, exponent))
    };
    let (modulus, exponent) = numbers().ok_or_else(|| malformed("it is no RSA key"))?;
    // ring looks at how the numbers fit together, for the sizes it knows.
    if let Err(error) = RsaKeyPair::from_der(bytes)
        && matches!(error.to_string().as_str(), "InconsistentComponents" | "InvalidComponent")
    {
        return Err(malformed("it is damaged: its numbers do not fit together"));
    }
    let spelt = [der::write(0x02, &[modulus]), der::write(0x02, &[exponent])];
    let bits = der::write(0x30, &[&spelt[0], &spelt[1]]);
    let kind = KeyKind::Rsa { bits: bit_length(modulus) };
    Ok(PublicHalf::Known(PublicKey::new(kind, bits)))
}

/// ECPrivateKey (RFC 5915, 3); inside PKCS#8 the curve stands outside.
fn sec1(bytes: &[u8], outer: Option<String>) -> Result<PublicHalf, ReadError> {
    let fields = || {
        let (fields, _) = der::take(bytes, 0x30)?;
        let (_version, fields) = der::take(fields, 0x02)?;
        let (private, fields) = der::take(fields, 0x04)?;
        let (named, fields) = match der::take(fields, 0xa0) {
            Some((parameters, rest)) => (Oid::from_der(parameters).ok(), rest),
            None => (None, fields),
        };
        let public = der::take(fields, 0xa1).and_then(|(public, _)| der::take(public, 0x03));
        let public = public.and_then(|(bits, _)| bits.strip_prefix(&[0]));
        Some((private, named.map(|(_, oid)| oid.to_string()), public))
    };
    let (private, inner, public) = fields().ok_or_else(|| malformed("it is no EC key"))?;
    let oid = outer.or(inner).ok_or_else(|| malformed("it names no curve"))?;
    let curve = curve(&oid);
    let kind = KeyKind::Ecdsa { curve };
    let Some(public) = public else { return Ok(PublicHalf::Missing(kind)) };
    let signing = match &kind {
        KeyKind::Ecdsa { curve } if curve == "p256" => Some((&ECDSA_P256_SHA256_ASN1_SIGNING, 32)),
        KeyKind::Ecdsa { curve } if curve == "p384" => Some((&ECDSA_P384_SHA384_ASN1_SIGNING, 48)),
        _ => None,
    };
    if let Some((signing, size)) = signing {
        // Some writers drop leading zeros, which ring insists on.
        let mut padded = Zeroizing::new(vec![0; size]);
        let scalar = private.get(private.len().saturating_sub(size)..).unwrap_or_default();
        padded[size - scalar.len()..].copy_from_slice(scalar);
        // ring works the public key out and compares.
        EcdsaKeyPair::from_private_key_and_public_key(
            signing,
            &padded,
            public,
            &SystemRandom::new(),
        )
        .map_err(|_| malformed("it is damaged: its halves do not fit together"))?;
    }
    Ok(PublicHalf::Known(PublicKey::new(kind, public.to_vec())))
}
