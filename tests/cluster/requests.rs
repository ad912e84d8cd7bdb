//! `kubepki csr` against a cluster: submit, list, approve, deny, fetch; and users that
//! `kubepki issue` made, with the role bindings it sent.

use kubepki_testkit::{KeyedCertificate, Verification, openssl};

use super::running::Cluster;

pub(super) fn go_from_new_to_fetch(cluster: &Cluster) {
    let admin = cluster.user("admin").display().to_string();
    let kubepki = |args: &[&str]| cluster.kubepki(&[args, &["--kubeconfig", &admin]].concat());
    cluster.kubepki(&["csr", "new", "carol", "--group", "dev"]).expect_success();
    let manifest =
        ["csr", "manifest", "carol.csr", "--signer", "kubernetes.io/kube-apiserver-client"];
    let manifest = cluster.kubepki(&manifest).expect_success();
    std::fs::write(cluster.scratch("carol.yaml"), manifest).unwrap();
    assert_eq!(kubepki(&["csr", "submit", "carol.yaml"]).expect_success(), "carol\n");

    let pending = kubepki(&["csr", "list", "--pending"]).expect_success();
    assert!(pending.contains("carol  Pending  kubernetes.io/kube-apiserver-client"), "{pending}");
    let early = kubepki(&["csr", "fetch", "carol"]);
    assert_eq!(early.code, Some(1));
    assert!(early.stderr.contains("kubepki csr approve carol"), "{}", early.stderr);

    kubepki(&["csr", "approve", "carol"]).expect_success();
    kubepki(&["csr", "fetch", "carol", "--wait", "60", "-o", "carol.crt"]).expect_success();
    let pair = KeyedCertificate::at(cluster.scratch("carol"));
    openssl::verify(&Verification::of_client(&pair.certificate, &cluster.files.authority)).unwrap();
    cluster.as_certificate(&pair, &["get", "configmaps"]).expect_success();

    // A decision is final, and a name that is not there is said to be so.
    let late = kubepki(&["csr", "deny", "carol", "--reason", "too late"]);
    assert!(late.stderr.contains("Approved"), "{}", late.stderr);
    let missing = kubepki(&["csr", "fetch", "nobody"]);
    assert!(missing.stderr.contains("NotFound"), "{}", missing.stderr);
    assert_eq!((late.code, missing.code), (Some(1), Some(1)));
}

pub(super) fn a_denied_request_stays_without_a_certificate(cluster: &Cluster) {
    let admin = cluster.user("admin").display().to_string();
    let kubepki = |args: &[&str]| cluster.kubepki(&[args, &["--kubeconfig", &admin]].concat());
    cluster.kubepki(&["csr", "new", "mallory"]).expect_success();
    let manifest =
        ["csr", "manifest", "mallory.csr", "--signer", "kubernetes.io/kube-apiserver-client"];
    let manifest = cluster.kubepki(&manifest).expect_success();
    std::fs::write(cluster.scratch("mallory.yaml"), manifest).unwrap();
    kubepki(&["csr", "submit", "mallory.yaml"]).expect_success();
    kubepki(&["csr", "deny", "mallory", "--reason", "not one of us"]).expect_success();
    let denied = kubepki(&["csr", "fetch", "mallory", "--wait", "5"]);
    assert_eq!(denied.code, Some(1));
    assert!(denied.stderr.contains("not one of us"), "{}", denied.stderr);
}

/// A user outside the spec may do what the role says, and nothing else.
pub(super) fn an_issued_user_has_the_role_that_was_applied(cluster: &Cluster) {
    let admin = cluster.user("admin").display().to_string();
    let issue = [
        "issue",
        "user",
        "mia",
        "--file",
        "cluster.yaml",
        "--dir",
        "pki",
        "--lifetime",
        "1h",
        "--role",
        "view",
        "--namespace",
        "default",
        "--apply",
        "--kubeconfig",
        &admin,
    ];
    cluster.kubepki(&issue).expect_success();
    let mia = cluster.scratch("mia.conf");
    let may = |args: &[&str]| cluster.plane.kubectl(&mia, &[&["auth", "can-i"], args].concat());
    assert_eq!(may(&["list", "pods", "-n", "default"]).expect_success().trim(), "yes");
    for refused in [["list", "pods", "-n", "kube-system"], ["delete", "pods", "-n", "default"]] {
        assert!(may(&refused).stdout.contains("no"), "{refused:?}");
    }
    let refused = cluster.kubepki(&["csr", "list", "--kubeconfig", &mia.display().to_string()]);
    assert!(refused.stderr.contains("Forbidden"), "{}", refused.stderr);
    assert_eq!(refused.code, Some(1));
}
