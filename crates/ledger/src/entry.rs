//! One certificate as it is recorded. Holds no key, and nothing that is not in the certificate but
//! who asked for it.

use jiff::Timestamp;

use crate::{Fingerprint, Serial};

/// What is recorded of a certificate. Times count in whole seconds; a part of one is dropped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// When it was signed.
    pub time: Timestamp,
    /// Who asked for it.
    pub requester: Requester,
    /// Its serial number.
    pub serial: Serial,
    /// SHA-256 of its DER.
    pub sha256: Fingerprint,
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
}

/// Who asked for a certificate, and by which verb.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requester {
    /// The verb of the command, such as `apply`.
    pub verb: String,
    /// The user of the operating system.
    pub user: String,
    /// The name of the machine.
    pub host: String,
}

/// An entry in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Counted from 1.
    pub number: u64,
    /// What was recorded.
    pub entry: Entry,
    /// SHA-256 over the hash of the row before and over all of this one.
    pub hash: [u8; 32],
}
