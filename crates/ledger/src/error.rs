//! The one error type. Every error names the file.

use std::{error::Error, io, path::PathBuf};

use crate::Head;

/// Why nothing was recorded, or nothing can be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LedgerError {
    /// It is no ledger, or no longer one.
    #[error("the ledger `{path}` is corrupt: {reason}")]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// SQLite refused for a reason that has no error of its own here.
    #[error("cannot {operation} the ledger `{path}`")]
    Database {
        /// What was tried, as a verb.
        operation: &'static str,
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The system does not allow it: by the mode of the file or of its folder, or because the file
    /// system is read-only.
    #[error("cannot {operation} the ledger `{path}`: {reason}")]
    Denied {
        /// What was tried, as a verb.
        operation: &'static str,
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        reason: String,
    },
    /// There is no space left for more rows. None of those given was recorded.
    #[error("there is no space left for the ledger `{path}`")]
    DiskFull {
        /// The file.
        path: PathBuf,
    },
    /// Another writer was faster. Nothing was recorded; append at the head as it is now.
    #[error("another writer was faster: the ledger has {} rows of `{}` now", .head.count, .head.cluster)]
    HeadMoved {
        /// The head as it is.
        head: Head,
    },
    /// The system refused an operation.
    #[error("cannot {operation} `{path}`")]
    Io {
        /// What was tried, as a verb.
        operation: &'static str,
        /// The file or directory concerned.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Another process has the database, and the time to wait for it is over.
    #[error("the ledger `{path}` is locked by another process")]
    Locked {
        /// The file.
        path: PathBuf,
    },
    /// A later version of this program made it.
    #[error("the ledger `{path}` has version {found}; this program knows {supported}")]
    NewerVersion {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: i64,
        /// The latest version that can be read.
        supported: i64,
    },
    /// It was opened for reading.
    #[error("the ledger `{path}` was opened for reading only")]
    ReadOnly {
        /// The file.
        path: PathBuf,
    },
    /// Something else is where the file or its directory has to be.
    #[error("`{path}` is {found}, not {wanted}")]
    WrongKind {
        /// The path.
        path: PathBuf,
        /// What is there, with its article.
        found: &'static str,
        /// What has to be there, with its article.
        wanted: &'static str,
    },
}

impl LedgerError {
    /// What the user can do about it, where there is something to say.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Corrupt { path, .. } => format!(
                "see `kubepki ledger check`; put a good copy of `{}` in place, or move it away to begin a new one",
                path.display()
            ),
            Self::Denied { path, .. } => format!(
                "run as the owner of `{}`; its folder and file system must allow writing",
                path.display()
            ),
            Self::DiskFull { .. } => "free some space and run again".to_owned(),
            Self::Io { path, source, .. } if source.kind() == io::ErrorKind::PermissionDenied => {
                format!("run as the owner of `{}`", path.display())
            }
            Self::HeadMoved { .. } => "run again".to_owned(),
            Self::Locked { .. } => "wait until it has finished, and run again".to_owned(),
            Self::NewerVersion { .. } => "use the version of kubepki that wrote it".to_owned(),
            Self::WrongKind { path, .. } => {
                format!("move `{}` out of the way; links are never followed", path.display())
            }
            Self::Database { .. } | Self::Io { .. } | Self::ReadOnly { .. } => return None,
        })
    }
}
