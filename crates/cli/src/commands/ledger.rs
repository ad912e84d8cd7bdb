//! `kubepki ledger`: what was ever signed. Writes nothing.

mod check;
mod find;
mod list;
mod print;
mod show;

use clap::Subcommand;

use crate::{context::Context, error::CommandError};

/// Look up every certificate that this root signed: when, and who requested it
///
/// kubepki records a certificate before it writes the file. If a certificate is not in the ledger, this
/// root did not sign it. Rows are only appended, never changed; `check` proves that. Every cluster has
/// its own chain of rows.
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

/// The error of a search without a result.
fn not_found(what: &str) -> CommandError {
    CommandError::failed(format!("no certificate in the ledger matches {what}"))
        .hint("this root did not sign it; `kubepki ledger list` lists what it signed")
}
