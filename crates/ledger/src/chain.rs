//! The encoding of a row and the hash over it. Knows nothing of how rows are kept.
//!
//! The encoding is in `encoding.md`, octet by octet.

use ring::digest::{Context, SHA256};

use crate::{Entry, Fingerprint, RecordedCertificate, Requester};

/// A SHA-256.
pub(crate) type Hash = [u8; 32];

/// The end of a chain: how many rows it has, and the hash of the last one.
#[derive(Clone, PartialEq, Eq)]
pub struct Head {
    /// The cluster whose chain it is.
    pub cluster: String,
    /// How many rows the chain has.
    pub count: u64,
    /// The hash of the last row; zeros for a chain without rows.
    pub hash: [u8; 32],
}

impl Head {
    /// The head of a chain without rows.
    pub fn empty(cluster: impl Into<String>) -> Self {
        Self { cluster: cluster.into(), count: 0, hash: [0; 32] }
    }

    /// The head after one more row.
    pub(crate) fn after(&self, entry: &Entry) -> Self {
        let count = self.count + 1;
        Self { cluster: self.cluster.clone(), count, hash: self.hash_of(count, entry) }
    }

    fn hash_of(&self, number: u64, entry: &Entry) -> Hash {
        let mut context = Context::new(&SHA256);
        context.update(b"kubepki ledger row, version 2\n");
        context.update(&self.hash);
        fields(&self.cluster, number, entry, &mut |tag, value| {
            context.update(&[tag]);
            // SQLite and PostgreSQL both refuse a value of 4 GiB.
            context.update(&u32::try_from(value.len()).unwrap_or(u32::MAX).to_be_bytes());
            context.update(value);
        });
        digest(context)
    }
}

/// Prints the number of rows, a colon, and the hash as hex.
impl std::fmt::Debug for Head {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { cluster, count, hash } = self;
        write!(f, "Head({cluster:?} {count}:{})", Fingerprint::from(*hash))
    }
}

pub(crate) fn digest(context: Context) -> Hash {
    let mut hash = [0; 32];
    hash.copy_from_slice(context.finish().as_ref());
    hash
}

