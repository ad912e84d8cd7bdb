//! `kubepki history list`: what the history holds.

use kubepki_pki::History;

use super::{
    failed,
    table::{self, Listed},
};
use crate::{commands::Format, context::Context, error::CommandError, exit_code, pki};

/// List the transactions, the last first, with the old files that each one keeps
///
/// SECRETS counts the files with a private key, the credentials of a user, or encryption keys. The
/// verb is the one on the ledger, where something was signed.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kubepki history list
  kubepki history list -v                  every old file, and what it holds
  kubepki history list -o json | jq '.transactions[] | select(.secrets > 0)'")]
pub(super) struct Args {
    /// How to print the result
    #[arg(short, long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
}

pub(super) fn run(args: &Args, context: &mut Context) -> Result<u8, CommandError> {
    let pki = pki::open(context, pki::WAIT)?;
    let history = pki.history().map_err(|error| failed(error, context))?;
    let History { transactions, pruned, foreign } = history;
    let listed: Vec<_> = transactions.into_iter().rev().map(Listed::from).collect();
    if args.output != Format::Text {
        let pruned: Vec<_> = pruned
            .iter()
            .map(|one| serde_json::json!({"name": one.name(), "pruned": table::date(one.time())}))
            .collect();
        let document = serde_json::json!({
            "apiVersion": "kubepki/v1alpha1",
            "kind": "HistoryList",
            "transactions": listed,
            "pruned": pruned,
            "foreign": foreign,
        });
        args.output.print(&document, context)?;
        return Ok(exit_code::DONE);
    }
    if listed.is_empty() {
        context.printer.talk("no transaction is on record here");
    } else {
        table::print(&listed, context);
    }
    if let Some(last) = pruned.last() {
        let (count, date) = (pruned.len(), table::date(last.time()));
        context.printer.talk(&format!("pruned before: {count}, the last on {date}"));
    }
    for path in foreign {
        context.printer.warning(&format!("`{path}` is not from a transaction"));
    }
    Ok(exit_code::DONE)
}
