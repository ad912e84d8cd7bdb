//! A store in a directory. Writes nothing outside it, and nothing at all before a commit but its lock.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use jiff::Timestamp;

use super::{
    FileWrite, LockHolder, Store, StoreError, StorePath, StoredFile, Transaction,
    history::Changed,
    journal::HISTORY,
    lock::{Locked, Shared},
    owner::{Process, owner_of},
    path::StateFolder,
    recover::{Pending, Recovered, read_file, recover},
    traits::admit,
    transaction,
    tree::{Dir, is_denied},
    trust::{self, Use},
};

/// A PKI root on the file system.
///
/// Files are reached from the descriptor of the root, one component at a time; a symbolic link
/// at the root or below it is an error, never followed.
#[derive(Debug)]
pub struct DirStore {
    path: PathBuf,
    folder: StateFolder,
    access: Access,
}

impl DirStore {
    /// Opens a root for reading, next to other readers; a root that does not exist is empty.
    ///
    /// A change that a killed run left half done is read as the next writer will complete it.
    /// Waits up to ten seconds for a writer, then gives [`StoreError::Locked`].
    pub fn read_only(root: impl AsRef<Path>) -> Result<Self, StoreError> {
        Self::reader(root.as_ref(), StateFolder::Root)
    }

    /// As [`DirStore::read_only`], of the file system of a machine: what the store keeps for itself
    /// lies in `var/lib/kubepki`.
    pub fn read_only_machine(root: impl AsRef<Path>) -> Result<Self, StoreError> {
        Self::reader(root.as_ref(), StateFolder::Machine)
    }

    fn reader(root: &Path, folder: StateFolder) -> Result<Self, StoreError> {
        let path = normal(root);
        let Some(root) = Dir::open(&path)? else {
            return Ok(Self { path, folder, access: Access::Nothing });
        };
        trust::check_root(&root, Use::Reading)?;
        let Some(shared) = Shared::acquire(&root, folder)? else {
            return Ok(Self { path, folder, access: Access::Read { root, state: None } });
        };
        trust::check_state(&root, &shared.state)?;
        let pending = match Pending::load(&shared.state) {
            Err(error) if !shared.is_locked() && is_denied(&error) => None,
            other => other?,
        };
        let state = Some(Seen { shared, pending });
        Ok(Self { path, folder, access: Access::Read { root, state } })
    }

    /// Opens a root for a change, and brings an interrupted one to its end first.
    ///
    /// Makes the root's last component and `.kubepki` where they are missing, and removes them
    /// again if nothing is committed. `wait` is how long to wait for another process: zero
    /// gives [`StoreError::Locked`] at once, `None` waits until it has finished; `waiting` is called
    /// once if there is one to wait for. `now` is what others are told when they have to wait.
    pub fn locked(
        root: impl AsRef<Path>,
        now: Timestamp,
        wait: Option<Duration>,
        waiting: impl FnOnce(&LockHolder),
    ) -> Result<Self, StoreError> {
        Self::writer(root.as_ref(), StateFolder::Root, now, wait, waiting)
    }

    /// As [`DirStore::locked`], of the file system of a machine: what the store keeps for itself
    /// lies in `var/lib/kubepki`, and `/etc` and `/var` may be two file systems.
    pub fn locked_machine(
        root: impl AsRef<Path>,
        now: Timestamp,
        wait: Option<Duration>,
        waiting: impl FnOnce(&LockHolder),
    ) -> Result<Self, StoreError> {
        Self::writer(root.as_ref(), StateFolder::Machine, now, wait, waiting)
    }

    fn writer(
        root: &Path,
        folder: StateFolder,
        now: Timestamp,
        wait: Option<Duration>,
        waiting: impl FnOnce(&LockHolder),
    ) -> Result<Self, StoreError> {
        let path = normal(root);
        let locked = Locked::acquire(&path, folder, now, wait, waiting)?;
        let mut writer = Writer { locked, recovered: None, clean: false };
        writer.recover()?;
        Ok(Self { path, folder, access: Access::Write(writer) })
    }

