//! How an entry that cannot be used gets usable again. Reads no file.

use crate::catalog::{Content, Entry, KeyPolicy, Secret};

/// How an entry that cannot be used gets usable again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mend {
    /// Its file is removed, and `apply` creates it again.
    Remove,
    /// `renew` reissues it when it is named.
    Renew,
    /// A person restores it: it is never made anew, for others depend on its key.
    Restore,
}

impl Mend {
    pub(crate) const fn of(entry: &Entry) -> Self {
        match &entry.content {
            Content::Authority { .. }
            | Content::KeyPair { .. }
            | Content::Secret { secret: Secret::EncryptionKeys { .. }, .. } => Self::Restore,
            Content::Certificate { leaf, .. } | Content::Kubeconfig { leaf, .. } => {
                match leaf.key_policy {
                    KeyPolicy::Fresh => Self::Renew,
                    KeyPolicy::Kept => Self::Restore,
                }
            }
            Content::Derived { .. } | Content::Secret { .. } => Self::Remove,
        }
    }
}
