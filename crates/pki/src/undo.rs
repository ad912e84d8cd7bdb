//! Taking a transaction back.

use std::path::Path;

use jiff::Timestamp;
use kubepki_cluster::{
    DirStore, Rollout, StoreError, StorePath,
    store::{Change, Changed, Transaction},
};

use crate::{
    Event, Operation, Pki, PkiError, SpecFile,
    authorities::{authorities_made, expired},
};

/// What is to be taken back.
#[derive(Clone, Debug)]
pub struct Undo {
    /// The name of the transaction [default: the last one].
    pub transaction: Option<String>,
    /// What becomes of files that were changed since.
    pub changed: Changed,
    /// Whether CAs and key pairs may be taken away, which ends the trust in what they signed.
    pub may_remove_authorities: bool,
}

impl Default for Undo {
    fn default() -> Self {
        Self { transaction: None, changed: Changed::Refused, may_remove_authorities: false }
    }
}

/// What was taken back, or would be.
#[derive(Debug)]
pub struct Undone {
    /// The transaction.
    pub transaction: Transaction,
    /// The files that come back with a certificate that has expired, and when it did.
    pub expired: Vec<(StorePath, Timestamp)>,
    /// What has to happen then, by host.
    pub rollout: Rollout,
}

impl Pki {
    /// The transactions that can be taken back, the oldest first.
    ///
    /// # Errors
    /// [`PkiError::Store`] where the history cannot be read.
    pub fn transactions(&self) -> Result<Vec<Transaction>, PkiError> {
        let store = self.read()?;
        self.tell_of_pending(&store);
        store.history().map_err(PkiError::unreadable)
    }

    /// What [`Pki::undo`] would do. Writes nothing.
    ///
    /// # Errors
    /// As [`Pki::undo`].
    pub fn plan_undo(&self, undo: &Undo, now: Timestamp) -> Result<Undone, PkiError> {
        let store = self.read()?;
        self.tell_of_pending(&store);
        let undoing = self.undoing(undo, &store, now)?;
        let checked = store.check_undo(&undoing.undone.transaction, undo.changed, now);
        undoing.settle(checked)
    }

    /// Takes a transaction back, in a transaction of its own: what it replaced comes back, and what it
    /// made goes into the history. The ledger keeps its rows.
    ///
    /// # Errors
    /// [`PkiError`]. Nothing has changed, unless [`PkiError::Undo`] says otherwise.
    pub fn undo(&self, undo: &Undo, now: Timestamp) -> Result<Undone, PkiError> {
        let mut store = self.lock(now)?;
        let undoing = self.undoing(undo, &store, now)?;
        let done = store.undo(&undoing.undone.transaction, undo.changed, now);
        undoing.settle(done)
    }

    fn undoing(&self, undo: &Undo, store: &DirStore, now: Timestamp) -> Result<Undoing, PkiError> {
        let mut history = store.history().map_err(PkiError::unreadable)?;
        let position = match &undo.transaction {
            None => history.len().checked_sub(1).ok_or(PkiError::NothingToUndo)?,
            Some(name) => match history.iter().position(|one| one.name() == name) {
                Some(position) => position,
                None => return Err(not_on_record(name, store)?),
            },
        };
        let later = history.split_off(position + 1);
        let transaction = history.remove(position);
        let applied = self.applied(store)?;
        if !undo.may_remove_authorities {
            let catalog = applied.as_deref().map(|file| &file.catalog);
            let made = authorities_made(&transaction, catalog, store);
            let paths = made.map_err(PkiError::unreadable)?;
            if !paths.is_empty() {
                let transaction = transaction.name().to_owned();
                return Err(PkiError::WouldRemoveAuthorities { transaction, paths });
            }
        }
        let expired = expired(&transaction, store, now).map_err(PkiError::unreadable)?;
        let rollout = applied.as_deref().map_or_else(Rollout::default, |file| {
            let changes = transaction.changes();
            // What is gone from the root is not to be copied.
            let back = changes.iter().filter(|(_, change)| *change != Change::Created);
            let back = back.map(|(path, _)| *path);
            Rollout::of(&file.spec, &file.catalog, back, file.spec.kubernetes_version)
        });
        Ok(Undoing { undone: Undone { transaction, expired, rollout }, later })
    }

    /// What the root says of itself: the spec that was applied last, else the present one, where it
    /// can be read.
    fn applied(&self, store: &DirStore) -> Result<Option<Applied<'_>>, PkiError> {
        Ok(match SpecFile::kept(store)? {
            Some(text) => {
                let name = Path::new(SpecFile::KEPT).display().to_string();
                SpecFile::parse(name, text).ok().map(Box::new).map(Applied::Kept)
            }
            // An adopted PKI may have been renewed and never applied. That a spec is broken is no
            // reason to take nothing back.
            None => self.spec_if_any().ok().flatten().map(Applied::Present),
        })
    }

    fn tell_of_pending(&self, store: &DirStore) {
        if store.pending_recovery() {
            self.tell(&Event::Interrupted);
        }
    }
}

enum Applied<'a> {
    Kept(Box<SpecFile>),
    Present(&'a SpecFile),
}

impl std::ops::Deref for Applied<'_> {
    type Target = SpecFile;

    fn deref(&self) -> &SpecFile {
        match self {
            Self::Kept(file) => file,
            Self::Present(file) => file,
        }
    }
}

struct Undoing {
    undone: Undone,
    /// The transactions that came after it, the oldest first.
    later: Vec<Transaction>,
}

impl Undoing {
    fn settle(self, outcome: Result<(), StoreError>) -> Result<Undone, PkiError> {
        let Self { undone, later } = self;
        let Err(source) = outcome else { return Ok(undone) };
        let mut changed_by = None;
        if let StoreError::ChangedSince { path, .. } = &source {
            let touches =
                |one: &&Transaction| one.changes().iter().any(|(changed, _)| *changed == path);
            changed_by = later.iter().rev().find(touches).map(|one| one.name().to_owned());
        }
        let transaction = Box::new(undone.transaction);
        Err(PkiError::Undo { transaction, changed_by, source })
    }
}

fn not_on_record(name: &str, store: &DirStore) -> Result<PkiError, PkiError> {
    let pruned = store.pruned().map_err(PkiError::unreadable)?;
    let pruned = pruned.iter().find(|pruned| pruned.name() == name).map(|pruned| pruned.time());
    Ok(PkiError::NoTransaction { name: name.to_owned(), pruned })
}

impl PkiError {
    pub(crate) const fn history(source: StoreError) -> Self {
        Self::Store { operation: Operation::ReadHistory, source }
    }
}