/// Gives every field with its tag, in order.
fn fields(cluster: &str, number: u64, entry: &Entry, field: &mut impl FnMut(u8, &[u8])) {
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
    } = entry;
    field(1, cluster.as_bytes());
    field(2, &number.to_be_bytes());
    field(3, kind.name().as_bytes());
    field(4, &time.as_second().to_be_bytes());
    let mut optional = |tag, value: Option<&str>| {
        if let Some(value) = value {
            field(tag, value.as_bytes());
        }
    };
    optional(5, requester_kind.map(|kind| kind.name()));
    optional(6, Some(verb));
    optional(7, Some(user));
    optional(8, Some(host));
    optional(9, request_uid.as_deref());
    optional(10, authority.as_deref());
    optional(11, detail.as_deref());
    optional(12, note.as_deref());
    let Some(certificate) = certificate else { return };
    let RecordedCertificate {
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
        der,
    } = certificate;
    field(16, serial.as_str().as_bytes());
    field(17, sha256.as_bytes());
    if let Some(identifier) = issuer_key_id {
        field(18, identifier.as_bytes());
    }
    field(19, issuer.as_bytes());
    field(20, subject.as_bytes());
    field(21, common_name.as_bytes());
    organizations.iter().for_each(|name| field(22, name.as_bytes()));
    subject_alt_names.iter().for_each(|name| field(23, name.as_bytes()));
    field(24, profile.as_bytes());
    field(25, &not_before.as_second().to_be_bytes());
    field(26, &not_after.as_second().to_be_bytes());
    if let Some(der) = der {
        field(27, der);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{EntryKind, RequesterKind};

    fn entry() -> Entry {
        Entry {
            kind: EntryKind::Issued,
            time: "2026-11-20T12:00:00Z".parse().unwrap(),
            requester: Requester {
                verb: "csr sign".to_owned(),
                user: "jo".to_owned(),
                host: "here".to_owned(),
            },
            requester_kind: Some(RequesterKind::Api),
            request_uid: Some("0b1d".to_owned()),
            authority: Some("ca".to_owned()),
            detail: Some("d".to_owned()),
            note: Some("é".to_owned()),
            certificate: Some(RecordedCertificate {
                serial: "0a1f".parse().unwrap(),
                sha256: [7; 32].into(),
                issuer_key_id: Some("c0ffee".parse().unwrap()),
                issuer: "CN=ca".to_owned(),
                subject: "O=dev, CN=jane".to_owned(),
                common_name: "jane".to_owned(),
                organizations: vec!["dev".to_owned(), "ops".to_owned()],
                subject_alt_names: vec!["DNS:a".to_owned()],
                profile: "client".to_owned(),
                not_before: "2026-11-20T12:00:00Z".parse().unwrap(),
                not_after: "2027-11-20T12:00:00Z".parse().unwrap(),
                der: Some(vec![0x30, 0x00]),
            }),
        }
    }

    /// What the hash covers between the hash before and the end.
    fn octets(cluster: &str, number: u64, entry: &Entry) -> Vec<u8> {
        let mut octets = Vec::new();
        fields(cluster, number, entry, &mut |tag, value| {
            octets.push(tag);
            octets.extend(u32::try_from(value.len()).unwrap().to_be_bytes());
            octets.extend(value);
        });
        octets
    }

    #[test]
    fn the_encoding_is_what_is_documented() {
        let time = 1_795_176_000_i64.to_be_bytes();
        let later = 1_826_712_000_i64.to_be_bytes();
        let expected: [(u8, &[u8]); 24] = [
            (1, b"demo"),
            (2, &[0, 0, 0, 0, 0, 0, 0, 3]),
            (3, b"issued"),
            (4, &time),
            (5, b"api"),
            (6, b"csr sign"),
            (7, b"jo"),
            (8, b"here"),
            (9, b"0b1d"),
            (10, b"ca"),
            (11, b"d"),
            (12, "é".as_bytes()),
            (16, b"0a1f"),
            (17, &[7; 32]),
            (18, &[0xc0, 0xff, 0xee]),
            (19, b"CN=ca"),
            (20, b"O=dev, CN=jane"),
            (21, b"jane"),
            (22, b"dev"),
            (22, b"ops"),
            (23, b"DNS:a"),
            (24, b"client"),
            (25, &time),
            (26, &later),
        ];
        let expected = expected.into_iter().chain([(27, &[0x30_u8, 0x00][..])]);
        let expected: Vec<u8> = expected
            .flat_map(|(tag, value)| {
                let length = u32::try_from(value.len()).unwrap().to_be_bytes();
                [&[tag][..], &length, value].concat()
            })
            .collect();
        assert_eq!(octets("demo", 3, &entry()), expected);
        // Computed with Python's hashlib from the table in `encoding.md`.
        let head = Head { cluster: "demo".to_owned(), count: 2, hash: [1; 32] }.after(&entry());
        assert_eq!(
            Fingerprint::from(head.hash).to_string(),
            "99b046dda466cc26f2f7120ba5937ef56310c6e6ec8ccda60ed44392791e741d"
        );
        assert_eq!(head.count, 3);
    }

    #[test]
    fn no_two_rows_share_their_octets() {
        let change = |change: fn(&mut Entry)| {
            let mut entry = entry();
            change(&mut entry);
            octets("demo", 3, &entry)
        };
        fn certificate(entry: &mut Entry) -> &mut RecordedCertificate {
            entry.certificate.as_mut().unwrap()
        }
        let mut rows = vec![
            octets("demo", 3, &entry()),
            octets("demo2", 3, &entry()),
            octets("demo", 4, &entry()),
            change(|entry| entry.request_uid = None),
            change(|entry| entry.request_uid = Some(String::new())),
            change(|entry| (entry.authority, entry.detail) = (entry.detail.take(), None)),
            change(|entry| entry.requester_kind = None),
            change(|entry| entry.certificate = None),
            change(|entry| certificate(entry).der = None),
            change(|entry| certificate(entry).issuer_key_id = None),
            change(|entry| certificate(entry).organizations = vec!["devops".to_owned()]),
            change(|entry| certificate(entry).organizations.reverse()),
            change(|entry| {
                certificate(entry).organizations = vec!["dev".to_owned()];
                certificate(entry).subject_alt_names.insert(0, "ops".to_owned());
            }),
        ];
        for kind in EntryKind::ALL.into_iter().filter(|kind| *kind != EntryKind::Issued) {
            rows.push(octets("demo", 3, &Entry { kind, ..entry() }));
        }
        let count = rows.len();
        rows.sort_unstable();
        rows.dedup();
        assert_eq!(rows.len(), count);
    }
}
