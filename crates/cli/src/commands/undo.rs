//! `kubepki undo`: put the last transaction back.

use std::time::Duration;

use kubepki_cluster::{
    Rollout, StoreError, StorePath,
    store::{Change, Changed, Transaction},
};
use kubepki_pki::{PkiError, Undo, Undone};
use kubepki_report::{pad, wrap};
use serde::Serialize;

use super::Format;
use crate::{
    context::Context,
    error::CommandError,
    exit_code, pki,
    plan_text::{Tense, WIDTH},
    rollout_text,
};

/// Put the last transaction back: what it replaced comes back, what it made goes into the history
///
/// This is a transaction of its own, so undoing it does the first again. Nothing is overwritten
/// that was changed since, unless `--overwrite` says so; then that goes into the history. The ledger keeps its rows: what was signed was signed.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kubepki undo --list                  what there is to undo, the last first
  kubepki undo --dry-run               the very files, and nothing written
  kubepki undo                         the last transaction
  kubepki undo 20261120T211500Z        an earlier one")]
pub(crate) struct Args {
    /// The transaction, as `--list` names it [default: the last]
    #[arg(value_name = "TRANSACTION")]
    transaction: Option<String>,
    /// List the transactions and stop
    #[arg(long, conflicts_with_all = ["transaction", "dry_run"])]
    list: bool,
    /// Print what would be done and stop
    #[arg(long)]
    dry_run: bool,
    /// Overwrite files that were changed since; as they are now, they go into the history
    #[arg(long)]
    overwrite: bool,
    /// Allow CAs and the ServiceAccount key to be taken away, which ends the trust in what they signed
    #[arg(long)]
    danger_remove_authorities: bool,
    /// How many seconds to wait for another run on this root
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    lock_timeout: u64,
    /// How to print the result
    #[arg(short, long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
}

impl Args {
    /// Whether it has no effect but what it prints.
    pub(crate) const fn only_prints(&self) -> bool {
        self.dry_run || self.list
    }
}

pub(crate) fn run(args: &Args, context: &mut Context) -> Result<u8, CommandError> {
    let pki = pki::open(context, Duration::from_secs(args.lock_timeout))?;
    if args.list {
        let history = pki.transactions().map_err(|error| failed(error, context))?;
        list(&history, args.output, context)?;
        return Ok(exit_code::DONE);
    }
    let undo = Undo {
        transaction: args.transaction.clone(),
        changed: if args.overwrite { Changed::Overwritten } else { Changed::Refused },
        may_remove_authorities: args.danger_remove_authorities,
    };
    let (undone, tense) = match args.dry_run {
        true => (pki.plan_undo(&undo, context.now), Tense::ToDo),
        false => (pki.undo(&undo, context.now), Tense::Done),
    };
    report(&undone.map_err(|error| failed(error, context))?, tense, args, context)?;
    Ok(exit_code::DONE)
}

fn failed(error: PkiError, context: &Context) -> CommandError {
    match error {
        PkiError::NothingToUndo => {
            CommandError::usage(error.to_string()).hint("name the root with `--dir`")
        }
        PkiError::NoTransaction { name, pruned } => {
            let refused = match pruned {
                None => CommandError::usage(format!("there is no transaction `{name}`")),
                Some(time) => {
                    let date = time.strftime("%Y-%m-%d");
                    CommandError::usage(format!("transaction `{name}` was pruned on {date}"))
                        .because("its old files were removed from the history, so it cannot be taken back")
                }
            };
            refused.hint("see `kubepki undo --list`")
        }
        PkiError::WouldRemoveAuthorities { transaction, paths } => {
            let more = match paths.len() - 1 {
                0 => String::new(),
                more => format!(" and {more} more files of CAs and key pairs"),
            };
            let first = &paths[0];
            CommandError::failed(format!("cannot undo `{transaction}`; nothing has changed"))
                .because(format!("it made `{first}`{more}, which would be taken away"))
                .hint("look at it with `--dry-run --danger-remove-authorities` first: all that these CAs signed ends with them")
                .hint("`--danger-remove-authorities` moves them into the history all the same")
        }
        PkiError::Undo { transaction, changed_by, source } => {
            not_undone(&transaction, changed_by.as_deref(), &source)
        }
        error => pki::failed(error, context),
    }
}

fn not_undone(
    transaction: &Transaction,
    changed_by: Option<&str>,
    error: &StoreError,
) -> CommandError {
    let what =
        if error.is_unchanged() { "cannot undo; nothing has changed" } else { "cannot undo" };
    let failed = pki::store(what, error);
    let StoreError::ChangedSince { path, .. } = error else { return failed };
    let name = transaction.name();
    let failed = match changed_by {
        Some(later) => failed.hint(format!(
            "`{later}` wrote it last: take that back first with `kubepki undo {later}`"
        )),
        None => failed.hint("it was changed by something else than kubepki".to_owned()),
    };
    let is_replaced = transaction.changes().contains(&(path, Change::Replaced));
    let old = format!("as it was before it lies in `.kubepki/history/{name}/{path}`; ");
    let old = if is_replaced { old.as_str() } else { "" };
    failed.hint(format!(
        "{old}`kubepki undo {name} --overwrite` goes on, and keeps what is there now in the history"
    ))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    api_version: &'static str,
    kind: &'static str,
    transaction: &'a str,
    time: String,
    restored: &'a [&'a StorePath],
    removed: &'a [&'a StorePath],
    #[serde(skip_serializing_if = "Option::is_none")]
    takes_back: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    expired: Vec<&'a StorePath>,
    afterwards: &'a Rollout,
}

