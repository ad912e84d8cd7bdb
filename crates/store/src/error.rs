//! The error type of the store. Holds paths and causes, never contents.

use std::{
    io,
    path::{Path, PathBuf},
};

use jiff::Timestamp;

use super::{LockHolder, Owner, StorePath, trust::myself};

/// Why a store could not be opened, read or changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// A file is not as the transaction that is to be undone left it.
    #[error("`{path}` has changed since {time:.0}, when this transaction wrote it")]
    ChangedSince {
        /// The file.
        path: StorePath,
        /// When the transaction was asked for.
        time: Timestamp,
    },
    /// The journal of an interrupted run is not what a run of this version leaves behind.
    #[error("the journal `{path}` of an interrupted run cannot be used: {reason}")]
    CorruptJournal {
        /// The journal.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Something is under a name that has to be free.
    #[error("`{path}` exists")]
    Exists {
        /// The name.
        path: PathBuf,
    },
    /// A file belongs to somebody to whom this process cannot give the one that would replace it.
    #[error("`{path}` belongs to user {} and group {}, to whom only root can give a new file", owner.uid, owner.gid)]
    ForeignOwner {
        /// The file.
        path: StorePath,
        /// Whose it is.
        owner: Owner,
    },
    /// A path broke a rule of [`StorePath`].
    #[error("`{path}` is no path below the root: {reason}")]
    InvalidPath {
        /// The path as it was given, escaped and shortened.
        path: String,
        /// The rule that it broke.
        reason: &'static str,
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
    /// Another process has the lock, and the time to wait for it is over.
    #[error("`{path}` is in use by {holder}")]
    Locked {
        /// The lock file.
        path: PathBuf,
        /// Who has it, as far as it said so.
        holder: LockHolder,
    },
    /// A way led through what is somebody's to a file that is not.
    #[error("user {user} leads to `{path}`, which is not theirs")]
    LedAstray {
        /// The file.
        path: PathBuf,
        /// Who.
        user: u32,
    },
    /// Somebody else decides what is found here.
    #[error("`{path}` is what user {user} makes of it, who is neither you nor root")]
    OfOthers {
        /// The file or folder.
        path: PathBuf,
        /// Who.
        user: u32,
    },
    /// The history has lost an old file.
    #[error("the old file `{path}` is gone from the history")]
    OldFileGone {
        /// Where it was.
        path: StorePath,
    },
    /// Others than its owner may change a file or a folder.
    #[error(
        "others may write to `{path}`, which has mode {mode:04o}, so nothing there can be relied on"
    )]
    OpenToOthers {
        /// The file or folder.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// A change was asked of a store that was opened for reading.
    #[error("`{path}` was opened for reading only")]
    ReadOnly {
        /// The root.
        path: PathBuf,
    },
    /// An interrupted run could not be brought to its end.
    #[error("cannot finish the interrupted run recorded in `{path}`")]
    Recovery {
        /// The journal, which stays.
        path: PathBuf,
        /// What failed.
        source: Box<Self>,
    },
    /// A file is another than the one that was read.
    #[error("`{path}` was changed by somebody else in the meantime")]
    Replaced {
        /// The file.
        path: PathBuf,
    },
    /// The path belongs to the store itself.
    #[error("`{path}` belongs to the store itself")]
    Reserved {
        /// The path.
        path: StorePath,
    },
    /// A change failed, and so did taking it back.
    #[error("cannot take back a change that failed: {rollback}; `{path}` records it")]
    RollbackIncomplete {
        /// The journal, from which the next run finishes the work.
        path: PathBuf,
        /// Why the change failed.
        #[source]
        cause: Box<Self>,
        /// Why it could not be taken back.
        rollback: Box<Self>,
    },
    /// Neither the root nor the directory above it exists.
    #[error("`{path}` cannot be made: the directory above it does not exist")]
    RootMissing {
        /// The root.
        path: PathBuf,
    },
    /// A file is larger than a PKI file ever is.
    #[error("`{path}` is larger than {limit} bytes")]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The limit in bytes.
        limit: u64,
    },
    /// A file is in its place, and the system does not promise that it stays there.
    #[error("`{path}` was replaced, but may be the old one again after a power cut")]
    Unsynced {
        /// The file.
        path: PathBuf,
        /// What failed.
        source: Box<Self>,
    },
    /// One change has two contents for one file.
    #[error("`{path}` would be written twice in one change")]
    WrittenTwice {
        /// The file.
        path: StorePath,
    },
    /// Something else is where a file or a directory has to be.
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

impl StoreError {
    /// Whether every file below the root is as it was before the call that failed.
    pub const fn is_unchanged(&self) -> bool {
        !matches!(
            self,
            Self::Recovery { .. } | Self::RollbackIncomplete { .. } | Self::Unsynced { .. }
        )
    }

    /// What the user can do about it, where there is something to say.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::CorruptJournal { path, .. } => format!(
                "compare the files with their old copies in `{}`, then remove `{}` and run again",
                path.with_file_name("history").display(),
                path.display(),
            ),
            Self::ForeignOwner { path, .. } => {
                format!("run as root, who keeps its owner, or make `{path}` your own first")
            }
            Self::Io { path, source, .. } => match source.kind() {
                io::ErrorKind::PermissionDenied => {
                    format!("run as the owner of `{}`, or choose another root", path.display())
                }
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                    "free some space and run again".to_owned()
                }
                io::ErrorKind::ReadOnlyFilesystem => {
                    format!("`{}` is on a read-only file system", path.display())
                }
                _ => return None,
            },
            Self::Locked { .. } => "wait until it has finished, and run again".to_owned(),
            Self::LedAstray { path, .. } => {
                format!("if you mean that file, name it: {}", path.display())
            }
            Self::OfOthers { user, .. } if myself() != 0 => {
                format!("run as user {user}, or as root")
            }
            Self::OfOthers { path, .. } => {
                format!("look at what is there; to take it over: chown -h 0 {}", path.display())
            }
            Self::OpenToOthers { path, mode } if mode & 0o1000 != 0 => {
                let path = path.join("pki");
                format!("use a folder of your own, made by: mkdir -m 755 {}", path.display())
            }
            Self::OpenToOthers { path, .. } => {
                format!("look at what is there, and then: chmod go-w {}", path.display())
            }
            Self::Replaced { .. } => "run again".to_owned(),
            Self::Unsynced { source, .. } => return source.hint(),
            Self::Recovery { source, .. } => match source.hint() {
                Some(hint) => hint,
                None => "put the cause right and run again; the journal is kept".to_owned(),
            },
            Self::RollbackIncomplete { .. } => {
                "put the cause right and run again; the next run first makes all files old or all new"
                    .to_owned()
            }
            Self::RootMissing { path } => {
                let above = path.parent().unwrap_or_else(|| Path::new("/"));
                let above = above.display().to_string();
                let word = shlex::try_quote(&above).unwrap_or_else(|_| above.as_str().into());
                format!("make it first: mkdir -p {word}")
            }
            Self::TooLarge { path, .. } => {
                format!("is it the right file? move `{}` out of the way", path.display())
            }
            Self::WrongKind { path, found: "a symbolic link", wanted } => format!(
                "links are never followed: put {wanted} in place of the link `{}`",
                path.display()
            ),
            Self::WrongKind { path, .. } => {
                format!("move `{}` out of the way", path.display())
            }
            Self::ChangedSince { .. }
            | Self::Exists { .. }
            | Self::InvalidPath { .. }
            | Self::OldFileGone { .. }
            | Self::ReadOnly { .. }
            | Self::Reserved { .. }
            | Self::WrittenTwice { .. } => return None,
        })
    }
}
