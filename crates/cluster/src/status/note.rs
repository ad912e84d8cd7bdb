//! What is worth knowing and needs no attention: values, and how they read.

use std::fmt;

use serde::Serialize;

/// What is worth knowing and needs no attention.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "note", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[non_exhaustive]
pub enum Note {
    /// A CA differs from the spec; it is never overwritten.
    Differs {
        /// What differs.
        field: &'static str,
        /// What it is.
        was: String,
        /// What the spec says.
        now: String,
    },
    /// It holds no certificate, and nothing is missing.
    Holds {
        /// What it holds instead.
        what: &'static str,
    },
    /// The key of a CA is not here, as it should be where CAs are kept offline.
    KeyElsewhere,
    /// The kubelet renews this certificate itself, in files of its own.
    KubeletManaged,
    /// It is over or soon will be, and the key of its CA is not here.
    NotRenewable {
        /// The CA.
        issuer: String,
    },
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Differs { field, was, now } => {
                write!(f, "keeps its {field} `{was}`, though the spec says `{now}`")
            }
            Self::Holds { what } => write!(f, "holds {what}"),
            Self::KeyElsewhere => f.write_str("its key is kept elsewhere"),
            Self::KubeletManaged => f.write_str("names files that the kubelet renews itself"),
            Self::NotRenewable { issuer } => {
                write!(f, "cannot be renewed here: the key of `{issuer}` is not here")
            }
        }
    }
}
