//! The name of a key: where it is. Holds no key.

use std::{fmt, path::PathBuf};

/// Where a CA's private key is.
///
/// Comparing two references compares places: one key in two places has two references.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum KeyRef {
    /// In a PEM file: PKCS#8, PKCS#1 or SEC1, without a passphrase. The path is one of the files that
    /// the caller lends, such as `pki/ca.key` in a root.
    File(PathBuf),
}

impl fmt::Display for KeyRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
        }
    }
}
