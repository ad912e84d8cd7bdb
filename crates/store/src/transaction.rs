//! One change of many files: stage, record, put in place. Takes itself back when a step fails.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{
    FileWrite, Owner, StoreError, StorePath,
    durable::{BULK, Unsynced},
    forward::roll_forward,
    journal::{BACK, FORWARD, Journal, STAGING, history_folder},
    owner::{Process, owner_of},
    recover::{finish, undo},
    tree::Dir,
};

/// Carries out admitted writes below a root that is locked and recovered.
pub(super) fn commit(
    root: &Dir,
    state: &Dir,
    writes: &[FileWrite],
    now: Timestamp,
) -> Result<(), StoreError> {
    let plan = plan(root, state, writes, now, Targets::KeepTheirOwner)?;
    execute(root, state, &plan, writes)
}

/// Does what was planned, or takes it back.
pub(super) fn execute(
    root: &Dir,
    state: &Dir,
    plan: &Plan,
    writes: &[FileWrite],
) -> Result<(), StoreError> {
    let outcome = record(state, plan, writes)
        .and_then(|()| roll_forward(root, state, &plan.journal))
        .and_then(|()| finish(state, &plan.journal));
    let Err(cause) = outcome else { return Ok(()) };
    let Err(rollback) = undo(root, state, &plan.journal) else { return Err(cause) };
    let marked = matches!(state.stat(BACK), Ok(Some(_)));
    Err(StoreError::RollbackIncomplete {
        path: state.at(if marked { BACK } else { FORWARD }),
        cause: Box::new(cause),
        rollback: Box::new(rollback),
    })
}

/// A change that is wholly thought out, with nothing of it on the disk.
pub(super) struct Plan {
    pub(super) journal: Journal,
    /// The permission bits and the owner of each new file.
    pub(super) forms: Vec<Form>,
}

/// What a new file has besides its bytes.
pub(super) struct Form {
    pub(super) mode: u32,
    /// That of the file which it replaces.
    pub(super) owner: Option<Owner>,
}

/// Whose the new files are, and how wide.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Targets {
    /// This process's, with the mode that was asked for; so are the folders.
    BecomeOurs { folder_mode: Option<u32> },
    /// Those of the files that they replace, and no wider.
    KeepTheirOwner,
}

/// Looks at every target, and finds the directories that are missing.
pub(super) fn plan(
    root: &Dir,
    state: &Dir,
    writes: &[FileWrite],
    now: Timestamp,
    targets: Targets,
) -> Result<Plan, StoreError> {
    let mut missing = BTreeSet::new();
    let mut had_old = Vec::with_capacity(writes.len());
    let mut forms = Vec::with_capacity(writes.len());
    let process = Process::this();
    for FileWrite { path, contents: _, mode } in writes {
        let old = match root.descend(path.parent())? {
            Some(directory) => directory.stat_file(path.file_name())?,
            None => {
                for directory in path.directories() {
                    if root.descend(directory)?.is_none() {
                        missing.insert(StorePath::new(directory)?);
                    }
                }
                None
            }
        };
        had_old.push(old.is_some());
        // Never wider than asked for, never wider than before, and never somebody else's.
        forms.push(match old {
            _ if targets != Targets::KeepTheirOwner => Form { mode: mode.bits(), owner: None },
            None => Form { mode: mode.bits(), owner: None },
            Some(old) => {
                let (bits, owner) = (old.st_mode & 0o7777, owner_of(&old));
                process.check(path, bits, owner)?;
                Form { mode: bits & mode.most(bits, owner), owner: Some(owner) }
            }
        });
    }
    let history = history_folder(state, now)?;
    let mut journal = Journal::new(now, history, missing, writes, &had_old);
    if let Targets::BecomeOurs { folder_mode } = targets {
        journal.folder_mode = folder_mode;
    }
    Ok(Plan { journal, forms })
}

/// Writes every new file, durable, where nobody looks for it, and then the journal: from here on a
/// killed run is completed by the next one.
pub(super) fn record(state: &Dir, plan: &Plan, writes: &[FileWrite]) -> Result<(), StoreError> {
    state.make_child(STAGING, 0o700)?;
    let staging = state.existing(STAGING)?;
    let is_bulk = writes.len() > BULK;
    let mut unsynced = Unsynced::default();
    for ((entry, write), form) in plan.journal.entries.iter().zip(writes).zip(&plan.forms) {
        let Form { mode, owner } = *form;
        let file = staging.make_file(&entry.staged, &write.contents, mode, owner)?;
        if !is_bulk {
            unsynced.push(staging.at(&entry.staged), file)?;
        }
    }
    if is_bulk {
        staging.sync_file_system()?;
    } else {
        unsynced.sync()?;
        staging.sync()?;
    }
    plan.journal.save(state)
}
