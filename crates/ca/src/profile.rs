//! What a certificate may be used for: key usages, extended key usages, and the four profiles.

use std::fmt;

use crate::KeyAlgorithm;

/// A set of key usage bits (RFC 5280, 4.2.1.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeyUsage(u16);

impl KeyUsage {
    /// `digitalSignature`.
    pub const DIGITAL_SIGNATURE: Self = Self(1);
    /// `keyEncipherment`.
    pub const KEY_ENCIPHERMENT: Self = Self(1 << 2);
    /// `keyAgreement`.
    pub const KEY_AGREEMENT: Self = Self(1 << 4);
    /// `keyCertSign`.
    pub const KEY_CERT_SIGN: Self = Self(1 << 5);
    /// `cRLSign`.
    pub const CRL_SIGN: Self = Self(1 << 6);

    /// The set with these bits, bit 0 being `digitalSignature`.
    pub(crate) const fn from_bits(bits: u16) -> Self {
        Self(bits)
    }

    /// Both sets together.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// This set less `other`.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether every usage of `other` is in this set.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// Prints the names of RFC 5280, joined by `, `.
impl fmt::Display for KeyUsage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const NAMES: [&str; 9] = [
            "digitalSignature",
            "contentCommitment",
            "keyEncipherment",
            "dataEncipherment",
            "keyAgreement",
            "keyCertSign",
            "cRLSign",
            "encipherOnly",
            "decipherOnly",
        ];
        let names = NAMES.iter().enumerate().filter(|(bit, _)| self.0 & (1 << bit) != 0);
        f.write_str(&names.map(|(_, name)| *name).collect::<Vec<_>>().join(", "))
    }
}

/// One extended key usage (RFC 5280, 4.2.1.12).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ExtendedKeyUsage {
    /// `anyExtendedKeyUsage`: good for everything.
    Any,
    /// `id-kp-clientAuth`.
    ClientAuth,
    /// Any other usage, by its object identifier.
    Other(String),
    /// `id-kp-serverAuth`.
    ServerAuth,
}

impl fmt::Display for ExtendedKeyUsage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Any => "anyExtendedKeyUsage",
            Self::ClientAuth => "clientAuth",
            Self::Other(oid) => oid,
            Self::ServerAuth => "serverAuth",
        })
    }
}

/// What a certificate may be used for. There are four: [`CA`], [`SERVER`], [`CLIENT`], [`PEER`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Profile {
    name: &'static str,
    key_usage: KeyUsage,
    enciphers: bool,
    extended: &'static [ExtendedKeyUsage],
    path_length: Option<u8>,
}

impl Profile {
    /// The name used in messages, such as `server`.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The key usages for a key of this algorithm; only RSA keys encipher (RFC 8446 and RFC 3279, 2.3.1).
    pub const fn key_usage(&self, algorithm: KeyAlgorithm) -> KeyUsage {
        if self.enciphers && algorithm.is_rsa() {
            self.key_usage.union(KeyUsage::KEY_ENCIPHERMENT)
        } else {
            self.key_usage
        }
    }

    /// The extended key usages; none for a CA, where one would bind every certificate below it.
    pub const fn extended_key_usage(&self) -> &'static [ExtendedKeyUsage] {
        self.extended
    }

    /// How many CAs may follow below a CA; `None` for an end-entity certificate.
    pub const fn path_length(&self) -> Option<u8> {
        self.path_length
    }

    /// The same CA profile for a CA with `depth` levels of CAs below it; others are unchanged.
    #[must_use]
    pub const fn with_path_length(mut self, depth: u8) -> Self {
        if self.path_length.is_some() {
            self.path_length = Some(depth);
        }
        self
    }
}

/// A CA that issues end-entity certificates only (`pathLenConstraint` 0).
pub const CA: Profile = Profile {
    name: "ca",
    key_usage: KeyUsage::KEY_CERT_SIGN.union(KeyUsage::CRL_SIGN),
    enciphers: false,
    extended: &[],
    path_length: Some(0),
};

/// A TLS server.
pub const SERVER: Profile = Profile {
    name: "server",
    key_usage: KeyUsage::DIGITAL_SIGNATURE,
    enciphers: true,
    extended: &[ExtendedKeyUsage::ServerAuth],
    path_length: None,
};

/// A TLS client.
pub const CLIENT: Profile = Profile {
    name: "client",
    key_usage: KeyUsage::DIGITAL_SIGNATURE,
    enciphers: false,
    extended: &[ExtendedKeyUsage::ClientAuth],
    path_length: None,
};

/// A TLS server that also dials, such as an etcd member.
pub const PEER: Profile = Profile {
    name: "peer",
    key_usage: KeyUsage::DIGITAL_SIGNATURE,
    enciphers: true,
    extended: &[ExtendedKeyUsage::ServerAuth, ExtendedKeyUsage::ClientAuth],
    path_length: None,
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_rsa_servers_encipher() {
        assert!(SERVER.key_usage(KeyAlgorithm::Rsa2048).contains(KeyUsage::KEY_ENCIPHERMENT));
        assert!(!SERVER.key_usage(KeyAlgorithm::EcdsaP256).contains(KeyUsage::KEY_ENCIPHERMENT));
        assert!(!CLIENT.key_usage(KeyAlgorithm::Rsa2048).contains(KeyUsage::KEY_ENCIPHERMENT));
        assert_eq!(CA.key_usage(KeyAlgorithm::Rsa2048).to_string(), "keyCertSign, cRLSign");
    }

    #[test]
    fn a_path_length_makes_no_ca_of_a_server() {
        assert_eq!(SERVER.with_path_length(3), SERVER);
        assert_eq!(CA.with_path_length(1).path_length(), Some(1));
    }
}
