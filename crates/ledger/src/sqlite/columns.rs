//! A row of the table as an [`Entry`], and an entry as the values of a row. Trusts no value to be
//! what we wrote.

use jiff::Timestamp;
use rusqlite::types::ValueRef;

use crate::{
    Entry, EntryKind, Fingerprint, KeyIdentifier, RecordedCertificate, Requester, RequesterKind,
    first_stage::json,
};

/// The columns with what a row says, in the order of the table. Before them come `id`, `chain` and
/// `number`; behind them comes `hash`.
pub(super) const CONTENT: &str = "kind, time, requester_kind, verb, user, host, request_uid, \
    authority, detail, note, serial, sha256, issuer_key_id, issuer, subject, common_name, \
    organizations, subject_alt_names, profile, not_before, not_after";

/// How many columns [`CONTENT`] names.
pub(super) const COUNT: usize = 21;

/// The values of [`CONTENT`].
pub(super) type Content<'a> = [ValueRef<'a>; COUNT];

/// What an entry is in the table. The DER has a table of its own.
///
/// Moments are seconds since 1970; lists are JSON.
pub(super) struct Columns<'a> {
    entry: &'a Entry,
    organizations: String,
    subject_alt_names: String,
}

impl<'a> Columns<'a> {
    pub(super) fn of(entry: &'a Entry) -> Self {
        let list = |list: fn(&RecordedCertificate) -> &[String]| {
            entry
                .certificate
                .as_ref()
                .map_or_else(String::new, |certificate| json(list(certificate)))
        };
        Self {
            entry,
            organizations: list(|certificate| &certificate.organizations),
            subject_alt_names: list(|certificate| &certificate.subject_alt_names),
        }
    }

    pub(super) fn values(&self) -> Content<'_> {
        let Entry {
            kind,
            time,
            requester: Requester { verb, user, host },
            requester_kind,
            request_uid,
            authority,
            detail,
            note,
            certificate,
        } = self.entry;
        let mut values = [ValueRef::Null; COUNT];
        let (event, of_certificate) = values.split_at_mut(10);
        event.copy_from_slice(&[
            text(kind.name()),
            moment(*time),
            optional(requester_kind.map(RequesterKind::name)),
            text(verb),
            text(user),
            text(host),
            optional(request_uid.as_deref()),
            optional(authority.as_deref()),
            optional(detail.as_deref()),
            optional(note.as_deref()),
        ]);
        let Some(certificate) = certificate else { return values };
        let RecordedCertificate {
            serial,
            sha256,
            issuer_key_id,
            issuer,
            subject,
            common_name,
            organizations: _,
            subject_alt_names: _,
            profile,
            not_before,
            not_after,
            der: _,
        } = certificate;
        of_certificate.copy_from_slice(&[
            text(serial.as_str()),
            ValueRef::Blob(sha256.as_bytes()),
            issuer_key_id.as_ref().map_or(ValueRef::Null, |id| ValueRef::Blob(id.as_bytes())),
            text(issuer),
            text(subject),
            text(common_name),
            text(&self.organizations),
            text(&self.subject_alt_names),
            text(profile),
            moment(*not_before),
            moment(*not_after),
        ]);
        values
    }
}

/// Reads a row; `None` where a value is not what it can be.
///
/// Only the values that [`Columns::values`] gives for an entry are read as that entry, so that no
/// change of a value goes unseen.
pub(super) fn entry(content: &Content<'_>, der: ValueRef<'_>) -> Option<Entry> {
    let entry = understood(content, der)?;
    (Columns::of(&entry).values() == *content).then_some(entry)
}

fn understood(content: &Content<'_>, der: ValueRef<'_>) -> Option<Entry> {
    let [
        kind,
        time,
        requester_kind,
        verb,
        user,
        host,
        request_uid,
        authority,
        detail,
        note,
        of_certificate @ ..,
    ] = content;
    let requester_kind = match requester_kind {
        ValueRef::Null => None,
        name => Some(RequesterKind::named(name.as_str().ok()?)?),
    };
    let certificate = match of_certificate {
        [ValueRef::Null, ..] if der == ValueRef::Null => None,
        values => Some(certificate(values, der)?),
    };
    Some(Entry {
        kind: EntryKind::named(kind.as_str().ok()?)?,
        time: as_moment(time)?,
        requester: Requester { verb: as_text(verb)?, user: as_text(user)?, host: as_text(host)? },
        requester_kind,
        request_uid: as_optional(request_uid)?,
        authority: as_optional(authority)?,
        detail: as_optional(detail)?,
        note: as_optional(note)?,
        certificate,
    })
}

fn certificate(values: &[ValueRef<'_>; 11], der: ValueRef<'_>) -> Option<RecordedCertificate> {
    let [
        serial,
        sha256,
        issuer_key_id,
        issuer,
        subject,
        common_name,
        organizations,
        subject_alt_names,
        profile,
        not_before,
        not_after,
    ] = values;
    Some(RecordedCertificate {
        serial: serial.as_str().ok()?.parse().ok()?,
        sha256: Fingerprint::from(hash(*sha256)?),
        issuer_key_id: match issuer_key_id {
            ValueRef::Null => None,
            octets => Some(KeyIdentifier::from(octets.as_blob().ok()?)),
        },
        issuer: as_text(issuer)?,
        subject: as_text(subject)?,
        common_name: as_text(common_name)?,
        organizations: serde_json::from_str(organizations.as_str().ok()?).ok()?,
        subject_alt_names: serde_json::from_str(subject_alt_names.as_str().ok()?).ok()?,
        profile: as_text(profile)?,
        not_before: as_moment(not_before)?,
        not_after: as_moment(not_after)?,
        der: match der {
            ValueRef::Null => None,
            octets => Some(octets.as_blob().ok()?.to_vec()),
        },
    })
}

/// The hash that a value is.
pub(super) fn hash(value: ValueRef<'_>) -> Option<[u8; 32]> {
    value.as_blob().ok()?.try_into().ok()
}

/// A number of rows as SQLite counts them.
pub(super) fn integer(number: u64) -> i64 {
    // A table has at most 2^63 - 1 rows, and the row after the last one is refused by SQLite.
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn text(value: &str) -> ValueRef<'_> {
    ValueRef::Text(value.as_bytes())
}

fn optional(value: Option<&str>) -> ValueRef<'_> {
    value.map_or(ValueRef::Null, text)
}

fn moment(value: Timestamp) -> ValueRef<'static> {
    ValueRef::Integer(value.as_second())
}

fn as_text(value: &ValueRef<'_>) -> Option<String> {
    value.as_str().ok().map(str::to_owned)
}

/// `None` for what is no text, `Some(None)` for what is not there.
#[expect(clippy::option_option, reason = "a value that is wrong differs from one that is absent")]
fn as_optional(value: &ValueRef<'_>) -> Option<Option<String>> {
    match value {
        ValueRef::Null => Some(None),
        value => as_text(value).map(Some),
    }
}

fn as_moment(value: &ValueRef<'_>) -> Option<Timestamp> {
    Timestamp::from_second(value.as_i64().ok()?).ok()
}
