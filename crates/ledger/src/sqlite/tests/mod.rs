//! The file with its stage set by hand: another connection stands for whoever has `sqlite3`.
#![expect(clippy::disallowed_methods, reason = "the tests set the stage and look behind it")]

mod damage;
mod files;
mod first_stage;
mod rows;

use std::{fs, ops::ControlFlow, path::PathBuf};

use jiff::Timestamp;
use rusqlite::Connection;
use tempfile::TempDir;

use super::SqliteLedger;
use crate::{
    Entry, EntryKind, Finding, Head, Ledger, LedgerError, MemoryLedger, Query, RecordedCertificate,
    RecordedEntry, Requester, RequesterKind,
};

/// The cluster of most rows.
const CLUSTER: &str = "demo";

/// A directory of its own, removed with the test.
struct State {
    directory: TempDir,
}

impl State {
    fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap() }
    }

    /// With a ledger of this many rows, recorded three at a time.
    fn with_rows(count: usize) -> Self {
        let state = Self::new();
        let mut ledger = state.ledger();
        entries(count).chunks(3).for_each(|batch| ledger.record(CLUSTER, batch).unwrap());
        state
    }

    /// With these octets as its ledger.
    fn of(octets: &[u8]) -> Self {
        let state = Self::new();
        fs::write(state.path(), octets).unwrap();
        state
    }

    fn ledger(&self) -> SqliteLedger {
        SqliteLedger::in_directory(self.directory.path())
    }

    fn path(&self) -> PathBuf {
        self.directory.path().join("ledger.db")
    }

    /// The names in the directory, sorted.
    fn names(&self) -> Vec<String> {
        let names = fs::read_dir(self.directory.path()).unwrap();
        let mut names: Vec<_> =
            names.map(|name| name.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// Another program's connection.
    fn stranger(&self) -> Connection {
        Connection::open(self.path()).unwrap()
    }

    /// Runs statements as somebody who has removed all triggers first, and put them back after.
    fn tamper(&self, sql: &str) {
        self.try_tamper(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    /// The same, with the number of rows that the last statement changed.
    fn try_tamper(&self, sql: &str) -> rusqlite::Result<u64> {
        let stranger = self.stranger();
        let mut statement =
            stranger.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").unwrap();
        let triggers: Vec<(String, String)> = statement
            .query_map((), |row| Ok((row.get(0)?, row.get(1)?)))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        for (name, _) in &triggers {
            stranger.execute_batch(&format!("DROP TRIGGER {name}")).unwrap();
        }
        let tampered = stranger.execute_batch(sql).map(|()| stranger.changes());
        for (_, trigger) in &triggers {
            stranger.execute_batch(trigger).unwrap();
        }
        tampered
    }

    fn findings(&self) -> Vec<Finding> {
        self.ledger().check().unwrap().findings
    }
}

fn entries(count: usize) -> Vec<Entry> {
    (1..=count).map(entry).collect()
}

/// Of every fifth row another kind, with everything that a row can have.
fn entry(n: usize) -> Entry {
    let is_issued = !n.is_multiple_of(5);
    let kind = if is_issued { EntryKind::Issued } else { EntryKind::ALL[n / 5 % 7] };
    let certificate = RecordedCertificate {
        serial: format!("{:x}", 0x1000_0000_0000_0000_0000_u128 + n as u128).parse().unwrap(),
        sha256: [u8::try_from(n % 256).unwrap(); 32].into(),
        issuer_key_id: Some([7; 20].as_slice().into()),
        issuer: "CN=demo-ca-1".to_owned(),
        subject: format!("O=dev, O=on\"call, CN=user-{n}"),
        common_name: format!("user-{n}"),
        organizations: vec!["dev".to_owned(), "on\"call".to_owned()],
        subject_alt_names: if n.is_multiple_of(2) {
            vec!["DNS:é.example".to_owned()]
        } else {
            vec![]
        },
        profile: "client".to_owned(),
        not_before: moment(n),
        not_after: moment(100_000 - n),
        der: (!n.is_multiple_of(4)).then(|| format!("certificate {n}").into_bytes()),
    };
    Entry {
        kind,
        time: moment(n),
        requester: Requester {
            verb: "apply".to_owned(),
            user: "operator".to_owned(),
            host: "workstation".to_owned(),
        },
        requester_kind: Some(RequesterKind::ALL[n % 3]),
        request_uid: n.is_multiple_of(3).then(|| format!("uid-{n}")),
        authority: (!is_issued).then(|| "etcd-ca".to_owned()),
        detail: (!is_issued).then(|| "keyCompromise".to_owned()),
        note: (!is_issued).then(|| "a laptop was stolen".to_owned()),
        certificate: (kind != EntryKind::Phase).then_some(certificate),
    }
}

fn moment(seconds: usize) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + i64::try_from(seconds).unwrap()).unwrap()
}

fn select(ledger: &impl Ledger, query: &Query) -> Vec<RecordedEntry> {
    let mut rows = Vec::new();
    let collect = &mut |row| {
        rows.push(row);
        ControlFlow::Continue(())
    };
    ledger.select(query, collect).unwrap();
    rows
}

/// Everything, with the certificates.
fn whole(ledger: &impl Ledger) -> Vec<RecordedEntry> {
    select(ledger, &Query { with_der: true, ..Query::default() })
}

fn row_changed(number: u64) -> Finding {
    Finding::RowChanged { cluster: CLUSTER.to_owned(), number }
}

fn row_missing(number: u64) -> Finding {
    Finding::RowMissing { cluster: CLUSTER.to_owned(), number }
}

fn head_differs(recorded: Option<u64>, found: u64) -> Finding {
    Finding::HeadDiffers { cluster: CLUSTER.to_owned(), recorded, found }
}
