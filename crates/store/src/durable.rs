//! Makes files and names outlast a power cut, and waits for as little of what others write as it can:
//! docs/design/0018-syncs.md has the numbers.

use std::{collections::BTreeSet, fs::File, path::PathBuf, thread};

use rustix::io::retry_on_intr;

use super::{
    StoreError,
    journal::Journal,
    tree::{Dir, io_error},
};

/// Above so many files or directories, one sync of the file system replaces one sync each.
pub(super) const BULK: usize = 512;

/// How many files are open at a time until they are durable.
const BATCH: usize = 64;

/// How many files are synced at a time. The file system makes one write of several syncs.
const THREADS: usize = 8;

/// Files that are written and not durable yet.
#[derive(Default)]
pub(super) struct Unsynced {
    files: Vec<(PathBuf, File)>,
}

impl Unsynced {
    /// Takes a file, and makes those that it has durable where they are many.
    pub(super) fn push(&mut self, path: PathBuf, file: File) -> Result<(), StoreError> {
        self.files.push((path, file));
        if self.files.len() < BATCH { Ok(()) } else { self.sync() }
    }

    /// Makes every file durable. Which thread syncs which file is always the same.
    pub(super) fn sync(&mut self) -> Result<(), StoreError> {
        let files = std::mem::take(&mut self.files);
        tracing::debug!(files = files.len(), "sync");
        if files.len() <= THREADS {
            return sync_each(&files);
        }
        thread::scope(|scope| {
            let parts = files.chunks(files.len().div_ceil(THREADS));
            let threads: Vec<_> = parts
                .map(|part| {
                    thread::Builder::new().spawn_scoped(scope, || sync_each(part)).map_err(|_| part)
                })
                .collect();
            let mut outcome = Ok(());
            for thread in threads {
                let synced = match thread {
                    Ok(thread) => {
                        thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
                    }
                    // The system has no thread to give.
                    Err(part) => sync_each(part),
                };
                outcome = outcome.and(synced);
            }
            outcome
        })
    }
}

fn sync_each(files: &[(PathBuf, File)]) -> Result<(), StoreError> {
    files.iter().try_for_each(|(path, file)| {
        retry_on_intr(|| rustix::fs::fsync(file))
            .map_err(|errno| io_error("sync", path.clone(), errno))
    })
}

/// The directories that a change puts files into.
pub(super) fn targets(journal: &Journal) -> BTreeSet<String> {
    journal.entries.iter().map(|entry| entry.target.parent().to_owned()).collect()
}

/// Makes the names in these directories durable; those that are gone have none.
pub(super) fn sync_all(root: &Dir, directories: &BTreeSet<String>) -> Result<(), StoreError> {
    if directories.len() > BULK {
        return root.sync_file_system();
    }
    for directory in directories {
        if let Some(directory) = ours(root, directory)? {
            directory.sync()?;
        }
    }
    Ok(())
}

/// Opens a directory of ours; `None` if something else is there or on the way, where nothing of
/// ours can be.
pub(super) fn ours(root: &Dir, below: &str) -> Result<Option<Dir>, StoreError> {
    match root.descend(below) {
        Err(StoreError::WrongKind { .. }) => Ok(None),
        other => other,
    }
}
