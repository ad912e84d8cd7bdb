//! A second cluster of the same name, made from the same spec elsewhere, is a stranger.

use kubepki_testkit::{Component, KeyedCertificate};

use super::running::{Cluster, applied};

pub(super) fn another_clusters_credentials_are_refused(cluster: &Cluster) {
    let elsewhere = applied(&cluster.spec);
    let theirs = elsewhere.path("pki/users/super-admin.conf");
    let reason = "x509: certificate signed by unknown authority";
    let log = || cluster.plane.process(Component::Apiserver).log();
    // Before all of it: some builds of kubectl ask for the version without a look at the server.
    assert!(!log().contains(reason), "{}", log());

    // Its own CA does not vouch for this apiserver.
    let refusal = cluster.plane.kubectl(&theirs, &["get", "namespaces"]).expect_failure();
    assert!(refusal.contains(reason), "{refusal}");

    // Told to trust this one, it is refused there, though name and group are right.
    let ca = format!("--certificate-authority={}", cluster.files.authority.display());
    let trust = ["config", "set-cluster", "loopback", &ca, "--embed-certs=true"];
    cluster.plane.kubectl(&theirs, &trust).expect_success();
    let refusal = cluster.plane.kubectl(&theirs, &["get", "namespaces"]).expect_failure();
    assert!(refusal.contains("(Unauthorized)"), "{refusal}");
    assert!(log().contains(reason), "{}", log());

    let pki = elsewhere.path("pki/hosts/server/etc/kubernetes/pki");
    for name in ["apiserver-kubelet-client", "front-proxy-client"] {
        let pair = KeyedCertificate::at(pki.join(name));
        let refusal = cluster.as_certificate(&pair, &["get", "namespaces"]).expect_failure();
        assert!(refusal.contains("(Unauthorized)"), "{name}: {refusal}");
    }
    // Of this cluster, but of a CA that vouches for no users.
    let pair = &cluster.files.front_proxy.as_ref().unwrap().client;
    let refusal = cluster.as_certificate(pair, &["get", "namespaces"]).expect_failure();
    assert!(refusal.contains("(Unauthorized)"), "{refusal}");
}
