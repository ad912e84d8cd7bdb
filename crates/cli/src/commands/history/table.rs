//! Transactions with their old files, as programs and people read them.

use jiff::Timestamp;
use kubepki_cluster::history::{Holds, OldFile};
use kubepki_pki::PastTransaction;
use kubepki_report::pad;
use serde::Serialize;

use crate::context::Context;

/// A transaction with what the history has of it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Listed {
    name: String,
    time: String,
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
            time: transaction.time().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            verb,
            secrets: files.iter().filter(|file| file.holds != Holds::Nothing).count(),
            size: files.iter().map(|file| file.size).sum(),
            files,
        }
    }
}

/// Prints one line a transaction; with `-v` every file too.
pub(super) fn print(listed: &[Listed], context: &mut Context) {
    let width = listed.iter().map(|one| one.name.len()).max().unwrap_or(0).max(11);
    let heading =
        format!("{:width$}  {:20}  {:6}  FILES  SECRETS  SIZE", "TRANSACTION", "TIME", "VERB");
    context.printer.heading(&heading);
    for Listed { name, time, verb, secrets, size, files } in listed {
        let (name, verb) = (pad(name, width), verb.as_deref().unwrap_or("-"));
        let (verb, count) = (pad(verb, 6), files.len());
        let text = format!("{name}  {time:20}  {verb}  {count:<5}  {secrets:<7}  {}", bytes(*size));
        context.printer.print(text);
        if context.global.verbose {
            for OldFile { path, holds, size: _ } in files {
                let text = match holds {
                    Holds::Credentials => format!("  {path}: credentials"),
                    Holds::EncryptionKeys => format!("  {path}: encryption keys"),
                    Holds::PrivateKey => format!("  {path}: private key"),
                    _ => format!("  {path}"),
                };
                context.printer.print(text);
            }
        }
    }
}

fn bytes(size: u64) -> String {
    match size {
        0..10_000 => format!("{size} B"),
        _ => format!("{} KiB", size.div_ceil(1024)),
    }
}

pub(super) fn date(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d").to_string()
}
