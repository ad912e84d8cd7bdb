//! SIGKILL at the entry of each system call of an `apply`, and then an `apply` that is left alone.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::atomic::{AtomicUsize, Ordering},
};

use super::{
    root::{Root, Tree},
    strace::{Call, inject, trace},
    sweep::{Outcome, is_full, spread, sweep},
    whole::{
        each_is_one_of, history_is_of, is_whole, judged_by_openssl, pairs_match,
        secrets_are_private,
    },
};

#[test]
fn the_first_apply_may_be_killed_anywhere() {
    Scenario::new("killed bootstrap", Root::new()).sweep();
}

#[test]
fn a_change_may_be_killed_anywhere() {
    Scenario::new("killed change", Root::changed()).sweep();
}

/// Killed between the renames into place, and then again while that is rolled forward.
#[test]
fn completing_a_killed_change_may_be_killed_anywhere() {
    let prepared = Root::changed();
    let old = prepared.tree();
    let killed = inject(&prepared, &["apply"], &["renameat:signal=SIGKILL:when=4".to_owned()]);
    assert_eq!(killed.code, None, "{killed:#?}");
    assert!(prepared.path().join(".kubepki/journal").exists());
    Scenario { old, changing: 6, ..Scenario::new("killed completion", prepared) }.sweep();
}

/// Failed between the renames into place, killed while that was taken back, and then again while
/// that is finished.
#[test]
fn taking_back_a_failed_change_may_be_killed_anywhere() {
    let unspoilt = Root::changed();
    let failure = "renameat:error=EIO:when=6".to_owned();
    let prepared = (1..50)
        .map(|n| {
            let root = Root::copy_of(&unspoilt);
            let kill = format!("unlinkat:signal=SIGKILL:when={n}");
            let run = inject(&root, &["apply"], &[failure.clone(), kill]);
            assert!(run.code != Some(0), "{run:#?}");
            root
        })
        .skip_while(|root| !root.path().join(".kubepki/journal.rollback").exists())
        // Some way into the roll-back.
        .nth(3)
        .unwrap();
    assert!(prepared.path().join(".kubepki/journal.rollback").exists());
    let old = unspoilt.tree();
    Scenario { old, changing: 6, ..Scenario::new("killed roll-back", prepared) }.sweep();
}

/// Calls that change what a name means, a lock, or what is durable.
const CHANGING: &[&str] = &[
    "fdatasync",
    "flock",
    "fsync",
    "ftruncate",
    "linkat",
    "mkdirat",
    "renameat",
    "renameat2",
    "syncfs",
    "unlinkat",
];

/// Calls whose number depends on how threads meet and where memory lies.
const UNSTEADY: &[&str] =
    &["brk", "futex", "madvise", "mmap", "mprotect", "munmap", "read", "sched_yield"];

struct Scenario {
    name: &'static str,
    /// What each run begins with.
    prepared: Root,
    /// What there was before the first run of all.
    old: Tree,
    /// What a run that is left alone makes of it.
    good: Tree,
    calls: Vec<Call>,
    /// Where they were made.
    traced: PathBuf,
    /// How many of each of [`CHANGING`] are tried when not all are.
    changing: usize,
}

impl Scenario {
    fn new(name: &'static str, prepared: Root) -> Self {
        let root = Root::copy_of(&prepared);
        let calls = trace(&root, &["apply"]);
        let (old, good, traced) = (prepared.tree(), root.tree(), root.path().to_owned());
        Self { name, prepared, old, good, calls, traced, changing: usize::MAX }
    }

    fn sweep(self) {
        let points = self.points();
        let tried = AtomicUsize::new(0);
        let began_with = self.prepared.tree();
        let missed = sweep(self.name, &points, |point| {
            let thorough = tried.fetch_add(1, Ordering::Relaxed).is_multiple_of(40);
            self.kill(point, &began_with, thorough)
                .map_err(|error| format!("{}, {} number {}: {error}", self.name, point.0, point.1))
        });
        all_reached(self.name, &missed);
    }

    fn points(&self) -> Vec<Point> {
        points(&self.calls, &self.traced, self.changing)
    }

