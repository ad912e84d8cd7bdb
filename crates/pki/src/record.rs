//! From signed certificates to rows of the ledger. Signs nothing.

use jiff::Timestamp;
use kubepki_cluster::{Certificate, DirStore, Profile, RequestOrigin, Signed, spec::ClusterName};
use kubepki_ledger::{
    Entry, EntryKind, KeyIdentifier, Ledger, LedgerError, RecordedCertificate, Requester,
    RequesterKind, SqliteLedger,
};

/// A ledger, and who asks for what is recorded in it.
#[derive(Clone, Debug)]
pub(crate) struct Recorder<L> {
    /// Where it is recorded.
    pub(crate) ledger: L,
    /// Who asks, and by which verb.
    pub(crate) requester: Requester,
}

impl<L: Ledger> Recorder<L> {
    /// Records all of these or none in the chain of a cluster; they are durable when it returns,
    /// and may leave the process.
    ///
    /// Without certificates it does nothing at all.
    pub(crate) fn record(
        &mut self,
        cluster: &ClusterName,
        signed: &[Signed],
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        let entries: Vec<_> = signed.iter().map(|signed| self.entry(signed, now)).collect();
        self.ledger.record(cluster.as_str(), &entries)
    }

    fn entry(&self, signed: &Signed, now: Timestamp) -> Entry {
        let Signed { certificate, issuer, profile, origin } = signed;
        let (requester_kind, request_uid) = match origin {
            RequestOrigin::File => (RequesterKind::File, None),
            RequestOrigin::Object { uid } => {
                (RequesterKind::Api, (!uid.is_empty()).then(|| uid.clone()))
            }
            RequestOrigin::Operator => (RequesterKind::Operator, None),
        };
        Entry {
            kind: EntryKind::Issued,
            time: now,
            requester: self.requester.clone(),
            requester_kind: Some(requester_kind),
            request_uid,
            authority: None,
            detail: None,
            note: None,
            certificate: Some(recorded(certificate, issuer, *profile)),
        }
    }
}

fn recorded(
    certificate: &Certificate,
    issuer: &Certificate,
    profile: Profile,
) -> RecordedCertificate {
    let subject = certificate.subject();
    let validity = certificate.validity();
    let names = certificate.subject_alt_names();
    // What a self-signed certificate need not name (RFC 5280, 4.2.1.1), the issuer has itself.
    let issuer_key_id =
        certificate.authority_key_identifier().or_else(|| issuer.subject_key_identifier());
    RecordedCertificate {
        // A certificate writes its serial number in hex, and ours have 17 octets.
        serial: certificate.serial().parse().expect("a serial number in hex"),
        sha256: certificate.sha256().into(),
        issuer_key_id: issuer_key_id.map(KeyIdentifier::from),
        issuer: issuer.subject().to_string(),
        subject: subject.to_string(),
        common_name: subject.common_name.clone(),
        organizations: subject.organizations.clone(),
        subject_alt_names: names.iter().map(ToString::to_string).collect(),
        profile: profile.name().to_owned(),
        not_before: validity.not_before(),
        not_after: validity.not_after(),
        der: Some(certificate.der().to_vec()),
    }
}

/// The ledger that lies beside the files of a root; no file is touched before it is used.
///
/// That of a store that is [locked](DirStore::locked) can be written as long as the store lives: its
/// lock keeps others away. With the first row `.kubepki` stays, also when no commit follows.
pub(crate) fn ledger_of(store: &DirStore) -> SqliteLedger {
    let folder = store.state_folder();
    match store.is_locked() {
        true => SqliteLedger::in_directory(folder),
        false => SqliteLedger::read_only(folder),
    }
}
