//! Errors of the system at each system call of an `apply` that touches the root: exit 1, one
//! error, and not a byte changed.

use super::{
    root::{Root, Tree},
    strace::{Call, inject, trace},
    sweep::{Outcome, is_full, spread, sweep},
    whole::{is_unchanged, is_whole},
};
use kubepki_testkit::Output;

#[test]
fn an_error_in_the_first_apply_changes_nothing() {
    Scenario::new("error in bootstrap", Root::new()).sweep();
}

#[test]
fn an_error_in_a_change_changes_nothing() {
    Scenario::new("error in change", Root::changed()).sweep();
}

/// What fails goes on failing, as on a disk that is full or broken: where the change cannot be
/// taken back either, that is said, and the next run makes it whole.
#[test]
fn an_error_that_stays_is_told_as_it_is_and_made_good_later() {
    Scenario::new("lasting error in bootstrap", Root::new()).sweep_lasting();
    Scenario::new("lasting error in change", Root::changed()).sweep_lasting();
}

#[test]
fn without_random_numbers_nothing_is_made() {
    let root = Root::new();
    let before = root.tree();
    let run = inject(&root, &["apply"], &["getrandom:error=EIO".to_owned()]);
    assert!(!run.succeeded() && root.tree() == before, "{run:#?}");

    let calls = trace(&Root::copy_of(&root), &["apply"]);
    let count = calls.iter().filter(|call| call.name == "getrandom").map(|call| call.n).max();
    let points: Vec<_> = (1..=count.unwrap()).collect();
    let points = if is_full() { points } else { spread(&points, 20) };
    let good = Root::applied().tree();
    let missed = sweep("no random number", &points, |n| {
        let root = Root::copy_of(&root);
        let run = inject(&root, &["apply"], &[format!("getrandom:error=EIO:when={n}")]);
        // The seed of std's hash tables: std gives up, before there is anything to take back.
        let is_std = run.code == Some(101) && run.stderr.contains("library/std/src/sys/random");
        let outcome = if run.succeeded() {
            is_whole(&root, &good).map(|()| Outcome::Missed)
        } else if root.tree() != before {
            Err(format!("the tree has changed: {run:#?}"))
        } else if is_std {
            Ok(Outcome::Held)
        } else {
            one_error(&run).map(|()| Outcome::Held)
        };
        outcome.map_err(|error| format!("getrandom number {n}: {error}"))
    });
    // The allocator of the C library asks first, for a seed that it can do without; but strace counts
    // in each thread, and in some the first is the seed of a hash table.
    assert!(missed.iter().all(|n| **n == 1), "{missed:?}");
}

/// Calls of which each one is tried. `openat` is added, in full or in part: it reads more often
/// than it makes. Left out are `close`, whose errors nobody can act on, `fcntl`, which only asks,
/// and `flock` and `ftruncate` where the lock is given back and the files are in place.
const FAILING: &[&str] = &[
    "faccessat",
    "fchmod",
    "fchown",
    "fdatasync",
    "fsync",
    "linkat",
    "mkdirat",
    "pwrite64",
    "renameat",
    "renameat2",
    "syncfs",
    "unlinkat",
    "write",
];

/// Calls that go on failing when a disk is broken, and when it is full. Not `write`: stderr could
/// not be written either; `full_disk` has the disk that is really full.
const LASTING: &[(&str, &[&str])] = &[
    ("EIO", &["fdatasync", "fsync", "linkat", "renameat", "syncfs", "unlinkat"]),
    ("ENOSPC", &["linkat", "mkdirat"]),
];

struct Scenario {
    name: &'static str,
    prepared: Root,
    before: Tree,
    /// How many certificates were on record then.
    rows: usize,
    good: Tree,
    calls: Vec<Call>,
}

impl Scenario {
    fn new(name: &'static str, prepared: Root) -> Self {
        let root = Root::copy_of(&prepared);
        let calls = calls_in(&root, &["apply"]);
        let (before, rows) = (prepared.tree(), rows(&prepared));
        Self { name, before, rows, prepared, good: root.tree(), calls }
    }

    fn sweep(self) {
        let points = points(&self.calls);
        let missed = sweep(self.name, &points, |(call, error)| {
            let Call { name, n, text, .. } = call;
            self.fail(call, error).map_err(|said| {
                format!("{}, {error} of {name} number {n}, {text}: {said}", self.name)
            })
        });
        assert!(missed.is_empty(), "{}: {} points were never reached", self.name, missed.len());
    }

    fn fail(&self, call: &Call, error: &str) -> Result<Outcome, String> {
        let root = Root::copy_of(&self.prepared);
        let rule = format!("{}:error={error}:when={}", call.name, call.n);
        let run = inject(&root, &["apply"], &[rule]);
        if run.succeeded() && is_of_the_journals_folder(call) {
            is_whole(&root, &self.good)?;
            return Ok(Outcome::Held);
        }
        if run.succeeded() {
            return Err(format!("it does not matter: {run:#?}"));
        }
        one_error(&run)?;
        is_unchanged(&root, &self.before).map_err(|said| format!("{said}: {run:#?}"))?;
        says_what_is_on_record(&run, rows(&root) > self.rows)?;
        Ok(Outcome::Held)
    }

