//! Removes old files from the history, transaction by transaction. Follows no link, and removes nothing
//! that the record of a transaction does not name.
//!
//! The record of a transaction gets another name first, in one step: with it the transaction is dead,
//! and whoever opens the store for a change next removes what is left of its folder.

use std::collections::BTreeSet;

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use rustix::fs::FileType;

use super::{
    DirStore, StoreError, StorePath, Transaction,
    journal::{HISTORY, Journal, record_name},
    tree::Dir,
};

/// How the old files go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removal {
    /// Their bytes are overwritten first, where they have no other name.
    Shredded,
    /// Their names are removed.
    Unlinked,
}

/// A transaction whose old files were removed from the history. It cannot be taken back.
#[derive(Debug)]
pub struct Pruned {
    record: String,
    name: String,
    time: Timestamp,
    removal: Removal,
}

impl Pruned {
    /// The name that the transaction had.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// When it was pruned.
    pub const fn time(&self) -> Timestamp {
        self.time
    }

    /// How its files were removed.
    pub const fn removal(&self) -> Removal {
        self.removal
    }

    /// Reads the name of a record in the history; `None` if it is not that of a dead transaction.
    pub(super) fn of(record: &str) -> Option<Self> {
        let (name, end) = record.split_once('.')?;
        let (removal, time) = [Removal::Shredded, Removal::Unlinked]
            .into_iter()
            .find_map(|removal| Some((removal, end.strip_prefix(word(removal))?)))?;
        let time = DateTime::strptime(TIME, time).ok()?.to_zoned(TimeZone::UTC).ok()?.timestamp();
        Some(Self { record: record.to_owned(), name: name.to_owned(), time, removal })
    }

    fn all(history: &Dir) -> Result<Vec<Self>, StoreError> {
        let names = history.names()?;
        let mut all: Vec<_> =
            names.iter().filter_map(|name| name.to_str()).filter_map(Self::of).collect();
        all.sort_by(|a, b| a.record.cmp(&b.record));
        Ok(all)
    }

    /// Its record; `None` if there is none, or one of another transaction.
    fn journal(&self, history: &Dir) -> Result<Option<Journal>, StoreError> {
        let journal = Journal::load(history, &self.record)?;
        Ok(journal.filter(|journal| journal.history() == self.name))
    }
}

/// What a dead transaction's record ends with, before the time.
const fn word(removal: Removal) -> &'static str {
    match removal {
        Removal::Shredded => "shredded-",
        Removal::Unlinked => "pruned-",
    }
}

const TIME: &str = "%Y%m%dT%H%M%SZ";

impl DirStore {
    /// The transactions that were pruned here, the oldest first.
    ///
    /// # Errors
    /// Whatever the system says.
    pub fn pruned(&self) -> Result<Vec<Pruned>, StoreError> {
        let history = self.history_folder()?;
        history.map_or_else(|| Ok(Vec::new()), |history| Pruned::all(&history))
    }

    /// Removes the old files of a transaction from the history, so that it cannot be taken back: all
    /// of them, if need be in the next run. The files of which the bytes were not overwritten as
    /// asked, since they have another name, which stays.
    ///
    /// # Errors
    /// [`StoreError::ReadOnly`], and whatever the system says.
    pub fn prune(
        &mut self,
        transaction: &Transaction,
        removal: Removal,
        now: Timestamp,
    ) -> Result<Vec<StorePath>, StoreError> {
        let name = transaction.name().to_owned();
        let mut linked = Vec::new();
        self.change(|_, state| {
            let history = state.existing(HISTORY)?;
            let record = format!("{name}.{}{}", word(removal), now.strftime(TIME));
            history.rename(&record_name(&name), &history, &record)?;
            history.sync()?;
            let dead = Pruned { record, name, time: now, removal };
            linked = remove(&history, &dead)?;
            Ok(())
        })?;
        Ok(linked)
    }

    /// Removes what is left of transactions that were pruned before: [`DirStore::locked`] has done so,
    /// but says nothing of what it could not remove.
    ///
    /// # Errors
    /// [`StoreError::ReadOnly`], and whatever the system says.
    pub fn finish_pruning(&mut self) -> Result<(), StoreError> {
        self.change(|_, state| finish(state))
    }