fn report(
    undone: &Undone,
    tense: Tense,
    args: &Args,
    context: &mut Context,
) -> Result<(), CommandError> {
    let Undone { transaction, expired, rollout } = undone;
    let changes = transaction.changes();
    let with = |is_meant: fn(Change) -> bool| -> Vec<&StorePath> {
        changes.iter().filter(|(_, change)| is_meant(*change)).map(|(path, _)| *path).collect()
    };
    let restored = with(|change| change != Change::Created);
    let removed = with(|change| change == Change::Created);
    let document = Document {
        api_version: "kubepki/v1alpha1",
        kind: "Undo",
        transaction: transaction.name(),
        time: time(transaction),
        restored: &restored,
        removed: &removed,
        takes_back: transaction.undoes(),
        expired: expired.iter().map(|(path, _)| path).collect(),
        afterwards: rollout,
    };
    args.output.print(&document, context)?;
    if args.output == Format::Text {
        context.printer.heading(&format!("undo {} of {}", transaction.name(), time(transaction)));
        if let Some(first) = transaction.undoes() {
            let text = format!("  which took back {first}, so this does that again");
            context.printer.print(text);
        }
        for (word, files) in [("restore", &restored), ("remove", &removed)] {
            let names: Vec<_> = files.iter().map(|path| path.as_str()).collect();
            let shown = if context.global.verbose { names.len() } else { names.len().min(12) };
            let mut words = names[..shown].to_vec();
            let more = format!("and {} more, which `-v` names", names.len() - shown);
            if shown < names.len() {
                words.push(&more);
            }
            if !words.is_empty() {
                let lines = wrap(&format!("  {word:<8} "), &words.join(", "), WIDTH);
                lines.into_iter().for_each(|line| context.printer.print(line));
            }
        }
        let title = match tense {
            Tense::Done => "done",
            Tense::ToDo => "plan",
        };
        let (back, gone) = (restored.len(), removed.len());
        context.printer.print("");
        context.printer.print(format!("{title}: {back} put back, {gone} moved into the history"));
    }
    if let Some((path, end)) = expired.first() {
        let text = match expired.len() {
            1 => "a certificate that comes back has expired".to_owned(),
            count => format!("{count} of the certificates that come back have expired"),
        };
        context.printer.warning(&text);
        let end = end.strftime("%Y-%m-%d");
        context.printer.hint(&format!("`{path}` ended {end}; `kubepki renew` issues it again"));
    }
    rollout_text::print(rollout, tense, context);
    Ok(())
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Listed<'a> {
    name: &'a str,
    time: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    undoes: Option<&'a str>,
    created: Vec<&'a StorePath>,
    replaced: Vec<&'a StorePath>,
    removed: Vec<&'a StorePath>,
}

impl<'a> Listed<'a> {
    fn new(transaction: &'a Transaction) -> Self {
        let changes = transaction.changes();
        let with = |wanted| -> Vec<&StorePath> {
            changes.iter().filter(|(_, change)| *change == wanted).map(|(path, _)| *path).collect()
        };
        Self {
            name: transaction.name(),
            time: time(transaction),
            undoes: transaction.undoes(),
            created: with(Change::Created),
            replaced: with(Change::Replaced),
            removed: with(Change::Removed),
        }
    }

    fn counts(&self) -> String {
        let parts = [
            (self.created.len(), "created"),
            (self.replaced.len(), "replaced"),
            (self.removed.len(), "removed"),
        ];
        let parts = parts.iter().filter(|(count, _)| *count > 0);
        parts.map(|(count, word)| format!("{count} {word}")).collect::<Vec<_>>().join(", ")
    }
}

/// The transactions, the last first.
fn list(
    history: &[Transaction],
    format: Format,
    context: &mut Context,
) -> Result<(), CommandError> {
    let listed: Vec<_> = history.iter().rev().map(Listed::new).collect();
    if format != Format::Text {
        let document = serde_json::json!({
            "apiVersion": "kubepki/v1alpha1",
            "kind": "History",
            "transactions": listed,
        });
        return format.print(&document, context);
    }
    if listed.is_empty() {
        context.printer.talk("no transaction is on record here");
        return Ok(());
    }
    let width = listed.iter().map(|one| one.name.len()).max().unwrap_or(0).max(11);
    context.printer.heading(&format!("{:width$}  {:20}  FILES", "TRANSACTION", "TIME"));
    for one in &listed {
        let (name, time, counts) = (pad(one.name, width), &one.time, one.counts());
        context.printer.print(format!("{name}  {time:20}  {counts}"));
        if let Some(undone) = one.undoes {
            context.printer.print(format!("{:width$}  took back {undone}", ""));
        }
        if context.global.verbose {
            let groups =
                [("created", &one.created), ("replaced", &one.replaced), ("removed", &one.removed)];
            for (word, files) in groups {
                for file in files {
                    context.printer.print(format!("  {word:<9} {file}"));
                }
            }
        }
    }
    Ok(())
}

fn time(transaction: &Transaction) -> String {
    transaction.time().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
