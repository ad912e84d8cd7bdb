//! The controller manager signs certificate requests with the certificate and key it was given.

use std::fs;

use kubepki_testkit::{KeyedCertificate, Verification, openssl, programs, wait_for};

use super::running::Cluster;

pub(super) fn the_controller_manager_signs_requests(cluster: &Cluster) {
    let pair = KeyedCertificate::at(cluster.scratch("bob"));
    let request = cluster.scratch("bob.csr");
    openssl::new_request(&pair.key, &request, "/O=dev/CN=bob", &[]);
    let text = fs::read(&request).unwrap();
    let encoded = {
        let mut command = programs::command("openssl");
        command.args(["base64", "-A"]);
        programs::finish(command, &text).expect_success()
    };
    cluster.create(&format!(
        "apiVersion: certificates.k8s.io/v1
kind: CertificateSigningRequest
metadata: {{name: bob}}
spec:
  signerName: kubernetes.io/kube-apiserver-client
  usages: [digital signature, client auth]
  request: {}
",
        encoded.trim()
    ));
    cluster.as_user("admin", &["certificate", "approve", "bob"]).expect_success();
    let ask = ["get", "csr", "bob", "-o", "go-template={{.status.certificate | base64decode}}"];
    let certificate = wait_for("a signed certificate", || {
        let said = cluster.as_user("admin", &ask).into_result()?;
        if said.contains("BEGIN CERTIFICATE") { Ok(said) } else { Err(said) }
    });
    fs::write(&pair.certificate, certificate).unwrap();
    openssl::verify(&Verification::of_client(&pair.certificate, &cluster.files.authority)).unwrap();
    // Of the group `dev`, which may read ConfigMaps and nothing else.
    cluster.as_certificate(&pair, &["get", "configmaps"]).expect_success();
    let refusal = cluster.as_certificate(&pair, &["get", "pods"]).expect_failure();
    assert!(refusal.contains(r#"User "bob""#), "{refusal}");
}