    /// What in the history no transaction has put there, by its path from the root: it is never
    /// removed.
    ///
    /// # Errors
    /// [`StoreError::CorruptJournal`] for a record that cannot be read, and whatever the system says.
    pub fn foreign_in_history(&self) -> Result<Vec<String>, StoreError> {
        let Some(history) = self.history_folder()? else { return Ok(Vec::new()) };
        let mut foreign = Foreign { found: Vec::new() };
        let mut known = BTreeSet::new();
        for dead in Pruned::all(&history)? {
            let Some(journal) = dead.journal(&history)? else { continue };
            // Whoever has the lock has removed what was to be removed.
            foreign.of_transaction(&history, &journal, !self.is_locked())?;
            known.extend([dead.record, dead.name]);
        }
        for transaction in self.history()? {
            foreign.of_transaction(&history, transaction.journal(), true)?;
            let name = transaction.name();
            known.extend([name.to_owned(), record_name(name)]);
        }
        known.extend(self.pending_history());
        let names = history.names()?;
        let strange = names.iter().filter(|name| !name.to_str().is_some_and(|n| known.contains(n)));
        foreign.found.extend(strange.map(|name| name.to_string_lossy().into_owned()));
        let mut found = foreign.found;
        found.sort();
        let folder = self.state_name();
        Ok(found.into_iter().map(|path| format!("{folder}/{HISTORY}/{path}")).collect())
    }
}

/// Removes what a killed run has left of dead transactions.
pub(super) fn finish(state: &Dir) -> Result<(), StoreError> {
    let Some(history) = state.child(HISTORY)? else { return Ok(()) };
    let names: BTreeSet<_> = history.names()?.into_iter().collect();
    for dead in names.iter().filter_map(|name| Pruned::of(name.to_str()?)) {
        if names.contains(dead.name.as_ref() as &std::ffi::OsStr) {
            remove(&history, &dead)?;
        }
    }
    Ok(())
}

/// Removes the files that the record of a dead transaction names, and the folders that are empty then.
fn remove(history: &Dir, dead: &Pruned) -> Result<Vec<StorePath>, StoreError> {
    let Some(journal) = dead.journal(history)? else { return Ok(Vec::new()) };
    let Some(folder) = ours(history, &dead.name)? else { return Ok(Vec::new()) };
    let mut linked = Vec::new();
    for path in old_files(&journal) {
        let Some(directory) = ours(&folder, path.parent())? else { continue };
        let name = path.file_name();
        let Some(stat) = directory.stat(name)? else { continue };
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
            continue;
        }
        if dead.removal == Removal::Shredded && !directory.overwrite(name)? {
            linked.push(path.clone());
        }
        directory.unlink(name)?;
    }
    let directories: BTreeSet<&str> =
        old_files(&journal).flat_map(StorePath::directories).collect();
    for directory in directories.iter().rev() {
        let (above, name) = directory.rsplit_once('/').unwrap_or(("", directory));
        if let Some(above) = ours(&folder, above)? {
            above.remove_child(name)?;
        }
    }
    history.remove_child(&dead.name)?;
    history.sync()?;
    Ok(linked)
}

fn old_files(journal: &Journal) -> impl Iterator<Item = &StorePath> {
    journal.entries.iter().filter(|entry| entry.had_old).map(|entry| &entry.target)
}

/// Opens a directory; `None` if there is none, or something else is there or on the way.
fn ours(above: &Dir, below: &str) -> Result<Option<Dir>, StoreError> {
    match above.descend(below) {
        Err(StoreError::WrongKind { .. }) => Ok(None),
        other => other,
    }
}

/// Looks for what no transaction has put into the history.
struct Foreign {
    /// From the folder of the history.
    found: Vec<String>,
}

impl Foreign {
    /// Looks into the folder of a transaction, in which its old files are or are not to be.
    fn of_transaction(
        &mut self,
        history: &Dir,
        journal: &Journal,
        has_files: bool,
    ) -> Result<(), StoreError> {
        let name = journal.history();
        let files: BTreeSet<&str> = old_files(journal).map(StorePath::as_str).collect();
        let folders: BTreeSet<&str> = old_files(journal).flat_map(StorePath::directories).collect();
        let mut open = vec![String::new()];
        while let Some(path) = open.pop() {
            let whole = if path.is_empty() { name.to_owned() } else { format!("{name}/{path}") };
            let Some(folder) = ours(history, &whole)? else {
                if path.is_empty() && history.stat(name)?.is_some() {
                    self.found.push(whole);
                }
                continue;
            };
            for entry in folder.names()? {
                let below = entry.to_str().map(|entry| match path.as_str() {
                    "" => entry.to_owned(),
                    path => format!("{path}/{entry}"),
                });
                let kind = folder.stat(&entry)?.map(|stat| FileType::from_raw_mode(stat.st_mode));
                match (kind, below) {
                    (None, _) => {}
                    (Some(FileType::Directory), Some(below))
                        if folders.contains(below.as_str()) =>
                    {
                        open.push(below);
                    }
                    (Some(FileType::RegularFile), Some(below))
                        if has_files && files.contains(below.as_str()) => {}
                    _ => self.found.push(format!("{whole}/{}", entry.to_string_lossy())),
                }
            }
        }
        Ok(())
    }
}
