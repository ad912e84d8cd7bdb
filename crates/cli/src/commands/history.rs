//! `kubepki history`: the old files that transactions have left, and removing them.

mod list;
mod prune;
mod table;

use clap::Subcommand;
use kubepki_pki::PkiError;

use crate::{context::Context, error::CommandError, pki};

/// List the replaced files in the history, and prune it
///
/// Each transaction keeps the files that it replaced below `.kubepki/history`, also old private keys,
/// kubeconfigs and encryption keys. `undo` needs them. Only `prune` removes them. It never removes rows
/// of the ledger.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kubepki history list -v                  every old file, with its secrets
  kubepki history prune --dry-run          what is older than 90 days
  kubepki history prune --older-than 30d --keep 5 --shred")]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    List(list::Args),
    Prune(prune::Args),
}

impl Args {
    /// Whether it has no effect but what it prints.
    pub(crate) const fn only_prints(&self) -> bool {
        match &self.verb {
            Verb::List(_) => true,
            Verb::Prune(args) => args.only_prints(),
        }
    }
}

pub(crate) fn run(args: &Args, context: &mut Context) -> Result<u8, CommandError> {
    match &args.verb {
        Verb::List(args) => list::run(args, context),
        Verb::Prune(args) => prune::run(args, context),
    }
}

fn failed(error: PkiError, context: &Context) -> CommandError {
    match error {
        PkiError::NoRoot { .. } => {
            CommandError::usage(error.to_string()).hint("name the root with `--dir`")
        }
        PkiError::Prune { transaction, source } => {
            pki::store(&format!("cannot prune `{transaction}`"), &source)
                .hint("run it again to continue")
        }
        error => pki::failed(error, context),
    }
}
