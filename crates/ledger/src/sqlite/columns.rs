//! A row of the table as a [`Row`]. Trusts no value to be what we wrote.

use jiff::Timestamp;
use rusqlite::types::ValueRef;

use crate::{Entry, Fingerprint, Requester, Row};

/// The columns in the order of the chain; the hash comes last.
pub(super) const COLUMNS: &str = "number, time, verb, user, host, serial, sha256, issuer, subject, \
    common_name, organizations, subject_alt_names, profile, not_before, not_after, hash";

/// How many of them the hash covers.
pub(super) const HASHED: usize = 15;

/// Reads a row with all [`COLUMNS`]; `None` where a value is not what it can be.
pub(super) fn row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Option<Row>> {
    let mut values = [ValueRef::Null; HASHED + 1];
    for (at, value) in values.iter_mut().enumerate() {
        *value = row.get_ref(at)?;
    }
    Ok(understood(&values))
}

fn understood(values: &[ValueRef<'_>; HASHED + 1]) -> Option<Row> {
    let [
        number,
        time,
        verb,
        user,
        host,
        serial,
        sha256,
        issuer,
        subject,
        common_name,
        organizations,
        subject_alt_names,
        profile,
        not_before,
        not_after,
        hash,
    ] = values;
    let entry = Entry {
        time: moment(time)?,
        requester: Requester {
            verb: text(verb)?.to_owned(),
            user: text(user)?.to_owned(),
            host: text(host)?.to_owned(),
        },
        serial: text(serial)?.parse().ok()?,
        sha256: Fingerprint::from(octets(sha256)?),
        issuer: text(issuer)?.to_owned(),
        subject: text(subject)?.to_owned(),
        common_name: text(common_name)?.to_owned(),
        organizations: serde_json::from_str(text(organizations)?).ok()?,
        subject_alt_names: serde_json::from_str(text(subject_alt_names)?).ok()?,
        profile: text(profile)?.to_owned(),
        not_before: moment(not_before)?,
        not_after: moment(not_after)?,
    };
    Some(Row { number: u64::try_from(number.as_i64().ok()?).ok()?, entry, hash: octets(hash)? })
}

fn text<'a>(value: &ValueRef<'a>) -> Option<&'a str> {
    value.as_str().ok()
}

fn moment(value: &ValueRef<'_>) -> Option<Timestamp> {
    Timestamp::from_second(value.as_i64().ok()?).ok()
}

fn octets(value: &ValueRef<'_>) -> Option<[u8; 32]> {
    value.as_blob().ok()?.try_into().ok()
}
