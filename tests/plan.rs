//! `kubepki plan`: the text for people, with the reason of each step. The texts are in
//! tests/golden/plan/, what was printed on stdout before what was said on stderr.

use std::{fs, os::unix::fs::PermissionsExt};

use kubepki_testkit::programs::Output;

use crate::{clock::kubepki_at, environment::Environment, golden};

/// Short, so that dates can be told apart, and of two hosts.
const SPEC: &str = "\
apiVersion: kubepki/v1alpha1
kind: Cluster
name: demo
endpoint: api.demo.example:6443
serviceCIDRs: [10.32.0.0/24]
certificates:
  keyAlgorithm: ecdsa-p256
  serviceAccountKeyAlgorithm: ecdsa-p256
  lifetime: 365d
  caLifetime: 3650d
  apiserverSANs: [203.0.113.10]
hosts:
  - name: server
    roles: [control-plane, etcd]
    addresses: [10.240.0.10]
  - name: node-0
    roles: [worker]
    addresses: [10.240.0.20]
users:
  - name: admin
    groups: [kubepki:cluster-admins]
  - name: jane
    groups: [dev, oncall]
    lifetime: 72h
";

const BEGIN: &str = "2026-01-01 00:00:00";

#[test]
fn the_first_plan_of_every_example() {
    for example in ["hard-way", "ha", "kubeadm"] {
        let environment = Environment::of_example(example);
        let before = environment.snapshot();
        shows(&format!("new-{example}"), 3, &environment.kubepki(&["plan", "--exit-code"]));
        assert_eq!(environment.snapshot(), before, "a plan writes nothing");
    }
}

#[test]
fn the_first_plan_of_the_flat_layout() {
    let environment = Environment::of_example("hard-way");
    environment.edit("cluster.yaml", "layout: hosts", "layout: hard-way");
    shows("new-flat", 0, &environment.kubepki(&["plan"]));
}

#[test]
fn what_apply_says() {
    for example in ["hard-way", "ha", "kubeadm"] {
        let environment = Environment::of_example(example);
        shows(&format!("apply-{example}"), 0, &environment.kubepki(&["apply"]));
        shows(&format!("apply-{example}-again"), 0, &environment.kubepki(&["apply"]));
    }
}

#[test]
fn what_apply_says_of_another_root() {
    let environment = Environment::of_spec(SPEC);
    let args = ["apply", "--dir", "pki", "-f", "cluster.yaml"];
    shows("apply-dir", 0, &environment.kubepki(&args));
}

#[test]
fn a_dry_run_prints_the_very_plan() {
    let environment = Environment::of_spec(SPEC);
    let same = || {
        let before = environment.snapshot();
        for format in [&[][..], &["-o", "json"], &["-o", "yaml"], &["-v"]] {
            let plan = environment.kubepki(&[&["plan"], format].concat());
            let dry = environment.kubepki(&[&["apply", "--dry-run"], format].concat());
            assert_eq!((plan.stdout, plan.stderr), (dry.stdout, dry.stderr), "{format:?}");
        }
        assert_eq!(environment.snapshot(), before);
    };
    same();
    environment.apply();
    environment.edit("cluster.yaml", "[203.0.113.10]", "[203.0.113.11]");
    same();
}

#[test]
fn a_new_san() {
    changed("new-san", "[203.0.113.10]", "[203.0.113.10, api.example.com]");
}

#[test]
fn a_san_for_another() {
    changed("other-san", "[203.0.113.10]", "[203.0.113.11]");
}

#[test]
fn a_new_host() {
    let host = "  - {name: node-1, roles: [worker], addresses: [10.240.0.21]}\nusers:";
    changed("new-host", "users:", host);
}

#[test]
fn a_new_user() {
    changed("new-user", "  - name: jane", "  - name: ops\n  - name: jane");
}

#[test]
fn the_groups_of_a_user() {
    changed("groups", "[dev, oncall]", "[dev, sre]");
}

#[test]
fn the_uid_of_a_user() {
    changed("uid", "groups: [dev, oncall]", "groups: [dev, oncall]\n    uid: \"1001\"");
}

#[test]
fn another_key_algorithm() {
    changed("key-algorithm", "keyAlgorithm: ecdsa-p256", "keyAlgorithm: ecdsa-p384");
}

#[test]
fn another_endpoint() {
    changed("endpoint", "api.demo.example:6443", "lb.demo.example:443");
}

#[test]
fn another_cluster_name() {
    changed("cluster-name", "name: demo", "name: other");
}

#[test]
fn secrets_of_no_certificate() {
    let wanted = "encryption: secretbox\nkubelets: bootstrap\ncertificates:";
    changed("secrets", "certificates:", wanted);
}

#[test]
fn a_shorter_lifetime() {
    changed("lifetime", "lifetime: 365d", "lifetime: 90d\n  renewBefore: 14d");
}

