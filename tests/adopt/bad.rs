//! Folders that hold no PKI, or a part that nobody can read. What is refused changes nothing.

use std::{fs, os::unix::fs::symlink};

use kubepki_testkit::{programs, tutorial};

use super::{adopt, defects};
use crate::environment::Environment;

#[track_caller]
fn refuses(environment: &Environment, args: &[&str], code: i32, texts: &[&str]) {
    let before = environment.snapshot();
    let output = environment.kubepki(&[&["adopt"], args].concat());
    assert_eq!((output.code, output.stdout.as_str()), (Some(code), ""), "{}", output.stderr);
    for text in texts {
        assert!(output.stderr.contains(text), "{text} is not in {}", output.stderr);
    }
    assert!(before == environment.snapshot());
}

#[test]
fn without_a_folder_or_a_ca_nothing_is_written() {
    let environment = Environment::new();
    refuses(&environment, &["pki"], 2, &["no folder `pki`", "hint:"]);
    fs::create_dir(environment.path("pki")).unwrap();
    refuses(&environment, &["pki"], 2, &["no CA certificate is here", "hint:"]);
    environment.write("pki/ca.crt", "");
    refuses(
        &environment,
        &["pki"],
        2,
        &["left out: `pki/ca.crt`: it is empty".replace("pki/", "").as_str()],
    );
    refuses(&environment, &["pki/ca.crt"], 1, &["is not a directory", "hint:"]);
}

#[test]
fn a_spec_that_exists_stays() {
    let environment = Environment::new();
    tutorial::make_pki(&environment.path("pki"), 6443);
    environment.write("pki/cluster.yaml", "mine");
    refuses(&environment, &["pki"], 2, &["`pki/cluster.yaml` exists", "`--out`"]);
    refuses(&environment, &["pki", "--out", "none/x.yaml"], 1, &["no directory", "hint:"]);
    let yaml = environment.kubepki(&["adopt", "pki", "--out", "-"]).expect_success();
    environment.kubepki(&["adopt", "pki", "--out", "other.yaml"]).expect_success();
    assert_eq!(yaml, environment.read("other.yaml"));
    assert_eq!(environment.read("pki/cluster.yaml"), "mine");
    let plan = environment.kubepki(&["plan", "--dir", "pki", "-f", "other.yaml"]).expect_success();
    assert!(plan.contains("3 to renew"), "{plan}");
}

#[test]
fn what_cannot_be_read_is_named_and_the_rest_is_described() {
    let environment = Environment::new();
    tutorial::make_pki(&environment.path("pki"), 6443);
    symlink("ca.crt", environment.path("pki/link.crt")).unwrap();
    let mut fifo = programs::command("mkfifo");
    fifo.arg(environment.path("pki/fifo.pem"));
    programs::finish(fifo, b"").expect_success();
    fs::write(environment.path("pki/large.pem"), vec![b'x'; 2 << 20]).unwrap();
    fs::write(
        environment.path("pki/node-0.crt"),
        &fs::read(environment.path("pki/node-0.crt")).unwrap()[..300],
    )
    .unwrap();
    let said = adopt(&environment, "pki", &[]);
    for text in ["`link.crt`: it is a symbolic link", "`large.pem`", "`node-0.crt`", "`node-0.key`"]
    {
        assert!(said.contains(text), "{text} is not in {said}");
    }
    // The pair is broken, but the kubeconfig holds another copy of it.
    let spec = environment.read("pki/cluster.yaml");
    assert!(spec.contains("host: node-0\n    kubeconfig: node-0.kubeconfig\n"), "{spec}");
    assert_eq!(defects(&environment, "pki").len(), 3);
}