    /// The root.
    pub fn root(&self) -> &Path {
        &self.path
    }

    /// The root itself, unless it does not exist.
    pub(super) const fn directory(&self) -> Option<&Dir> {
        match &self.access {
            Access::Nothing => None,
            Access::Read { root, .. } => Some(root),
            Access::Write(writer) => Some(&writer.locked.root),
        }
    }

    /// Whether there is such a folder.
    pub const fn exists(&self) -> bool {
        !matches!(self.access, Access::Nothing)
    }

    /// The folder that the store keeps for itself, where others may keep a file of a reserved name.
    ///
    /// [`StorePath::is_reserved`] knows the names. It need not exist.
    pub fn state_folder(&self) -> PathBuf {
        self.path.join(self.folder.path())
    }

    /// Whether this process has the lock, and others can change nothing.
    pub const fn is_locked(&self) -> bool {
        matches!(self.access, Access::Write(_))
    }

    /// The transactions that were carried out here, the oldest first.
    ///
    /// # Errors
    /// [`StoreError::CorruptJournal`] for a record that cannot be read, and whatever the system says.
    pub fn history(&self) -> Result<Vec<Transaction>, StoreError> {
        match self.directories() {
            Some((_, state)) => Transaction::all(state),
            None => Ok(Vec::new()),
        }
    }

    /// A file as it was before a transaction, from the history; `None` where that has none.
    ///
    /// # Errors
    /// Whatever the system says.
    pub fn before(
        &self,
        transaction: &Transaction,
        path: &StorePath,
    ) -> Result<Option<StoredFile>, StoreError> {
        match self.directories() {
            Some((_, state)) => transaction.before(state, path),
            None => Ok(None),
        }
    }

    /// Whether [`DirStore::undo`] would take this transaction back; the error if not.
    ///
    /// # Errors
    /// [`StoreError::ChangedSince`] for the first file that is not as the transaction left it, and
    /// [`StoreError::OldFileGone`] for the first that the history no longer has.
    pub fn check_undo(
        &self,
        transaction: &Transaction,
        changed: Changed,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        match self.directories() {
            Some((root, state)) => transaction.plan_undo(root, state, changed, now).map(drop),
            None => Ok(()),
        }
    }

    /// Takes a transaction back, in a transaction of its own, which can be taken back too.
    ///
    /// What it replaced comes back, and what it made goes into the history. A file's mode becomes
    /// no wider than it is.
    ///
    /// # Errors
    /// As [`DirStore::check_undo`] and [`Store::commit`].
    pub fn undo(
        &mut self,
        transaction: &Transaction,
        changed: Changed,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.change(|root, state| {
            let (plan, writes) = transaction.plan_undo(root, state, changed, now)?;
            transaction::execute(root, state, &plan, &writes)
        })
    }

    /// Changes something as the only one who may.
    pub(super) fn change(
        &mut self,
        change: impl FnOnce(&Dir, &Dir) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        match &mut self.access {
            Access::Write(writer) => writer.change(change),
            _ => Err(StoreError::ReadOnly { path: self.path.clone() }),
        }
    }

    /// The locked root, to write into the state directory outside of a transaction.
    pub(super) fn locked_root(&mut self) -> Result<&mut Locked, StoreError> {
        match &mut self.access {
            Access::Write(writer) => Ok(&mut writer.locked),
            _ => Err(StoreError::ReadOnly { path: self.path.clone() }),
        }
    }

    /// The folder of the old files, if there is one.
    pub(super) fn history_folder(&self) -> Result<Option<Dir>, StoreError> {
        self.directories().map_or(Ok(None), |(_, state)| state.child(HISTORY))
    }

    /// In the history, the folder of a change that the next writer will complete or take back.
    pub(super) fn pending_history(&self) -> Option<String> {
        match &self.access {
            Access::Read { state: Some(Seen { pending: Some(pending), .. }), .. } => {
                Some(pending.history().to_owned())
            }
            _ => None,
        }
    }

