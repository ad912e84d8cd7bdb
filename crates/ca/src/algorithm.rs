//! The algorithms of keys and of signatures, and their names. Holds no key.

use std::{fmt, str::FromStr};

use crate::Error;

/// A key algorithm, with its size or curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum KeyAlgorithm {
    /// ECDSA on P-256 (secp256r1), signing with SHA-256.
    EcdsaP256,
    /// ECDSA on P-384 (secp384r1), signing with SHA-384.
    EcdsaP384,
    /// Ed25519 (RFC 8410).
    Ed25519,
    /// RSA with a 2048-bit modulus, signing with PKCS#1 v1.5 and SHA-256.
    Rsa2048,
    /// RSA with a 3072-bit modulus, signing with PKCS#1 v1.5 and SHA-256.
    Rsa3072,
    /// RSA with a 4096-bit modulus, signing with PKCS#1 v1.5 and SHA-256.
    Rsa4096,
}

impl KeyAlgorithm {
    /// Every algorithm, in the order in which help texts list them.
    pub const ALL: [Self; 6] = [
        Self::EcdsaP256,
        Self::EcdsaP384,
        Self::Rsa2048,
        Self::Rsa3072,
        Self::Rsa4096,
        Self::Ed25519,
    ];

    /// The name used in specs and on the command line, such as `ecdsa-p256`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::EcdsaP256 => "ecdsa-p256",
            Self::EcdsaP384 => "ecdsa-p384",
            Self::Ed25519 => "ed25519",
            Self::Rsa2048 => "rsa-2048",
            Self::Rsa3072 => "rsa-3072",
            Self::Rsa4096 => "rsa-4096",
        }
    }

    /// The size of the RSA modulus in bits; `None` for the other algorithms.
    pub const fn rsa_bits(self) -> Option<usize> {
        match self {
            Self::Rsa2048 => Some(2048),
            Self::Rsa3072 => Some(3072),
            Self::Rsa4096 => Some(4096),
            Self::EcdsaP256 | Self::EcdsaP384 | Self::Ed25519 => None,
        }
    }

    /// How a key of this algorithm signs.
    pub const fn signature_algorithm(self) -> SignatureAlgorithm {
        match self {
            Self::EcdsaP256 => SignatureAlgorithm::EcdsaSha256,
            Self::EcdsaP384 => SignatureAlgorithm::EcdsaSha384,
            Self::Ed25519 => SignatureAlgorithm::Ed25519,
            Self::Rsa2048 | Self::Rsa3072 | Self::Rsa4096 => SignatureAlgorithm::RsaPkcs1Sha256,
        }
    }

    /// Whether a new key of this algorithm can be made: an RSA key only with the feature `rsa`.
    pub const fn can_be_generated(self) -> bool {
        cfg!(feature = "rsa") || !self.is_rsa()
    }

    /// Whether this is RSA, the one family whose keys can also encipher (RFC 3279, 2.3.1).
    pub const fn is_rsa(self) -> bool {
        self.rsa_bits().is_some()
    }
}

/// How something is signed: the algorithm with its digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum SignatureAlgorithm {
    /// ECDSA with SHA-256 (RFC 5758, 3.2).
    EcdsaSha256,
    /// ECDSA with SHA-384 (RFC 5758, 3.2).
    EcdsaSha384,
    /// Ed25519, which takes the whole message (RFC 8410, 3).
    Ed25519,
    /// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 4055, 5).
    RsaPkcs1Sha256,
}

impl SignatureAlgorithm {
    /// Its object identifier, as arcs.
    pub const fn oid(self) -> &'static [u64] {
        match self {
            Self::EcdsaSha256 => &[1, 2, 840, 10045, 4, 3, 2],
            Self::EcdsaSha384 => &[1, 2, 840, 10045, 4, 3, 3],
            Self::Ed25519 => &[1, 3, 101, 112],
            Self::RsaPkcs1Sha256 => &[1, 2, 840, 113549, 1, 1, 11],
        }
    }
}

/// Prints the name that OpenSSL gives it.
impl fmt::Display for SignatureAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::EcdsaSha256 => "ecdsa-with-SHA256",
            Self::EcdsaSha384 => "ecdsa-with-SHA384",
            Self::Ed25519 => "ED25519",
            Self::RsaPkcs1Sha256 => "sha256WithRSAEncryption",
        })
    }
}

impl fmt::Display for KeyAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for KeyAlgorithm {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        Self::ALL
            .into_iter()
            .find(|algorithm| algorithm.name() == name)
            .ok_or_else(|| Error::UnknownKeyAlgorithm { name: name.to_owned() })
    }
}
