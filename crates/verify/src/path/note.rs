//! What is odd about a path and no reason to refuse it. Decides nothing.

use std::fmt;

use kubepki_ca::Certificate;

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
    /// It does not say which key signed it.
    NoAuthorityKeyIdentifier,
    /// It is a CA, and its key has no identifier.
    NoSubjectKeyIdentifier,
}

/// Prints a clause about the certificate.
impl fmt::Display for Odd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AuthorityAsLeaf => "it is a CA, and is used for something else",
            Self::NoAuthorityKeyIdentifier => "it has no authorityKeyIdentifier",
            Self::NoSubjectKeyIdentifier => "it has no subjectKeyIdentifier",
        })
    }
}
