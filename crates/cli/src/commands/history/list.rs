//! `kubepki history list`: what the history holds.

use kubepki_pki::History;
use kubepki_report::{Line, Page, View, count, day};
use serde::Serialize;

use super::{
    failed,
    table::{self, Listed},
};
use crate::{commands::Format, context::Context, error::CommandError, exit_code, pki};

/// List the transactions with their old files, the last one first
///
/// SECRETS counts the files with a private key, a user's credential or encryption keys. VERB comes from
/// the ledger, so it is known only if the transaction signed something.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kubepki history list
  kubepki history list -v                  every old file, with its secrets
  kubepki history list -o json | jq '.transactions[] | select(.secrets > 0)'")]
pub(super) struct Args {
    /// The format of the output
    #[arg(short, long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
}

#[derive(Serialize)]
struct HistoryList {
    transactions: Vec<Listed>,
    pruned: Vec<PrunedTransaction>,
    foreign: Vec<String>,
}

#[derive(Serialize)]
struct PrunedTransaction {
    name: String,
    /// The day on which it was pruned.
    pruned: String,
}

impl View for HistoryList {
    const KIND: Option<&'static str> = Some("HistoryList");

    fn lines(&self, page: Page) -> Vec<Line> {
        table::lines(&self.transactions, page)
    }
}

pub(super) fn run(args: &Args, context: &mut Context) -> Result<u8, CommandError> {
    let pki = pki::open(context, pki::WAIT)?;
    let history = pki.history().map_err(|error| failed(error, context))?;
    let History { transactions, pruned, foreign } = history;
    let transactions = transactions.into_iter().rev().map(Listed::from).collect();
    let pruned = pruned
        .iter()
        .map(|one| PrunedTransaction { name: one.name().to_owned(), pruned: day(one.time()) })
        .collect();
    let list = HistoryList { transactions, pruned, foreign };
    args.output.show(&list, context)?;
    if args.output != Format::Text {
        return Ok(exit_code::DONE);
    }
    if list.transactions.is_empty() {
        context.printer.talk("there are no transactions");
    }
    if let Some(last) = list.pruned.last() {
        let all = count(list.pruned.len(), "transaction");
        context.printer.talk(&format!("pruned before: {all}, the last one on {}", last.pruned));
    }
    for path in &list.foreign {
        context.printer.warning(&format!("`{path}` does not belong to a transaction"));
    }
    Ok(exit_code::DONE)
}
