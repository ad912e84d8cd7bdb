//! From signed certificates to rows of the ledger. Signs nothing.

use jiff::Timestamp;
use kubepki_ca::{Certificate, Profile, Subject};
use kubepki_ledger::{Entry, Ledger, LedgerError, Requester, SqliteLedger};
use kubepki_store::DirStore;

/// A ledger, and who asks for what is recorded in it.
#[derive(Clone, Debug)]
pub struct Recorder<L> {
    /// Where it is recorded.
    pub ledger: L,
    /// Who asks, and by which verb.
    pub requester: Requester,
}

/// A certificate that was just signed.
#[derive(Clone, Copy, Debug)]
pub struct Signed<'a> {
    /// The certificate.
    pub certificate: &'a Certificate,
    /// The subject of the CA that signed it.
    pub issuer: &'a Subject,
    /// The profile it was issued under.
    pub profile: Profile,
}

impl<L: Ledger> Recorder<L> {
    /// Records all of these or none; they are durable when it returns, and may leave the process.
    ///
    /// Without certificates it does nothing at all.
    pub fn record(&mut self, signed: &[Signed<'_>], now: Timestamp) -> Result<(), LedgerError> {
        let entries: Vec<_> = signed.iter().map(|signed| self.entry(signed, now)).collect();
        self.ledger.record(&entries)
    }

    fn entry(&self, signed: &Signed<'_>, now: Timestamp) -> Entry {
        let Signed { certificate, issuer, profile } = signed;
        let subject = certificate.subject();
        let validity = certificate.validity();
        let names = certificate.subject_alt_names();
        // A certificate writes its serial number in hex, and ours have 17 octets.
        let serial = certificate.serial().parse().expect("a serial number in hex");
        Entry {
            time: now,
            requester: self.requester.clone(),
            serial,
            sha256: certificate.sha256().into(),
            issuer: issuer.to_string(),
            subject: subject.to_string(),
            common_name: subject.common_name.clone(),
            organizations: subject.organizations.clone(),
            subject_alt_names: names.iter().map(ToString::to_string).collect(),
            profile: profile.name().to_owned(),
            not_before: validity.not_before(),
            not_after: validity.not_after(),
        }
    }
}

/// The ledger that lies beside the files of a root; no file is touched before it is used.
///
/// That of a store that is [locked](DirStore::locked) can be written as long as the store lives: its
/// lock keeps others away. With the first row `.kubepki` stays, also when no commit follows.
pub fn ledger_of(store: &DirStore) -> SqliteLedger {
    let folder = store.state_folder();
    match store.is_locked() {
        true => SqliteLedger::in_directory(folder),
        false => SqliteLedger::read_only(folder),
    }
}
