//! Whole PKIs: ours in every layout and with every key, kubeadm's, and the tutorial's.

use kubepki_testkit::{kubeadm, tutorial};

use super::{checks, json, set};
use crate::environment::Environment;

#[test]
fn nothing_is_found_in_what_we_made_in_any_layout() {
    for (example, layout) in
        [("hard-way", "hosts"), ("hard-way", "hard-way"), ("ha", "hosts"), ("kubeadm", "kubeadm")]
    {
        let environment = Environment::of_example(example);
        let spec = environment.read("cluster.yaml");
        let was = spec.lines().find(|line| line.starts_with("layout:")).unwrap().to_owned();
        environment.edit("cluster.yaml", &was, &format!("layout: {layout}"));
        environment.apply();
        let (document, code) = json(&environment, &["--strict"]);
        assert_eq!(document["findings"], serde_json::json!([]), "{example} as {layout}");
        assert_eq!(code, 0);
        assert!(document["files"].as_u64().unwrap() > 20, "{document}");
        // Without the spec, by the names of the files alone.
        let (document, code) = json(&environment, &["--strict", "."]);
        assert_eq!(document["findings"], serde_json::json!([]), "{example} as {layout}, guessed");
        assert_eq!(code, 0);
    }
}

#[test]
fn nothing_is_found_whatever_the_keys() {
    for algorithm in ["rsa-2048", "ecdsa-p384", "ed25519"] {
        let environment = Environment::of_example("hard-way");
        environment.edit(
            "cluster.yaml",
            "keyAlgorithm: ecdsa-p256",
            &format!("keyAlgorithm: {algorithm}"),
        );
        environment.apply();
        let (document, code) = json(&environment, &["--strict"]);
        assert_eq!((&document["findings"], code), (&serde_json::json!([]), 0), "{algorithm}");
    }
}

#[test]
fn an_identity_that_was_issued_has_no_findings() {
    let environment = Environment::of_example("hard-way");
    environment.apply();
    environment.kubepki(&["issue", "user", "jane", "--group", "dev"]).expect_success();
    environment.kubepki(&["issue", "node", "node-7", "--san", "10.0.0.7"]).expect_success();
    let (document, _) = json(&environment, &["--strict", "."]);
    assert_eq!(document["findings"], serde_json::json!([]));
}

#[test]
fn a_user_that_trusts_the_ca_of_servers_has_no_findings() {
    let environment = Environment::new();
    environment.write(
        "cluster.yaml",
        "apiVersion: kubepki/v1alpha1
kind: Cluster
name: two-cas
endpoint: api.example.com
serviceCIDRs: []
layout: custom
hosts: []
trust: server-ca
authorities:
  - {name: ca, certificate: client-ca.crt, key: client-ca.key}
  - {name: server-ca, certificate: server-ca.crt, key: server-ca.key}
entries:
  - {name: sa, key: sa.key, public: sa.pub}
",
    );
    environment.apply();
    environment.kubepki(&["issue", "user", "jane"]).expect_success();
    let (document, code) = json(&environment, &["--strict"]);
    assert_eq!((&document["findings"], code), (&serde_json::json!([]), 0), "{document:#}");
    // Another CA than the spec's is still none.
    environment.edit("cluster.yaml", "trust: server-ca", "trust: ca");
    let (document, _) = json(&environment, &[]);
    assert_eq!(checks(&document, "error"), set(&["stale-authority"]), "{document:#}");
}

#[test]
fn kubeadms_has_no_errors() {
    let environment = Environment::new();
    kubeadm::make_pki(environment.root(), 6443);
    let (document, code) = json(&environment, &["etc/kubernetes"]);
    assert_eq!(code, 0, "{document:#}");
    assert_eq!(checks(&document, "error"), set(&[]));
    // kubeadm 1.20 gives its CAs the serial number 0, and puts its clients above RBAC.
    assert_eq!(
        checks(&document, "warning"),
        set(&["bad-serial", "kubelet-client-in-masters", "system-masters"])
    );
}

#[test]
fn the_tutorials_has_its_known_defects() {
    let environment = Environment::new();
    tutorial::make_pki(&environment.path("tutorial"), 6443);
    let (document, code) = json(&environment, &["tutorial"]);
    assert_eq!(code, 3);
    let errors = checks(&document, "error");
    assert!(errors.contains("apiserver-names"), "{document:#}");
    let warnings = checks(&document, "warning");
    let known = [
        "ca-constraints-not-critical",
        "doubled-prefix",
        "misspelt-service-name",
        "netscape-type",
        "outlives-issuer",
        "system-masters",
    ];
    for name in known {
        assert!(warnings.contains(name), "{name}: {document:#}");
    }
}

#[test]
fn drift_from_the_spec_is_found_by_the_roles_of_the_catalog() {
    let environment = Environment::of_example("hard-way");
    environment.apply();
    environment.edit("cluster.yaml", "apiserverSANs: []", "apiserverSANs: [api.example.com]");
    environment.edit("cluster.yaml", "10.32.0.0/24", "10.96.0.0/16");
    let (document, code) = json(&environment, &[]);
    assert_eq!((checks(&document, "error"), code), (set(&["apiserver-service-address"]), 3));
    let file = "hosts/server/etc/kubernetes/pki/apiserver.crt";
    assert_eq!(document["findings"][0]["path"], file);
    environment.edit("cluster.yaml", "10.96.0.0/16", "10.32.0.0/24");
    let (document, _) = json(&environment, &[]);
    assert_eq!(checks(&document, "error"), set(&["names-missing"]));
}

#[test]
fn a_later_day_has_its_own_findings() {
    let environment = Environment::of_example("hard-way");
    environment.apply();
    let (document, code) = json(&environment, &["--at", "2099-01-01"]);
    assert_eq!((checks(&document, "error"), code), (set(&["expired"]), 3));
    let (document, code) = json(&environment, &["--at", "1999-01-01T00:00:00Z"]);
    assert_eq!((checks(&document, "error"), code), (set(&["not-yet-valid"]), 3));
    let (document, code) = json(&environment, &["--within", "400d"]);
    assert_eq!((checks(&document, "warning"), code), (set(&["expiring"]), 0));
    let (_, code) = json(&environment, &["--within", "400d", "--strict"]);
    assert_eq!(code, 3);
}
