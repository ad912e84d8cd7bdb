//! Certificates, keys and kubeconfigs that exist and cannot be what they should be: exit 1, and
//! nothing is touched, not even what could be made.

use std::{fs, path::Path};

use kubepki_testkit::{openssl, programs};

use super::{Environment, FAILED, SPEC, is_unchanged, refuses};
use crate::clock;

const PKI: &str = "hosts/server/etc/kubernetes/pki";

#[test]
fn a_ca_certificate_that_is_no_pem() {
    damaged("ca-unparsable", "authorities/ca.crt");
}

#[test]
fn a_ca_key_that_is_no_pem() {
    damaged("ca-key-unparsable", "authorities/ca.key");
}

#[test]
fn a_ca_key_of_another_ca() {
    replaced("ca-key-mismatch", "authorities/ca.key", "authorities/etcd-ca.key");
}

#[test]
fn a_certificate_that_is_no_pem() {
    damaged("leaf-unparsable", &format!("{PKI}/apiserver.crt"));
}

#[test]
fn a_certificate_that_is_cut_off() {
    let environment = applied();
    let path = format!("{PKI}/apiserver.crt");
    let text = environment.read(&path);
    environment.write(&path, &text[..text.len() / 2]);
    refuses("leaf-cut-off", FAILED, &environment, &["apply"]);
}

#[test]
fn a_certificate_that_is_empty() {
    let environment = applied();
    environment.write(&format!("{PKI}/apiserver.crt"), "");
    refuses("leaf-empty", FAILED, &environment, &["apply"]);
}

#[test]
fn a_key_that_is_no_pem() {
    damaged("leaf-key-unparsable", &format!("{PKI}/apiserver.key"));
}

#[test]
fn a_key_that_is_encrypted() {
    let environment = applied();
    let key = environment.path(&format!("{PKI}/apiserver.key"));
    let (name, new) = (key.to_str().unwrap(), format!("{}.new", key.display()));
    let args = ["pkcs8", "-topk8", "-v2", "aes-256-cbc", "-passout", "pass:secret"];
    openssl::run(&[&args[..], &["-in", name, "-out", &new]].concat()).expect_success();
    fs::rename(&new, &key).unwrap();
    refuses("leaf-key-encrypted", FAILED, &environment, &["apply"]);
}

#[test]
fn a_key_of_another_certificate() {
    let other = format!("{PKI}/front-proxy-client.key");
    replaced("leaf-key-mismatch", &format!("{PKI}/apiserver.key"), &other);
}

#[test]
fn a_service_account_key_that_is_no_pem() {
    damaged("service-account-unparsable", "authorities/service-account.key");
}

#[test]
fn a_service_account_public_key_of_another() {
    let environment = applied();
    let public = openssl::public_key(&environment.path("authorities/ca.key"));
    environment.write("authorities/service-account.pub", &public);
    refuses("service-account-mismatch", FAILED, &environment, &["apply"]);
}

#[test]
fn a_service_account_key_that_is_gone() {
    let environment = applied();
    fs::remove_file(environment.path("authorities/service-account.key")).unwrap();
    fs::remove_file(environment.path(&format!("{PKI}/sa.key"))).unwrap();
    refuses("service-account-gone", FAILED, &environment, &["apply"]);
}

#[test]
fn a_kubeconfig_that_is_no_yaml() {
    let environment = applied();
    environment.write("users/jane.conf", "apiVersion: v1\nkind: [\n");
    refuses("kubeconfig-unparsable", FAILED, &environment, &["apply"]);
}

#[test]
fn a_kubeconfig_of_a_hundred_thousand_levels() {
    let environment = applied();
    environment.write("users/jane.conf", &"[".repeat(100_000));
    refuses("kubeconfig-deep", FAILED, &environment, &["apply"]);
}

#[test]
fn a_kubeconfig_without_its_context() {
    let environment = applied();
    environment.edit("users/jane.conf", "current-context: ", "current-context: not-");
    refuses("kubeconfig-context", FAILED, &environment, &["apply"]);
}

#[test]
fn a_kubeconfig_with_another_users_key() {
    let environment = applied();
    let key = |path: &str| {
        let text = environment.read(path);
        let line = text.lines().find(|line| line.contains("client-key-data")).unwrap();
        line.to_owned()
    };
    let (janes, admins) = (key("users/jane.conf"), key("users/admin.conf"));
    environment.edit("users/jane.conf", janes.trim(), admins.trim());
    refuses("kubeconfig-mismatch", FAILED, &environment, &["apply"]);
}

