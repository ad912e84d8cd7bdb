//! What `-v`, `-vv` and `KUBEPKI_LOG` say: every path that is read, and never a secret.

use std::{collections::BTreeSet, fs};

use kubepki_testkit::programs::{self, Output};

use crate::environment::Environment;

const PASSPHRASE: &str = "correct-horse-battery-staple";

/// Verbs that read, make, seal or copy keys, in an order in which each succeeds.
const VERBS: &[&[&str]] = &[
    &["apply"],
    &["plan"],
    &["status"],
    &["verify"],
    &["renew", "admin.conf"],
    &["undo"],
    &["history", "list"],
    &["issue", "user", "jane", "-o", "jane"],
    &["issue", "user", "joe", "--merge-into", "jane.conf"],
    &["issue", "user", "kim", "-o", "kim", "--as", "pkcs12", "--passphrase-file", "passphrase"],
    &["issue", "user", "lee", "-o", "lee", "--as", "pem"],
    &["csr", "new", "eve"],
    &["sign", "eve.csr", "--profile", "user", "--out", "."],
    &["token", "bootstrap", "--out", "token"],
    &["kubeconfig", "view", "--raw", "--kubeconfig", "jane.conf"],
    &["kubeconfig", "set-namespace", "web", "--kubeconfig", "jane.conf"],
    &["kubeconfig", "flatten", "--kubeconfig", "jane.conf"],
    &["kubeconfig", "split", "--kubeconfig", "jane.conf", "--out-dir", "parts"],
    &["host", "bundle", "server", "-o", "server.tar.gz"],
    &["config", "--out", "machines"],
    &["inspect", "jane.conf", "eve.key", "lee.key"],
    &["audit", "--root", "hosts/server"],
    &["ledger", "list"],
    &["history", "prune", "--all"],
];

#[test]
fn no_secret_is_ever_logged() {
    let environment = Environment::of_example("hard-way");
    environment.write("passphrase", PASSPHRASE);
    let mut logged = String::new();
    let mut secrets = BTreeSet::from([PASSPHRASE.to_owned()]);
    let mut succeeded = 0;
    for verb in VERBS {
        let output = run(&environment, verb, "trace");
        succeeded += usize::from(matches!(output.code, Some(0 | 3)));
        assert!(output.stderr.contains("debug: "), "{verb:?} logs nothing: {output:?}");
        logged.push_str(&output.stderr);
        secrets.extend(environment.snapshot().iter().flat_map(|(_, _, contents)| parts(contents)));
        secrets.extend(parts(output.stdout.as_bytes()));
        for secret in &secrets {
            assert!(!logged.contains(secret), "{verb:?} logs a secret: {}", output.stderr);
        }
    }
    assert!(succeeded >= VERBS.len() - 3 && secrets.len() > 100, "{succeeded}, {}", secrets.len());
}

/// The parts of a file by which its secrets would be known: 24 characters of each line of a key, and of
/// each value that is secret.
fn parts(contents: &[u8]) -> Vec<String> {
    const LENGTH: usize = 24;
    let text = String::from_utf8_lossy(contents);
    let mut parts = Vec::new();
    let mut is_key = false;
    for line in text.lines() {
        is_key = (is_key || line.contains("PRIVATE KEY")) && !line.contains("END ");
        let value = line.split_once(": ").map_or("", |(key, value)| {
            let is_secret = ["client-key-data", "token", "token-secret", "secret", "password"];
            if is_secret.contains(&key.trim()) { value.trim() } else { "" }
        });
        let secret = if is_key { line.trim() } else { value };
        if secret.contains("PRIVATE KEY") || !secret.is_ascii() {
            continue;
        }
        let pieces = secret.as_bytes().chunks_exact(LENGTH);
        parts.extend(pieces.map(|piece| String::from_utf8_lossy(piece).into_owned()));
    }
    parts
}

/// What the system sees opened for reading below the root is what the log names.
#[test]
fn every_path_that_an_apply_reads_is_named() {
    let environment = Environment::of_example("hard-way");
    environment.apply();
    let log = environment.path("../").join(format!("trace-{}", std::process::id()));
    let mut traced = programs::command("strace");
    traced.args(["-f", "-y", "-qq", "-e", "trace=openat", "-o"]).arg(&log);
    traced.arg(env!("CARGO_BIN_EXE_kubepki")).args(["renew", "admin.conf", "-vv"]);
    traced.current_dir(environment.root());
    let output = programs::finish(traced, b"");
    let calls = fs::read_to_string(&log).unwrap();
    fs::remove_file(log).unwrap();
    let root = environment.root().canonicalize().unwrap();
    let mut read = BTreeSet::new();
    for call in calls.lines().filter(|call| !call.contains("O_DIRECTORY")) {
        let Some((call, opened)) = call.rsplit_once(" = ") else { continue };
        let Some(path) = opened.split(['<', '>']).nth(1) else { continue };
        let Some(below) = path.strip_prefix(&format!("{}/", root.display())) else { continue };
        if call.contains("O_RDONLY") || call.contains("O_RDWR") && below.ends_with("ledger.db") {
            read.insert(below.to_owned());
        }
    }
    assert!(read.len() > 10, "{read:?} {output:?}");
    for path in read {
        let is_named =
            ["", "./"].iter().any(|dot| output.stderr.contains(&format!("path={dot}{path}")));
        assert!(is_named, "{path}: {}", output.stderr);
    }
}

#[test]
fn each_level_says_more_and_stdout_stays() {
    let environment = Environment::of_example("hard-way");
    environment.apply();
    let run = |args: &[&str]| environment.kubepki(args);
    let (one, two) = (run(&["plan", "-v"]), run(&["plan", "-vv"]));
    assert_eq!(one.stdout, two.stdout);
    assert!(
        !one.stderr.contains("debug:") && two.stderr.contains("debug: read path=authorities/ca")
    );
    // A filter chooses by crate, and shows no more rows.
    let store = self::run(&environment, &["plan"], "kubepki_store=debug");
    assert_eq!(store.stdout, run(&["plan"]).stdout);
    assert!(store.stderr.contains("debug: read path=authorities/ca"), "{store:?}");
    let none = self::run(&environment, &["plan"], "kubepki_ledger=debug");
    assert!(!none.stderr.contains("debug: read"), "{none:?}");
    let wrong = self::run(&environment, &["plan"], "store=much");
    assert_eq!(wrong.code, Some(2), "{wrong:?}");
    assert!(wrong.stderr.contains("hint: write a level"), "{wrong:?}");
    // A path is anybody's word.
    environment.write("a\u{1b}[2Jb\n.yaml", "x");
    let hidden = run(&["plan", "-vv", "-f", "a\u{1b}[2Jb\n.yaml"]);
    assert!(!hidden.stderr.contains('\u{1b}'), "{hidden:?}");
    assert!(hidden.stderr.lines().any(|line| line.starts_with("debug: open path=a")), "{hidden:?}");
}

fn run(environment: &Environment, args: &[&str], filter: &str) -> Output {
    let mut command = environment.command(args);
    command.env("KUBEPKI_LOG", filter);
    programs::finish(command, b"")
}
