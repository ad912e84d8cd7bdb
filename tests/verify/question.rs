//! `--trust`, `--name` and `--for`: whether somebody accepts a certificate, and what does not fit together.

use super::{checks, endpoint::serve_pair, json, set};
use crate::environment::Environment;

const PKI: &str = "hosts/server/etc/kubernetes/pki";

fn root() -> Environment {
    let environment = Environment::of_example("hard-way");
    environment.apply();
    environment
}

/// What is said of a file of the server's PKI.
fn asked(environment: &Environment, file: &str, question: &[&str]) -> (Vec<String>, i32) {
    let file = format!("{PKI}/{file}");
    let (document, code) = json(environment, &[&[file.as_str()], question].concat());
    (checks(&document, "error").into_iter().collect(), code)
}

#[test]
fn each_question_has_its_own_answer() {
    let environment = root();
    let (ca, etcd) = ("authorities/ca.crt", "authorities/etcd-ca.crt");
    for (file, question, refused) in [
        ("apiserver.crt", vec!["--trust", ca, "--name", "kubernetes", "--for", "server"], vec![]),
        ("apiserver.crt", vec!["--trust", ca, "--name", "KUBERNETES"], vec![]),
        ("apiserver.crt", vec!["--trust", ca, "--name", "kubernetes."], vec!["served-name"]),
        ("apiserver.crt", vec!["--trust", ca, "--name", "10.32.0.1"], vec![]),
        ("apiserver.crt", vec!["--trust", ca], vec![]),
        ("apiserver.crt", vec!["--trust", etcd, "--trust", ca, "--for", "server"], vec![]),
        ("apiserver.crt", vec!["--trust", ca, "--name", "example.com"], vec!["served-name"]),
        ("apiserver.crt", vec!["--trust", ca, "--name", "10.32.0.9"], vec!["served-name"]),
        ("apiserver.crt", vec!["--trust", ca, "--for", "client"], vec!["lacks-client-auth"]),
        ("apiserver.crt", vec!["--trust", etcd], vec!["unknown-authority"]),
        (
            "etcd/peer.crt",
            vec!["--trust", etcd, "--name", "127.0.0.1", "--for", "etcd-peer"],
            vec![],
        ),
        ("etcd/peer.crt", vec!["--trust", etcd, "--for", "server"], vec![]),
        ("apiserver-etcd-client.crt", vec!["--trust", etcd, "--for", "client"], vec![]),
        (
            "apiserver-etcd-client.crt",
            vec!["--trust", etcd, "--for", "etcd-peer"],
            vec!["lacks-server-auth"],
        ),
    ] {
        let refused: Vec<_> = refused.into_iter().map(str::to_owned).collect();
        let code = if refused.is_empty() { 0 } else { 3 };
        assert_eq!(asked(&environment, file, &question), (refused, code), "{file} {question:?}");
    }
    let user = ["users/admin.conf", "--trust", ca, "--for", "client"];
    assert_eq!(json(&environment, &user).1, 0, "a kubeconfig's user");
    let user = ["users/admin.conf", "--trust", ca, "--for", "server"];
    assert_eq!(json(&environment, &user).1, 3, "a kubeconfig's user does not serve");
}

#[test]
fn the_question_is_said_with_the_answer() {
    let environment = root();
    let file = format!("{PKI}/apiserver.crt");
    let question = ["--trust", "authorities/ca.crt", "--name", "kubernetes", "--for", "server"];
    let said = environment.kubepki(&[&["verify", &file][..], &question].concat());
    let expected =
        "nothing is wrong in 2 files for a server named kubernetes, trusting authorities/ca.crt\n";
    assert_eq!(said.expect_success(), expected);
    let (document, _) = json(&environment, &[&[file.as_str()][..], &question].concat());
    let expected = serde_json::json!({
        "trust": ["authorities/ca.crt"], "name": "kubernetes", "for": "server"
    });
    assert_eq!(document["question"], expected);
    assert_eq!(json(&environment, &[&file]).0["question"], serde_json::Value::Null);
}

#[test]
fn a_server_is_asked_by_another_name_than_its_address() {
    let environment = root();
    let (_server, address) = serve_pair(&environment.path(PKI), "apiserver", &[]);
    let elsewhere = Environment::new();
    let ca = environment.path("authorities/ca.crt").display().to_string();
    let ask = |more: &[&str]| {
        let (document, code) =
            json(&elsewhere, &[&["--endpoint", &address, "--trust", &ca], more].concat());
        (checks(&document, "error"), code)
    };
    assert_eq!(ask(&["--for", "server"]), (set(&[]), 0));
    assert_eq!(ask(&["--name", "kubernetes"]), (set(&[]), 0));
    assert_eq!(ask(&["--name", "example.com"]), (set(&["served-name"]), 3));
    assert_eq!(ask(&["--for", "etcd-peer"]).1, 3, "it may not call the others");
}

#[test]
fn what_does_not_fit_together_is_refused_with_a_way_out() {
    let environment = root();
    let file = format!("{PKI}/apiserver.crt");
    let file = file.as_str();
    let key = "hosts/server/etc/kubernetes/pki/apiserver.key";
    let ca = "authorities/ca.crt";
    for (args, said, hint) in [
        (vec![file, "--name", "kubernetes"], "`--name` needs `--trust`", "--trust ca.crt"),
        (vec![file, "--for", "server"], "`--for` needs `--trust`", "--trust ca.crt"),
        (vec!["--trust", ca], "`--trust` needs something to check", "--endpoint HOST:PORT"),
        (vec![file, "--trust", "none.crt"], "there is no such file", "--trust ca.crt"),
        (vec![file, "--trust", "authorities"], "it is a folder", "--trust ca.crt"),
        (vec![file, "--trust", key], "it holds no certificate", "--trust ca.crt"),
        (vec![file, "--trust", "cluster.yaml"], "it holds no certificate", "--trust ca.crt"),
        (vec![key, "--trust", ca], "hold no certificate", "name the files"),
        (vec![ca, "--trust", ca], "hold no certificate", "name the files"),
        (
            vec![file, "--trust", ca, "--for", "client", "--name", "x"],
            "servers ignore the names",
            "leave out `--name`",
        ),
        (
            vec!["--endpoint", "[::1]:1", "--trust", ca, "--for", "client"],
            "a server sends its server certificate",
            "--for server",
        ),
        (vec![file, "--trust", ca, "--name", "*.example.com"], "wildcard", "--help"),
        (vec![file, "--trust", ca, "--name", ""], "no DNS name", "--help"),
        (vec![file, "--trust", ca, "--name", "a b"], "no DNS name", "--help"),
        (vec![file, "--trust", ca, "--for", "peer"], "possible values", "--help"),
        (vec!["--explain", "expired", "--trust", ca], "cannot be used with", "--help"),
    ] {
        let output = environment.kubepki(&[&["verify"], args.as_slice()].concat());
        assert_eq!((output.code, output.stdout.as_str()), (Some(2), ""), "{args:?}: {output:#?}");
        assert!(
            output.stderr.contains(said) && output.stderr.contains(hint),
            "{args:?}: {}",
            output.stderr
        );
    }
}
