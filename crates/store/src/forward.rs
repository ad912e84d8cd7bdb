//! A recorded change carried out: every staged file in its place, every old one in the history. Every
//! step asks what is there before it acts, so each function here may be killed anywhere and run again.

use std::collections::BTreeSet;

use super::{
    MAX_FILE_SIZE, StoreError, StorePath,
    durable::{ours, sync_all, targets},
    journal::{Entry, Journal, STAGING},
    recover::{changed, staged_path},
    tree::Dir,
};

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

/// Makes sure, before the first step, that every new file is where it is or where it goes.
pub(super) fn check_staged(root: &Dir, state: &Dir, journal: &Journal) -> Result<(), StoreError> {
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

/// Makes the missing directories and returns the parent of each.
fn make_directories(root: &Dir, journal: &Journal) -> Result<BTreeSet<String>, StoreError> {
    let mut touched = BTreeSet::new();
    for path in &journal.directories {
        make_directory(root, path, journal.folder_mode)?;
        touched.insert(path.parent().to_owned());
    }
    Ok(touched)
}

pub(super) fn make_directory(
    root: &Dir,
    path: &StorePath,
    mode: Option<u32>,
) -> Result<(), StoreError> {
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
    staging.write_new(&interim, &file.contents, mode, owner)?;
    staging.rename(&interim, to, new_name)
}
