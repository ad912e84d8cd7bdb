//! The tables of the first stage, and their migration. Nothing else writes to them any more.

use rusqlite::{Connection, OptionalExtension};

use super::{
    chains::{self, StoredHead},
    columns,
    file::File,
    open::refused,
    schema::{self, Generation, Object},
    walk,
};
use crate::{Check, Head, LedgerError};

/// The version of the tables.
pub(super) const VERSION: i64 = 1;

/// The rows with the columns of today. What the first stage did not record is NULL.
pub(super) const ROWS: &str = "(SELECT number AS id, 1 AS chain, number, 'issued' AS kind, time,
  NULL AS requester_kind, verb, user, host, NULL AS request_uid, NULL AS authority,
  NULL AS detail, NULL AS note, serial, sha256, NULL AS issuer_key_id, issuer, subject,
  common_name, organizations, subject_alt_names, profile, not_before, not_after, hash
  FROM certificate)";

/// What is in the file.
pub(super) const OBJECTS: [Object; 12] = [
    (
        "table",
        "certificate",
        "CREATE TABLE certificate (
  number INTEGER PRIMARY KEY,
  time INTEGER NOT NULL,
  verb TEXT NOT NULL,
  user TEXT NOT NULL,
  host TEXT NOT NULL,
  serial TEXT NOT NULL,
  sha256 BLOB NOT NULL,
  issuer TEXT NOT NULL,
  subject TEXT NOT NULL,
  common_name TEXT NOT NULL,
  organizations TEXT NOT NULL,
  subject_alt_names TEXT NOT NULL,
  profile TEXT NOT NULL,
  not_before INTEGER NOT NULL,
  not_after INTEGER NOT NULL,
  hash BLOB NOT NULL
) STRICT",
    ),
    (
        "table",
        "head",
        "CREATE TABLE head (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  count INTEGER NOT NULL,
  hash BLOB NOT NULL
) STRICT",
    ),
    ("index", "by_serial", "CREATE INDEX by_serial ON certificate (serial)"),
    ("index", "by_sha256", "CREATE INDEX by_sha256 ON certificate (sha256)"),
    ("index", "by_user", "CREATE INDEX by_user ON certificate (common_name)"),
    ("index", "by_expiry", "CREATE INDEX by_expiry ON certificate (not_after)"),
    (
        // Also against INSERT OR REPLACE, which would remove a row without asking the next one.
        "trigger",
        "certificate_appends",
        "CREATE TRIGGER certificate_appends BEFORE INSERT ON certificate
WHEN NEW.number IS NOT (SELECT coalesce(max(number), 0) + 1 FROM certificate)
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END",
    ),
    (
        "trigger",
        "certificate_stays",
        "CREATE TRIGGER certificate_stays BEFORE DELETE ON certificate
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END",
    ),
    (
        "trigger",
        "certificate_is_final",
        "CREATE TRIGGER certificate_is_final BEFORE UPDATE ON certificate
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END",
    ),
    (
        "trigger",
        "head_stays",
        "CREATE TRIGGER head_stays BEFORE DELETE ON head
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END",
    ),
    (
        // Against INSERT OR REPLACE again: one head, made with the table.
        "trigger",
        "head_is_one",
        "CREATE TRIGGER head_is_one BEFORE INSERT ON head WHEN EXISTS (SELECT 1 FROM head)
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END",
    ),
    (
        // To the last row, and only forward.
        "trigger",
        "head_goes_forward",
        "CREATE TRIGGER head_goes_forward BEFORE UPDATE ON head
WHEN NEW.count <= OLD.count OR NEW.id IS NOT OLD.id
  OR NEW.count IS NOT (SELECT max(number) FROM certificate)
  OR NEW.hash IS NOT (SELECT hash FROM certificate WHERE number = NEW.count)
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END",
    ),
];

/// The head that the ledger keeps.
pub(super) fn head(connection: &Connection, cluster: &str) -> rusqlite::Result<StoredHead> {
    let found = connection.query_row("SELECT count, hash FROM head", (), |row| {
        Ok(chains::head(cluster, row.get_ref(0)?, row.get_ref(1)?))
    });
    Ok(found.optional()?.flatten())
}

/// Turns the tables into those of today, in the transaction that is open; the rows become the
/// beginning of the chain of `cluster`.
///
/// Every row keeps its number and its hash. The next row of the chain covers the hash of the last
/// of them, so a change of an old row stays visible, and a head that was noted stays valid.
///
/// # Errors
/// [`LedgerError::Corrupt`] when anything is wrong with the ledger: its rows are checked once more
/// before they are sealed.
pub(super) fn migrate(
    connection: &Connection,
    file: &File,
    cluster: &str,
) -> Result<Head, LedgerError> {
    let Check { mut chains, findings } = walk::check(connection, file, Generation::First)?;
    if let Some(finding) = findings.first() {
        let reason = finding.to_string();
        return Err(LedgerError::Corrupt { path: file.path().to_owned(), reason });
    }
    let head = match chains.pop() {
        Some(head) => Head { cluster: cluster.to_owned(), ..head },
        None => Head::empty(cluster),
    };
    copy(connection, &head).map_err(|error| refused("migrate", file, error))?;
    Ok(head)
}

fn copy(connection: &Connection, head: &Head) -> rusqlite::Result<()> {
    let content = columns::CONTENT;
    connection.execute_batch("ALTER TABLE certificate RENAME TO first_stage")?;
    schema::make_tables(connection)?;
    let rows = ROWS.replace("FROM certificate", "FROM first_stage");
    connection.execute_batch(&format!(
        "INSERT INTO entry (id, chain, number, {content}, hash)
           SELECT id, chain, number, {content}, hash FROM {rows} ORDER BY id"
    ))?;
    // Their triggers and indexes go with the tables.
    connection.execute_batch("DROP TABLE first_stage; DROP TABLE head")?;
    chains::begin(connection, head, head.count)?;
    schema::make_rules(connection)
}
