//! `--openssl` against the real openssl, on certificates of every maker.

use std::{
    fs,
    path::{Path, PathBuf},
};

use kubepki_testkit::{kubeadm, openssl, tutorial};

use super::{make, piped, root};
use crate::environment::Environment;

/// Every certificate below a folder, embedded ones aside.
fn certificates(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            certificates(&path, found);
        } else if fs::read_to_string(&path)
            .is_ok_and(|text| text.starts_with("-----BEGIN CERTIFICATE-----"))
        {
            found.push(path);
        }
    }
}

#[track_caller]
fn same_for_all(environment: &Environment, folder: &Path, at_least: usize) {
    let mut files = Vec::new();
    certificates(folder, &mut files);
    assert!(files.len() >= at_least, "{} certificates", files.len());
    for file in files {
        let ours = environment.kubepki(&["inspect", "--openssl", file.to_str().unwrap()]);
        assert_eq!(ours.expect_success(), openssl::text(&file), "{}", file.display());
    }
}

#[test]
fn certificates_of_ours_in_every_algorithm() {
    const ALGORITHMS: [&str; 4] = ["ecdsa-p256", "ecdsa-p384", "rsa-2048", "rsa-3072"];
    for algorithm in ALGORITHMS {
        let environment = Environment::of_example("kubeadm");
        let spec = environment.read("cluster.yaml");
        let line = spec.lines().find(|line| line.trim_start().starts_with("keyAlgorithm:"));
        match line {
            Some(line) => {
                environment.edit("cluster.yaml", line.trim(), &format!("keyAlgorithm: {algorithm}"))
            }
            None => panic!("the example says no keyAlgorithm"),
        }
        environment.apply();
        same_for_all(&environment, environment.root(), 8);
    }
}

#[test]
fn kubeadms_and_the_tutorials() {
    let environment = Environment::new();
    kubeadm::make_pki(&environment.path("kubeadm"), 6443);
    same_for_all(&environment, &environment.path("kubeadm"), 9);
    tutorial::make_pki(&environment.path("tutorial"), 6443);
    same_for_all(&environment, &environment.path("tutorial"), 8);
}

#[test]
fn what_kubepki_refuses_is_printed_all_the_same() {
    let folder = Environment::new();
    // A weak key, an old digest, and an extension that is broken.
    folder.write("x.cnf", "[req]\ndistinguished_name=n\nprompt=no\n[n]\nCN=x\n[e]\nsubjectAltName=DER:30:03:8a:01:00\n");
    let weak =
        ["req", "-newkey", "rsa:1024", "-nodes", "-sha1", "-config", "x.cnf", "-keyout", "k"];
    make(&folder, &[&weak[..], &["-x509", "-extensions", "e", "-out", "weak.crt"]].concat());
    make(&folder, &[&weak[..], &["-new", "-out", "weak.csr"]].concat());
    let both =
        format!("{}{}{}", folder.read("k"), folder.read("weak.crt"), folder.read("weak.csr"));
    let printed = piped(&folder, &["--openssl"], both.as_bytes()).expect_success();
    let request =
        openssl::run(&["req", "-noout", "-text", "-in", folder.path("weak.csr").to_str().unwrap()]);
    let expected = openssl::text(&folder.path("weak.crt")) + &request.expect_success();
    assert_eq!(printed, expected);
}

#[test]
fn what_has_no_such_text_is_refused() {
    let root = root();
    let output = root.kubepki(&["inspect", "--openssl", "authorities/ca.key"]);
    assert_eq!((output.code, output.stdout.as_str()), (Some(2), ""));
    assert!(output.stderr.contains("cannot read `authorities/ca.key`"), "{}", output.stderr);
}
