//! The ledger in one SQLite file. Reads no clock, and writes nothing before there is a row to record.
//!
//! # One file, durable
//!
//! A rollback journal and not a write-ahead log: with one writer at a time a log gains nothing, and
//! its two extra files would stay behind whenever a process dies or only reads. The journal
//! is there while rows are written and at no other time. `synchronous=EXTRA` makes a commit wait
//! until the removal of the journal is durable too; with `FULL`, a power cut right after it could
//! bring the journal back and roll the rows back, after their certificates were given out.
//!
//! The file has mode 0600 before SQLite sees it, and SQLite gives its journal the mode of the file.

mod columns;
mod file;
mod open;
mod read;
mod schema;
#[cfg(test)]
mod tests;
mod walk;
mod write;

use std::{ops::ControlFlow, path::Path};

use rusqlite::Connection;

use self::file::File;
use crate::{Check, Entry, Finding, Ledger, LedgerError, Query, Row};

/// A ledger in the file `ledger.db` of a directory, opened when it is first used.
///
/// Neither the directory nor the file may be a symbolic link.
#[derive(Debug)]
pub struct SqliteLedger {
    file: File,
    writer: Option<Connection>,
    is_read_only: bool,
}

impl SqliteLedger {
    /// The ledger of a directory that exists, to be written.
    ///
    /// Whoever records must be the only one: the caller holds a lock of its own.
    pub fn in_directory(directory: impl AsRef<Path>) -> Self {
        Self { file: File::in_directory(directory.as_ref()), writer: None, is_read_only: false }
    }

    /// The ledger of a directory, to be read; without directory or file it has no rows.
    pub fn read_only(directory: impl AsRef<Path>) -> Self {
        Self { is_read_only: true, ..Self::in_directory(directory) }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        self.file.path()
    }

    /// Whether there is a file.
    pub fn exists(&self) -> Result<bool, LedgerError> {
        self.file.exists()
    }

    /// Runs `read` on the file; `None` if there is nothing in it, or no file.
    fn reading<T>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, LedgerError>,
    ) -> Result<Option<T>, LedgerError> {
        let opened;
        let connection = match &self.writer {
            Some(connection) => connection,
            None if self.file.exists()? => {
                opened = open::for_reading(&self.file)?;
                &opened
            }
            None => return Ok(None),
        };
        if !schema::is_present(connection, &self.file)? {
            return Ok(None);
        }
        read(connection).map(Some)
    }
}

impl Ledger for SqliteLedger {
    fn record(&mut self, entries: &[Entry]) -> Result<(), LedgerError> {
        if entries.is_empty() {
            return Ok(());
        }
        if self.is_read_only {
            return Err(LedgerError::ReadOnly { path: self.path().to_owned() });
        }
        if let Some(connection) = &mut self.writer {
            return write::record(connection, &self.file, entries);
        }
        let made = self.file.make()?;
        let recorded = open::for_writing(&self.file).and_then(|mut connection| {
            write::record(&mut connection, &self.file, entries).map(|()| connection)
        });
        match recorded {
            Ok(connection) => {
                self.writer = Some(connection);
                Ok(())
            }
            Err(error) => {
                if made {
                    self.file.remove();
                }
                Err(error)
            }
        }
    }

    fn select(
        &self,
        query: &Query,
        visit: &mut dyn FnMut(Row) -> ControlFlow<()>,
    ) -> Result<(), LedgerError> {
        self.reading(|connection| read::select(connection, &self.file, query, visit)).map(drop)
    }

    fn check(&self) -> Result<Check, LedgerError> {
        let none = || Check { rows: 0, head: [0; 32], findings: Vec::new() };
        match self.reading(|connection| walk::check(connection, &self.file)) {
            Ok(check) => Ok(check.unwrap_or_else(none)),
            Err(LedgerError::Corrupt { reason, .. }) => {
                Ok(Check { findings: vec![Finding::Damaged { reason }], ..none() })
            }
            Err(error) => Err(error),
        }
    }
}
