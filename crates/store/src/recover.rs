//! Brings a change to one of its two ends, however often it was interrupted. Looks only at what is on the disk.
//!
//! Every step asks what is there before it acts, so each function here may be killed anywhere and
//! run again.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{
    MAX_FILE_SIZE, StoreError, StorePath, StoredFile,
    journal::{BACK, DONE, Entry, FORWARD, HISTORY, Journal, STAGING, UNFINISHED},
    prune,
    tree::{Dir, interim},
};

/// Above so many files or directories, one sync of the file system replaces one sync each.
pub(super) const BULK: usize = 32;

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

/// Puts every staged file in its place and keeps the old ones.
pub(super) fn roll_forward(root: &Dir, state: &Dir, journal: &Journal) -> Result<(), StoreError> {
    let mut touched = make_directories(root, journal)?;
    let Some(staging) = state.child(STAGING)? else { return sync_all(root, &targets(journal)) };
    keep_old_files(root, state, &staging, journal)?;
    let mut filled = BTreeSet::new();
    for entry in &journal.entries {
        if entry.removed {
            filled.extend(move_away(root, state, journal, entry)?);
        } else if staging.stat_file(&entry.staged)?.is_some() {
            let (directory, name) =
                (root.existing(entry.target.parent())?, entry.target.file_name());
            if directory.stat_file(name)?.is_some()
                && !entry.had_old
                && !entry.is_new(&directory, name)?
            {
                // Somebody made it since it was looked for.
                return Err(StoreError::Exists { path: directory.at(name) });
            }
            staging.move_to(&entry.staged, &directory, name)?;
        }
    }
    sync_all(state, &filled)?;
    for directory in journal.emptied.iter().rev() {
        if let Some(above) = ours(root, directory.parent())? {
            above.remove_child(directory.file_name())?;
            touched.insert(directory.parent().to_owned());
        }
    }
    touched.extend(targets(journal));
    sync_all(root, &touched)
}

