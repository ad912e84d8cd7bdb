//! What can be wrong with a PKI: the one vocabulary of `plan`, `status` and `kubeconfig check`. Values
//! only; `sentence.rs` says how each of them reads, and what helps.

use std::fmt;

use jiff::Timestamp;

use crate::{catalog::EntryId, gate::Privilege};

/// Something that is wrong with an entry, a file or a server.
///
/// A path is below the root for what the catalog knows; else it is as it was named.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Issue {
    /// A CA has expired.
    AuthorityExpired {
        /// Its certificate.
        path: String,
        /// When.
        not_after: Timestamp,
        /// Its key, where that is at hand.
        key: Option<String>,
    },
    /// A CA is gone, but certificates that it issued are not.
    AuthorityLost {
        /// Where the CA's certificate should be.
        path: String,
        /// A certificate that it issued.
        issued: String,
    },
    /// A CA's certificate is not there, and a renewal neither creates nor restores it.
    AuthorityMissing {
        /// Where it should be.
        path: String,
    },
    /// A CA is not valid yet: a clock is wrong.
    AuthorityNotYetValid {
        /// Its certificate.
        path: String,
        /// When it begins.
        not_before: Timestamp,
    },
    /// The certificate of a CA is gone, its key is not.
    CertificateMissing {
        /// The missing file.
        path: String,
    },
    /// A text is not the one that follows from the spec.
    ContentsChanged,
    /// A certificate expires soon.
    Due {
        /// When.
        not_after: Timestamp,
        /// Whether its CA ends no later, so that a new one would live no longer.
        ends_with_issuer: bool,
    },
    /// A certificate has expired.
    Expired {
        /// When.
        not_after: Timestamp,
    },
    /// A user of a kubeconfig has half of a pair, which client-go refuses or passes over.
    FieldMissing {
        /// The field that would have the other half.
        field: &'static str,
    },
    /// A new certificate would give a privilege that nobody has allowed.
    Forbidden {
        /// The privilege.
        privilege: Privilege,
    },
    /// The system refuses to read a file.
    Inaccessible {
        /// The file.
        path: String,
        /// The system's word.
        why: String,
        /// What helps, where the store knows.
        hint: Option<String>,
    },
    /// Another CA than the present one issued it.
    IssuerChanged {
        /// The present CA.
        issuer: AuthorityName,
    },
    /// Its CA has expired, so that nobody trusts it any more.
    IssuerExpired {
        /// The CA.
        issuer: AuthorityName,
        /// When the CA expired.
        not_after: Timestamp,
    },
    /// Something has to be issued, and the CA's key is not there.
    IssuerKeyMissing {
        /// The CA.
        issuer: AuthorityName,
        /// Where its key should be.
        path: String,
    },
    /// A private key does not belong to the certificate or public key beside it.
    KeyMismatch {
        /// The certificate or public key.
        certificate: String,
        /// The private key.
        key: String,
    },
    /// A private key that is never generated anew is missing.
    KeyMissing {
        /// Where it should be.
        path: String,
    },
    /// A file is missing.
    Missing {
        /// The file.
        path: String,
    },
    /// The names that a certificate is good for differ from the spec's.
    NamesChanged {
        /// Names that the spec has and it has not.
        added: Vec<String>,
        /// Names that it has and the spec has not.
        removed: Vec<String>,
    },
    /// A file with a certificate's name holds none.
    NotACertificate {
        /// What it holds instead.
        holds: &'static str,
    },
    /// A certificate in a CA's place may not issue.
    NotAnAuthority {
        /// The certificate.
        path: String,
        /// What it lacks.
        why: String,
    },
    /// A certificate is not valid yet: a clock is wrong.
    NotYetValid {
        /// When it begins.
        not_before: Timestamp,
    },
    /// A certificate ends more than a day after its CA, and so is worth nothing for its last part.
    OutlivesIssuer {
        /// The CA.
        issuer: AuthorityName,
        /// When the CA ends.
        not_after: Timestamp,
    },
    /// What it is made from is made again, or differs.
    SourceChanged {
        /// What it is made from.
        of: EntryId,
    },
    /// It differs from the spec.
    SpecChanged {
        /// What differs.
        field: &'static str,
        /// What it is.
        was: String,
        /// What the spec says.
        now: String,
    },
    /// More people may read or write a file than should.
    TooOpen {
        /// The file.
        path: String,
        /// Its permission bits.
        mode: u32,
        /// The widest that it should have.
        widest: u32,
    },
    /// A kubeconfig does not trust the present CA.
    TrustChanged {
        /// The present CA.
        authority: AuthorityName,
    },
    /// A server showed no certificate.
    Unreachable {
        /// What it did instead.
        why: String,
    },
    /// A file cannot be understood.
    Unreadable {
        /// The file.
        path: String,
        /// The parser's word.
        why: String,
    },
}

/// How a CA is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuthorityName {
    /// By its entry in the catalog.
    Entry(EntryId),
    /// By its file, outside of the catalog.
    File(String),
}

impl fmt::Display for AuthorityName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Entry(id) => id.fmt(f),
            Self::File(path) => path.fmt(f),
        }
    }
}

impl Issue {
    pub(crate) fn unreadable(path: &impl ToString, why: &impl ToString) -> Self {
        Self::Unreadable { path: path.to_string(), why: why.to_string() }
    }

    pub(crate) fn missing(path: &impl ToString) -> Self {
        Self::Missing { path: path.to_string() }
    }

    /// Whether nothing of an entry can be used before a person, or a named renewal, has replaced it.
    pub(crate) const fn is_unusable(&self) -> bool {
        matches!(
            self,
            Self::AuthorityLost { .. }
                | Self::CertificateMissing { .. }
                | Self::Inaccessible { .. }
                | Self::KeyMismatch { .. }
                | Self::KeyMissing { .. }
                | Self::NotAnAuthority { .. }
                | Self::Unreadable { .. }
        )
    }

    /// How urgent it is: 0 is worst.
    pub const fn urgency(&self) -> u8 {
        match self {
            Self::AuthorityExpired { .. } | Self::Expired { .. } => 0,
            Self::IssuerExpired { .. } => 1,
            Self::KeyMismatch { .. } => 2,
            Self::AuthorityLost { .. }
            | Self::AuthorityMissing { .. }
            | Self::CertificateMissing { .. }
            | Self::FieldMissing { .. }
            | Self::IssuerKeyMissing { .. }
            | Self::KeyMissing { .. }
            | Self::Missing { .. } => 3,
            Self::Inaccessible { .. } | Self::Unreadable { .. } => 4,
            Self::Unreachable { .. } => 5,
            Self::NotACertificate { .. } | Self::NotAnAuthority { .. } => 6,
            Self::IssuerChanged { .. } | Self::TrustChanged { .. } => 7,
            Self::AuthorityNotYetValid { .. } | Self::NotYetValid { .. } => 8,
            Self::Due { .. } => 9,
            Self::OutlivesIssuer { .. } => 10,
            Self::ContentsChanged
            | Self::Forbidden { .. }
            | Self::NamesChanged { .. }
            | Self::SourceChanged { .. }
            | Self::SpecChanged { .. } => 11,
            Self::TooOpen { .. } => 12,
        }
    }

    /// Whether nothing fails because of it yet.
    pub const fn can_wait(&self) -> bool {
        matches!(
            self,
            Self::ContentsChanged
                | Self::Due { .. }
                | Self::NamesChanged { .. }
                | Self::SourceChanged { .. }
                | Self::SpecChanged { .. }
                | Self::TooOpen { .. }
        )
    }
}
