//! The encoding of the first stage, by which the oldest rows of a migrated ledger are checked for
//! ever. Nothing is recorded by it any more. It is in `encoding.md`, octet by octet.

use ring::digest::{Context, SHA256};

use crate::{
    Entry, EntryKind, Head, RecordedCertificate, Requester,
    chain::{Hash, digest},
};

/// The head after one more row of the first stage; `None` for what the first stage had no way to
/// record.
pub(crate) fn after(head: &Head, entry: &Entry) -> Option<Head> {
    let count = head.count + 1;
    let hash = hash(&head.hash, count, entry)?;
    Some(Head { cluster: head.cluster.clone(), count, hash })
}

fn hash(previous: &Hash, number: u64, entry: &Entry) -> Option<Hash> {
    let Entry {
        kind: EntryKind::Issued,
        time,
        requester: Requester { verb, user, host },
        requester_kind: None,
        request_uid: None,
        authority: None,
        detail: None,
        note: None,
        certificate: Some(certificate),
    } = entry
    else {
        return None;
    };
    let RecordedCertificate {
        serial,
        sha256,
        issuer_key_id: None,
        issuer,
        subject,
        common_name,
        organizations,
        subject_alt_names,
        profile,
        not_before,
        not_after,
        der: None,
    } = certificate
    else {
        return None;
    };
    let mut values = Values(Context::new(&SHA256));
    values.0.update(b"kubepki ledger row, version 1\n");
    values.0.update(previous);
    values.integer(i64::try_from(number).ok()?);
    values.integer(time.as_second());
    [verb, user, host].into_iter().for_each(|text| values.text(text));
    values.text(serial.as_str());
    values.add(4, sha256.as_bytes());
    [issuer, subject, common_name].into_iter().for_each(|text| values.text(text));
    values.text(&json(organizations));
    values.text(&json(subject_alt_names));
    values.text(profile);
    values.integer(not_before.as_second());
    values.integer(not_after.as_second());
    Some(digest(values.0))
}

/// A list as the first stage kept and hashed it.
pub(crate) fn json(values: &[String]) -> String {
    serde_json::Value::from(values).to_string()
}

struct Values(Context);

impl Values {
    fn integer(&mut self, value: i64) {
        self.add(1, &value.to_be_bytes());
    }

    fn text(&mut self, value: &str) {
        self.add(3, value.as_bytes());
    }

    fn add(&mut self, kind: u8, octets: &[u8]) {
        self.0.update(&[kind]);
        self.0.update(&(octets.len() as u64).to_be_bytes());
        self.0.update(octets);
    }
}
