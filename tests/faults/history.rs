//! SIGKILL at the entry of each system call of a `history prune`, errors of the system in it, and other
//! runs at the same time.

use std::path::Path;

use kubepki_testkit::programs;

use super::{
    kill::{all_reached, points},
    root::{Root, Tree},
    strace::{inject, trace},
    sweep::{Outcome, sweep},
};
use crate::clock::at;

const PRUNE: &[&str] = &["history", "prune", "--quiet"];
const SHRED: &[&str] = &["history", "prune", "--shred", "--quiet"];

#[test]
fn a_prune_may_be_killed_anywhere() {
    killed("killed prune", PRUNE, &["history", "prune", "--older-than=36500d"]);
}

/// What completes it is a verb that has nothing to do with it.
#[test]
fn a_prune_that_overwrites_may_be_killed_anywhere() {
    killed("killed shredding", SHRED, &["apply"]);
}

/// Every transaction is whole or gone, and gone wholly after the next run.
fn killed(title: &str, args: &[&str], next: &[&str]) {
    let prepared = renewed();
    let traced = Root::copy_of(&prepared);
    let points = points(&trace(&traced, args), traced.path(), 12);
    let old = prepared.tree();
    let missed = sweep(title, &points, |(name, n)| {
        let root = Root::copy_of(&prepared);
        let run = inject(&root, args, &[format!("{name}:signal=SIGKILL:when={n}")]);
        match run.code {
            None => {}
            Some(0) => return Ok(Outcome::Missed),
            Some(_) => return Err(format!("not killed: {run:#?}")),
        }
        let checked = root.kubepki(next);
        if !checked.succeeded() {
            return Err(format!("the next run fails: {checked:#?}"));
        }
        all_or_none(&old, &root.tree()).map_err(|error| format!("{name} number {n}: {error}"))?;
        Ok(Outcome::Held)
    });
    all_reached(title, &missed);
}

#[test]
fn an_error_in_a_prune_is_said_and_the_next_run_completes_it() {
    let prepared = renewed();
    let old = prepared.tree();
    for call in ["renameat", "unlinkat", "fsync"] {
        for n in 1..4 {
            let root = Root::copy_of(&prepared);
            let run = inject(&root, PRUNE, &[format!("{call}:error=EIO:when={n}")]);
            assert!(matches!(run.code, Some(0 | 1)), "{call} {n}: {run:#?}");
            root.kubepki(&["apply"]).expect_success();
            all_or_none(&old, &root.tree()).unwrap_or_else(|error| panic!("{call} {n}: {error}"));
        }
    }
}

#[test]
fn prunes_and_other_runs_at_once_come_one_after_the_other() {
    let prepared = renewed();
    let old = prepared.tree();
    for round in 0..10 {
        let root = Root::copy_of(&prepared);
        let runs: [&[&str]; 4] = [PRUNE, SHRED, &["renew", "jane"], &["history", "list"]];
        let root_ref = &root;
        std::thread::scope(|scope| {
            let running = runs.map(|args| scope.spawn(move || (args, root_ref.kubepki(args))));
            for run in running {
                let (args, output) = run.join().unwrap();
                assert!(output.succeeded(), "{round}: {args:?}: {output:#?}");
            }
        });
        all_or_none(&old, &root.tree()).unwrap_or_else(|error| panic!("{round}: {error}"));
        // That of today is the last one when a prune comes before the renewal, and young after it.
        assert_eq!(records(&root.tree(), ".json").len(), 2, "{round}");
    }
}

/// A root with three transactions, the last one of today, and old files in two of them.
fn renewed() -> Root {
    let root = Root::new();
    for (time, args) in [("2026-01-01", &["apply"][..]), ("2026-02-01", &["renew", "--all"])] {
        let command = at(&format!("{time} 00:00:00"), &root.command(args));
        programs::finish(command, b"").expect_success();
    }
    root.kubepki(&["renew", "--all"]).expect_success();
    root
}

/// The transactions that are on record with such an ending.
fn records(tree: &Tree, ending: &str) -> Vec<String> {
    let below = |path: &str| path.strip_prefix(".kubepki/history/").map(str::to_owned);
    let names = tree.keys().filter_map(|path| below(path)).filter(|name| !name.contains('/'));
    names.filter_map(|name| name.strip_suffix(ending).map(str::to_owned)).collect()
}

/// What lies in the folders of the transactions that are on record is what was there, and there is
/// nothing of the others.
fn all_or_none(old: &Tree, now: &Tree) -> Result<(), String> {
    let on_record = records(now, ".json");
    for name in records(old, ".json") {
        let folder = format!(".kubepki/history/{name}");
        let of = |tree: &Tree| -> Vec<_> {
            let is_in = |path: &&String| Path::new(path).starts_with(&folder);
            tree.keys()
                .filter(is_in)
                .map(|path| (path.clone(), tree[path].contents.clone()))
                .collect()
        };
        let (was, is) = (of(old), of(now));
        if on_record.contains(&name) && was != is {
            return Err(format!("`{name}` is on record, and not whole"));
        }
        if !on_record.contains(&name) && !is.is_empty() {
            return Err(format!("`{name}` is pruned, and {} of its files are there", is.len()));
        }
    }
    Ok(())
}
