//! A recorded change taken back, from wherever it stands. As in `forward`, every function may be killed
//! anywhere and run again.

use std::collections::BTreeSet;

use super::{
    StoreError,
    durable::{ours, sync_all, targets},
    forward::make_directory,
    journal::{BACK, Entry, HISTORY, Journal, STAGING},
    recover::remove_staging,
    tree::{Dir, interim},
};

/// Puts the old files back, and removes new files and directories. Stops at no single failure.
pub(super) fn roll_back(root: &Dir, state: &Dir, journal: &Journal) -> Result<(), StoreError> {
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
