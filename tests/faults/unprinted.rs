//! Verbs that do something and then print it, where stdout takes nothing: the work is done, and said
//! to be done.

use std::{fs::File, process::Stdio};

use crate::{environment::Environment, stdout};

/// What does something and prints something on stdout.
const WRITING: &[&[&str]] = &[
    &["adopt", "adopted", "--out=spec.yaml"],
    &["apply"],
    &["apply", "-o", "json"],
    &["csr", "new", "kim", "--out=-"],
    &["csr", "submit", "jane.yaml"],
    &["host", "install", "bundle.tgz", "--root=empty"],
    &["host", "install", "bundle.tgz", "--root=empty", "-o", "json"],
    &["issue", "user", "kim", "--as=pem", "-o", "-"],
    &["renew", "--all"],
    &["rotate", "encryption-key", "add"],
    &["sign", "jane.csr", "--profile=user"],
    &["undo", "--danger-remove-authorities"],
];

/// What has no other effect.
const PRINTING: &[&[&str]] = &[
    &["apply", "--dry-run"],
    &["audit", "--root=machine", "-o=json"],
    &["completion", "bash"],
    &["config", "--host=server"],
    &["csr", "list"],
    &["history", "list"],
    &["history", "prune", "--dry-run"],
    &["host", "bundle", "node-0", "-o", "-"],
    &["host", "list"],
    &["init", "--dry-run"],
    &["inspect", "authorities/ca.crt"],
    &["kubeconfig", "view", "--kubeconfig=users/admin.conf"],
    &["ledger", "list"],
    &["plan"],
    &["renew", "--all", "--dry-run"],
    &["status"],
    &["undo", "--list"],
    &["verify"],
];

#[test]
fn what_was_done_is_said_where_it_cannot_be_printed() {
    for args in WRITING {
        let environment = ready();
        let before = environment.snapshot();
        let (code, said) = run(&environment, args, File::options().write(true).open("/dev/full"));
        assert_eq!(code, Some(4), "{args:?}: {said}");
        let error = "error: the work is done, but cannot write the result to stdout\n  \
                     caused by: No space left on device";
        assert!(said.contains(error), "{args:?}: {said}");
        assert_eq!(said.matches("error:").count(), 1, "{args:?}: {said}");
        assert!(is_done(&environment, args, &before), "{args:?}: {said}");
    }
}

#[test]
fn a_reader_that_goes_away_stops_no_work() {
    for args in WRITING {
        let environment = ready();
        let before = environment.snapshot();
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let (code, said) = run(&environment, args, Ok(writer));
        assert!(matches!(code, Some(0 | 3)), "{args:?}: {code:?} {said}");
        assert!(!said.contains("error") && !said.contains("panic"), "{args:?}: {said}");
        assert!(is_done(&environment, args, &before), "{args:?}: {said}");
    }
}

#[test]
fn what_only_prints_has_failed_where_it_cannot() {
    let environment = stdout::prepared();
    for args in PRINTING {
        let before = environment.snapshot();
        let (code, said) = run(&environment, args, File::options().write(true).open("/dev/full"));
        assert!(matches!(code, Some(1 | 3)), "{args:?}: {code:?} {said}");
        assert!(said.contains("error: cannot write to stdout\n"), "{args:?}: {said}");
        assert_eq!(environment.snapshot(), before, "{args:?}");
    }
}

/// A root of which something is to be done.
fn ready() -> Environment {
    let environment = stdout::prepared();
    environment.edit("cluster.yaml", "apiserverSANs: []", "apiserverSANs: [new.example.com]");
    let signer = "--signer=kubernetes.io/kube-apiserver-client";
    let yaml = environment.kubepki(&["csr", "manifest", "jane.csr", signer]).expect_success();
    environment.write("jane.yaml", &yaml);
    environment
}

/// The key of `csr new --out -` and an object in the cluster leave no file here.
fn is_done(environment: &Environment, args: &[&str], before: &[(String, u32, Vec<u8>)]) -> bool {
    args[0] == "csr" || environment.snapshot() != before
}

fn run(
    environment: &Environment,
    args: &[&str],
    stdout: std::io::Result<impl Into<Stdio>>,
) -> (Option<i32>, String) {
    let mut command = stdout::command(environment, args, "", false);
    let output = command.stdout(stdout.unwrap()).stderr(Stdio::piped()).output().unwrap();
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}