#[test]
fn an_expired_ca() {
    let environment = Environment::of_spec(SPEC);
    let mut command = programs::command("openssl");
    command
        .args(["req", "-x509", "-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"])
        .args(["-subj", "/CN=demo-kubernetes-ca-1", "-days", "10"])
        .args(["-addext", "keyUsage=critical,keyCertSign"])
        .args(["-keyout", "authorities/ca.key", "-out", "authorities/ca.crt"])
        .current_dir(environment.root());
    fs::create_dir(environment.path("authorities")).unwrap();
    programs::finish(clock::at("2020-01-01 00:00:00", &command), b"").expect_success();
    refuses("ca-expired", FAILED, &environment, &["apply"]);
}

#[test]
fn a_ca_file_that_is_no_ca() {
    let environment = applied();
    for end in ["crt", "key"] {
        let text = environment.read(&format!("{PKI}/front-proxy-client.{end}"));
        environment.write(&format!("authorities/ca.{end}"), &text);
    }
    refuses("ca-is-no-ca", FAILED, &environment, &["apply"]);
}

#[test]
fn a_ca_that_may_not_sign_certificates() {
    let environment = Environment::of_spec(SPEC);
    fs::create_dir(environment.path("authorities")).unwrap();
    let mut command = programs::command("openssl");
    command
        .args(["req", "-x509", "-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"])
        .args(["-subj", "/CN=demo", "-days", "3650", "-addext", "keyUsage=critical,cRLSign"])
        .args(["-keyout", "authorities/ca.key", "-out", "authorities/ca.crt"])
        .current_dir(environment.root());
    programs::finish(command, b"").expect_success();
    refuses("ca-without-key-cert-sign", FAILED, &environment, &["apply"]);
}

#[test]
fn a_ca_without_its_key() {
    // Otherwise the control-plane host has a copy, from which it would come back.
    let environment =
        Environment::of_spec(&SPEC.replacen("csrSigning: true", "csrSigning: false", 1));
    environment.apply();
    fs::remove_file(environment.path("authorities/ca.key")).unwrap();
    // As long as nothing is to be issued, its key may be anywhere.
    environment.apply();
    fs::remove_file(environment.path("users/jane.conf")).unwrap();
    refuses("ca-without-its-key", FAILED, &environment, &["apply"]);
}

#[test]
fn a_ca_that_is_gone() {
    let environment = applied();
    fs::remove_dir_all(environment.path("authorities")).unwrap();
    for name in ["ca.crt", "ca.key", "cluster-signing.crt"] {
        fs::remove_file(environment.path(&format!("{PKI}/{name}"))).unwrap();
    }
    fs::remove_file(environment.path("hosts/node-0/etc/kubernetes/pki/ca.crt")).unwrap();
    refuses("ca-gone", FAILED, &environment, &["apply"]);
}

/// A plan that cannot be carried out is shown whole, so that everything can be put right at once.
#[test]
fn a_plan_shows_every_refusal() {
    let environment = applied();
    environment.write("users/jane.conf", "[");
    environment.write(&format!("{PKI}/etcd/peer.crt"), "");
    let before = environment.snapshot();
    for args in [&["plan"][..], &["apply", "--dry-run"]] {
        let output = environment.kubepki(args);
        assert_eq!(output.code, Some(FAILED));
        crate::golden::check("bad-input/plan.stdout.txt", &output.stdout);
        crate::golden::check("bad-input/plan.txt", &output.stderr);
    }
    is_unchanged(&before, &environment.snapshot());
}

#[track_caller]
fn damaged(name: &str, path: &str) {
    let environment = applied();
    environment.write(path, "-----BEGIN NONSENSE-----\nAAAA\n-----END NONSENSE-----\n");
    refuses(name, FAILED, &environment, &["apply"]);
}

#[track_caller]
fn replaced(name: &str, path: &str, by: &str) {
    let environment = applied();
    environment.write(path, &environment.read(by));
    refuses(name, FAILED, &environment, &["apply"]);
}

/// A cluster whose root says nothing of earlier runs: what somebody has brought here.
fn applied() -> Environment {
    let environment = Environment::of_spec(SPEC);
    environment.apply();
    remove_state(environment.root());
    environment
}

fn remove_state(root: &Path) {
    fs::remove_dir_all(root.join(".kubepki")).unwrap();
}
