//! `kubepki ledger list`: the rows, or some of them.

use kubepki_cluster::spec::Lifetime;
use kubepki_pki::{Expiring, Fingerprint, KeyIdentifier, Query, Serial};

use super::print::{RowFormat, Rows};
use crate::{context::Context, error::CommandError, exit_code, pki};

/// List the rows of the ledger, one a line, in the order of recording
///
/// Lists the rows that match all options.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kubepki ledger list
  kubepki ledger list --user jane
  kubepki ledger list --expiring-within 30d      the first to expire first
  kubepki ledger list -o csv > signed.csv
  kubepki ledger list -o json | jq '.rows[] | select(.verb == \"sign\")'")]
pub(super) struct Args {
    /// Only those of this user (the common name)
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// Only the one with this serial number, in hex
    #[arg(long, value_name = "HEX")]
    serial: Option<Serial>,
    /// Only the one with this SHA-256 of its DER, in hex, or `X509SHA256=...` from an audit log
    #[arg(long, value_name = "HEX")]
    sha256: Option<Fingerprint>,
    /// Only those that the key with this identifier signed, in hex
    #[arg(long, value_name = "HEX")]
    issuer_key: Option<KeyIdentifier>,
    /// Only those that are valid now and expire within this time, the first to expire first
    #[arg(long, value_name = "DURATION")]
    expiring_within: Option<Lifetime>,
    /// The format of the output
    #[arg(short, long, value_enum, default_value_t, value_name = "FORMAT")]
    output: RowFormat,
}

pub(super) fn run(args: &Args, context: &mut Context) -> Result<u8, CommandError> {
    let Args { user, serial, sha256, issuer_key, expiring_within, output } = args;
    let expiring = match expiring_within {
        None => None,
        Some(within) => {
            let until = context.now.checked_add(within.duration());
            let until = until.map_err(|error| {
                CommandError::usage("the time of `--expiring-within` is too long").caused_by(&error)
            })?;
            Some(Expiring { from: context.now, until })
        }
    };
    let query = Query {
        serial: serial.clone(),
        sha256: *sha256,
        issuer_key_id: issuer_key.clone(),
        user: user.clone(),
        expiring,
        ..Query::default()
    };
    let pki = pki::open(context, pki::WAIT)?;
    let mut rows = Rows::new(*output);
    rows.print_all(&pki, &[query], context)?;
    rows.finish(context);
    Ok(exit_code::DONE)
}
