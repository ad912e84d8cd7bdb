//! Transactions with their old files, as programs and people read them.

use jiff::Timestamp;
use kubepki_pki::{Holds, OldFile, PastTransaction};
use kubepki_report::{Line, Page, Table, time as in_utc};
use serde::Serialize;

/// A transaction with what the history has of it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Listed {
    name: String,
    time: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    verb: Option<String>,
    /// How many files hold a secret.
    secrets: usize,
    size: u64,
    files: Vec<OldFile>,
}

impl From<PastTransaction> for Listed {
    fn from(past: PastTransaction) -> Self {
        let PastTransaction { transaction, verb, files } = past;
        Self {
            name: transaction.name().to_owned(),
            time: transaction.time(),
            verb,
            secrets: files.iter().filter(|file| file.holds != Holds::Nothing).count(),
            size: files.iter().map(|file| file.size).sum(),
            files,
        }
    }
}

/// A line for each transaction; with `-v` every file too.
pub(super) fn lines(listed: &[Listed], page: Page) -> Vec<Line> {
    let mut table = Table::new(["TRANSACTION", "TIME", "VERB", "FILES", "SECRETS", "SIZE"]);
    for Listed { name, time, verb, secrets, size, files } in listed {
        let below = match page.verbose {
            true => files.iter().map(|file| Line::from(described(file))).collect(),
            false => Vec::new(),
        };
        let verb = verb.as_deref().unwrap_or("-");
        let (count, secrets) = (files.len().to_string(), secrets.to_string());
        table.row_with(
            [name, &in_utc(*time), verb, &count, &secrets, &bytes(*size)].map(Line::from),
            below,
        );
    }
    table.lines()
}

fn described(OldFile { path, holds, size: _ }: &OldFile) -> String {
    match holds {
        Holds::Credentials => format!("  {path}: credentials"),
        Holds::EncryptionKeys => format!("  {path}: encryption keys"),
        Holds::PrivateKey => format!("  {path}: private key"),
        _ => format!("  {path}"),
    }
}

fn bytes(size: u64) -> String {
    match size {
        0..10_000 => format!("{size} B"),
        _ => format!("{} KiB", size.div_ceil(1024)),
    }
}
