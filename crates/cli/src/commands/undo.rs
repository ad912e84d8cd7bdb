//! `kubepki undo`: put the last transaction back.

use std::time::Duration;

use jiff::Timestamp;
use kubepki_cluster::{
    Rollout, StoreError, StorePath,
    store::{Change, Changed, Transaction},
};
use kubepki_pki::{PkiError, Undo, Undone};
use kubepki_report::{COLUMNS, Line, Page, Style, Table, View, day, first_of, time, wrap};
use serde::Serialize;

use super::Format;
use crate::{context::Context, error::CommandError, exit_code, pki, plan_text::Tense, rollout};

/// Undo the last transaction: restore the files it replaced, remove the files it created
///
/// Moves removed files into the history. This is a transaction too, so you can undo it. It refuses to
/// overwrite files that changed since then, unless you use `--overwrite`. The ledger keeps its rows.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kubepki undo --list                  list the transactions
  kubepki undo --dry-run               preview
  kubepki undo                         undo the last transaction
  kubepki undo 20261120T211500Z        undo an earlier one")]
pub(crate) struct Args {
    /// The transaction, as `--list` prints it [default: the last one]
    #[arg(value_name = "TRANSACTION")]
    transaction: Option<String>,
    /// List the transactions and stop
    #[arg(long, conflicts_with_all = ["transaction", "dry_run"])]
    list: bool,
    /// Print what would change and stop
    #[arg(long)]
    dry_run: bool,
    /// Overwrite files that changed since then; keeps their current contents in the history
    #[arg(long)]
    overwrite: bool,
    /// Allow removing CAs and the ServiceAccount key: nothing trusts their certificates and tokens
    /// any more
    #[arg(long)]
    danger_remove_authorities: bool,
    /// How many seconds to wait for another run on this root
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    lock_timeout: u64,
    /// The format of the output
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
                    let date = day(time);
                    CommandError::usage(format!("transaction `{name}` was pruned on {date}"))
                        .because("its old files are no longer in the history")
                }
            };
            refused.hint("list the transactions with `kubepki undo --list`")
        }
        PkiError::WouldRemoveAuthorities { transaction, paths } => {
            let more = match paths.len() - 1 {
                0 => String::new(),
                more => format!(" and {more} more files of CAs and key pairs"),
            };
            let first = &paths[0];
            CommandError::failed(format!("cannot undo `{transaction}`; nothing has changed"))
                .because(format!("this would remove `{first}`{more}, which the transaction created"))
                .hint("preview with `--dry-run --danger-remove-authorities`: every certificate of these CAs stops being trusted")
                .hint("to move them into the history all the same, use `--danger-remove-authorities`")
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
        Some(later) => failed
            .hint(format!("`{later}` wrote it last: first undo that with `kubepki undo {later}`")),
        None => failed.hint("another program changed it, not kubepki".to_owned()),
    };
    let is_replaced = transaction.changes().contains(&(path, Change::Replaced));
    let failed = match is_replaced {
        true => failed.hint(format!("the old file is `.kubepki/history/{name}/{path}`")),
        false => failed,
    };
    failed.hint(format!(
        "to undo it all the same, use `kubepki undo {name} --overwrite`: the history keeps the current file"
    ))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct UndoView<'a> {
    transaction: &'a str,
    time: Timestamp,
    restored: &'a [&'a StorePath],
    removed: &'a [&'a StorePath],
    #[serde(skip_serializing_if = "Option::is_none")]
    takes_back: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    expired: Vec<&'a StorePath>,
    afterwards: &'a Rollout,
    #[serde(skip)]
    tense: Tense,
}

impl View for UndoView<'_> {
    const KIND: Option<&'static str> = Some("Undo");

    fn lines(&self, page: Page) -> Vec<Line> {
        let heading = format!("undo {} of {}", self.transaction, time(self.time));
        let mut lines = vec![Line::new().styled(Style::Bold, &heading)];
        if let Some(first) = self.takes_back {
            lines.push(format!("  it undid {first}, so this does {first} again").into());
        }
        for (word, files) in [("restore", self.restored), ("remove", self.removed)] {
            let names: Vec<_> = files.iter().map(|path| path.as_str()).collect();
            if !names.is_empty() {
                let shown = first_of(&names, if page.verbose { names.len() } else { 12 });
                lines.extend(wrap(&format!("  {word:<8} "), &shown, COLUMNS));
            }
        }
        let (title, back, gone) = (self.tense.title(), self.restored.len(), self.removed.len());
        lines.push(Line::new());
        lines.push(format!("{title}: {back} restored, {gone} moved into the history").into());
        lines
    }
}

fn report(
    undone: &Undone,
    tense: Tense,
    args: &Args,
    context: &mut Context,
) -> Result<(), CommandError> {
    let Undone { transaction, expired, rollout: todo } = undone;
    let changes = transaction.changes();
    let with = |is_meant: fn(Change) -> bool| -> Vec<&StorePath> {
        changes.iter().filter(|(_, change)| is_meant(*change)).map(|(path, _)| *path).collect()
    };
    let restored = with(|change| change != Change::Created);
    let removed = with(|change| change == Change::Created);
    let view = UndoView {
        transaction: transaction.name(),
        time: transaction.time(),
        restored: &restored,
        removed: &removed,
        takes_back: transaction.undoes(),
        expired: expired.iter().map(|(path, _)| path).collect(),
        afterwards: todo,
        tense,
    };
    args.output.show(&view, context)?;
    if let Some((path, end)) = expired.first() {
        let text = match expired.len() {
            1 => "a restored certificate has expired".to_owned(),
            number => format!("{number} restored certificates have expired"),
        };
        context.printer.warning(&text);
        let end = day(*end);
        context.printer.hint(&format!("`{path}` expired {end}; `kubepki renew` renews it"));
    }
    rollout::print(todo, tense, context);
    Ok(())
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Listed<'a> {
    name: &'a str,
    time: Timestamp,
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
            time: transaction.time(),
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

#[derive(Serialize)]
struct TransactionList<'a> {
    transactions: Vec<Listed<'a>>,
}

impl View for TransactionList<'_> {
    const KIND: Option<&'static str> = Some("History");

    fn lines(&self, page: Page) -> Vec<Line> {
        let mut table = Table::new(["TRANSACTION", "TIME", "FILES"]);
        for one in &self.transactions {
            let undone = one.undoes.map(|undone| format!("  undoes {undone}").into());
            let mut below: Vec<Line> = undone.into_iter().collect();
            let groups =
                [("created", &one.created), ("replaced", &one.replaced), ("removed", &one.removed)];
            for (word, files) in groups.into_iter().filter(|_| page.verbose) {
                below.extend(files.iter().map(|file| Line::from(format!("  {word:<9} {file}"))));
            }
            table.row_with([one.name, &time(one.time), &one.counts()], below);
        }
        table.lines()
    }
}

/// The transactions, the last first.
fn list(
    history: &[Transaction],
    format: Format,
    context: &mut Context,
) -> Result<(), CommandError> {
    let transactions = history.iter().rev().map(Listed::new).collect();
    let list = TransactionList { transactions };
    format.show(&list, context)?;
    if format == Format::Text && list.transactions.is_empty() {
        context.printer.talk("there are no transactions");
    }
    Ok(())
}
