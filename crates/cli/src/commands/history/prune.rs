//! `kubepki history prune`: remove the old files of old transactions.

use std::time::Duration;

use kubepki_cluster::{StorePath, spec::Lifetime, store::Removal};
use kubepki_pki::{PruneReport, Pruning};
use kubepki_report::{Line, Page, View};
use serde::Serialize;

use super::{
    failed,
    table::{self, Listed},
};
use crate::{commands::Format, context::Context, error::CommandError, exit_code, pki};

/// Remove old transactions from the history, so that `undo` can no longer undo them
///
/// Prunes a transaction if it is older than `--older-than` and not among the last `--keep`. Always
/// keeps the last one, for `undo`. Also keeps old encryption keys while the encryption file of the root
/// has several keys (a rotation is not finished), is missing, or cannot be read.
///
/// With `--shred` it overwrites the files with zeros before it removes them. This does not help on
/// SSDs, on file systems that copy on write or compress (btrfs, ZFS), or against snapshots and backups.
/// It does not overwrite a file that has another name (a hard link).
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kubepki history prune --dry-run              preview
  kubepki history prune                        what is older than 90 days
  kubepki history prune --older-than 1d --keep 10 --shred

Exit codes: 3 if the history has files, links or folders that do not belong to
a transaction; it names and leaves them.")]
pub(super) struct Args {
    /// Prune only transactions older than this
    #[arg(long, value_name = "DURATION", default_value = "90d")]
    older_than: Lifetime,
    /// Keep at least the last N transactions
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    keep: u32,
    /// Prune old encryption keys too, even if a rotation is not finished or their file is missing: you
    /// lose the Secrets that were not rewritten
    #[arg(long)]
    danger_encryption_keys: bool,
    /// Overwrite files before removing them
    #[arg(long)]
    shred: bool,
    /// Print what it would prune and stop
    #[arg(long)]
    dry_run: bool,
    /// How many seconds to wait for another run on this root
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    lock_timeout: u64,
    /// The format of the output
    #[arg(short, long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
}

impl Args {
    /// Whether it has no effect but what it prints.
    pub(super) const fn only_prints(&self) -> bool {
        self.dry_run
    }
}

pub(super) fn run(args: &Args, context: &mut Context) -> Result<u8, CommandError> {
    let pki = pki::open(context, Duration::from_secs(args.lock_timeout))?;
    let pruning = Pruning {
        older_than: args.older_than.duration(),
        keep: args.keep,
        with_needed_keys: args.danger_encryption_keys,
        removal: if args.shred { Removal::Shredded } else { Removal::Unlinked },
    };
    let pruned = match args.dry_run {
        true => pki.plan_prune(&pruning, context.now),
        false => pki.prune(&pruning, context.now),
    };
    report(pruned.map_err(|error| failed(error, context))?, args, context)
}

#[derive(Serialize)]
struct HeldTransaction {
    name: String,
    path: StorePath,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PruningView<'a> {
    dry_run: bool,
    pruned: &'a [Listed],
    kept: usize,
    needed_by_rotation: &'a [HeldTransaction],
    not_overwritten: &'a [String],
    foreign: &'a [String],
}

impl View for PruningView<'_> {
    const KIND: Option<&'static str> = Some("HistoryPrune");

    fn lines(&self, page: Page) -> Vec<Line> {
        let mut lines = table::lines(self.pruned, page);
        if !lines.is_empty() {
            lines.push(Line::new());
        }
        let (count, kept) = (self.pruned.len(), self.kept);
        lines.push(match self.dry_run {
            true => format!("plan: {count} to prune, {kept} kept").into(),
            false => format!("done: {count} pruned, {kept} kept").into(),
        });
        lines
    }
}

fn report(pruned: PruneReport, args: &Args, context: &mut Context) -> Result<u8, CommandError> {
    let PruneReport { pruned, held, kept, not_overwritten, foreign } = pruned;
    let listed: Vec<_> = pruned.into_iter().map(Listed::from).collect();
    let held: Vec<_> =
        held.into_iter().map(|(name, path)| HeldTransaction { name, path }).collect();
    let view = PruningView {
        dry_run: args.dry_run,
        pruned: &listed,
        kept,
        needed_by_rotation: &held,
        not_overwritten: &not_overwritten,
        foreign: &foreign,
    };
    args.output.show(&view, context)?;
    for HeldTransaction { name, path } in &held {
        let text = format!("kept `{name}`: it has old encryption keys of `{path}`");
        context.printer.warning(&text);
    }
    if !held.is_empty() {
        context.printer.hint("these keys may still be needed: first finish the rotation with `kubepki rotate encryption-key`");
    }
    for path in &not_overwritten {
        let text = format!("did not overwrite `{path}`: it has another name (a hard link)");
        context.printer.warning(&text);
    }
    if args.shred && !args.dry_run && !listed.is_empty() {
        context.printer.talk(
            "overwrote the files; SSDs, copy-on-write file systems, snapshots and backups may still have copies",
        );
    }
    for path in &foreign {
        context.printer.warning(&format!("left `{path}`: it does not belong to a transaction"));
    }
    if foreign.is_empty() {
        return Ok(exit_code::DONE);
    }
    context.printer.hint("check these files, and remove them by hand");
    Ok(exit_code::FOUND)
}
