//! Why something needs attention, and what is only worth knowing: values, and how they read.

use std::fmt;

use jiff::Timestamp;
use serde::Serialize;

use crate::plan::Reason;

/// Why something needs attention. In the order of urgency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "attention", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[non_exhaustive]
pub enum Attention {
    /// Its certificate has expired.
    Expired {
        /// When.
        not_after: Timestamp,
    },
    /// Its CA has expired, so that nobody trusts it any more.
    IssuerExpired {
        /// The CA's row.
        issuer: String,
        /// When the CA expired.
        not_after: Timestamp,
    },
    /// The private key is another certificate's.
    KeyMismatch {
        /// The private key's file.
        key: String,
    },
    /// A file is missing.
    Missing {
        /// The file.
        path: String,
    },
    /// A user of a kubeconfig has half of a pair, which client-go refuses or passes over.
    FieldMissing {
        /// The field that would have the other half.
        field: &'static str,
    },
    /// A file cannot be understood.
    Unreadable {
        /// The file.
        path: String,
        /// The parser's word.
        why: String,
    },
    /// A server showed no certificate.
    Unreachable {
        /// What it did instead.
        why: String,
    },
    /// A file with a certificate's name holds none.
    NotACertificate {
        /// What it holds instead.
        holds: &'static str,
    },
    /// A certificate in a CA's place may not issue.
    NotAnAuthority {
        /// What it lacks.
        why: String,
    },
    /// Another CA of the same place or name issued it, or it trusts another.
    IssuerChanged {
        /// The row of the CA that should have.
        issuer: String,
    },
    /// It is not valid yet: a clock is wrong.
    NotYetValid {
        /// When it begins.
        not_before: Timestamp,
    },
    /// It expires soon.
    Due {
        /// When.
        not_after: Timestamp,
        /// Whether its CA ends no later, so that a new one would live no longer.
        ends_with_issuer: bool,
    },
    /// It ends more than a day after its CA, and so is worth nothing for its last part.
    OutlivesIssuer {
        /// The CA's row.
        issuer: String,
        /// When the CA ends.
        not_after: Timestamp,
    },
    /// It is not what the spec asks for.
    Drifted {
        /// What differs, in the plan's words.
        #[serde(flatten)]
        reason: Reason,
    },
    /// More people may read or write a file than should.
    TooOpen {
        /// The file.
        path: String,
        /// Its permission bits, as octal digits.
        mode: String,
        /// The widest it should have.
        widest: String,
    },
}

impl Attention {
    /// How urgent it is: 0 is worst.
    pub const fn urgency(&self) -> u8 {
        match self {
            Self::Expired { .. } => 0,
            Self::IssuerExpired { .. } => 1,
            Self::KeyMismatch { .. } => 2,
            Self::Missing { .. } | Self::FieldMissing { .. } => 3,
            Self::Unreadable { .. } => 4,
            Self::Unreachable { .. } => 5,
            Self::NotACertificate { .. } | Self::NotAnAuthority { .. } => 6,
            Self::IssuerChanged { .. } => 7,
            Self::NotYetValid { .. } => 8,
            Self::Due { .. } => 9,
            Self::OutlivesIssuer { .. } => 10,
            Self::Drifted { .. } => 11,
            Self::TooOpen { .. } => 12,
        }
    }

    /// It in a word or two.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Expired { .. } => "expired",
            Self::IssuerExpired { .. } => "CA expired",
            Self::KeyMismatch { .. } => "key mismatch",
            Self::Missing { .. } | Self::FieldMissing { .. } => "missing",
            Self::Unreadable { .. } => "unreadable",
            Self::Unreachable { .. } => "unreachable",
            Self::NotACertificate { .. } => "no certificate",
            Self::NotAnAuthority { .. } => "no CA",
            Self::IssuerChanged { .. } => "issuer changed",
            Self::NotYetValid { .. } => "not yet valid",
            Self::Due { .. } => "due",
            Self::OutlivesIssuer { .. } => "outlives its CA",
            Self::Drifted { .. } => "drifted",
            Self::TooOpen { .. } => "too open",
        }
    }
}

impl fmt::Display for Attention {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Expired { not_after } => write!(f, "expired {}", date(*not_after)),
            Self::IssuerExpired { issuer, not_after } => {
                write!(f, "its CA `{issuer}` expired {}", date(*not_after))
            }
            Self::KeyMismatch { key } => write!(f, "the private key in `{key}` is not its own"),
            Self::Missing { path } => write!(f, "`{path}` is missing"),
            Self::FieldMissing { field } => write!(f, "its user has no `{field}`"),
            Self::Unreadable { path, why } => write!(f, "cannot read `{path}`: {why}"),
            Self::Unreachable { why } => f.write_str(why),
            Self::NotACertificate { holds } => {
                write!(f, "its name promises a certificate, and it holds {holds}")
            }
            Self::NotAnAuthority { why } => write!(f, "it is no CA certificate: {why}"),
            Self::IssuerChanged { issuer } => write!(f, "not issued by the present `{issuer}`"),
            Self::NotYetValid { not_before } => {
                write!(f, "valid from {} only: is a clock wrong?", date(*not_before))
            }
            Self::Due { not_after, ends_with_issuer: false } => {
                write!(f, "expires {}", date(*not_after))
            }
            Self::Due { not_after, .. } => {
                write!(f, "expires {}, together with its CA", date(*not_after))
            }
            Self::OutlivesIssuer { issuer, not_after } => {
                write!(f, "its CA `{issuer}` ends before it, {}", date(*not_after))
            }
            Self::Drifted { reason } => reason.fmt(f),
            Self::TooOpen { path, mode, widest } => {
                write!(f, "`{path}` has mode {mode}; {widest} is the widest it should have")
            }
        }
    }
}

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
        /// The CA's row.
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

/// The minute, in UTC: some certificates live for hours.
fn date(at: Timestamp) -> impl fmt::Display {
    at.strftime("%Y-%m-%d %H:%MZ")
}
