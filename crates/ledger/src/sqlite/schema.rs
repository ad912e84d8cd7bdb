//! The tables, and the triggers that let them grow and nothing else. Changes no row.

use rusqlite::Connection;

use super::{file::File, first_stage, open::refused};
use crate::LedgerError;

/// An object of the database: its type, its name, and its text, which is compared byte by byte with
/// what SQLite keeps.
pub(super) type Object = (&'static str, &'static str, &'static str);

/// The generation of the tables in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Generation {
    /// One chain, which names no cluster.
    First,
    /// One chain per cluster, rows of several kinds.
    Second,
}

impl Generation {
    /// What `SELECT` reads rows from, with the columns of the second generation.
    pub(super) const fn rows(self) -> &'static str {
        match self {
            Self::First => first_stage::ROWS,
            Self::Second => "entry",
        }
    }

    /// A `SELECT` of all that is read of a row before its conditions: `id`, `chain`, `number`, the
    /// content, `hash`, and the DER where it is wanted.
    pub(super) fn select(self, columns: &str, with_der: bool) -> String {
        let der = match (self, with_der) {
            (Self::Second, true) => "(SELECT der FROM certificate WHERE certificate.id = entry.id)",
            _ => "NULL",
        };
        format!("SELECT id, chain, number, {columns}, hash, {der} FROM {}", self.rows())
    }

    const fn objects(self) -> &'static [Object] {
        match self {
            Self::First => &first_stage::OBJECTS,
            Self::Second => &OBJECTS,
        }
    }
}

/// Marks the file as a ledger: "kpki".
const APPLICATION: i64 = 0x6b70_6b69;

/// The version of the tables.
const VERSION: i64 = 2;

/// The tables, which are there before rows are copied into them.
pub(super) const TABLES: [Object; 3] = [
    (
        // The first `first_stage` rows have the encoding of the first stage.
        "table",
        "chain",
        "CREATE TABLE chain (
  id INTEGER PRIMARY KEY,
  cluster TEXT NOT NULL UNIQUE,
  count INTEGER NOT NULL,
  hash BLOB NOT NULL,
  first_stage INTEGER NOT NULL
) STRICT",
    ),
    (
        "table",
        "entry",
        "CREATE TABLE entry (
  id INTEGER PRIMARY KEY,
  chain INTEGER NOT NULL,
  number INTEGER NOT NULL,
  kind TEXT NOT NULL,
  time INTEGER NOT NULL,
  requester_kind TEXT,
  verb TEXT NOT NULL,
  user TEXT NOT NULL,
  host TEXT NOT NULL,
  request_uid TEXT,
  authority TEXT,
  detail TEXT,
  note TEXT,
  serial TEXT,
  sha256 BLOB,
  issuer_key_id BLOB,
  issuer TEXT,
  subject TEXT,
  common_name TEXT,
  organizations TEXT,
  subject_alt_names TEXT,
  profile TEXT,
  not_before INTEGER,
  not_after INTEGER,
  hash BLOB NOT NULL
) STRICT",
    ),
    (
        // Apart from the rows, so that they lie close together.
        "table",
        "certificate",
        "CREATE TABLE certificate (
  id INTEGER PRIMARY KEY,
  der BLOB NOT NULL
) STRICT",
    ),
];

/// What is in the file.
const OBJECTS: [Object; 20] = {
    let mut objects = [TABLES[0]; 20];
    let mut at = 0;
    while at < objects.len() {
        objects[at] = if at < TABLES.len() { TABLES[at] } else { RULES[at - TABLES.len()] };
        at += 1;
    }
    objects
};

