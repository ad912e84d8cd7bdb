//! What calls for attention, but for no step.

use std::fmt;

use jiff::Timestamp;
use serde::Serialize;

use crate::{catalog::EntryId, observe::minute};

/// Something that calls for attention, but for no step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "warning", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[non_exhaustive]
pub enum Warning {
    /// A CA differs from the spec, and stays as it is.
    AuthorityDiffers {
        /// The CA.
        #[serde(flatten)]
        entry: EntryId,
        /// What differs.
        field: &'static str,
        /// What it is.
        was: String,
        /// What the spec says.
        now: String,
    },
    /// A certificate ends with its CA, before the lifetime that the spec gives it.
    Capped {
        /// The certificate.
        #[serde(flatten)]
        entry: EntryId,
        /// When both end.
        not_after: Timestamp,
    },
    /// The kubelet renews this certificate itself.
    KubeletManaged {
        /// The kubeconfig.
        #[serde(flatten)]
        entry: EntryId,
    },
    /// A certificate is not valid yet: a clock is wrong.
    NotYetValid {
        /// The certificate.
        #[serde(flatten)]
        entry: EntryId,
        /// When it begins.
        not_before: Timestamp,
    },
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AuthorityDiffers { entry, field, was, now } => write!(
                f,
                "`{entry}` keeps its {field} `{was}`, though the spec says `{now}`: a CA is never overwritten"
            ),
            Self::Capped { entry, not_after } => {
                write!(f, "`{entry}` ends {}, together with its CA", minute(*not_after))
            }
            Self::KubeletManaged { entry } => {
                write!(f, "`{entry}` names files that the kubelet renews itself, and is left alone")
            }
            Self::NotYetValid { entry, not_before } => {
                write!(f, "`{entry}` is valid from {} only: is a clock wrong?", minute(*not_before))
            }
        }
    }
}
