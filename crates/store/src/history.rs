//! The transactions that were carried out, and taking one back. Deletes nothing: what a transaction
//! made goes into the history, as what it replaced did; `prune` alone removes from there.

use jiff::Timestamp;

use super::{
    FileWrite, Mode, StoreError, StorePath, StoredFile,
    journal::{Entry, Journal},
    owner::Process,
    recover::read_file,
    transaction::{self, Plan, Targets},
    tree::Dir,
};

/// A transaction that was carried out, as the history records it.
#[derive(Debug)]
pub struct Transaction {
    journal: Journal,
}

/// What a transaction did to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// There was none.
    Created,
    /// It was moved into the history.
    Removed,
    /// Another one was there, which is in the history now.
    Replaced,
}

/// What becomes of a file that is not as the transaction left it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Changed {
    /// It goes into the history, as any file that is replaced.
    Overwritten,
    /// Nothing is taken back.
    Refused,
}

impl Change {
    fn of(entry: &Entry) -> Self {
        match (entry.removed, entry.had_old) {
            (true, _) => Self::Removed,
            (false, true) => Self::Replaced,
            (false, false) => Self::Created,
        }
    }
}

impl Transaction {
    /// Every one that is on record, the oldest first.
    pub(super) fn all(state: &Dir) -> Result<Vec<Self>, StoreError> {
        Ok(Journal::archived(state)?.into_iter().map(|journal| Self { journal }).collect())
    }

    pub(super) const fn journal(&self) -> &Journal {
        &self.journal
    }

    /// Its name, which is also that of the folder with the old files, below `.kubepki/history`.
    pub fn name(&self) -> &str {
        self.journal.history()
    }

    /// When it was asked for.
    pub fn time(&self) -> Timestamp {
        self.journal.time
    }

    /// The name of the transaction that this one took back, if it took one back.
    pub fn undoes(&self) -> Option<&str> {
        self.journal.undoes.as_deref()
    }

    /// What it did to which file, sorted by its path.
    pub fn changes(&self) -> Vec<(&StorePath, Change)> {
        let changes = self.journal.entries.iter().map(|entry| (&entry.target, Change::of(entry)));
        let mut changes: Vec<_> = changes.collect();
        changes.sort();
        changes
    }

    /// A file as it was before it.
    pub(super) fn before(
        &self,
        state: &Dir,
        path: &StorePath,
    ) -> Result<Option<StoredFile>, StoreError> {
        let entry =
            self.journal.entries.iter().find(|entry| entry.had_old && entry.target == *path);
        entry.map_or(Ok(None), |entry| read_file(state, &self.journal.old_copy(entry)))
    }

    /// Thinks out how to take it back; the files that are written.
    ///
    /// # Errors
    /// [`StoreError::ChangedSince`] for the first file that is not as it left it, and
    /// [`StoreError::OldFileGone`] for the first that the history no longer has.
    pub(super) fn plan_undo(
        &self,
        root: &Dir,
        state: &Dir,
        changed: Changed,
        now: Timestamp,
    ) -> Result<(Plan, Vec<FileWrite>), StoreError> {
        let mut old_files = Vec::new();
        let mut made = Vec::new();
        for entry in &self.journal.entries {
            let present = read_file(root, &entry.target)?;
            let as_left = match (&present, entry.removed) {
                (Some(present), false) => entry.matches(present),
                (present, removed) => removed && present.is_none(),
            };
            if !as_left && changed == Changed::Refused {
                let (path, time) = (entry.target.clone(), self.journal.time);
                return Err(StoreError::ChangedSince { path, time });
            }
            if entry.had_old {
                let path = self.journal.old_copy(entry);
                let old = read_file(state, &path)?.ok_or(StoreError::OldFileGone { path })?;
                old_files.push((entry.target.clone(), old));
            } else {
                made.extend(present.map(|present| (&entry.target, present)));
            }
        }
        old_files.sort_by(|a, b| a.0.cmp(&b.0));
        let forms: Vec<_> =
            old_files.iter().map(|(_, old)| (old.mode & 0o777, old.owner)).collect();
        let process = Process::this();
        for (path, old) in &old_files {
            process.check(path, old.mode, old.owner)?;
        }
        let writes: Vec<_> = old_files.into_iter().map(write_back).collect();
        let mut plan = transaction::plan(root, state, &writes, now, Targets::KeepTheirOwner)?;
        for (planned, (mode, owner)) in plan.forms.iter_mut().zip(forms) {
            // Never wider than it was, nor than the file is that it replaces; whose it was is who
            // had these very bytes.
            planned.mode &= mode;
            planned.owner = Some(owner);
        }
        for (target, present) in made {
            plan.journal.remove(target, &present);
        }
        // Those that it made are removed again if nothing else is in them.
        plan.journal.emptied.clone_from(&self.journal.directories);
        plan.journal.undoes = Some(self.name().to_owned());
        Ok((plan, writes))
    }
}

fn write_back((path, old): (StorePath, StoredFile)) -> FileWrite {
    let mode = if old.mode & 0o077 == 0 { Mode::Private } else { Mode::Public };
    FileWrite { path, contents: old.contents, mode }
}
