//! The file before SQLite sees it: its kind, its mode, its one true name. Follows no symbolic link.
#![expect(clippy::disallowed_methods, reason = "the ledger's file is made and removed here")]

use std::{
    io,
    path::{Path, PathBuf},
};

use rustix::{
    fs::{CWD, FileType, Mode, OFlags},
    io::{Errno, retry_on_intr},
};

use crate::LedgerError;

/// The names of the database and of its journal.
const NAME: &str = "ledger.db";
const JOURNAL: &str = "ledger.db-journal";

/// Where a ledger is kept.
#[derive(Clone, Debug)]
pub(super) struct File {
    directory: PathBuf,
    path: PathBuf,
}

impl File {
    pub(super) fn in_directory(directory: &Path) -> Self {
        // Without what would hide its last component: a link with a slash behind it is followed.
        let directory: PathBuf = directory.components().collect();
        Self { path: directory.join(NAME), directory }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether there is a file; whatever else there is is an error.
    ///
    /// It is not opened: closing a second descriptor would free SQLite's locks on it.
    pub(super) fn exists(&self) -> Result<bool, LedgerError> {
        Ok(is_of_kind(&self.directory, FileType::Directory, "a directory")?
            && is_of_kind(&self.path, FileType::RegularFile, "a regular file")?)
    }

    /// Makes an empty file, which is a database without tables; false if there is one.
    pub(super) fn make(&self) -> Result<bool, LedgerError> {
        if self.exists()? {
            return Ok(false);
        }
        let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let directory =
            retry_on_intr(|| rustix::fs::openat(CWD, &self.directory, flags, Mode::empty()))
                .map_err(|errno| io_error("open", &self.directory, errno))?;
        let flags =
            OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mode = Mode::RUSR | Mode::WUSR;
        retry_on_intr(|| rustix::fs::openat(&directory, NAME, flags, mode)).map_err(|errno| {
            match errno {
                Errno::NOSPC | Errno::DQUOT => LedgerError::DiskFull { path: self.path.clone() },
                errno => io_error("make", &self.path, errno),
            }
        })?;
        Ok(true)
    }

    /// Removes a file in which nothing was recorded. The journal goes last: without it, what a
    /// failed write left in the file could not be taken back.
    pub(super) fn remove(&self) {
        // Best effort: the failure that led here is what counts, and an empty ledger does no harm.
        let _ = rustix::fs::unlink(&self.path);
        let _ = rustix::fs::unlink(self.directory.join(JOURNAL));
    }

    /// The path without a symbolic link in it, for SQLite, which can only refuse all or none of
    /// them. The way to the root is the user's own word; behind this, no link is followed.
    pub(super) fn resolved(&self) -> Result<PathBuf, LedgerError> {
        let directory = std::fs::canonicalize(&self.directory)
            .map_err(|error| io_error("open", &self.directory, error))?;
        tracing::debug!(path = %self.path.display(), "open the ledger");
        Ok(directory.join(NAME))
    }
}

fn is_of_kind(path: &Path, kind: FileType, wanted: &'static str) -> Result<bool, LedgerError> {
    match rustix::fs::lstat(path) {
        Ok(stat) if FileType::from_raw_mode(stat.st_mode) == kind => Ok(true),
        Ok(stat) => {
            let found = match FileType::from_raw_mode(stat.st_mode) {
                FileType::Directory => "a directory",
                FileType::RegularFile => "a file",
                FileType::Symlink => "a symbolic link",
                _ => "something else",
            };
            Err(LedgerError::WrongKind { path: path.to_owned(), found, wanted })
        }
        Err(Errno::NOENT) => Ok(false),
        Err(errno) => Err(io_error("inspect", path, errno)),
    }
}

fn io_error(operation: &'static str, path: &Path, source: impl Into<io::Error>) -> LedgerError {
    LedgerError::Io { operation, path: path.to_owned(), source: source.into() }
}