#[test]
fn what_expires_and_what_has_expired() {
    let environment = Environment::of_spec(SPEC);
    kubepki_at(BEGIN, &environment, &["apply"]).expect_success();
    // Jane's certificate of three days is due in its last third, not 30 days before its end.
    for (name, time, code) in [
        ("young", "2026-01-02 12:00:00", 0),
        ("jane-is-due", "2026-01-03 01:00:00", 3),
        ("jane-has-expired", "2026-01-05 00:00:00", 3),
        ("all-are-due", "2026-12-15 00:00:00", 3),
        ("all-have-expired", "2027-02-01 00:00:00", 3),
    ] {
        shows(name, code, &kubepki_at(time, &environment, &["plan", "--exit-code"]));
    }
    let time = "2027-02-01 00:00:00";
    kubepki_at(time, &environment, &["apply"]).expect_success();
    assert_eq!(kubepki_at(time, &environment, &["plan", "--exit-code"]).code, Some(0));
}

#[test]
fn what_ends_with_its_ca_is_a_warning_and_no_endless_renewal() {
    let environment = Environment::of_spec(SPEC);
    environment.edit("cluster.yaml", "caLifetime: 3650d", "caLifetime: 365d");
    kubepki_at(BEGIN, &environment, &["apply"]).expect_success();
    let time = "2026-12-15 00:00:00";
    kubepki_at(time, &environment, &["apply"]).expect_success();
    let plan = kubepki_at(time, &environment, &["plan", "--exit-code"]);
    shows("capped", 0, &plan);
}

#[test]
fn a_clock_that_is_behind_is_a_warning() {
    let environment = Environment::of_spec(SPEC);
    kubepki_at(BEGIN, &environment, &["apply"]).expect_success();
    shows("not-yet-valid", 0, &kubepki_at("2025-12-31 00:00:00", &environment, &["plan"]));
}

#[test]
fn modes_that_are_too_wide_are_narrowed() {
    let environment = Environment::of_spec(SPEC);
    environment.apply();
    for (path, mode) in [
        ("authorities/ca.key", 0o640),
        ("users/jane.conf", 0o644),
        ("hosts/server/etc/kubernetes/pki/apiserver.crt", 0o666),
        // Narrower than it has to be is nobody's business.
        ("authorities/ca.crt", 0o400),
    ] {
        let mode = fs::Permissions::from_mode(mode);
        fs::set_permissions(environment.path(path), mode).unwrap();
    }
    let before = environment.snapshot();
    shows("modes", 3, &environment.kubepki(&["plan", "--exit-code"]));
    shows("modes-apply", 0, &environment.kubepki(&["apply"]));
    let after = environment.snapshot();
    let mode = |path: &str| after.iter().find(|file| file.0 == path).unwrap().1;
    assert_eq!(mode("authorities/ca.key"), 0o600);
    assert_eq!(mode("users/jane.conf"), 0o600);
    assert_eq!(mode("hosts/server/etc/kubernetes/pki/apiserver.crt"), 0o644);
    assert_eq!(mode("authorities/ca.crt"), 0o400);
    for file in &before {
        assert!(after.iter().any(|now| (&now.0, &now.2) == (&file.0, &file.2)), "{}", file.0);
    }
}

#[test]
fn a_missing_file_and_a_swapped_ca() {
    let environment = Environment::of_spec(SPEC);
    environment.apply();
    let other = Environment::of_spec(SPEC);
    other.apply();
    fs::remove_file(environment.path("hosts/server/etc/kubernetes/pki/etcd/peer.key")).unwrap();
    for end in ["crt", "key"] {
        let name = format!("authorities/front-proxy-ca.{end}");
        environment.write(&name, &other.read(&name));
    }
    shows("swapped-ca", 0, &environment.kubepki(&["plan"]));
    environment.apply();
    assert_eq!(environment.kubepki(&["plan", "--exit-code"]).code, Some(0));
}

/// Applies, changes the spec, and compares the plan; then applies again, after which nothing is left.
#[track_caller]
fn changed(name: &str, was: &str, now: &str) {
    let environment = Environment::of_spec(SPEC);
    environment.apply();
    environment.edit("cluster.yaml", was, now);
    shows(name, 3, &environment.kubepki(&["plan", "--exit-code"]));
    environment.apply();
    assert_eq!(environment.kubepki(&["plan", "--exit-code"]).code, Some(0));
}

#[track_caller]
fn shows(name: &str, code: i32, output: &Output) {
    assert_eq!(output.code, Some(code), "{output:#?}");
    let wide: Vec<_> = output.stdout.lines().filter(|line| line.chars().count() > 80).collect();
    assert!(wide.is_empty(), "wider than 80 columns: {wide:#?}");
    golden::check(&format!("plan/{name}.txt"), &format!("{}{}", output.stdout, output.stderr));
}