    fn kill(
        &self,
        (name, n): &Point,
        began_with: &Tree,
        thorough: bool,
    ) -> Result<Outcome, String> {
        let root = Root::copy_of(&self.prepared);
        let run = inject(&root, &["apply"], &[format!("{name}:signal=SIGKILL:when={n}")]);
        match run.code {
            None => {}
            Some(0) => return Ok(Outcome::Missed),
            Some(_) => return Err(format!("not killed: {run:#?}")),
        }
        let killed = root.tree();
        secrets_are_private(&killed)?;

        let reader = root.kubepki(&["plan", "--exit-code"]);
        if !matches!(reader.code, Some(0 | 3)) || root.tree() != killed {
            return Err(format!("a reader is at a loss or writes: {reader:#?}"));
        }

        let repaired = root.kubepki(&["apply"]);
        if !repaired.succeeded() {
            return Err(format!("the next apply fails: {repaired:#?}"));
        }
        let now = root.tree();
        each_is_one_of(&killed, &[&self.old, began_with, &now])?;
        history_is_of(&self.old, &now)?;
        is_whole(&root, &self.good)?;
        if thorough {
            judged_by_openssl(&root, &now)?;
        }
        Ok(Outcome::Held)
    }
}

/// The name of a call, and the how-manieth it is.
pub(super) type Point = (String, usize);

/// Every point of a traced run; or all of [`CHANGING`] and the first, the last and some between of
/// the others, fewer of those that touch nothing in the root. At most `changing` of each are tried
/// when not all are.
pub(super) fn points(calls: &[Call], traced: &Path, changing: usize) -> Vec<Point> {
    let mut names: BTreeMap<&str, (usize, bool)> = BTreeMap::new();
    // The execve is strace's own child becoming the command; strace injects nothing there.
    for call in calls.iter().filter(|call| call.name != "execve") {
        let (count, touches) = names.entry(&call.name).or_default();
        *count = call.n.max(*count);
        *touches |= call.is_below(traced);
    }
    let mut points = Vec::new();
    for (name, (count, touches)) in names {
        let all: Vec<_> = (1..=count).map(|n| (name.to_owned(), n)).collect();
        let some = match (CHANGING.contains(&name), touches) {
            _ if is_full() => count,
            (true, _) => changing,
            (false, true) => 6,
            (false, false) => 2,
        };
        points.extend(spread(&all, some));
    }
    points
}

/// Panics when a point was missed that every run reaches.
pub(super) fn all_reached(name: &str, missed: &[&Point]) {
    let steady = missed.iter().find(|point| !UNSTEADY.contains(&point.0.as_str()));
    assert!(steady.is_none(), "{name}: {steady:?} was never reached");
}

/// The checks above can fail: each is shown what it is there for.
#[test]
fn the_checks_see_what_they_are_for() {
    let root = Root::applied();
    let good = root.tree();
    let key = "hosts/server/etc/kubernetes/pki/apiserver.key";
    pairs_match(&good).unwrap();
    secrets_are_private(&good).unwrap();
    judged_by_openssl(&root, &good).unwrap();

    let spoil = |spoil: &dyn Fn(&mut super::root::Node)| {
        let mut tree = good.clone();
        spoil(tree.get_mut(key).unwrap());
        tree
    };
    let other = good["hosts/server/etc/kubernetes/pki/scheduler-server.key"].contents.clone();
    let swapped = spoil(&|node| node.contents.clone_from(&other));
    pairs_match(&swapped).unwrap_err();
    let torn = spoil(&|node| node.contents.truncate(100));
    pairs_match(&torn).unwrap_err();
    each_is_one_of(&torn, &[&good]).unwrap_err();
    history_is_of(&good, &torn).unwrap_err();
    let wide = spoil(&|node| node.mode |= 0o040);
    secrets_are_private(&wide).unwrap_err();
    each_is_one_of(&wide, &[&good]).unwrap_err();
    std::fs::write(root.path().join(key), other).unwrap();
    judged_by_openssl(&root, &good).unwrap_err();
    is_whole(&root, &good).unwrap_err();
}
