//! A root into which somebody else could put a journal, a ledger or a lock is refused by every verb
//! that opens it, and the hint makes it usable again.

use std::{
    fs,
    os::unix::fs::{PermissionsExt, chown},
    path::Path,
};

use kubepki_testkit::programs::{self, Output};
use rustix::process::geteuid;

use crate::environment::Environment;

const USER: u32 = 1000;

/// What others may have been given.
const PARTS: [&str; 7] = [
    "pki",
    "pki/.kubepki",
    "pki/.kubepki/lock",
    "pki/.kubepki/ledger.db",
    "pki/.kubepki/history",
    "pki/.kubepki/journal",
    "pki/.kubepki/ledger.db-journal",
];

/// A verb of each kind of opening: to change, to read, and for the ledger alone.
const VERBS: [&[&str]; 12] = [
    &["apply"],
    &["plan"],
    &["status"],
    &["renew"],
    &["undo", "--list"],
    &["history", "list"],
    &["history", "prune"],
    &["issue", "user", "jo"],
    &["ledger", "list"],
    &["ledger", "check"],
    &["host", "bundle", "server"],
    &["token", "bootstrap"],
];

fn prepared() -> Environment {
    let environment = Environment::of_example("hard-way");
    fs::create_dir(environment.path("pki")).unwrap();
    fs::rename(environment.path("cluster.yaml"), environment.path("pki/cluster.yaml")).unwrap();
    environment.kubepki(&["apply", "--dir", "pki"]).expect_success();
    environment
}

fn run(environment: &Environment, verb: &[&str]) -> Output {
    environment.kubepki(&[verb, &["--dir", "pki"]].concat())
}

/// A file that a killed run, or somebody else, left.
fn plant(environment: &Environment, part: &str) {
    if part.ends_with("journal") {
        environment.write(part, "{}");
    }
}

fn is_refused(environment: &Environment, verb: &[&str], part: &str, text: &str) -> String {
    let before = environment.snapshot();
    let output = run(environment, verb);
    let what = format!("{verb:?}, {part}: {output:?}");
    assert_eq!(output.code, Some(1), "{what}");
    assert!(output.stderr.contains(&format!("`{part}`")) && output.stderr.contains(text), "{what}");
    assert_eq!(output.stderr.matches("error:").count(), 1, "{what}");
    assert_eq!(environment.snapshot(), before, "{what}");
    let hint = output.stderr.lines().find(|line| line.starts_with("hint: ")).expect("a hint");
    hint.rsplit(": ").next().unwrap().to_owned()
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn what_others_may_write_is_refused() {
    for part in PARTS {
        let environment = prepared();
        plant(&environment, part);
        let is_folder = environment.path(part).is_dir();
        chown(environment.path(part), None, Some(USER)).unwrap();
        for bits in [0o002, 0o020, 0o022] {
            let mode = if is_folder { 0o755 } else { 0o644 } | bits;
            for verb in VERBS {
                set_mode(&environment.path(part), mode);
                let hint = is_refused(&environment, verb, part, "others may write to");
                let mut shell = std::process::Command::new("sh");
                shell.args(["-c", &hint]).current_dir(environment.root());
                programs::finish(shell, b"").expect_success();
                let mode = fs::metadata(environment.path(part)).unwrap().permissions().mode();
                assert_eq!(mode & 0o022, 0, "{hint}");
                if part.ends_with("journal") {
                    continue;
                }
                let after = run(&environment, verb);
                assert!(matches!(after.code, Some(0 | 3)), "{verb:?} after {hint}: {after:?}");
                let _ = fs::remove_file(environment.path("server.tar.gz"));
                let _ = fs::remove_file(environment.path("jo.conf"));
            }
        }
    }
}

/// `mkdir` under the umask of Ubuntu and Fedora, where each user has a group of their own.
#[test]
fn a_root_of_its_owners_own_group_is_taken() {
    let environment = prepared();
    set_mode(&environment.path("pki"), 0o775);
    for verb in VERBS {
        let output = run(&environment, verb);
        assert!(matches!(output.code, Some(0 | 3)), "{verb:?}: {output:?}");
    }
}

#[test]
fn what_is_a_users_in_a_root_of_roots_is_refused() {
    assert!(geteuid().is_root(), "only root can give files away: run this as root");
    for part in &PARTS[1..] {
        let environment = prepared();
        plant(&environment, part);
        for verb in VERBS {
            chown(environment.path(part), Some(USER), None).unwrap();
            let hint = is_refused(&environment, verb, part, "is what user 1000 makes of it");
            let mut shell = std::process::Command::new("sh");
            shell.args(["-c", &hint]).current_dir(environment.root());
            programs::finish(shell, b"").expect_success();
        }
    }
}

/// As in a container, where the folder that was mounted belongs to somebody who is not there: it is
/// that user's, and so is all that is done by what it says.
#[test]
fn a_root_that_is_all_a_users_is_used_by_root_and_by_its_user() {
    assert!(geteuid().is_root(), "only root can give files away: run this as root");
    let environment = prepared();
    programs::run("chown", ["-R", "1000:1000", environment.root().to_str().unwrap()])
        .expect_success();
    set_mode(environment.root(), 0o755);
    for verb in VERBS {
        let output = run(&environment, verb);
        assert_eq!(output.code, Some(0), "{verb:?}: {output:?}");
    }
    // What is a third one's is refused.
    chown(environment.path("pki/.kubepki/lock"), Some(2000), None).unwrap();
    is_refused(&environment, &["apply"], "pki/.kubepki/lock", "is what user 2000 makes of it");
}
