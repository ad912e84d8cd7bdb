//! `kubepki ledger check`: whether the ledger is as it was written.

use std::str::FromStr;

use kubepki_pki::{Check, Fingerprint, NotedRow};
use serde::Serialize;

use crate::{commands::Format, context::Context, error::CommandError, exit_code, pki};

/// Check that no row was changed, removed, moved or put in between
///
/// Every row holds a hash over itself and the row before it, and the last hash is kept apart. Who
/// may write the file can compute all of that anew; that is found only by comparing with a head
/// that was noted elsewhere, which `--head` does. Exits with 3 when something is broken.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kubepki ledger check
  kubepki ledger check --head 120:9c41...    a head that an earlier check printed")]
pub(super) struct Args {
    /// A head that was printed before and must still be part of the ledger
    #[arg(long, value_name = "ROWS:HASH")]
    head: Option<Head>,
    /// How to print the result
    #[arg(short, long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
}

/// A number of rows, and the hash of the last of them.
#[derive(Clone, Copy, Debug)]
struct Head {
    rows: u64,
    hash: [u8; 32],
}

impl FromStr for Head {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = "a head is a number of rows, a colon and 64 hex digits";
        let (rows, hash) = text.split_once(':').ok_or(wrong)?;
        let hash: Fingerprint = hash.parse().map_err(|_| wrong)?;
        Ok(Self { rows: rows.parse().map_err(|_| wrong)?, hash: *hash.as_bytes() })
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    api_version: &'static str,
    kind: &'static str,
    rows: u64,
    head: String,
    findings: Vec<String>,
}

pub(super) fn run(args: &Args, context: &mut Context) -> Result<u8, CommandError> {
    let pki = pki::open(context, pki::WAIT)?;
    let noted = args.head.map(|head| (head.rows, head.hash));
    let checked = pki.check_ledger(noted).map_err(|error| pki::failed(error, context))?;
    let Check { rows, head, findings } = checked.check;
    let mut findings: Vec<_> = findings.iter().map(ToString::to_string).collect();
    if let (Some(noted), Some(row)) = (args.head, checked.noted) {
        match row {
            NotedRow::Same => {}
            NotedRow::Other => {
                findings.push(format!("row {} is not the one that was noted", noted.rows));
            }
            NotedRow::Gone => findings.push(format!("there is no row {} any more", noted.rows)),
        }
    }
    let head = Fingerprint::from(head).to_string();
    let is_whole = findings.is_empty();
    let document =
        Document { api_version: "kubepki/v1alpha1", kind: "LedgerCheck", rows, head, findings };
    print(&document, args.output, context)?;
    Ok(if is_whole { exit_code::DONE } else { exit_code::FOUND })
}

fn print(document: &Document, output: Format, context: &mut Context) -> Result<(), CommandError> {
    if output != Format::Text {
        return output.print(document, context);
    }
    let Document { rows, head, findings, .. } = document;
    for finding in findings {
        context.printer.print(format!("broken: {finding}"));
    }
    if findings.is_empty() {
        context.printer.print(format!("{rows} rows, unbroken"));
        context.printer.print(format!("head {rows}:{head}"));
    } else {
        context.printer.print(format!("{rows} rows before that are unbroken"));
    }
    Ok(())
}
