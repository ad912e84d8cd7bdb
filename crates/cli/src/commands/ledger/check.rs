//! `kubepki ledger check`: whether the ledger is as it was written.

use std::str::FromStr;

use kubepki_pki::{Check, Fingerprint, Head, NotedRow};
use kubepki_report::{Line, Page, View, count};
use serde::Serialize;

use crate::{commands::Format, context::Context, error::CommandError, exit_code, pki};

/// Check that no row was changed, removed, moved or inserted
///
/// Every row has a hash over itself and the row before it; the last hash is the head. A person who can
/// write the file can compute all hashes again, or restore an old copy. To detect that, keep the head
/// in another place, and compare it with `--head`. Exits with 3 if something is broken.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kubepki ledger check
  kubepki ledger check --head 120:9c41...    the head of an earlier check")]
pub(super) struct Args {
    /// Check that this head, which an earlier check printed, is still in the ledger
    #[arg(long, value_name = "ROWS:HASH")]
    head: Option<NotedHead>,
    /// The format of the output
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
        let wrong = "write a head as ROWS:HASH, with 64 hex digits";
        let (rows, hash) = text.split_once(':').ok_or(wrong)?;
        let hash: Fingerprint = hash.parse().map_err(|_| wrong)?;
        Ok(Self { rows: rows.parse().map_err(|_| wrong)?, hash: *hash.as_bytes() })
    }
}

#[derive(Serialize)]
struct LedgerCheckView {
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

impl View for LedgerCheckView {
    const KIND: Option<&'static str> = Some("LedgerCheck");

    fn lines(&self, _: Page) -> Vec<Line> {
        let Self { rows, head, findings, chains } = self;
        let mut lines: Vec<Line> =
            findings.iter().map(|finding| format!("broken: {finding}").into()).collect();
        let number = count(usize::try_from(*rows).unwrap_or(usize::MAX), "row");
        if chains.len() > 1 {
            lines.extend(chains.iter().map(|PrintedChain { cluster, rows, head }| {
                let cluster = cluster.as_deref().unwrap_or("-");
                Line::from(format!("{cluster}: {rows} rows, head {rows}:{head}"))
            }));
        } else if findings.is_empty() {
            lines.push(format!("{number}, unbroken").into());
            lines.push(format!("head {rows}:{head}").into());
        } else {
            lines.push(format!("unbroken before that: {number}").into());
        }
        lines
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
                findings.push(format!("row {} does not have the hash of `--head`", noted.rows));
            }
            NotedRow::Gone => findings.push(format!("row {} is missing", noted.rows)),
        }
    }
    let is_whole = findings.is_empty();
    let chains: Vec<_> = chains.into_iter().map(PrintedChain::from).collect();
    let first = || PrintedChain::from(Head::empty(""));
    let view = LedgerCheckView {
        rows: chains.first().map_or(0, |chain| chain.rows),
        head: chains.first().map_or_else(|| first().head, |chain| chain.head.clone()),
        findings,
        chains,
    };
    args.output.show(&view, context)?;
    Ok(if is_whole { exit_code::DONE } else { exit_code::FOUND })
}
