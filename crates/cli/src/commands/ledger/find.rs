//! `kubepki ledger find`: certificates by whatever is known of them.

use std::{collections::BTreeMap, ops::ControlFlow};

use kubepki_ledger::{Ledger, Query, Row, SqliteLedger};

use super::{
    ledger, not_found,
    print::{RowFormat, Rows},
    unreadable,
};
use crate::{context::Context, error::CommandError, exit_code};

/// Find certificates by serial number, SHA-256 or user
///
/// A text that can be several of these is looked for as each of them. Exits with 1 when there is
/// no such certificate.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kubepki ledger find jane
  kubepki ledger find 01:7F:3A:...           a serial number, as openssl prints it
  kubepki ledger find X509SHA256=0f2b...     the credential-id of an audit log")]
pub(super) struct Args {
    /// A serial number or SHA-256 in hex, with or without colons; `X509SHA256=...`; or a user
    #[arg(value_name = "WHAT")]
    what: String,
    /// How to print the rows
    #[arg(short, long, value_enum, default_value_t, value_name = "FORMAT")]
    output: RowFormat,
}

pub(super) fn run(args: &Args, context: &mut Context) -> Result<u8, CommandError> {
    let ledger = ledger(context)?;
    let found = rows(&ledger, &Query::find(&args.what))?;
    if found.is_empty() {
        return Err(not_found(&format!("`{}`", args.what.escape_debug())));
    }
    let mut rows = Rows::begin(args.output, context);
    found.iter().try_for_each(|row| rows.print(row, context))?;
    rows.finish(context);
    Ok(exit_code::DONE)
}

/// The rows that one of the queries selects, in order.
pub(super) fn rows(ledger: &SqliteLedger, queries: &[Query]) -> Result<Vec<Row>, CommandError> {
    let mut rows = BTreeMap::new();
    for query in queries {
        let collect = &mut |row: Row| {
            rows.insert(row.number, row);
            ControlFlow::Continue(())
        };
        ledger.select(query, collect).map_err(|error| unreadable(&error))?;
    }
    Ok(rows.into_values().collect())
}
