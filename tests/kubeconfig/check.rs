//! `check`: each thing that can be wrong, found and named, and nothing where nothing is.

use std::{fs, os::unix::fs::PermissionsExt};

use kubepki_testkit::programs;
use serde_json::Value;

use super::kubepki;
use crate::environment::Environment;

/// A root with `admin.conf`, in which nothing is wrong.
fn root() -> Environment {
    let environment = Environment::of_example("kubeadm");
    environment.apply();
    environment
}

/// The codes of what is found, and the exit code that goes with it.
#[track_caller]
fn codes(environment: &Environment, list: &str, args: &[&str]) -> Vec<String> {
    let args: Vec<_> = ["check", "-o", "json"].iter().chain(args).copied().collect();
    let output = kubepki(environment, list, &args);
    let found: Value =
        serde_json::from_str(&output.stdout).unwrap_or_else(|e| panic!("{e} {output:?}"));
    let found = found["findings"].as_array().unwrap();
    assert_eq!(output.code, Some(if found.is_empty() { 0 } else { 3 }), "{output:?}");
    let mut codes: Vec<_> =
        found.iter().map(|finding| finding["code"].as_str().unwrap().to_owned()).collect();
    codes.sort();
    codes
}

#[test]
fn what_apply_makes_is_in_order() {
    let environment = root();
    for file in [
        "admin.conf",
        "super-admin.conf",
        "controller-manager.conf",
        "scheduler.conf",
        "kubelet.conf",
    ] {
        assert_eq!(codes(&environment, file, &[]), [""; 0], "{file}");
    }
}

#[test]
fn what_is_wrong_with_the_file_is_found() {
    let environment = root();
    fs::set_permissions(environment.path("admin.conf"), fs::Permissions::from_mode(0o640)).unwrap();
    assert_eq!(codes(&environment, "admin.conf", &[]), ["mode"]);
    fs::set_permissions(environment.path("admin.conf"), fs::Permissions::from_mode(0o600)).unwrap();
    let good = environment.read("admin.conf");
    for (was, now, code) in [
        ("current-context: ", "current-context: x", "unknown-context"),
        ("    user: ", "    user: x", "unknown-user"),
        ("    server: https", "    server: http", "plain-http"),
        ("    server: ", "    tls-server-name: ", "empty-server"),
        (
            "    server: ",
            "    insecure-skip-tls-verify: true\n    server: ",
            "insecure-skip-tls-verify",
        ),
        ("    client-key-data: ", "    client-key: k\n    client-key-data: ", "both-forms"),
        ("    client-key-data: ", "    x-data: ", "half-pair"),
        ("users:\n", "users:\n- {name: twice}\n- {name: twice}\n", "duplicate-name"),
    ] {
        environment.write("admin.conf", &good);
        environment.edit("admin.conf", was, now);
        assert_eq!(codes(&environment, "admin.conf", &[]), [code]);
    }
    environment.write("admin.conf", &good);
    environment.edit("admin.conf", "    cluster: ", "    cluster: x");
    assert_eq!(codes(&environment, "admin.conf", &[]), ["unknown-cluster"]);
}

#[test]
fn in_a_list_a_name_may_lead_into_another_file() {
    let environment = Environment::new();
    environment
        .write("a", "current-context: k\ncontexts: [{name: k, context: {cluster: c, user: u}}]\n");
    environment
        .write("b", "clusters: [{name: c, cluster: {server: 'https://h'}}]\nusers: [{name: u}]\n");
    for file in ["a", "b"] {
        fs::set_permissions(environment.path(file), fs::Permissions::from_mode(0o600)).unwrap();
    }
    assert_eq!(codes(&environment, "a", &[]), ["unknown-cluster", "unknown-user"]);
    assert_eq!(codes(&environment, "a:b", &[]), [""; 0]);
}

#[test]
fn certificates_are_held_against_the_clock() {
    let environment = root();
    let at = |time: &str, args: &[&str]| -> Vec<String> {
        let mut command = programs::command("faketime");
        command.args(["-f", time]).arg(env!("CARGO_BIN_EXE_kubepki"));
        command
            .args(["kubeconfig", "check", "--kubeconfig", "admin.conf", "-o", "json"])
            .args(args);
        command.current_dir(environment.root());
        let output = programs::finish(command, b"");
        let found: Value =
            serde_json::from_str(&output.stdout).unwrap_or_else(|e| panic!("{e} {output:?}"));
        let found = found["findings"].as_array().unwrap().iter();
        found.map(|f| format!("{} {}", f["list"], f["code"]).replace('"', "")).collect()
    };
    assert_eq!(at("+0d", &["--within", "400d"]), ["users expiring"]);
    assert_eq!(at("+340d", &[]), ["users expiring"]);
    assert_eq!(at("+340d", &["--within", "1d"]), [""; 0]);
    assert_eq!(at("+366d", &[]), ["users expired"]);
    assert_eq!(at("+5000d", &[]), ["clusters expired", "users expired"]);
    assert_eq!(at("-2d", &[]), ["clusters not-yet-valid", "users not-yet-valid"]);
}

#[test]
fn pairs_and_authorities_that_do_not_fit_are_found() {
    let (environment, other) = (root(), root());
    // Another root of the same name: the cluster was made anew.
    environment.write("old.conf", &other.read("admin.conf"));
    fs::set_permissions(environment.path("old.conf"), fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(codes(&environment, "old.conf", &[]), ["stale-ca", "stale-issuer"]);
    // Nobody's root, so nothing is compared.
    assert_eq!(codes(&environment, "old.conf", &["--dir", "pki"]), [""; 0]);
    // Another cluster's kubeconfig is not this root's business.
    environment
        .write("foreign.conf", &other.read("admin.conf").replace("kubernetes\n", "elsewhere\n"));
    let server = environment.read("foreign.conf");
    let server = server.lines().find(|line| line.contains("server: ")).unwrap();
    environment.edit("foreign.conf", server, "    server: https://elsewhere:6443");
    fs::set_permissions(environment.path("foreign.conf"), fs::Permissions::from_mode(0o600))
        .unwrap();
    assert_eq!(codes(&environment, "foreign.conf", &[]), [""; 0]);

    let line = |text: &str, field: &str| {
        text.lines().find(|line| line.contains(field)).unwrap().to_owned()
    };
    let key = "client-key-data: ";
    let swapped = line(&other.read("admin.conf"), key);
    let good = environment.read("admin.conf");
    environment.edit("admin.conf", &line(&good, key), &swapped);
    assert_eq!(codes(&environment, "admin.conf", &[]), ["key-mismatch"]);

    // The same by files.
    environment.write("admin.conf", &good);
    environment.edit("admin.conf", &line(&good, key), "    client-key: pki/apiserver.key");
    assert_eq!(codes(&environment, "admin.conf", &[]), ["key-mismatch"]);
    let path = environment.path("pki/apiserver.key");
    fs::set_permissions(path, fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(codes(&environment, "admin.conf", &[]), ["key-mismatch", "mode"]);
    environment.edit("admin.conf", "pki/apiserver.key", "gone.key");
    assert_eq!(codes(&environment, "admin.conf", &[]), ["unreadable"]);
    environment.write("admin.conf", &good);
    let ca = line(&good, "certificate-authority-data: ");
    environment.edit("admin.conf", &ca, "    certificate-authority: pki/apiserver.crt");
    assert_eq!(codes(&environment, "admin.conf", &[]), ["not-a-ca", "stale-ca"]);
}
