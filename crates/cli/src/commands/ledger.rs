//! `kubepki ledger`: what was ever signed. Writes nothing.

mod check;
mod find;
mod list;
mod print;
mod show;

use clap::Subcommand;
use kubepki_cluster::{DirStore, ledger_of};
use kubepki_ledger::{LedgerError, SqliteLedger};

use super::spec;
use crate::{context::Context, error::CommandError};

/// Look up what was ever signed: every certificate, by whom and when
///
/// A certificate is recorded before its file is written. One that is not on the ledger was not
/// signed by kubepki in this root. Rows are appended and never changed; `check` proves it. Every
/// cluster has a chain of rows of its own.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kubepki ledger list --expiring-within 30d
  kubepki ledger find X509SHA256=0f2b...   from an apiserver's audit log
  kubepki ledger show 17
  kubepki ledger check")]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    List(list::Args),
    Show(show::Args),
    Find(find::Args),
    Check(check::Args),
}

pub(crate) fn run(args: &Args, context: &mut Context) -> Result<u8, CommandError> {
    match &args.verb {
        Verb::List(args) => list::run(args, context),
        Verb::Show(args) => show::run(args, context),
        Verb::Find(args) => find::run(args, context),
        Verb::Check(args) => check::run(args, context),
    }
}

/// Opens the root, which keeps writers away as long as it lives.
fn open(context: &Context) -> Result<DirStore, CommandError> {
    DirStore::read_only(&context.global.dir)
        .map_err(|error| spec::store_error("cannot read the root", &error))
}

/// The ledger of the root. Writers are not kept waiting while rows are printed.
fn ledger(context: &mut Context) -> Result<SqliteLedger, CommandError> {
    let ledger = ledger_of(&open(context)?);
    if !ledger.exists().map_err(|error| unreadable(&error))? {
        let nothing = format!("nothing was signed here: there is no `{}`", ledger.path().display());
        context.printer.talk(&nothing);
    }
    Ok(ledger)
}

fn unreadable(error: &LedgerError) -> CommandError {
    ledger_error("cannot read the ledger", error)
}

/// An error of the ledger, with its own hint.
pub(super) fn ledger_error(what: &str, error: &LedgerError) -> CommandError {
    let failed = CommandError::failed(what).caused_by(error);
    match error.hint() {
        Some(hint) => failed.hint(hint),
        None => failed,
    }
}

/// What is to be said of certificates that are on record, and then could not be written.
pub(super) fn never_given(count: usize) -> String {
    match count {
        1 => "the ledger keeps the certificate that was signed; nobody has got it".to_owned(),
        _ => format!("the ledger keeps the {count} certificates signed; nobody has got them"),
    }
}

/// The error of a search without a result.
fn not_found(what: &str) -> CommandError {
    CommandError::failed(format!("no certificate on the ledger matches {what}"))
        .hint("kubepki did not sign it in this root; `kubepki ledger list` shows what it did")
}
