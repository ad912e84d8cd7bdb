//! The old files that transactions have left, and removing them.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::ControlFlow,
};

use jiff::{SignedDuration, Timestamp};
use kubepki_cluster::{
    DirStore, StorePath,
    store::{Pruned, Removal, Transaction},
};
use kubepki_ledger::{Ledger, Query, RecordedEntry};

use crate::{
    Event, Operation, Pki, PkiError,
    old_files::{OldFile, needed_by_rotation, old_files},
    record::ledger_of,
};

/// A transaction with what the history has of it.
#[derive(Debug)]
pub struct PastTransaction {
    /// The transaction.
    pub transaction: Transaction,
    /// The verb that carried it out, where that is known.
    pub verb: Option<String>,
    /// The old files.
    pub files: Vec<OldFile>,
}

/// What the history holds.
#[derive(Debug)]
pub struct History {
    /// The transactions, the oldest first.
    pub transactions: Vec<PastTransaction>,
    /// Those whose old files were removed.
    pub pruned: Vec<Pruned>,
    /// What is there and from no transaction.
    pub foreign: Vec<String>,
}

/// Which old files are to be removed.
#[derive(Clone, Debug)]
pub struct Pruning {
    /// Those of transactions that are older than this.
    pub older_than: SignedDuration,
    /// Never those of so many last ones; of the last one alone never.
    pub keep: u32,
    /// Old encryption keys too while a rotation is not finished, or their file is gone.
    pub with_needed_keys: bool,
    /// How.
    pub removal: Removal,
}

/// What was removed, or would be.
#[derive(Debug)]
pub struct PruneReport {
    /// The transactions whose old files go, the oldest first.
    pub pruned: Vec<PastTransaction>,
    /// Those that are old enough and stay, each with the encryption keys that may be needed.
    pub held: Vec<(String, StorePath)>,
    /// How many transactions stay.
    pub kept: usize,
    /// The files that were not overwritten, as they have another name.
    pub not_overwritten: Vec<String>,
    /// What is there and from no transaction.
    pub foreign: Vec<String>,
}

impl Pki {
    /// What the history holds.
    ///
    /// # Errors
    /// [`PkiError::NoRoot`], and [`PkiError::Store`] where it cannot be read.
    pub fn history(&self) -> Result<History, PkiError> {
        let store = self.read_history()?;
        let verbs = Verbs::read(&store);
        let history = store.history().map_err(PkiError::history)?;
        let past = history.into_iter().map(|one| verbs.past(one, &store));
        Ok(History {
            transactions: past.collect::<Result<_, _>>()?,
            pruned: store.pruned().map_err(PkiError::history)?,
            foreign: store.foreign_in_history().map_err(PkiError::history)?,
        })
    }

    /// What [`Pki::prune`] would remove. Writes nothing.
    ///
    /// # Errors
    /// As [`Pki::prune`].
    pub fn plan_prune(&self, pruning: &Pruning, now: Timestamp) -> Result<PruneReport, PkiError> {
        choose(&self.read_history()?, pruning, now)
    }

    /// Removes the old files of old transactions, which cannot be undone any more. What the history
    /// has from no transaction stays.
    ///
    /// # Errors
    /// [`PkiError`]. What a call that fails has begun, the next one goes on with.
    pub fn prune(&self, pruning: &Pruning, now: Timestamp) -> Result<PruneReport, PkiError> {
        drop(self.read_history()?);
        let mut store = self.lock(now)?;
        let mut report = choose(&store, pruning, now)?;
        if !store.pruned().map_err(PkiError::history)?.is_empty() {
            let operation = Operation::FinishPruning;
            store.finish_pruning().map_err(|source| PkiError::Store { operation, source })?;
        }
        for PastTransaction { transaction, .. } in &report.pruned {
            let name = transaction.name();
            let left = store.prune(transaction, pruning.removal, now);
            let left =
                left.map_err(|source| PkiError::Prune { transaction: name.to_owned(), source })?;
            report.not_overwritten.extend(left.iter().map(|path| format!("{name}/{path}")));
        }
        report.foreign = store.foreign_in_history().map_err(PkiError::history)?;
        Ok(report)
    }

    /// Opens a root that has to be there, to look at its history.
    fn read_history(&self) -> Result<DirStore, PkiError> {
        let store = DirStore::read_only(self.root()).map_err(PkiError::history)?;
        if !store.exists() {
            return Err(PkiError::NoRoot { path: self.root().to_path_buf() });
        }
        if store.pending_recovery() {
            self.tell(&Event::Interrupted);
        }
        Ok(store)
    }
}

fn choose(store: &DirStore, pruning: &Pruning, now: Timestamp) -> Result<PruneReport, PkiError> {
    let mut history = store.history().map_err(PkiError::history)?;
    let all = history.len();
    let keep = usize::try_from(pruning.keep.max(1)).unwrap_or(usize::MAX);
    history.truncate(all.saturating_sub(keep));
    let verbs = Verbs::read(store);
    let (mut pruned, mut held) = (Vec::new(), Vec::new());
    for transaction in history {
        if now.duration_since(transaction.time()) <= pruning.older_than {
            continue;
        }
        let past = verbs.past(transaction, store)?;
        let needed = needed_by_rotation(&past.files, store).map_err(PkiError::history)?;
        match needed.filter(|_| !pruning.with_needed_keys) {
            Some(path) => held.push((past.transaction.name().to_owned(), path.clone())),
            None => pruned.push(past),
        }
    }
    let kept = all - pruned.len();
    let foreign = store.foreign_in_history().map_err(PkiError::history)?;
    Ok(PruneReport { pruned, held, kept, not_overwritten: Vec::new(), foreign })
}

/// Which verbs signed at which second: the ledger says it, where something was signed.
struct Verbs(BTreeMap<i64, BTreeSet<String>>);

impl Verbs {
    fn read(store: &DirStore) -> Self {
        let mut verbs = BTreeMap::<_, BTreeSet<_>>::new();
        let mut visit = |row: RecordedEntry| {
            let second = row.entry.time.as_second();
            verbs.entry(second).or_default().insert(row.entry.requester.verb);
            ControlFlow::Continue(())
        };
        // A verb that is not known is left out; the check of the ledger says what is wrong.
        let _ = ledger_of(store).select(&Query::default(), &mut visit);
        Self(verbs)
    }

    fn past(
        &self,
        transaction: Transaction,
        store: &DirStore,
    ) -> Result<PastTransaction, PkiError> {
        let files = old_files(&transaction, store).map_err(PkiError::history)?;
        let verb = match transaction.undoes() {
            Some(_) => Some("undo".to_owned()),
            // Of several within one second, nobody knows which it was.
            None => match self.0.get(&transaction.time().as_second()) {
                Some(verbs) if verbs.len() == 1 => verbs.first().cloned(),
                _ => None,
            },
        };
        Ok(PastTransaction { transaction, verb, files })
    }
}
