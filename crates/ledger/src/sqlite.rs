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

mod chains;
mod columns;
mod file;
mod first_stage;
mod open;
mod read;
mod schema;
#[cfg(test)]
mod tests;
mod walk;
mod write;

use std::{ops::ControlFlow, path::Path};

use rusqlite::Connection;

use self::{file::File, schema::Generation};
use crate::{Check, Entry, Finding, Head, Ledger, LedgerError, Query, RecordedEntry};

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
    /// Whoever records the first row, which makes the file, must be the only writer: the caller
    /// holds a lock of its own. Later writers may be several.
    pub fn in_directory(directory: impl AsRef<Path>) -> Self {
        Self { file: File::in_directory(directory.as_ref()), writer: None, is_read_only: false }
    }

    /// The ledger of a directory, to be read; without directory or file it has no rows.
    ///
    /// A ledger of the first stage is read as it is, and not migrated.
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
        read: impl FnOnce(&Connection, Generation) -> Result<T, LedgerError>,
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
        match schema::generation(connection, &self.file)? {
            Some(generation) => read(connection, generation).map(Some),
            None => Ok(None),
        }
    }
}

impl Ledger for SqliteLedger {
    fn head(&self, cluster: &str) -> Result<Head, LedgerError> {
        let head = self.reading(|connection, generation| {
            let kept = match generation {
                Generation::First => first_stage::head(connection, cluster).map(Some),
                Generation::Second => {
                    chains::of(connection, cluster).map(|chain| chain.map(|chain| chain.head))
                }
            };
            match kept.map_err(|error| open::refused("read", &self.file, error))? {
                None => Ok(Head::empty(cluster)),
                Some(Some(head)) => Ok(head),
                Some(None) => Err(LedgerError::Corrupt {
                    path: self.path().to_owned(),
                    reason: "its head is missing".to_owned(),
                }),
            }
        })?;
        Ok(head.unwrap_or_else(|| Head::empty(cluster)))
    }

    fn append(&mut self, expected_head: &Head, rows: &[Entry]) -> Result<Head, LedgerError> {
        if rows.is_empty() {
            return Ok(expected_head.clone());
        }
        if self.is_read_only {
            return Err(LedgerError::ReadOnly { path: self.path().to_owned() });
        }
        if let Some(connection) = &mut self.writer {
            return write::append(connection, &self.file, expected_head, rows);
        }
        let made = self.file.make()?;
        let appended = open::for_writing(&self.file).and_then(|mut connection| {
            let head = write::append(&mut connection, &self.file, expected_head, rows)?;
            Ok((connection, head))
        });
        match appended {
            Ok((connection, head)) => {
                self.writer = Some(connection);
                Ok(head)
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
        visit: &mut dyn FnMut(RecordedEntry) -> ControlFlow<()>,
    ) -> Result<(), LedgerError> {
        self.reading(|connection, generation| {
            read::select(connection, &self.file, generation, query, visit)
        })
        .map(drop)
    }

    fn check(&self) -> Result<Check, LedgerError> {
        let none = || Check { chains: Vec::new(), findings: Vec::new() };
        let checked = self.reading(|connection, generation| {
            // One state of the file for everything that is compared.
            let transaction = connection
                .unchecked_transaction()
                .map_err(|error| open::refused("read", &self.file, error))?;
            walk::check(&transaction, &self.file, generation)
        });
        match checked {
            Ok(check) => Ok(check.unwrap_or_else(none)),
            Err(LedgerError::Corrupt { reason, .. }) => {
                Ok(Check { findings: vec![Finding::Damaged { reason }], ..none() })
            }
            Err(error) => Err(error),
        }
    }
}
