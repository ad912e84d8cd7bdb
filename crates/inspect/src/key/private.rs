//! Private keys: their public half is worked out, and the rest is wiped. Shows no byte of one.

use kubepki_ca::der::{
    self, BIT_STRING, DerError, INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, Reader, SEQUENCE, Value,
};
use ring::{
    rand::SystemRandom,
    signature::{
        ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair,
        Ed25519KeyPair, KeyPair as _, RsaKeyPair,
    },
};
use zeroize::Zeroizing;

use super::{KeyKind, PublicKey, bit_length, curve};
use crate::artifact::ReadError;

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
        let (value, _) = Value::first(bytes).ok()?;
        value.expect(SEQUENCE).ok()?;
        let inner = value.content;
        let whole = |public: Result<PublicHalf, ReadError>| {
            Some(public.map(|public| Self { form: "DER".to_owned(), public }))
        };
        match inner {
            // PKCS#8: version 0 or 1, then the algorithm, then an OCTET STRING.
            [2, 1, 0 | 1, 0x30, ..] if algorithm(bytes).is_ok() => whole(pkcs8(bytes)),
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
fn algorithm(pkcs8: &[u8]) -> Result<(String, Option<String>, &[u8]), DerError> {
    let mut info = Reader::new(pkcs8, WHAT).inside(SEQUENCE)?;
    info.tagged(INTEGER)?;
    let mut identifier = info.inside(SEQUENCE)?;
    let oid = dotted(&identifier.tagged(OBJECT_IDENTIFIER)?);
    let parameter = identifier.optional(OBJECT_IDENTIFIER)?.map(|it| dotted(&it));
    Ok((oid, parameter, info.tagged(OCTET_STRING)?.content))
}

const WHAT: &str = "private key";

/// An object identifier in dots; empty for one that no key has.
fn dotted(identifier: &Value<'_>) -> String {
    der::arcs(identifier.content).map_or_else(String::new, |arcs| der::dotted(&arcs))
}

/// EncryptedPrivateKeyInfo: PBES2 or one of the old schemes of PKCS#5 and PKCS#12.
fn is_encrypted_pkcs8(inner: &[u8]) -> bool {
    let mut fields = Reader::new(inner, WHAT);
    let oid = fields.inside(SEQUENCE).and_then(|mut it| it.tagged(OBJECT_IDENTIFIER));
    oid.is_ok_and(|oid| {
        let oid = dotted(&oid);
        oid.starts_with("1.2.840.113549.1.5.") || oid.starts_with("1.2.840.113549.1.12.1.")
    })
}

fn pkcs8(bytes: &[u8]) -> Result<PublicHalf, ReadError> {
    let (oid, parameter, key) =
        algorithm(bytes).map_err(|_| malformed("it is no PKCS#8 structure"))?;
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
    let numbers = || -> Result<_, DerError> {
        let mut fields = Reader::new(bytes, WHAT).inside(SEQUENCE)?;
        fields.tagged(INTEGER)?;
        let (modulus, exponent) = (fields.tagged(INTEGER)?, fields.tagged(INTEGER)?);
        fields.tagged(INTEGER)?;
        Ok((modulus, exponent))
    };
    let (modulus, exponent) = numbers().map_err(|_| malformed("it is no RSA key"))?;
    // ring looks at how the numbers fit together, for the sizes it knows.
    if let Err(error) = RsaKeyPair::from_der(bytes)
        && matches!(error.to_string().as_str(), "InconsistentComponents" | "InvalidComponent")
    {
        return Err(malformed("it is damaged: its numbers do not fit together"));
    }
    let bits = der::encode(SEQUENCE, &[modulus.raw, exponent.raw]);
    let kind = KeyKind::Rsa { bits: bit_length(modulus.content) };
    Ok(PublicHalf::Known(PublicKey::new(kind, bits)))
}

/// ECPrivateKey (RFC 5915, 3); inside PKCS#8 the curve stands outside.
fn sec1(bytes: &[u8], outer: Option<String>) -> Result<PublicHalf, ReadError> {
    let fields = || -> Result<_, DerError> {
        let mut fields = Reader::new(bytes, WHAT).inside(SEQUENCE)?;
        fields.tagged(INTEGER)?;
        let private = fields.tagged(OCTET_STRING)?.content;
        let named = fields.optional(0xa0)?.and_then(|it| Value::only(it.content).ok());
        let named = named.filter(|it| it.tag == OBJECT_IDENTIFIER).map(|it| dotted(&it));
        let public = fields.optional(0xa1)?.and_then(|it| Value::only(it.content).ok());
        let public = public.filter(|it| it.tag == BIT_STRING);
        Ok((private, named, public.and_then(|it| it.content.strip_prefix(&[0]))))
    };
    let (private, inner, public) = fields().map_err(|_| malformed("it is no EC key"))?;
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