/// Moves the file of an entry that is removed into the history; where it went.
fn move_away(
    root: &Dir,
    state: &Dir,
    journal: &Journal,
    entry: &Entry,
) -> Result<Option<String>, StoreError> {
    let Some(directory) = root.descend(entry.target.parent())? else { return Ok(None) };
    let (name, old) = (entry.target.file_name(), journal.old_copy(entry));
    if directory.stat_file(name)?.is_none() {
        return Ok(None);
    }
    directory.move_to(name, &state.existing(old.parent())?, old.file_name())?;
    Ok(Some(old.parent().to_owned()))
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

/// Puts the old files back, and removes new files and directories. Stops at no single failure.
fn roll_back(root: &Dir, state: &Dir, journal: &Journal) -> Result<(), StoreError> {
    let staging = state.child(STAGING)?;
    let mut outcome = Ok(());
    for directory in &journal.emptied {
        outcome = outcome.and(make_directory(root, directory, journal.folder_mode));
    }
    for entry in journal.entries.iter().rev() {
        outcome = outcome.and(restore(root, state, staging.as_ref(), journal, entry));
    }
    outcome?;
    remove_history(state, journal)?;
    for directory in journal.directories.iter().rev() {
        if let Some(above) = ours(root, directory.parent())? {
            above.remove_child(directory.file_name())?;
        }
    }
    let mut touched = targets(journal);
    let directories = journal.directories.iter().chain(&journal.emptied);
    touched.extend(directories.map(|directory| directory.parent().to_owned()));
    sync_all(root, &touched)?;
    remove_staging(state)?;
    state.unlink(BACK)?;
    Ok(())
}

/// Puts one target back.
fn restore(
    root: &Dir,
    state: &Dir,
    staging: Option<&Dir>,
    journal: &Journal,
    entry: &Entry,
) -> Result<(), StoreError> {
    let old = journal.old_copy(entry);
    let old_directory = state.descend(old.parent())?;
    if entry.removed {
        let (Some(kept), Some(directory)) = (old_directory, ours(root, entry.target.parent())?)
        else {
            return Ok(());
        };
        let name = entry.target.file_name();
        directory.unlink(interim(name))?;
        if kept.stat_file(old.file_name())?.is_none() {
            return Ok(());
        }
        if directory.stat(name)?.is_none() {
            return kept.move_to(old.file_name(), &directory, name);
        }
        // Copied to another file system, and not yet removed here.
        return kept.unlink(old.file_name()).map(drop);
    }
    if let Some(staging) = staging
        && staging.stat(&entry.staged)?.is_some()
    {
        let name = entry.target.file_name();
        let mut is_in_place = false;
        if let Some(directory) = ours(root, entry.target.parent())? {
            directory.unlink(interim(name))?;
            // Copied from another file system, and not yet removed there.
            is_in_place = entry.is_new(&directory, name)?;
        }
        if !is_in_place {
            // The new file never left, so the target is the old file, and its copy is one too many.
            if let Some(directory) = old_directory {
                directory.unlink(old.file_name())?;
            }
            return Ok(());
        }
    }
    let kept = match old_directory {
        Some(directory) if directory.stat_file(old.file_name())?.is_some() => Some(directory),
        _ => None,
    };
    let directory = if kept.is_some() {
        root.existing(entry.target.parent())?
    } else {
        let Some(directory) = ours(root, entry.target.parent())? else { return Ok(()) };
        directory
    };
    let name = entry.target.file_name();
    let missing = directory.stat(name)?.is_none();
    if !missing && !entry.is_new(&directory, name)? {
        // Already put back, or changed by somebody else, whose work is not undone.
        return Ok(());
    }
    if let Some(kept) = kept {
        kept.move_to(old.file_name(), &directory, name)?;
        // Renaming one of two names of the same file over the other leaves both (rename(2)).
        kept.unlink(old.file_name())?;
    } else if !entry.had_old {
        directory.unlink(name)?;
    }
    Ok(())
}

/// Removes the folders of the history that have become empty.
fn remove_history(state: &Dir, journal: &Journal) -> Result<(), StoreError> {
    let Some(history) = state.child(HISTORY)? else { return Ok(()) };
    if let Some(folder) = history.child(journal.history())? {
        let directories: BTreeSet<&str> =
            journal.entries.iter().flat_map(|entry| entry.target.directories()).collect();
        for directory in directories.iter().rev() {
            let (above, name) = directory.rsplit_once('/').unwrap_or(("", directory));
            if let Some(above) = folder.descend(above)? {
                above.remove_child(name)?;
            }
        }
        history.remove_child(journal.history())?;
    }
    state.remove_child(HISTORY)?;
    Ok(())
}

/// Forgets a change that was never recorded.
fn discard(state: &Dir) -> Result<(), StoreError> {
    state.unlink(UNFINISHED)?;
    remove_staging(state)
}

fn remove_staging(state: &Dir) -> Result<(), StoreError> {
    if let Some(staging) = state.child(STAGING)? {
        for name in staging.names()? {
            staging.unlink(name)?;
        }
        state.remove_child(STAGING)?;
    }
    Ok(())
}

/// Makes sure, before the first step, that every new file is where it is or where it goes.
fn check_staged(root: &Dir, state: &Dir, journal: &Journal) -> Result<(), StoreError> {
    let staging = state.child(STAGING)?;
    for entry in &journal.entries {
        if entry.removed {
            check_removed(root, state, journal, entry)?;
        } else if let Some(staging) = &staging
            && staging.stat_file(&entry.staged)?.is_some()
        {
            if !entry.is_new(staging, &entry.staged)? {
                return Err(changed(state, state, &staged_path(entry)));
            }
        } else {
            let directory = root.descend(entry.target.parent())?;
            let name = entry.target.file_name();
            if !directory.map_or(Ok(false), |directory| entry.is_new(&directory, name))? {
                return Err(changed(state, root, entry.target.as_str()));
            }
        }
    }
    Ok(())
}

/// A file that is removed is where it was or where it goes.
fn check_removed(
    root: &Dir,
    state: &Dir,
    journal: &Journal,
    entry: &Entry,
) -> Result<(), StoreError> {
    let old = journal.old_copy(entry);
    for (top, path) in [(root, &entry.target), (state, &old)] {
        if let Some(directory) = top.descend(path.parent())?
            && directory.stat(path.file_name())?.is_some()
        {
            if entry.is_new(&directory, path.file_name())? {
                return Ok(());
            }
            break;
        }
    }
    Err(changed(state, root, entry.target.as_str()))
}

fn changed(state: &Dir, directory: &Dir, file: &str) -> StoreError {
    StoreError::CorruptJournal {
        path: state.at(FORWARD),
        reason: format!("`{}` is not the file that it records", directory.at(file).display()),
    }
}

fn staged_path(entry: &Entry) -> String {
    format!("{STAGING}/{}", entry.staged)
}

/// Makes the missing directories and returns the parent of each.
fn make_directories(root: &Dir, journal: &Journal) -> Result<BTreeSet<String>, StoreError> {
    let mut touched = BTreeSet::new();
    for path in &journal.directories {
        make_directory(root, path, journal.folder_mode)?;
        touched.insert(path.parent().to_owned());
    }
    Ok(touched)
}

fn make_directory(root: &Dir, path: &StorePath, mode: Option<u32>) -> Result<(), StoreError> {
    let above = root.existing(path.parent())?;
    let own = if path.as_str() == "authorities" { 0o700 } else { 0o755 };
    let mode = mode.unwrap_or(own);
    above.make_child(path.file_name(), mode)?;
    above.existing(path.file_name())?.set_mode(mode)
}

/// Gives every old file its second name in the history, durable before the first is taken away.
fn keep_old_files(
    root: &Dir,
    state: &Dir,
    staging: &Dir,
    journal: &Journal,
) -> Result<(), StoreError> {
    let mut touched = BTreeSet::new();
    for entry in journal.entries.iter().filter(|entry| entry.had_old) {
        // What is removed may be gone already, with its directory.
        let Some(directory) = root.descend(entry.target.parent())? else { continue };
        let (name, old) = (entry.target.file_name(), journal.old_copy(entry));
        let is_in_place = !entry.removed && staging.stat(&entry.staged)?.is_none();
        if is_in_place || directory.stat_file(name)?.is_none() {
            continue;
        }
        for path in old.directories() {
            let (above, last) = path.rsplit_once('/').unwrap_or(("", path));
            if touched.insert(path.to_owned()) {
                state.existing(above)?.make_child(last, 0o700)?;
            }
        }
        touched.insert(String::new());
        if entry.removed {
            continue;
        }
        let history = state.existing(old.parent())?;
        if history.stat(old.file_name())?.is_none()
            && !directory.link(name, &history, old.file_name())?
        {
            copy(&directory, name, staging, &entry.staged, &history, old.file_name())?;
        }
    }
    sync_all(state, &touched)
}

/// Copies a file by way of the staging directory, so that the copy is whole once it has its name.
fn copy(
    from: &Dir,
    name: &str,
    staging: &Dir,
    staged: &str,
    to: &Dir,
    new_name: &str,
) -> Result<(), StoreError> {
    let Some(file) = from.read(name, MAX_FILE_SIZE)? else { return Ok(()) };
    let interim = format!("{staged}.old");
    staging.unlink(&interim)?;
    let (mode, owner) = (file.mode & 0o777, Some(file.owner));
    staging.write_new(&interim, &file.contents, mode, owner, true)?;
    staging.rename(&interim, to, new_name)
}

fn targets(journal: &Journal) -> BTreeSet<String> {
    journal.entries.iter().map(|entry| entry.target.parent().to_owned()).collect()
}

/// Makes the names in these directories durable; those that are gone have none.
fn sync_all(root: &Dir, directories: &BTreeSet<String>) -> Result<(), StoreError> {
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
fn ours(root: &Dir, below: &str) -> Result<Option<Dir>, StoreError> {
    match root.descend(below) {
        Err(StoreError::WrongKind { .. }) => Ok(None),
        other => other,
    }
}

/// Reads a file below the root.
pub(super) fn read_file(root: &Dir, path: &StorePath) -> Result<Option<StoredFile>, StoreError> {
    match root.descend(path.parent())? {
        Some(directory) => directory.read(path.file_name(), MAX_FILE_SIZE),
        None => Ok(None),
    }
}
