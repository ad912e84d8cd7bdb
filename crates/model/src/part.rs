//! The files of a slot. Facts only.

use serde::{Deserialize, Serialize};

/// One of the files of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// A certificate.
    Certificate,
    /// Configuration that holds a secret, or none.
    Configuration,
    /// A private key.
    Key,
    /// A kubeconfig with a credential.
    Kubeconfig,
    /// A public key, alone or in a certificate of which only the key is read.
    Public,
}
