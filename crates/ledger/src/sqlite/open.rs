//! Opening the database, and what SQLite's errors mean. Makes no file.

use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, config::DbConfig};

use super::file::File;
use crate::LedgerError;

/// How long to wait for another process, such as a backup or `sqlite3`.
const WAIT: Duration = Duration::from_secs(5);

/// Opens a file that exists for appending.
pub(super) fn for_writing(file: &File) -> Result<Connection, LedgerError> {
    let connection = open(file)?;
    connection
        .execute_batch(
            "PRAGMA journal_mode = DELETE;
             PRAGMA synchronous = EXTRA;
             PRAGMA recursive_triggers = ON;",
        )
        .map_err(|error| refused("open", file, error))?;
    Ok(connection)
}

/// Opens a file that exists for reading.
///
/// Only the wish to write lets SQLite take back what a killed writer left; where that is
/// not allowed it opens for reading by itself.
pub(super) fn for_reading(file: &File) -> Result<Connection, LedgerError> {
    let connection = open(file)?;
    connection
        .execute_batch("PRAGMA query_only = ON")
        .map_err(|error| refused("open", file, error))?;
    Ok(connection)
}

/// What an error of SQLite means for the caller.
pub(super) fn refused(operation: &'static str, file: &File, error: rusqlite::Error) -> LedgerError {
    let path = file.path().to_owned();
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => LedgerError::Locked { path },
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            LedgerError::Corrupt { path, reason: words(&error) }
        }
        Some(ErrorCode::DiskFull) => LedgerError::DiskFull { path },
        // A folder in which the journal cannot be made, too.
        Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied | ErrorCode::ReadOnly) => {
            LedgerError::Denied { operation, path, reason: words(&error) }
        }
        _ => LedgerError::Database { operation, path, source: words(&error).into() },
    }
}

fn open(file: &File) -> Result<Connection, LedgerError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_NOFOLLOW
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let opened = Connection::open_with_flags(file.resolved()?, flags).and_then(|connection| {
        connection.busy_timeout(WAIT)?;
        // Whatever the file says of itself, it runs no code of its own and stays well-formed.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
        connection.execute_batch(
            "PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -32000;",
        )?;
        Ok(connection)
    });
    opened.map_err(|error| refused("open", file, error))
}

/// SQLite's own words, without the statement that rusqlite adds.
fn words(error: &rusqlite::Error) -> String {
    match error {
        rusqlite::Error::SqliteFailure(_, Some(message)) => message.clone(),
        rusqlite::Error::SqliteFailure(failure, None) => failure.to_string(),
        other => other.to_string(),
    }
}
