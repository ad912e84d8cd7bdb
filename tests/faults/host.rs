//! SIGKILL and a full disk at system calls of a `host install` that replaces files: the machine's
//! files are all old, or all new, or the next run makes them so.

use std::fs;

use super::{
    root::{Node, Root, Tree, tree_of},
    strace::{Call, inject, trace},
    sweep::{Outcome, is_full, spread, sweep},
};

const INSTALL: &[&str] = &["host", "install", "new.tar.gz", "--root", "machine"];

/// Calls that change what a name means, and those that take space.
const STRUCK: &[&str] =
    &["fchmod", "flock", "fsync", "linkat", "mkdirat", "openat", "renameat", "unlinkat", "write"];

/// A machine with old files, and a bundle of new ones for it.
struct Prepared {
    root: Root,
    old: Tree,
    new: Tree,
    calls: Vec<Call>,
}

impl Prepared {
    fn new() -> Self {
        let root = Root::changed();
        let machine = root.path().join("machine");
        fs::create_dir(&machine).unwrap();
        root.kubepki(&["host", "bundle", "server", "-o", "old.tar.gz"]).expect_success();
        let install = ["host", "install", "old.tar.gz", "--root", "machine"];
        root.kubepki(&install).expect_success();
        root.kubepki(&["apply"]).expect_success();
        root.kubepki(&["host", "bundle", "server", "-o", "new.tar.gz"]).expect_success();
        let old = files(&root);
        let traced = Root::copy_of(&root);
        let calls = trace(&traced, INSTALL);
        let new = files(&traced);
        let changed = old.iter().filter(|(path, node)| new[*path] != **node).count();
        assert!(changed > 1 && changed < old.len(), "{changed} of {}", old.len());
        Self { root, old, new, calls }
    }

    /// The points at which a call is struck: all that touch the machine, where all are asked for.
    fn points(&self) -> Vec<(String, usize)> {
        let mut points = Vec::new();
        for name in STRUCK {
            let all: Vec<_> = self
                .calls
                .iter()
                .filter(|call| call.name == *name)
                .map(|call| (call.name.clone(), call.n))
                .collect();
            let some =
                if is_full() || matches!(*name, "renameat" | "linkat") { all.len() } else { 6 };
            if !all.is_empty() {
                points.extend(spread(&all, some.max(2)));
            }
        }
        points
    }

    fn strike(&self, (name, n): &(String, usize), fault: &str) -> Result<Outcome, String> {
        let root = Root::copy_of(&self.root);
        let run = inject(&root, INSTALL, &[format!("{name}:{fault}:when={n}")]);
        let struck = files(&root);
        if run.code == Some(0) {
            let done = if struck == self.new { Ok(Outcome::Missed) } else { Err("not done") };
            return done.map_err(|error| format!("{error}: {run:#?}"));
        }
        let is_private = |(path, node): (&String, &Node)| {
            !path.ends_with(".key") && !path.ends_with(".conf") || node.mode & 0o077 == 0
        };
        if !tree_of(&root.path().join("machine")).iter().all(is_private) {
            return Err("somebody else may read a key".to_owned());
        }
        let state = root.path().join("machine/var/lib/kubepki");
        let pending = ["journal", "journal.rollback"].iter().any(|name| state.join(name).exists());
        if !pending && struck != self.old && struck != self.new {
            return Err(format!("some are old and some new: {run:#?}"));
        }
        if run.code.is_some() && struck != self.old {
            return Err(format!("an error left something changed: {run:#?}"));
        }
        let before = tree_of(root.path());
        let look = root.kubepki(&[INSTALL, &["--dry-run"]].concat());
        if !look.succeeded() || tree_of(root.path()) != before {
            return Err(format!("a reader is at a loss or writes: {look:#?}"));
        }
        let next = root.kubepki(INSTALL);
        if !next.succeeded() || files(&root) != self.new {
            return Err(format!("the next run does not put it right: {next:#?}"));
        }
        Ok(Outcome::Held)
    }
}

#[test]
fn an_installation_may_be_killed_anywhere() {
    let prepared = Prepared::new();
    let points = prepared.points();
    let missed = sweep("killed installation", &points, |point| {
        let struck = prepared.strike(point, "signal=SIGKILL");
        struck.map_err(|error| format!("{} number {}: {error}", point.0, point.1))
    });
    assert!(missed.len() < points.len() / 4, "{missed:?}");
}

#[test]
fn an_installation_on_a_full_disk_changes_nothing() {
    let prepared = Prepared::new();
    let takes_space = ["fchmod", "linkat", "mkdirat", "openat", "renameat", "write"];
    let points: Vec<_> = prepared
        .points()
        .into_iter()
        .filter(|(name, _)| takes_space.contains(&name.as_str()))
        // The loader opens its libraries, and the last write is the answer.
        .filter(|(name, n)| prepared.is_in_machine(name, *n))
        .collect();
    sweep("installation on a full disk", &points, |point| {
        let struck = prepared.strike(point, "error=ENOSPC");
        struck.map_err(|error| format!("{} number {}: {error}", point.0, point.1))
    });
}

impl Prepared {
    fn is_in_machine(&self, name: &str, n: usize) -> bool {
        let is_it = |call: &&Call| call.name == name && call.n == n;
        self.calls.iter().any(|call| is_it(&call) && call.text.contains("/machine"))
    }
}

/// The machine's files, without what the store keeps for itself.
fn files(root: &Root) -> Tree {
    let mut tree = tree_of(&root.path().join("machine"));
    tree.retain(|path, node| !node.is_directory() && !path.starts_with("var/lib/kubepki/"));
    tree
}
