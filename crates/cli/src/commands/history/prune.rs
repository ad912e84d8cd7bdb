//! `kubepki history prune`: remove the old files of old transactions.

use std::time::Duration;

use kubepki_cluster::{StorePath, spec::Lifetime, store::Removal};
use kubepki_pki::{PruneReport, Pruning};
use serde::Serialize;

use super::{
    failed,
    table::{self, Listed},
};
use crate::{commands::Format, context::Context, error::CommandError, exit_code, pki};

/// Remove the old files of old transactions from the history; they cannot be undone any more
///
/// A transaction goes if it is older than `--older-than` and not among the last `--keep`. The last
/// one always stays, so that `undo` can take it back. So do transactions with old encryption keys
/// as long as the file in the root has several keys (a rotation is not finished), is gone, or cannot be read.
///
/// Without `--shred` only the names of files are removed. With it their bytes are overwritten with
/// zeros first. That promises nothing on SSDs, on file systems that copy on write or compress (btrfs, ZFS), and
/// for snapshots and backups. A file with another name (a hard link) is not overwritten, for that name would
/// lose its bytes too.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kubepki history prune --dry-run              what would go
  kubepki history prune                        what is older than 90 days
  kubepki history prune --older-than 1d --keep 10 --shred

Exit codes: 3 if the history has files, links or folders that no transaction
put there; they are named and left, and the rest is done.")]
pub(super) struct Args {
    /// Remove only what is older than this
    #[arg(long, value_name = "DURATION", default_value = "90d")]
    older_than: Lifetime,
    /// Keep at least so many transactions, the last ones
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    keep: u32,
    /// Remove old encryption keys too while a rotation is not finished, or their file is gone:
    /// Secrets that were not written again are lost
    #[arg(long)]
    danger_encryption_keys: bool,
    /// Overwrite the files before they are removed
    #[arg(long)]
    shred: bool,
    /// Print what would be removed and stop
    #[arg(long)]
    dry_run: bool,
    /// How many seconds to wait for another run on this root
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    lock_timeout: u64,
    /// How to print the result
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
struct Held {
    name: String,
    path: StorePath,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    api_version: &'static str,
    kind: &'static str,
    dry_run: bool,
    pruned: &'a [Listed],
    kept: usize,
    needed_by_rotation: &'a [Held],
    not_overwritten: &'a [String],
    foreign: &'a [String],
}

fn report(pruned: PruneReport, args: &Args, context: &mut Context) -> Result<u8, CommandError> {
    let PruneReport { pruned, held, kept, not_overwritten, foreign } = pruned;
    let listed: Vec<_> = pruned.into_iter().map(Listed::from).collect();
    let held: Vec<_> = held.into_iter().map(|(name, path)| Held { name, path }).collect();
    let document = Document {
        api_version: "kubepki/v1alpha1",
        kind: "HistoryPrune",
        dry_run: args.dry_run,
        pruned: &listed,
        kept,
        needed_by_rotation: &held,
        not_overwritten: &not_overwritten,
        foreign: &foreign,
    };
    args.output.print(&document, context)?;
    if args.output == Format::Text {
        if !listed.is_empty() {
            table::print(&listed, context);
            context.printer.print("");
        }
        let count = listed.len();
        context.printer.print(match args.dry_run {
            true => format!("plan: {count} to prune, {kept} kept"),
            false => format!("done: {count} pruned, {kept} kept"),
        });
    }
    for Held { name, path } in &held {
        let text = format!("`{name}` stays: it has old encryption keys, of `{path}`");
        context.printer.warning(&text);
    }
    if !held.is_empty() {
        context.printer.hint("they may be needed until the file there has one key: finish the rotation with `kubepki rotate encryption-key`");
    }
    for path in &not_overwritten {
        let text = format!("`{path}` was not overwritten: it has another name (a hard link)");
        context.printer.warning(&text);
    }
    if args.shred && !args.dry_run && !listed.is_empty() {
        context.printer.talk(
            "the files were overwritten; SSDs, copy-on-write file systems, snapshots and backups may still have copies",
        );
    }
    for path in &foreign {
        context.printer.warning(&format!("`{path}` is not from a transaction, and is left"));
    }
    if foreign.is_empty() {
        return Ok(exit_code::DONE);
    }
    context.printer.hint("look at what is there, and remove it by hand");
    Ok(exit_code::FOUND)
}
