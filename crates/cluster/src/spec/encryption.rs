//! How Secrets are kept in etcd. Knows no key.

use std::{fmt, str::FromStr};

use serde::Serialize;

use super::{
    Layout,
    error::{InvalidValue, Problem, choose},
    path::FieldPath,
};

/// What encrypts Secrets in etcd (`EncryptionConfiguration` of Kubernetes).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum EncryptionProvider {
    /// AES in CBC mode: open to padding oracles, and there for clusters that have it.
    Aescbc,
    /// AES in GCM mode: a key is good for about 200,000 writes.
    Aesgcm,
    /// XSalsa20 and Poly1305.
    Secretbox,
}

impl EncryptionProvider {
    pub(crate) const ALL: [Self; 3] = [Self::Secretbox, Self::Aescbc, Self::Aesgcm];

    /// The name in specs and in the file, such as `secretbox`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Aescbc => "aescbc",
            Self::Aesgcm => "aesgcm",
            Self::Secretbox => "secretbox",
        }
    }

    /// Whether it takes a key of this length.
    pub(crate) const fn takes(self, octets: usize) -> bool {
        match self {
            Self::Aescbc | Self::Aesgcm => matches!(octets, 16 | 24 | 32),
            Self::Secretbox => octets == 32,
        }
    }
}

impl FromStr for EncryptionProvider {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        choose("provider of encryption", text, Self::ALL, Self::name)
    }
}

impl fmt::Display for EncryptionProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

pub(super) fn understand(
    raw: Option<&str>,
    layout: Layout,
    at: &FieldPath,
) -> Result<Option<EncryptionProvider>, Problem> {
    let provider = match raw {
        None | Some("none") => return Ok(None),
        Some(text) => text.parse().map_err(|invalid: InvalidValue| {
            let hint = "write one of none, secretbox, aescbc, aesgcm";
            invalid.hinted(hint).in_field(at)
        })?,
    };
    if layout == Layout::Custom {
        return Err(InvalidValue::new("the layout `custom` has no place for encryption keys")
            .hinted("leave the field out; the file stays as it is")
            .in_field(at));
    }
    Ok(Some(provider))
}
