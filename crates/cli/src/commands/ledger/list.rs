//! `kubepki ledger list`: the rows, or some of them.

use std::ops::ControlFlow;

use kubepki_cluster::spec::Lifetime;
use kubepki_pki::{Expiring, Fingerprint, Query, Serial};

use super::print::{RowFormat, Rows};
use crate::{context::Context, error::CommandError, exit_code, pki};

/// List certificates, one a line, in the order in which they were signed
///
/// A certificate has to meet all the options that are given.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kubepki ledger list
  kubepki ledger list --user jane
  kubepki ledger list --expiring-within 30d      in the order of expiry
  kubepki ledger list -o csv > signed.csv
  kubepki ledger list -o json | jq '.rows[] | select(.verb == \"sign\")'")]
pub(super) struct Args {
    /// Those of this user: the common name of the subject
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// The one with this serial number, as hex
    #[arg(long, value_name = "HEX")]
    serial: Option<Serial>,
    /// The one with this SHA-256 of its DER, as hex, or `X509SHA256=...` of an audit log
    #[arg(long, value_name = "HEX")]
    sha256: Option<Fingerprint>,
    /// Those that are valid now and expire within this time, the first to expire first
    #[arg(long, value_name = "DURATION")]
    expiring_within: Option<Lifetime>,
    /// How to print the rows
    #[arg(short, long, value_enum, default_value_t, value_name = "FORMAT")]
    output: RowFormat,
}

pub(super) fn run(args: &Args, context: &mut Context) -> Result<u8, CommandError> {
    let Args { user, serial, sha256, expiring_within, output } = args;
    let expiring = match expiring_within {
        None => None,
        Some(within) => {
            let until = context.now.checked_add(within.duration());
            let until = until.map_err(|error| {
                CommandError::usage("`--expiring-within` leads beyond all time").caused_by(&error)
            })?;
            Some(Expiring { from: context.now, until })
        }
    };
    let query = Query {
        number: None,
        serial: serial.clone(),
        sha256: *sha256,
        user: user.clone(),
        expiring,
    };
    let pki = pki::open(context, pki::WAIT)?;
    let mut rows = Rows::begin(*output, context);
    let mut failed = Ok(());
    let select = pki.rows(&query, &mut |row| match rows.print(&row, context) {
        Ok(()) if context.printer.is_open() => ControlFlow::Continue(()),
        outcome => {
            failed = outcome;
            ControlFlow::Break(())
        }
    });
    select.map_err(|error| pki::failed(error, context))?;
    failed?;
    rows.finish(context);
    Ok(exit_code::DONE)
}
