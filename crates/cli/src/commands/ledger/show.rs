//! `kubepki ledger show`: all that is recorded of one certificate.

use clap::ArgGroup;
use kubepki_pki::{Fingerprint, Query, Row, Serial};

use super::{
    find, not_found,
    print::{RowFormat, Rows},
};
use crate::{context::Context, error::CommandError, exit_code};

/// Show all that is recorded of one certificate
///
/// Exits with 1 when there is no such certificate.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kubepki ledger show 17
  kubepki ledger show --serial 01:7F:3A:... -o json")]
#[command(group = ArgGroup::new("which").required(true).args(["number", "serial", "sha256"]))]
pub(super) struct Args {
    /// The number of its row, as `list` prints it
    #[arg(value_name = "NUMBER")]
    number: Option<u64>,
    /// Its serial number, as hex
    #[arg(long, value_name = "HEX")]
    serial: Option<Serial>,
    /// The SHA-256 of its DER, as hex, or `X509SHA256=...` of an audit log
    #[arg(long, value_name = "HEX")]
    sha256: Option<Fingerprint>,
    /// How to print it
    #[arg(short, long, value_enum, default_value_t, value_name = "FORMAT")]
    output: RowFormat,
}

pub(super) fn run(args: &Args, context: &mut Context) -> Result<u8, CommandError> {
    let Args { number, serial, sha256, output } = args;
    let query =
        Query { number: *number, serial: serial.clone(), sha256: *sha256, ..Query::default() };
    let found = find::rows(&[query], context)?;
    if found.is_empty() {
        return Err(not_found("this"));
    }
    if *output == RowFormat::Text {
        found.iter().for_each(|row| text(row, context));
        return Ok(exit_code::DONE);
    }
    let mut rows = Rows::begin(*output, context);
    found.iter().try_for_each(|row| rows.print(row, context))?;
    rows.finish(context);
    Ok(exit_code::DONE)
}

fn text(row: &Row, context: &mut Context) {
    let entry = &row.entry;
    let requester = &entry.requester;
    let hash: String = row.hash.iter().map(|octet| format!("{octet:02x}")).collect();
    let list = |values: &[String]| match values.len() {
        0 => "-".to_owned(),
        _ => values.join(", "),
    };
    for (name, value) in [
        ("row", row.number.to_string()),
        ("signed", entry.time.to_string()),
        ("by", format!("{} on {}, `kubepki {}`", requester.user, requester.host, requester.verb)),
        ("serial", entry.serial.to_string()),
        ("sha256", entry.sha256.to_string()),
        ("issuer", entry.issuer.clone()),
        ("subject", entry.subject.clone()),
        ("user", entry.common_name.clone()),
        ("groups", list(&entry.organizations)),
        ("names", list(&entry.subject_alt_names)),
        ("profile", entry.profile.clone()),
        ("not before", entry.not_before.to_string()),
        ("not after", entry.not_after.to_string()),
        ("row hash", hash),
    ] {
        context.printer.print(format!("{name:<11} {value}"));
    }
}