    /// The path of the folder that the store keeps for itself, from the root.
    pub(super) const fn state_name(&self) -> &'static str {
        self.folder.path()
    }

    pub(super) fn directories(&self) -> Option<(&Dir, &Dir)> {
        match &self.access {
            Access::Nothing | Access::Read { state: None, .. } => None,
            Access::Read { root, state: Some(seen) } => Some((root, &seen.shared.state)),
            Access::Write(writer) => Some((&writer.locked.root, &writer.locked.state)),
        }
    }

    /// Whether a killed run left a change that the next writer will complete or take back.
    ///
    /// Always false after [`DirStore::locked`], which has done so.
    pub fn pending_recovery(&self) -> bool {
        matches!(&self.access, Access::Read { state: Some(Seen { pending: Some(_), .. }), .. })
    }

    /// What [`DirStore::locked`] did about a run that was interrupted.
    pub fn recovered(&self) -> Option<Recovered> {
        match &self.access {
            Access::Write(writer) => writer.recovered,
            Access::Nothing | Access::Read { .. } => None,
        }
    }
}

impl Store for DirStore {
    fn read(&self, path: &StorePath) -> Result<Option<StoredFile>, StoreError> {
        let root = match &self.access {
            Access::Nothing => return Ok(None),
            Access::Read { root, state: Some(Seen { shared, pending: Some(pending) }) } => {
                if let Some(file) = pending.read(root, &shared.state, path)? {
                    return Ok(file);
                }
                root
            }
            Access::Read { root, .. } => root,
            Access::Write(writer) => &writer.locked.root,
        };
        read_file(root, path)
    }

    fn check(&self, paths: &[&StorePath]) -> Result<(), StoreError> {
        let Some(root) = self.directory() else { return Ok(()) };
        let process = Process::this();
        for path in paths {
            let directory = root.descend(path.parent())?;
            let old =
                directory.map(|directory| directory.stat_file(path.file_name())).transpose()?;
            if let Some(old) = old.flatten() {
                process.check(path, old.st_mode & 0o7777, owner_of(&old))?;
            }
        }
        Ok(())
    }

    fn commit(&mut self, mut writes: Vec<FileWrite>, now: Timestamp) -> Result<(), StoreError> {
        let Access::Write(writer) = &mut self.access else {
            return Err(StoreError::ReadOnly { path: self.path.clone() });
        };
        admit(&mut writes)?;
        if writes.is_empty() {
            return Ok(());
        }
        for write in &writes {
            tracing::info!(path = %write.path, mode = ?write.mode, "put in place");
        }
        writer.change(|root, state| transaction::commit(root, state, &writes, now))
    }
}

#[derive(Debug)]
enum Access {
    /// There is no such directory.
    Nothing,
    Read {
        root: Dir,
        state: Option<Seen>,
    },
    Write(Writer),
}

/// The state directory as a reader sees it.
#[derive(Debug)]
struct Seen {
    shared: Shared,
    pending: Option<Pending>,
}

#[derive(Debug)]
struct Writer {
    locked: Locked,
    recovered: Option<Recovered>,
    /// False while something of an earlier change may be left.
    clean: bool,
}

impl Writer {
    fn recover(&mut self) -> Result<(), StoreError> {
        let Locked { root, state, .. } = &self.locked;
        let recovered = recover(root, state)?;
        if let Some(recovered) = &recovered {
            tracing::info!(?recovered, "an interrupted change was brought to its end");
        }
        self.recovered = self.recovered.or(recovered);
        self.clean = true;
        Ok(())
    }

    fn change(
        &mut self,
        change: impl FnOnce(&Dir, &Dir) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        if !self.clean {
            self.recover()?;
        }
        self.locked.sync_made()?;
        self.clean = false;
        let outcome = change(&self.locked.root, &self.locked.state);
        if outcome.is_ok() {
            self.clean = true;
            self.locked.keep();
        }
        outcome
    }
}

/// The root without what would hide its last component: a link with a slash behind it is followed.
fn normal(root: &Path) -> PathBuf {
    root.components().collect()
}
