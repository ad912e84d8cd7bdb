//! `kubepki history`: the old files that transactions have left, and removing them.

mod list;
mod prune;
mod table;

use clap::Subcommand;
use kubepki_pki::PkiError;

use crate::{context::Context, error::CommandError, pki};

/// List the old files in the history, and remove those of old transactions
///
/// Each transaction keeps the files that it replaced below `.kubepki/history`: retired private
/// keys, kubeconfigs, and dropped encryption keys too. `undo` needs them, and nothing removes them but `prune`.
/// The ledger is not a part of the history, and is never pruned.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kubepki history list -v                  every old file, and what it holds
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
                .hint("the next run goes on where this one stopped")
        }
        error => pki::failed(error, context),
    }
}
