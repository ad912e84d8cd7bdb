//! `kubepki ledger find`: certificates by whatever is known of them.

use kubepki_pki::Query;

use super::{
    not_found,
    print::{RowFormat, Rows},
};
use crate::{context::Context, error::CommandError, exit_code, pki};

/// Find certificates by serial number, SHA-256, user or the CA's key
///
/// Tries each of these that the text can be. Exits with 1 if there is no such certificate.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kubepki ledger find jane
  kubepki ledger find 01:7F:3A:...           a serial number, as openssl prints it
  kubepki ledger find X509SHA256=0f2b...     the credential-id of an audit log
  kubepki ledger find 8A:3C:11:...           what a CA's key signed")]
pub(super) struct Args {
    /// A serial number, SHA-256 or key identifier of a CA in hex, with or without colons;
    /// `X509SHA256=...`; or a user
    #[arg(value_name = "WHAT")]
    what: String,
    /// The format of the output
    #[arg(short, long, value_enum, default_value_t, value_name = "FORMAT")]
    output: RowFormat,
}

pub(super) fn run(args: &Args, context: &mut Context) -> Result<u8, CommandError> {
    let pki = pki::open(context, pki::WAIT)?;
    let mut rows = Rows::new(args.output);
    rows.print_all(&pki, &Query::find(&args.what), context)?;
    if rows.is_empty() {
        return Err(not_found(&format!("`{}`", args.what.escape_debug())));
    }
    rows.finish(context);
    Ok(exit_code::DONE)
}
