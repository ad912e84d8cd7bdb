//! Transactions with their old files, as programs and people read them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use kubepki_cluster::{
    DirStore, StoreError,
    history::{Holds, OldFile, old_files},
    ledger_of,
    store::Transaction,
};
use kubepki_ledger::{Ledger, Query};
use kubepki_report::pad;
use serde::Serialize;

use crate::context::Context;

/// A transaction with what the history has of it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Listed {
    pub(super) name: String,
    time: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    verb: Option<String>,
    /// How many files hold a secret.
    secrets: usize,
    size: u64,
    pub(super) files: Vec<OldFile>,
}

impl Listed {
    pub(super) fn new(
        transaction: &Transaction,
        verbs: &Verbs,
        store: &DirStore,
    ) -> Result<Self, StoreError> {
        let files = old_files(transaction, store)?;
        Ok(Self {
            name: transaction.name().to_owned(),
            time: transaction.time().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            verb: verbs.of(transaction),
            secrets: files.iter().filter(|file| file.holds != Holds::Nothing).count(),
            size: files.iter().map(|file| file.size).sum(),
            files,
        })
    }
}

/// Which verbs signed at which second: the ledger says it, where something was signed.
pub(super) struct Verbs(BTreeMap<i64, BTreeSet<String>>);

impl Verbs {
    pub(super) fn read(store: &DirStore) -> Self {
        let mut verbs = BTreeMap::<_, BTreeSet<_>>::new();
        let mut visit = |row: kubepki_ledger::RecordedEntry| {
            let second = row.entry.time.as_second();
            verbs.entry(second).or_default().insert(row.entry.requester.verb);
            std::ops::ControlFlow::Continue(())
        };
        // A verb that is not known is left out; `ledger check` says what is wrong.
        let _ = ledger_of(store).select(&Query::default(), &mut visit);
        Self(verbs)
    }

    fn of(&self, transaction: &Transaction) -> Option<String> {
        match transaction.undoes() {
            Some(_) => Some("undo".to_owned()),
            // Of several within one second, nobody knows which it was.
            None => match self.0.get(&transaction.time().as_second()) {
                Some(verbs) if verbs.len() == 1 => verbs.first().cloned(),
                _ => None,
            },
        }
    }
}

/// Prints one line a transaction; with `-v` every file too.
pub(super) fn print(listed: &[Listed], context: &mut Context) {
    let width = listed.iter().map(|one| one.name.len()).max().unwrap_or(0).max(11);
    let heading =
        format!("{:width$}  {:20}  {:6}  FILES  SECRETS  SIZE", "TRANSACTION", "TIME", "VERB");
    context.printer.heading(&heading);
    for Listed { name, time, verb, secrets, size, files } in listed {
        let (name, verb) = (pad(name, width), verb.as_deref().unwrap_or("-"));
        let (verb, count) = (pad(verb, 6), files.len());
        let text = format!("{name}  {time:20}  {verb}  {count:<5}  {secrets:<7}  {}", bytes(*size));
        context.printer.print(text);
        if context.global.verbose {
            for OldFile { path, holds, size: _ } in files {
                let text = match holds {
                    Holds::Credentials => format!("  {path}: credentials"),
                    Holds::EncryptionKeys => format!("  {path}: encryption keys"),
                    Holds::PrivateKey => format!("  {path}: private key"),
                    _ => format!("  {path}"),
                };
                context.printer.print(text);
            }
        }
    }
}

fn bytes(size: u64) -> String {
    match size {
        0..10_000 => format!("{size} B"),
        _ => format!("{} KiB", size.div_ceil(1024)),
    }
}

pub(super) fn date(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d").to_string()
}
