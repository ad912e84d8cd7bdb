//! A second cluster of the same name, made from the same spec elsewhere, is a stranger.

use kubepki_testkit::{Component, KeyedCertificate, programs};

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

/// Why the gate has a flag of its own for it: a client of the front-proxy CA names itself a member of
/// `system:masters`, and reads every Secret.
pub(super) fn a_front_proxy_is_everybody_and_needs_its_flag(cluster: &Cluster) {
    let issue = ["issue", "peer", "front-proxy-client", "--issuer", "front-proxy-ca"];
    let place = ["--file", "cluster.yaml", "--dir", "pki", "--as", "pair"];
    let issue = [&issue[..], &place].concat();
    let refused = cluster.kubepki(&issue);
    assert_eq!(refused.code, Some(2), "{}", refused.stderr);
    assert!(refused.stderr.contains("--danger-front-proxy"), "{}", refused.stderr);
    assert!(!cluster.scratch("front-proxy-client.crt").exists());

    cluster.kubepki(&[&issue[..], &["--danger-front-proxy"]].concat()).expect_success();
    let file = |name: &str| cluster.scratch(name).display().to_string();
    let url = cluster.url("127.0.0.1") + "/api/v1/secrets";
    let ask = |headers: &[&str]| {
        let mut command = programs::command("curl");
        command.args(["--silent", "--cacert", &cluster.files.authority.display().to_string()]);
        command.args(["--cert", &file("front-proxy-client.crt")]);
        command.args(["--key", &file("front-proxy-client.key"), &url]);
        for header in headers {
            command.args(["--header", header]);
        }
        programs::finish(command, b"").expect_success()
    };
    let nobody = ask(&[]);
    assert!(["401", "403"].iter().any(|code| nobody.contains(code)), "{nobody}");
    let secrets = ask(&["X-Remote-User: anybody", "X-Remote-Group: system:masters"]);
    assert!(secrets.contains("\"kind\": \"SecretList\""), "{secrets}");
}
