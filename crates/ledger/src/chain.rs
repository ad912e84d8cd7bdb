//! The hash of a row. Two rows that differ in a byte anywhere have different bytes to hash.

use ring::digest::{Context, SHA256};
use rusqlite::types::ValueRef;

use crate::{Entry, Fingerprint, entry::Requester};

/// A SHA-256.
pub(crate) type Hash = [u8; 32];

/// How long the chain is, and the hash of its last row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) count: u64,
    pub(crate) hash: Hash,
}

impl Head {
    /// The head of a chain without rows.
    pub(crate) const EMPTY: Self = Self { count: 0, hash: [0; 32] };

    /// The head after one more row with these values.
    pub(crate) fn after(&self, values: &[ValueRef<'_>]) -> Self {
        Self { count: self.count + 1, hash: hash(&self.hash, values) }
    }
}

/// What comes of an entry in each column behind the number, in the order of the table.
///
/// The chain is over these values as SQLite keeps them, so that no byte of the file that makes a
/// difference to a reader is outside it.
pub(crate) struct Values<'a> {
    entry: &'a Entry,
    organizations: String,
    subject_alt_names: String,
}

impl<'a> Values<'a> {
    pub(crate) fn of(entry: &'a Entry) -> Self {
        Self {
            entry,
            organizations: list(&entry.organizations),
            subject_alt_names: list(&entry.subject_alt_names),
        }
    }

    /// The values with the number in front.
    pub(crate) fn numbered(&self, number: u64) -> [ValueRef<'_>; 15] {
        let Entry {
            time,
            requester: Requester { verb, user, host },
            serial,
            sha256,
            issuer,
            subject,
            common_name,
            organizations: _,
            subject_alt_names: _,
            profile,
            not_before,
            not_after,
        } = self.entry;
        [
            integer(number),
            ValueRef::Integer(time.as_second()),
            text(verb),
            text(user),
            text(host),
            text(serial.as_str()),
            ValueRef::Blob(Fingerprint::as_bytes(sha256)),
            text(issuer),
            text(subject),
            text(common_name),
            text(&self.organizations),
            text(&self.subject_alt_names),
            text(profile),
            ValueRef::Integer(not_before.as_second()),
            ValueRef::Integer(not_after.as_second()),
        ]
    }
}

/// A number of rows as SQLite counts them.
pub(crate) fn integer(number: u64) -> ValueRef<'static> {
    // A table has at most 2^63 - 1 rows, and the row after the last one is refused by SQLite.
    ValueRef::Integer(i64::try_from(number).unwrap_or(i64::MAX))
}

fn text(value: &str) -> ValueRef<'_> {
    ValueRef::Text(value.as_bytes())
}

fn list(values: &[String]) -> String {
    serde_json::Value::from(values).to_string()
}

/// SHA-256 of a label, the hash before, and each value as its type, its length in 8 octets and its
/// octets.
fn hash(previous: &Hash, values: &[ValueRef<'_>]) -> Hash {
    let mut context = Context::new(&SHA256);
    context.update(b"kubepki ledger row, version 1\n");
    context.update(previous);
    for value in values {
        match value {
            ValueRef::Null => octets(&mut context, 0, &[]),
            ValueRef::Integer(integer) => octets(&mut context, 1, &integer.to_be_bytes()),
            ValueRef::Real(real) => octets(&mut context, 2, &real.to_bits().to_be_bytes()),
            ValueRef::Text(text) => octets(&mut context, 3, text),
            ValueRef::Blob(blob) => octets(&mut context, 4, blob),
        }
    }
    let mut hash = [0; 32];
    hash.copy_from_slice(context.finish().as_ref());
    hash
}

fn octets(context: &mut Context, kind: u8, octets: &[u8]) {
    context.update(&[kind]);
    context.update(&(octets.len() as u64).to_be_bytes());
    context.update(octets);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_rows_share_their_bytes() {
        let rows: [&[ValueRef<'_>]; 8] = [
            &[],
            &[text("ab"), text("c")],
            &[text("a"), text("bc")],
            &[text("abc")],
            &[ValueRef::Blob(b"abc")],
            &[text(""), text("abc")],
            &[ValueRef::Null, text("abc")],
            &[ValueRef::Integer(0x6162_6364_6566_6768)],
        ];
        let mut hashes: Vec<_> = rows.iter().map(|row| hash(&[0; 32], row)).collect();
        hashes.push(hash(&[1; 32], &[]));
        hashes.sort_unstable();
        hashes.dedup();
        assert_eq!(hashes.len(), rows.len() + 1);
    }

    #[test]
    fn the_encoding_is_what_it_was() {
        // Computed with Python's hashlib: sha256(label + 32 zeros + b"\1" + len8(8) + be8(1) +
        // b"\3" + len8(4) + b"jane").
        let expected = "4392ad22413dd3e2317d144af8b84a431042a851fa272cc2aaffc2275b67c189";
        let found = hash(&[0; 32], &[ValueRef::Integer(1), text("jane")]);
        assert_eq!(Fingerprint::from(found).to_string(), expected);
    }
}
