//! Brings a change to one of its two ends, however often it was interrupted. Looks only at what is on the disk.
//!
//! Every step asks what is there before it acts, so each function here may be killed anywhere and
//! run again.

use jiff::Timestamp;

use super::{
    MAX_FILE_SIZE, StoreError, StorePath, StoredFile,
    back::roll_back,
    forward::{check_staged, roll_forward},
    journal::{BACK, DONE, Entry, FORWARD, Journal, STAGING, UNFINISHED},
    prune,
    tree::Dir,
};

/// What opening a store did about a run that was interrupted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Recovered {
    /// Its change was taken back.
    Back {
        /// When the change was asked for.
        time: Timestamp,
    },
    /// Its change was completed.
    Forward {
        /// When the change was asked for.
        time: Timestamp,
    },
}

/// A recorded change that is neither done nor undone, seen by a reader.
#[derive(Debug)]
pub(super) struct Pending {
    journal: Journal,
    back: bool,
}

impl Pending {
    /// Looks for a change that the next writer will complete or take back.
    pub(super) fn load(state: &Dir) -> Result<Option<Self>, StoreError> {
        if let Some(journal) = Journal::load(state, BACK)? {
            return Ok(Some(Self { journal, back: true }));
        }
        Ok(Journal::load(state, FORWARD)?.map(|journal| Self { journal, back: false }))
    }

    /// The folder of its old files, in that of the history.
    pub(super) fn history(&self) -> &str {
        self.journal.history()
    }

    /// Reads a file as the next writer will leave it; `None` where the change does not concern it.
    pub(super) fn read(
        &self,
        root: &Dir,
        state: &Dir,
        path: &StorePath,
    ) -> Result<Option<Option<StoredFile>>, StoreError> {
        let Some(entry) = self.journal.entries.iter().find(|entry| entry.target == *path) else {
            return Ok(None);
        };
        if entry.removed {
            if !self.back {
                return Ok(Some(None));
            }
            let file = read_file(root, path)?;
            let old = || read_file(state, &self.journal.old_copy(entry));
            return Ok(Some(if file.is_some() { file } else { old()? }));
        }
        let staging = state.child(STAGING)?;
        let staged = match &staging {
            Some(staging) => staging.read(&entry.staged, MAX_FILE_SIZE)?,
            None => None,
        };
        match (self.back, staged) {
            (false, Some(staged)) => {
                if entry.matches(&staged) {
                    return Ok(Some(Some(staged)));
                }
                Err(changed(state, state, &staged_path(entry)))
            }
            (true, None) if entry.had_old => {
                Ok(read_file(state, &self.journal.old_copy(entry))?.map(Some))
            }
            (true, None) => {
                let file = read_file(root, path)?;
                Ok(Some(file.filter(|file| !entry.matches(file))))
            }
            (false, None) | (true, Some(_)) => Ok(None),
        }
    }
}

/// Finishes whatever an interrupted run left behind. The lock must be held.
pub(super) fn recover(root: &Dir, state: &Dir) -> Result<Option<Recovered>, StoreError> {
    match Journal::load(state, DONE) {
        Ok(Some(journal)) => journal.archive(state)?,
        Ok(None) => {}
        // Its change is durable, so it is of no use but to undo that.
        Err(StoreError::CorruptJournal { .. }) => {
            state.unlink(DONE)?;
        }
        Err(error) => return Err(error),
    }
    let mut recovered = None;
    if let Some(journal) = Journal::load(state, BACK)? {
        roll_back(root, state, &journal).map_err(|source| unfinished(state, BACK, source))?;
        recovered = Some(Recovered::Back { time: journal.time });
    }
    if let Some(journal) = Journal::load(state, FORWARD)? {
        check_staged(root, state, &journal)
            .and_then(|()| roll_forward(root, state, &journal))
            .and_then(|()| finish(state, &journal))
            .map_err(|source| unfinished(state, FORWARD, source))?;
        recovered = Some(Recovered::Forward { time: journal.time });
    }
    discard(state)?;
    // What cannot be removed keeps nobody from work; `history prune` names it.
    let _ = prune::finish(state);
    Ok(recovered)
}

fn unfinished(state: &Dir, journal: &str, source: StoreError) -> StoreError {
    match source {
        corrupt @ StoreError::CorruptJournal { .. } => corrupt,
        source => StoreError::Recovery { path: state.at(journal), source: Box::new(source) },
    }
}

/// Declares a change durable and cleans up behind it.
///
/// Up to the last step, in which the journal goes into the history, the change can still be taken
/// back.
pub(super) fn finish(state: &Dir, journal: &Journal) -> Result<(), StoreError> {
    state.rename(FORWARD, state, DONE)?;
    state.sync()?;
    remove_staging(state)?;
    journal.archive(state)
}

/// Takes back a change that failed, from wherever it stands.
pub(super) fn undo(root: &Dir, state: &Dir, journal: &Journal) -> Result<(), StoreError> {
    let recorded = match (state.stat(FORWARD)?, state.stat(DONE)?) {
        (Some(_), _) => Some(FORWARD),
        (None, Some(_)) => Some(DONE),
        (None, None) => None,
    };
    if let Some(name) = recorded {
        state.rename(name, state, BACK)?;
        // A failure to sync is found again, and reported, when the files are synced.
        let synced = state.sync();
        roll_back(root, state, journal)?;
        synced?;
    }
    // The files are as they were; what could not be cleaned up now is cleaned up by the next run.
    let _ = discard(state);
    Ok(())
}

/// Forgets a change that was never recorded.
fn discard(state: &Dir) -> Result<(), StoreError> {
    state.unlink(UNFINISHED)?;
    remove_staging(state)
}

pub(super) fn remove_staging(state: &Dir) -> Result<(), StoreError> {
    if let Some(staging) = state.child(STAGING)? {
        for name in staging.names()? {
            staging.unlink(name)?;
        }
        state.remove_child(STAGING)?;
    }
    Ok(())
}

pub(super) fn changed(state: &Dir, directory: &Dir, file: &str) -> StoreError {
    StoreError::CorruptJournal {
        path: state.at(FORWARD),
        reason: format!("`{}` is not the file that it records", directory.at(file).display()),
    }
}

pub(super) fn staged_path(entry: &Entry) -> String {
    format!("{STAGING}/{}", entry.staged)
}

/// Reads a file below the root.
pub(super) fn read_file(root: &Dir, path: &StorePath) -> Result<Option<StoredFile>, StoreError> {
    match root.descend(path.parent())? {
        Some(directory) => directory.read(path.file_name(), MAX_FILE_SIZE),
        None => Ok(None),
    }
}
