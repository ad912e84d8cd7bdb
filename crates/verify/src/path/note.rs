//! What is odd about a path and no reason to refuse it. Decides nothing.

use std::fmt;

use kubepki_ca::Certificate;

use crate::{check::Check, checks::authorities};

/// Something odd, and whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note<'a> {
    /// The certificate.
    pub at: &'a Certificate,
    /// What is odd about it.
    pub odd: Odd,
}

/// What a strict verifier or the Web's PKI minds, and Kubernetes does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Odd {
    /// It is a CA and is used as the leaf.
    AuthorityAsLeaf,
    /// It has a critical extension that is none in the Web's PKI.
    Critical(&'static str),
    /// It is signed with Ed25519.
    Ed25519,
    /// It does not say which key signed it.
    NoAuthorityKeyIdentifier,
    /// It is a CA, and its key has no identifier.
    NoSubjectKeyIdentifier,
    /// It is a client's and has no subjectAltName.
    NoSubjectAltName,
    /// It has a DNS name with an underscore.
    Underscore,
}

impl Odd {
    /// The check that tells of it; none where another one does.
    pub(crate) fn check(self) -> Option<&'static Check> {
        match self {
            Self::AuthorityAsLeaf => Some(&authorities::AUTHORITY_AS_LEAF),
            Self::NoAuthorityKeyIdentifier => Some(&authorities::ISSUER_NOT_IDENTIFIED),
            Self::NoSubjectKeyIdentifier => None,
            Self::Critical(_) | Self::Ed25519 | Self::NoSubjectAltName | Self::Underscore => {
                Some(&authorities::WEB_PKI_RULE)
            }
        }
    }
}

/// Prints a clause about the certificate.
impl fmt::Display for Odd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Critical(name) => return write!(f, "its {name} is critical"),
            Self::Ed25519 => "it is signed with Ed25519",
            Self::AuthorityAsLeaf => "it is a CA, and is used for something else",
            Self::NoAuthorityKeyIdentifier => {
                "it has no key identifier in an authorityKeyIdentifier"
            }
            Self::NoSubjectAltName => "it is for a client and has no subjectAltName",
            Self::NoSubjectKeyIdentifier => "it has no subjectKeyIdentifier",
            Self::Underscore => "it has a DNS name with an underscore",
        })
    }
}
