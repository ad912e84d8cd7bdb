//! The tables, and the triggers that let them grow and nothing else. Changes no row.

use rusqlite::Connection;

use super::{file::File, open::refused};
use crate::LedgerError;

/// Marks the file as a ledger: "kpki".
const APPLICATION: i64 = 0x6b70_6b69;

/// The version of the tables.
const VERSION: i64 = 1;

/// What is in the file, by kind and name. The text is compared byte by byte with what SQLite keeps.
///
/// Moments are seconds since 1970; lists are JSON.
const OBJECTS: [(&str, &str, &str); 12] = [
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

/// Whether the tables are there: false for a file without anything in it.
///
/// # Errors
/// [`LedgerError::Corrupt`] for a database of something else, [`LedgerError::NewerVersion`] for a
/// ledger of a later version.
pub(super) fn is_present(connection: &Connection, file: &File) -> Result<bool, LedgerError> {
    let corrupt = |reason: &str| {
        Err(LedgerError::Corrupt { path: file.path().to_owned(), reason: reason.to_owned() })
    };
    let number = |sql: &str| {
        connection
            .query_row(sql, (), |row| row.get::<_, i64>(0))
            .map_err(|error| refused("read", file, error))
    };
    match (number("PRAGMA application_id")?, number("PRAGMA user_version")?) {
        (APPLICATION, VERSION) => Ok(true),
        (APPLICATION, found) if found > VERSION => Err(LedgerError::NewerVersion {
            path: file.path().to_owned(),
            found,
            supported: VERSION,
        }),
        (0, 0) if number("SELECT count(*) FROM sqlite_schema")? == 0 => Ok(false),
        _ => corrupt("it is the database of something else"),
    }
}

/// Makes the tables, in the transaction that is open.
pub(super) fn make(connection: &Connection) -> rusqlite::Result<()> {
    for (_, _, sql) in OBJECTS {
        connection.execute_batch(sql)?;
    }
    connection.execute("INSERT INTO head VALUES (1, 0, zeroblob(32))", ())?;
    connection.pragma_update(None, "application_id", APPLICATION)?;
    connection.pragma_update(None, "user_version", VERSION)
}

/// What is missing or changed, and triggers and tables that are not ours, each with its kind.
/// An index or a view more does no harm.
pub(super) fn differences(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut wanted = OBJECTS.to_vec();
    let mut differences = Vec::new();
    let mut statement = connection
        .prepare("SELECT type, name, coalesce(sql, '') FROM sqlite_schema ORDER BY type, name")?;
    let mut rows = statement.query(())?;
    while let Some(row) = rows.next()? {
        let (kind, name, sql): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let known = wanted.iter().position(|object| (object.0, object.1) == (&*kind, &*name));
        let is_right = match known {
            Some(at) => wanted.swap_remove(at).2 == sql,
            // `sqlite_stat1`, which ANALYZE makes, and its like.
            None => name.starts_with("sqlite_") || matches!(&*kind, "index" | "view"),
        };
        if !is_right {
            differences.push(format!("the {kind} `{}`", name.escape_debug()));
        }
    }
    differences.extend(wanted.iter().map(|(kind, name, _)| format!("the {kind} `{name}`")));
    Ok(differences)
}
