//! `kubepki ledger find`: certificates by whatever is known of them.

use kubepki_pki::{Query, Row};

use super::{
    not_found,
    print::{RowFormat, Rows},
};
use crate::{context::Context, error::CommandError, exit_code, pki};

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
    let found = rows(&Query::find(&args.what), context)?;
    if found.is_empty() {
        return Err(not_found(&format!("`{}`", args.what.escape_debug())));
    }
    let mut rows = Rows::begin(args.output, context);
    found.iter().try_for_each(|row| rows.print(row, context))?;
    rows.finish(context);
    Ok(exit_code::DONE)
}

/// The rows that one of the queries selects, in order.
pub(super) fn rows(queries: &[Query], context: &Context) -> Result<Vec<Row>, CommandError> {
    let pki = pki::open(context, pki::WAIT)?;
    pki.find_rows(queries).map_err(|error| pki::failed(error, context))
}
