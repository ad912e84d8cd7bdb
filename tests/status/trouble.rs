//! Roots with something wrong in them: each thing is named, at its entry alone, and `--check` finds
//! that there is something.

use std::{
    collections::BTreeSet,
    fs,
    os::unix::fs::{PermissionsExt, symlink},
};

use kubepki_testkit::{openssl, programs};
use serde_json::Value;

use crate::{clock::kubepki_at, environment::Environment};

use super::{BEGIN, SPEC, entries, shows, status};

const APISERVER: &str = "hosts/server/etc/kubernetes/pki/apiserver";
const PEER: &str = "hosts/server/etc/kubernetes/pki/etcd/peer";

/// A change, what is wrong then, and with which entries.
type Case = (&'static str, fn(&Environment), &'static [(&'static str, &'static str)]);

#[rustfmt::skip]
const CASES: &[Case] = &[
    ("nothing", |_| {}, &[]),
    ("a name", |e| e.edit("cluster.yaml", "addresses: [10.240.0.10]", "addresses: [10.240.0.10]\n    names: [s.example]"),
        &[("apiserver", "drifted"), ("controller-manager-server", "drifted"), ("scheduler-server", "drifted"),
          ("etcd-server", "drifted"), ("etcd-peer", "drifted")]),
    ("groups", |e| e.edit("cluster.yaml", "[dev, oncall]", "[dev]"), &[("user/jane", "drifted")]),
    ("a shorter life", |e| e.edit("cluster.yaml", "lifetime: 72h", "lifetime: 24h"), &[("user/jane", "drifted")]),
    ("rbac.yaml", |e| e.write("rbac.yaml", "{}\n"), &[("rbac", "drifted")]),
    ("a missing pair", |e| { remove(e, &format!("{PEER}.crt")); remove(e, &format!("{PEER}.key")); }, &[("etcd-peer", "missing")]),
    ("a missing key", |e| remove(e, &format!("{PEER}.key")), &[("etcd-peer", "missing")]),
    ("a missing certificate", |e| remove(e, &format!("{PEER}.crt")), &[("etcd-peer", "missing")]),
    ("a missing kubeconfig", |e| remove(e, "users/jane.conf"), &[("user/jane", "missing")]),
    ("a missing copy", |e| remove(e, "hosts/node-0/etc/kubernetes/pki/ca.crt"), &[("ca.crt", "missing")]),
    ("a missing CA key", |e| { remove(e, "authorities/etcd-ca.key"); }, &[]),
    ("an empty certificate", |e| e.write(&format!("{PEER}.crt"), ""), &[("etcd-peer", "unreadable")]),
    ("a truncated key", |e| truncate(e, &format!("{PEER}.key")), &[("etcd-peer", "unreadable")]),
    ("a truncated kubeconfig", |e| truncate(e, "users/jane.conf"), &[("user/jane", "unreadable")]),
    ("a key for a certificate", |e| copy(e, &format!("{PEER}.key"), &format!("{PEER}.crt")), &[("etcd-peer", "unreadable")]),
    ("another's key", |e| copy(e, &format!("{APISERVER}.key"), &format!("{PEER}.key")), &[("etcd-peer", "key mismatch")]),
    ("an unreadable CA", |e| e.write("authorities/front-proxy-ca.crt", "no\n"),
        &[("front-proxy-ca", "unreadable"), ("front-proxy-ca.crt", "drifted")]),
    ("a leaf for a CA", |e| copy(e, &format!("{APISERVER}.crt"), "authorities/front-proxy-ca.crt"),
        &[("front-proxy-ca", "key mismatch, no CA"), ("front-proxy-client", "issuer changed"), ("front-proxy-ca.crt", "drifted")]),
    ("another CA of the same name", another_authority,
        &[("front-proxy-ca.crt", "drifted"), ("front-proxy-client", "issuer changed")]),
    ("another CA's leaf", |e| {
        let other = Environment::of_spec(SPEC);
        other.apply();
        for end in ["crt", "key"] { e.write(&format!("{PEER}.{end}"), &other.read(&format!("{PEER}.{end}"))); }
      }, &[("etcd-peer", "issuer changed")]),
    ("a kubeconfig of another server", |e| e.edit("users/jane.conf", "https://api.demo", "https://api.else"), &[("user/jane", "drifted")]),
    ("an open key", |e| fs::set_permissions(e.path(&format!("{PEER}.key")), fs::Permissions::from_mode(0o644)).unwrap(),
        &[("etcd-peer", "too open")]),
    ("a ServiceAccount key without its half", |e| remove(e, "authorities/service-account.pub"), &[("service-account", "missing")]),
    ("another ServiceAccount key", |e| copy(e, &format!("{PEER}.key"), "authorities/service-account.key"),
        &[("service-account", "key mismatch"), ("sa.key", "drifted")]),
];

#[test]
fn each_trouble_is_named_at_its_entry_alone() {
    let made = Environment::of_spec(SPEC);
    made.apply();
    for (name, change, wrong) in CASES {
        let environment = twin(&made);
        change(&environment);
        let status = status(&environment, &["-v"]);
        let found: BTreeSet<_> = entries(&status)
            .iter()
            .filter(|entry| entry["status"] != "ok")
            .map(|entry| (text(entry, "entry"), text(entry, "status")))
            .collect();
        let wanted: BTreeSet<_> =
            wrong.iter().map(|(entry, word)| ((*entry).to_owned(), (*word).to_owned())).collect();
        assert_eq!(found, wanted, "{name}");
        let check = environment.kubepki(&["status", "--check", "-q"]);
        assert_eq!(check.code, Some(if wrong.is_empty() { 0 } else { 3 }), "{name}");
    }
}

