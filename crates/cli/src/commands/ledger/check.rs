//! `kubepki ledger check`: whether the ledger is as it was written.

use std::str::FromStr;

use kubepki_pki::{Check, Fingerprint, Head, NotedRow};
use serde::Serialize;

use crate::{commands::Format, context::Context, error::CommandError, exit_code, pki};

/// Check that no row was changed, removed, moved or put in between
///
/// Every row holds a hash over itself and the row before it. The last hash, the head, is kept apart.
/// Who may write the file can compute all hashes anew, or put an old copy in place. Only a head that
/// was noted elsewhere shows that: note it, and give it to `--head` later. Exits with 3 when something
/// is broken.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kubepki ledger check
  kubepki ledger check --head 120:9c41...    a head that an earlier check printed")]
pub(super) struct Args {
    /// A head that was printed before and must still be part of the ledger
    #[arg(long, value_name = "ROWS:HASH")]
    head: Option<NotedHead>,
    /// How to print the result
    #[arg(short, long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
}

/// A number of rows, and the hash of the last of them.
#[derive(Clone, Copy, Debug)]
struct NotedHead {
    rows: u64,
    hash: [u8; 32],
}

impl FromStr for NotedHead {
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
struct PrintedCheck {
    api_version: &'static str,
    kind: &'static str,
    /// The rows and the head of the first chain, which is the only one in most ledgers.
    rows: u64,
    head: String,
    findings: Vec<String>,
    chains: Vec<PrintedChain>,
}

/// A chain as far as it is unbroken.
#[derive(Serialize)]
struct PrintedChain {
    cluster: Option<String>,
    rows: u64,
    head: String,
}

impl From<Head> for PrintedChain {
    fn from(Head { cluster, count, hash }: Head) -> Self {
        let cluster = Some(cluster).filter(|cluster| !cluster.is_empty());
        Self { cluster, rows: count, head: Fingerprint::from(hash).to_string() }
    }
}

pub(super) fn run(args: &Args, context: &mut Context) -> Result<u8, CommandError> {
    let pki = pki::open(context, pki::WAIT)?;
    let noted = args.head.map(|head| (head.rows, head.hash));
    let checked = pki.check_ledger(noted).map_err(|error| pki::failed(error, context))?;
    let Check { chains, findings } = checked.check;
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
    let is_whole = findings.is_empty();
    let chains: Vec<_> = chains.into_iter().map(PrintedChain::from).collect();
    let first = || PrintedChain::from(Head::empty(""));
    let check = PrintedCheck {
        api_version: "kubepki/v1alpha1",
        kind: "LedgerCheck",
        rows: chains.first().map_or(0, |chain| chain.rows),
        head: chains.first().map_or_else(|| first().head, |chain| chain.head.clone()),
        findings,
        chains,
    };
    print(&check, args.output, context)?;
    Ok(if is_whole { exit_code::DONE } else { exit_code::FOUND })
}

fn print(check: &PrintedCheck, output: Format, context: &mut Context) -> Result<(), CommandError> {
    if output != Format::Text {
        return output.print(check, context);
    }
    let PrintedCheck { rows, head, findings, chains, .. } = check;
    for finding in findings {
        context.printer.print(format!("broken: {finding}"));
    }
    if let [_, _, ..] = &**chains {
        for PrintedChain { cluster, rows, head } in chains {
            let cluster = cluster.as_deref().unwrap_or("-");
            context.printer.print(format!("{cluster}: {rows} rows, head {rows}:{head}"));
        }
    } else if findings.is_empty() {
        context.printer.print(format!("{rows} rows, unbroken"));
        context.printer.print(format!("head {rows}:{head}"));
    } else {
        context.printer.print(format!("{rows} rows before that are unbroken"));
    }
    Ok(())
}
