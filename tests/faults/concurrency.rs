//! Several runs on one root at the same time, and one that died with the lock in its hands.

use std::{
    fs,
    process::Stdio,
    thread,
    time::{Duration, Instant},
};

use kubepki_testkit::{Output, programs};

use super::{
    errors::one_error,
    root::Root,
    strace::under_strace,
    whole::{each_is_one_of, history_is_of, is_whole},
};

const ROUNDS: usize = 50;

#[test]
fn two_at_once_both_succeed_when_they_wait() {
    let good = Root::applied().tree();
    for round in 0..ROUNDS {
        let root = Root::new();
        let runs = at_once(&root, &[&["apply"], &["apply"], &["plan", "--exit-code"]]);
        assert!(runs[0].succeeded() && runs[1].succeeded(), "{round}: {runs:#?}");
        // The reader came before, between or after them.
        assert!(matches!(runs[2].code, Some(0 | 3)), "{round}: {runs:#?}");
        is_whole(&root, &good).unwrap_or_else(|error| panic!("{round}: {error}"));
        // The second found everything made: had both made it, one's would be in the history too.
        assert_eq!(transactions(&root), 1, "{round}");
    }
}

#[test]
fn of_two_at_once_that_do_not_wait_one_says_who_is_at_work() {
    let good = Root::applied().tree();
    let mut refused = 0;
    for round in 0..ROUNDS {
        let root = Root::new();
        let apply = ["apply", "--lock-timeout", "0"];
        let runs = at_once(&root, &[&apply, &apply]);
        assert!(runs.iter().any(Output::succeeded), "{round}: {runs:#?}");
        for run in runs.iter().filter(|run| !run.succeeded()) {
            one_error(run).unwrap();
            assert!(run.stderr.contains("/lock` is in use by "), "{round}: {run:#?}");
            refused += 1;
        }
        is_whole(&root, &good).unwrap_or_else(|error| panic!("{round}: {error}"));
    }
    assert!(refused > 0, "no two runs ever met, so nothing was tested");
}

#[test]
fn two_changes_at_once_are_made_one_after_the_other() {
    let prepared = Root::changed();
    let old = prepared.tree();
    let good = Root::copy_of(&prepared);
    good.kubepki(&["apply"]).expect_success();
    for round in 0..ROUNDS / 2 {
        let root = Root::copy_of(&prepared);
        let runs = at_once(&root, &[&["apply"], &["apply"]]);
        assert!(runs.iter().all(Output::succeeded), "{round}: {runs:#?}");
        is_whole(&root, &good.tree()).unwrap_or_else(|error| panic!("{round}: {error}"));
        history_is_of(&old, &root.tree()).unwrap();
        let made = transactions(&root) - transactions(&prepared);
        assert_eq!(made, 1, "{round}: the change was made {made} times");
    }
}

/// How many transactions are on record.
fn transactions(root: &Root) -> usize {
    let entries = fs::read_dir(root.path().join(".kubepki/history")).unwrap();
    entries.filter(|entry| entry.as_ref().unwrap().path().extension().is_some()).count()
}

/// A run that holds the lock is named by its number; once it is killed nobody has to clean up.
#[test]
fn a_lock_dies_with_its_holder() {
    let root = Root::changed();
    let old = root.tree();
    let good = Root::copy_of(&root);
    good.kubepki(&["apply"]).expect_success();

    // It stops amid its renames into place, with the lock held.
    let rules = ["-e", "trace=renameat", "-e", "inject=renameat:signal=SIGSTOP:when=5"];
    let mut strace = under_strace(&root, &rules, "/dev/null".as_ref(), &["apply"]);
    let mut strace = strace.stdin(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
    let pid = stopped_holder(&root, strace.id());
    let stopped = root.tree();
    let refused = root.kubepki(&["apply", "--lock-timeout", "0"]);
    let waited = root.kubepki(&["apply", "--lock-timeout", "1"]);
    let untouched = root.tree() == stopped;
    // Before anything is judged, so that no stopped process outlives a failure.
    programs::run("kill", ["-KILL", &pid.to_string()]).expect_success();
    strace.wait().unwrap();

    let who = format!("/lock` is in use by process {pid} since ");
    one_error(&refused).unwrap();
    assert!(refused.stderr.contains(&who), "{who}: {refused:#?}");
    assert_eq!(waited.code, Some(1), "{waited:#?}");
    assert!(waited.stderr.starts_with(&format!("waiting for process {pid} since ")), "{waited:#?}");
    assert!(waited.stderr.contains(&who), "{waited:#?}");
    assert!(untouched);
    root.kubepki(&["apply", "--lock-timeout", "0"]).expect_success();
    each_is_one_of(&stopped, &[&old, &root.tree()]).unwrap();
    is_whole(&root, &good.tree()).unwrap();
}

/// Starts all of them before it waits for one.
fn at_once(root: &Root, runs: &[&[&str]]) -> Vec<Output> {
    thread::scope(|scope| {
        let commands = runs.iter().map(|args| root.command(args));
        let running: Vec<_> =
            commands.map(|command| scope.spawn(|| programs::finish(command, b""))).collect();
        running.into_iter().map(|run| run.join().unwrap()).collect()
    })
}

/// Waits until the child of `strace` that holds the lock has stopped; its number.
fn stopped_holder(root: &Root, strace: u32) -> u32 {
    let deadline = Instant::now() + Duration::from_secs(20);
    let mut stopped = 0;
    while Instant::now() < deadline {
        let lock = fs::read_to_string(root.path().join(".kubepki/lock")).unwrap_or_default();
        let pid = lock.split(' ').next().and_then(|pid| pid.parse().ok()).unwrap_or(0);
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        // `7401 (kubepki) t 7400 ...`: traced, and a child of the strace that this test started.
        // Every traced call is a short stop, so one look is not enough.
        let is_stopped = stat.starts_with(&format!("{pid} (kubepki) t {strace} "));
        stopped = if is_stopped { stopped + 1 } else { 0 };
        if stopped == 20 {
            return pid;
        }
        thread::sleep(Duration::from_millis(10));
    }
    panic!("the command never stopped");
}
