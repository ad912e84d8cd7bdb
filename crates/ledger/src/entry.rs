//! One row before it has its place in the chain. Holds no private key.

use jiff::Timestamp;

use crate::{Fingerprint, KeyIdentifier, Serial};

/// What is recorded in one row. Times count in whole seconds; a part of one is dropped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What happened.
    pub kind: EntryKind,
    /// When it happened.
    pub time: Timestamp,
    /// Who asked for it, and by which verb.
    pub requester: Requester,
    /// The way by which the request came; the first stage did not record it.
    pub requester_kind: Option<RequesterKind>,
    /// The UID of the CertificateSigningRequest object that asked for it (`metadata.uid`).
    pub request_uid: Option<String>,
    /// The CA that a rotation is about, by its name in the spec, such as `etcd-ca`.
    pub authority: Option<String>,
    /// One word that the kind needs; see [`EntryKind`].
    pub detail: Option<String>,
    /// What the requester wrote to explain it.
    pub note: Option<String>,
    /// The certificate concerned.
    pub certificate: Option<RecordedCertificate>,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum EntryKind {
    /// The private key of a CA was destroyed; the certificate is the CA's.
    Destroyed,
    /// A CA is no longer trusted; the certificate is the CA's.
    Distrusted,
    /// A certificate was signed.
    Issued,
    /// A rotation reached a phase; [`Entry::detail`] names the phase.
    Phase,
    /// A certificate was revoked; [`Entry::detail`] is the reason, as RFC 5280, 5.3.1 writes it.
    Revoked,
    /// A new CA was made that nothing trusts yet; the certificate is the CA's.
    Staged,
    /// A certificate was replaced; [`Entry::detail`] is the SHA-256 of its successor as hex.
    Superseded,
}

impl EntryKind {
    /// Every kind, in the order of the names.
    pub const ALL: [Self; 7] = [
        Self::Destroyed,
        Self::Distrusted,
        Self::Issued,
        Self::Phase,
        Self::Revoked,
        Self::Staged,
        Self::Superseded,
    ];

    /// The name that is recorded, such as `issued`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Destroyed => "destroyed",
            Self::Distrusted => "distrusted",
            Self::Issued => "issued",
            Self::Phase => "phase",
            Self::Revoked => "revoked",
            Self::Staged => "staged",
            Self::Superseded => "superseded",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// Who asked, and by which verb.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requester {
    /// The verb of the command, such as `apply`.
    pub verb: String,
    /// The user of the operating system.
    pub user: String,
    /// The name of the machine.
    pub host: String,
}

/// The way by which a request came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum RequesterKind {
    /// A CertificateSigningRequest object of an API server.
    Api,
    /// A file with a certificate signing request (PKCS#10).
    File,
    /// The operator, for a key that kubepki made.
    Operator,
}

impl RequesterKind {
    /// Every kind, in the order of the names.
    pub const ALL: [Self; 3] = [Self::Api, Self::File, Self::Operator];

    /// The name that is recorded, such as `operator`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::File => "file",
            Self::Operator => "operator",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// What is recorded of a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedCertificate {
    /// Its serial number.
    pub serial: Serial,
    /// SHA-256 of its DER.
    pub sha256: Fingerprint,
    /// The identifier of the key that signed it; the first stage did not record it.
    pub issuer_key_id: Option<KeyIdentifier>,
    /// The subject of the CA that signed it, as text.
    pub issuer: String,
    /// Its subject, as text.
    pub subject: String,
    /// The common name of its subject, which is a Kubernetes user.
    pub common_name: String,
    /// The organizations of its subject, which are Kubernetes groups.
    pub organizations: Vec<String>,
    /// Its subject alternative names, such as `DNS:localhost`.
    pub subject_alt_names: Vec<String>,
    /// The profile it was issued under, such as `server`.
    pub profile: String,
    /// Since when it is valid.
    pub not_before: Timestamp,
    /// Until when it is valid.
    pub not_after: Timestamp,
    /// The certificate itself. The first stage did not record it, and a query shows it only where
    /// [`Query::with_der`](crate::Query::with_der) asks for it.
    pub der: Option<Vec<u8>>,
}

/// An entry in its place in a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedEntry {
    /// The cluster whose chain it is in. Empty in a ledger of the first stage, which names none.
    pub cluster: String,
    /// Its number in that chain, counted from 1.
    pub number: u64,
    /// What was recorded.
    pub entry: Entry,
    /// SHA-256 over the hash of the row before and over all of this one.
    pub hash: [u8; 32],
}