#[test]
fn a_ca_key_that_is_elsewhere_hides_no_reason() {
    let environment = Environment::of_spec(SPEC);
    environment.apply();
    remove(&environment, "authorities/etcd-ca.key");
    remove(&environment, &format!("{PEER}.crt"));
    environment.edit("cluster.yaml", "addresses: [10.240.0.10]", "addresses: [10.240.0.11]");
    // The plan refuses, because it could not issue.
    let plan: Value =
        serde_json::from_str(&environment.kubepki(&["plan", "-o", "json"]).stdout).unwrap();
    let refused = plan["steps"].as_array().unwrap().iter().filter(|it| it["action"] == "refuse");
    assert_eq!(refused.count(), 2);
    let status = status(&environment, &[]);
    let entry = |name| entries(&status).iter().find(|entry| entry["entry"] == name).unwrap();
    assert_eq!(entry("etcd-peer")["status"], "missing");
    assert_eq!(entry("etcd-server")["attention"][0]["message"], "+IP:10.240.0.11 -IP:10.240.0.10");
    assert_eq!(entry("etcd-ca")["notes"][0]["note"], "keyElsewhere");
    assert_eq!(entry("etcd-ca")["status"], "ok");
}

#[test]
fn what_is_wrong_is_shown_in_words() {
    let environment = Environment::of_spec(SPEC);
    kubepki_at(BEGIN, &environment, &["apply"]).expect_success();
    remove(&environment, &format!("{PEER}.crt"));
    environment.write("users/jane.conf", "kind: Config\nusers: [\n");
    copy(&environment, &format!("{PEER}.key"), &format!("{APISERVER}.key"));
    another_authority(&environment);
    let sans = "roles: [worker]\n    names: [a.example, b.example, c.example, d.example]";
    environment.edit("cluster.yaml", "roles: [worker]", sans);
    let key = environment.path("authorities/ca.key");
    fs::set_permissions(key, fs::Permissions::from_mode(0o640)).unwrap();
    let output = environment.kubepki(&["status", "--at", "2026-01-01"]);
    shows("trouble", 0, &output);
}

#[test]
fn a_file_in_another_form_is_named_by_it() {
    let environment = Environment::of_spec(SPEC);
    environment.apply();
    let path = |name: &str| environment.path(name).display().to_string();
    let (crt, der) = (path(&format!("{PEER}.crt")), path("peer.der"));
    openssl::run(&["x509", "-in", &crt, "-outform", "DER", "-out", &der]).expect_success();
    for (command, said) in [
        ("base64 -w0 $0", "it is base64 of a PEM text, encoded once too often"),
        ("base64 peer.der", "it is base64 of DER, without BEGIN and END lines"),
        ("cat peer.der", "it is DER, of which `openssl x509 -inform DER` makes PEM"),
        (":", "it is empty"),
    ] {
        let script = format!("cp $0 kept; {{ {command}; }} > new; cat new > $0");
        let mut shell = programs::command("sh");
        shell.args(["-c", &script, &crt]).current_dir(environment.root());
        programs::finish(shell, b"").expect_success();
        let status = status(&environment, &[]);
        let peer = entries(&status).iter().find(|it| it["entry"] == "etcd-peer").unwrap();
        let message = peer["attention"][0]["message"].as_str().unwrap();
        assert!(message.ends_with(&format!("no CERTIFICATE in it: {said}")), "{message}");
        copy(&environment, "kept", &format!("{PEER}.crt"));
    }
}

/// The store refuses these; status says so and shows the rest.
#[test]
fn what_the_store_refuses_is_shown_at_its_entry() {
    let environment = Environment::of_spec(SPEC);
    environment.apply();
    remove(&environment, &format!("{PEER}.key"));
    symlink("server.key", environment.path(&format!("{PEER}.key"))).unwrap();
    remove(&environment, "users/jane.conf");
    fs::create_dir(environment.path("users/jane.conf")).unwrap();
    fs::write(environment.path(&format!("{APISERVER}.crt")), vec![b'x'; 2 << 20]).unwrap();
    let status = status(&environment, &[]);
    let urgent: Vec<_> = entries(&status).iter().filter(|entry| entry["status"] != "ok").collect();
    let named: BTreeSet<_> = urgent.iter().map(|entry| text(entry, "entry")).collect();
    assert_eq!(named, ["apiserver", "etcd-peer", "user/jane"].map(str::to_owned).into());
    for entry in urgent {
        assert_eq!(entry["status"], "unreadable", "{entry:#}");
    }
}

/// Another environment with the same files.
fn twin(of: &Environment) -> Environment {
    let twin = Environment::new();
    for (path, mode, contents) in of.snapshot() {
        if of.path(&path).is_dir() {
            fs::create_dir_all(twin.path(&path)).unwrap();
        } else {
            fs::create_dir_all(twin.path(&path).parent().unwrap()).unwrap();
            fs::write(twin.path(&path), contents).unwrap();
            fs::set_permissions(twin.path(&path), fs::Permissions::from_mode(mode)).unwrap();
        }
    }
    twin
}

fn another_authority(environment: &Environment) {
    let other = Environment::of_spec(SPEC);
    kubepki_at(BEGIN, &other, &["apply"]).expect_success();
    for end in ["crt", "key"] {
        let name = format!("authorities/front-proxy-ca.{end}");
        environment.write(&name, &other.read(&name));
    }
}

fn remove(environment: &Environment, path: &str) {
    fs::remove_file(environment.path(path)).unwrap();
}

fn truncate(environment: &Environment, path: &str) {
    let text = environment.read(path);
    environment.write(path, &text[..text.len() / 2]);
}

fn copy(environment: &Environment, from: &str, to: &str) {
    environment.write(to, &environment.read(from));
}

fn text(value: &Value, field: &str) -> String {
    value[field].as_str().unwrap().to_owned()
}