    fn sweep_lasting(self) {
        let mut points = Vec::new();
        for (error, names) in LASTING {
            for name in *names {
                let all: Vec<_> = self.calls.iter().filter(|call| call.name == *name).collect();
                let some = if is_full() { all } else { spread(&all, 5) };
                points.extend(some.into_iter().map(|call| (call, *error)));
            }
        }
        sweep(self.name, &points, |(call, error)| {
            let Call { name, n, text, .. } = call;
            self.fail_for_good(call, error).map_err(|said| {
                format!("{}, {error} of {name} from {n}, {text}: {said}", self.name)
            })
        });
    }

    fn fail_for_good(&self, call: &Call, error: &str) -> Result<Outcome, String> {
        let root = Root::copy_of(&self.prepared);
        let rule = format!("{}:error={error}:when={}+", call.name, call.n);
        let run = inject(&root, &["apply"], &[rule]);
        one_error(&run)?;
        if ["nothing has changed", "as they were"].iter().any(|said| run.stderr.contains(said)) {
            is_unchanged(&root, &self.before).map_err(|said| format!("{said}: {run:#?}"))?;
        }
        let repaired = root.kubepki(&["apply"]);
        if !repaired.succeeded() {
            return Err(format!("the next apply fails: {repaired:#?}"));
        }
        is_whole(&root, &self.good)?;
        Ok(Outcome::Held)
    }
}

/// The calls of a run, which has to be a good one, that touch the root.
///
/// The loader, the C library and the output are not the root's; tests of their own see to the
/// output. Only the main thread (0) touches files. A spec that cannot be read is bad input (2),
/// which is another test's.
pub(super) fn calls_in(root: &Root, args: &[&str]) -> Vec<Call> {
    let mut calls = trace(root, args);
    let is_spec =
        |call: &Call| call.text.contains("AT_FDCWD") && call.text.contains("cluster.yaml");
    calls.retain(|call| call.thread == 0 && call.is_below(root.path()) && !is_spec(call));
    calls
}

/// The calls to fail, and how.
pub(super) fn points(calls: &[Call]) -> Vec<(&Call, &'static str)> {
    let (made, opened): (Vec<_>, Vec<_>) = calls
        .iter()
        .filter(|call| call.name == "openat" || FAILING.contains(&call.name.as_str()))
        // SQLite gives its journal, as root, to whoever has the ledger, and does without.
        .filter(|call| call.name != "fchown" || !call.text.contains("ledger.db-journal"))
        .partition(|call| call.name != "openat" || call.text.contains("O_CREAT"));
    let opened = if is_full() { opened } else { spread(&opened, 20) };
    let mut points = Vec::new();
    for (number, call) in made.into_iter().chain(opened).enumerate() {
        let errors = ["EACCES", "EIO", "ENOSPC"];
        let errors = if is_full() { &errors[..] } else { &errors[number % 3..][..1] };
        points.extend(errors.iter().map(|error| (call, *error)));
    }
    points
}

/// Whether SQLite opens or syncs the folder of its journal, and passes over an error: the sync is
/// the second of a run, and nobody else opens the folder without `O_DIRECTORY`. The store syncs
/// the same folder again before it moves the first file.
pub(super) fn is_of_the_journals_folder(call: &Call) -> bool {
    match &*call.name {
        "fsync" => call.n == 2 && call.text.contains("/.kubepki>)"),
        "openat" => call.text.contains("/.kubepki\", O_RDONLY|O_CLOEXEC)"),
        _ => false,
    }
}

/// How many certificates are on record.
fn rows(root: &Root) -> usize {
    let list = root.kubepki(&["ledger", "list", "-q", "-o", "json"]);
    list.expect_success().matches("\"row\":").count()
}

/// Complains of a run that says nothing of certificates that are on record and that nobody got, or
/// says so where there are none. Where it is the ledger that failed, its error is about that.
fn says_what_is_on_record(run: &Output, has_new_rows: bool) -> Result<(), String> {
    let says = |part: &str| run.stderr.contains(part);
    let is_of_the_ledger = says("cannot record what was signed");
    let is_told = says("in the ledger, but");
    if is_of_the_ledger || (is_told == has_new_rows && !(is_told && says("nothing has changed"))) {
        Ok(())
    } else {
        Err(format!("not what is on record, new rows: {has_new_rows}: {run:#?}"))
    }
}

/// Complains of a run that did not end with exit code 1 and one error.
pub(crate) fn one_error(run: &Output) -> Result<(), String> {
    let errors = run.stderr.lines().filter(|line| line.starts_with("error: ")).count();
    let known =
        |line: &str| ["error: ", "hint: ", "  caused by: "].iter().any(|p| line.starts_with(p));
    if errors == 1 && run.code == Some(1) && run.stderr.lines().all(known) {
        Ok(())
    } else {
        Err(format!("not exit 1 and one error: {run:#?}"))
    }
}