/// Indexes and triggers.
const RULES: [Object; 17] = [
    ("index", "by_number", "CREATE UNIQUE INDEX by_number ON entry (chain, number)"),
    ("index", "by_serial", "CREATE INDEX by_serial ON entry (serial)"),
    ("index", "by_sha256", "CREATE INDEX by_sha256 ON entry (sha256)"),
    ("index", "by_user", "CREATE INDEX by_user ON entry (common_name)"),
    ("index", "by_expiry", "CREATE INDEX by_expiry ON entry (not_after)"),
    ("index", "by_issuer", "CREATE INDEX by_issuer ON entry (issuer_key_id)"),
    (
        "index",
        "by_request",
        "CREATE INDEX by_request ON entry (request_uid) WHERE request_uid IS NOT NULL",
    ),
    (
        // Also against INSERT OR REPLACE, which would remove a row without asking the next one.
        "trigger",
        "entry_appends",
        "CREATE TRIGGER entry_appends BEFORE INSERT ON entry
WHEN NEW.id IS NOT (SELECT coalesce(max(id), 0) + 1 FROM entry)
  OR NEW.number IS NOT (SELECT coalesce(max(number), 0) + 1 FROM entry WHERE chain = NEW.chain)
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END",
    ),
    (
        "trigger",
        "entry_stays",
        "CREATE TRIGGER entry_stays BEFORE DELETE ON entry
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END",
    ),
    (
        "trigger",
        "entry_is_final",
        "CREATE TRIGGER entry_is_final BEFORE UPDATE ON entry
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END",
    ),
    (
        // The certificate of the last row, once.
        "trigger",
        "certificate_appends",
        "CREATE TRIGGER certificate_appends BEFORE INSERT ON certificate
WHEN NEW.id IS NOT (SELECT max(id) FROM entry)
  OR EXISTS (SELECT 1 FROM certificate WHERE id = NEW.id)
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
        // Against INSERT OR REPLACE again: a chain begins once, and empty.
        "trigger",
        "chain_begins",
        "CREATE TRIGGER chain_begins BEFORE INSERT ON chain
WHEN NEW.id IS NOT (SELECT coalesce(max(id), 0) + 1 FROM chain)
  OR EXISTS (SELECT 1 FROM chain WHERE cluster = NEW.cluster)
  OR NEW.count IS NOT 0 OR NEW.hash IS NOT zeroblob(32) OR NEW.first_stage IS NOT 0
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END",
    ),
    (
        "trigger",
        "chain_stays",
        "CREATE TRIGGER chain_stays BEFORE DELETE ON chain
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END",
    ),
    (
        "trigger",
        "chain_is_named_once",
        "CREATE TRIGGER chain_is_named_once BEFORE UPDATE ON chain
WHEN NEW.id IS NOT OLD.id OR NEW.cluster IS NOT OLD.cluster
  OR NEW.first_stage IS NOT OLD.first_stage
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END",
    ),
    (
        // To the last row, and only forward.
        "trigger",
        "chain_goes_forward",
        "CREATE TRIGGER chain_goes_forward BEFORE UPDATE ON chain
WHEN NEW.count <= OLD.count
  OR NEW.count IS NOT (SELECT max(number) FROM entry WHERE chain = NEW.id)
  OR NEW.hash IS NOT (SELECT hash FROM entry WHERE chain = NEW.id AND number = NEW.count)
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END",
    ),
];

/// The generation of the tables; `None` for a file without anything in it.
///
/// # Errors
/// [`LedgerError::Corrupt`] for a database of something else, [`LedgerError::NewerVersion`] for a
/// ledger of a later version.
pub(super) fn generation(
    connection: &Connection,
    file: &File,
) -> Result<Option<Generation>, LedgerError> {
    let number = |sql: &str| {
        connection
            .query_row(sql, (), |row| row.get::<_, i64>(0))
            .map_err(|error| refused("read", file, error))
    };
    match (number("PRAGMA application_id")?, number("PRAGMA user_version")?) {
        (APPLICATION, first_stage::VERSION) => Ok(Some(Generation::First)),
        (APPLICATION, VERSION) => Ok(Some(Generation::Second)),
        (APPLICATION, found) if found > VERSION => Err(LedgerError::NewerVersion {
            path: file.path().to_owned(),
            found,
            supported: VERSION,
        }),
        (0, 0) if number("SELECT count(*) FROM sqlite_schema")? == 0 => Ok(None),
        _ => Err(LedgerError::Corrupt {
            path: file.path().to_owned(),
            reason: "it is the database of something else".to_owned(),
        }),
    }
}

/// Makes the tables, in the transaction that is open.
pub(super) fn make_tables(connection: &Connection) -> rusqlite::Result<()> {
    TABLES.iter().try_for_each(|(_, _, sql)| connection.execute_batch(sql))
}

/// Makes indexes and triggers, and says what the file is.
pub(super) fn make_rules(connection: &Connection) -> rusqlite::Result<()> {
    RULES.iter().try_for_each(|(_, _, sql)| connection.execute_batch(sql))?;
    connection.pragma_update(None, "application_id", APPLICATION)?;
    connection.pragma_update(None, "user_version", VERSION)
}

/// What is missing or changed, and triggers and tables that are not ours, each with its type.
/// An index or a view more does no harm.
pub(super) fn differences(
    connection: &Connection,
    generation: Generation,
) -> rusqlite::Result<Vec<String>> {
    let mut missing = generation.objects().to_vec();
    let mut differences = Vec::new();
    let mut statement = connection
        .prepare("SELECT type, name, coalesce(sql, '') FROM sqlite_schema ORDER BY type, name")?;
    let mut rows = statement.query(())?;
    while let Some(row) = rows.next()? {
        let (kind, name, sql): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let known = missing.iter().position(|object| (object.0, object.1) == (&*kind, &*name));
        let is_right = match known {
            Some(at) => missing.swap_remove(at).2 == sql,
            // `sqlite_stat1`, which ANALYZE makes, and its like.
            None => name.starts_with("sqlite_") || matches!(&*kind, "index" | "view"),
        };
        if !is_right {
            differences.push(format!("the {kind} `{}`", name.escape_debug()));
        }
    }
    differences.extend(missing.iter().map(|(kind, name, _)| format!("the {kind} `{name}`")));
    Ok(differences)
}
