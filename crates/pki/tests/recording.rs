//! What is signed is on record before anybody has it; where it cannot be recorded, nobody gets it.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
#![expect(clippy::disallowed_methods, reason = "a test looks at the files")]

use std::{fs, path::Path};

use kubepki_cluster::{
    Policy, PolicyOptions, RequestProfile,
    identity::{Identity, IdentityKind, Wish},
};
use kubepki_pki::{Allow, Pki, PkiError, Query, RequestSource};
use tempfile::TempDir;

const SPEC: &str = "apiVersion: kubepki/v1alpha1
kind: Cluster
name: demo
endpoint: api.demo.example
serviceCIDRs: [10.32.0.0/24]
certificates: {serviceAccountKeyAlgorithm: ecdsa-p256}
hosts:
  - {name: server, roles: [control-plane, etcd], addresses: [10.240.0.10]}
";

const REQUEST: &str = "tests/escalation/wish-user-email.csr";

fn now() -> jiff::Timestamp {
    "2026-11-20T12:00:00Z".parse().unwrap()
}

fn made() -> (TempDir, Pki) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("cluster.yaml"), SPEC).unwrap();
    let pki = Pki::open(folder.path());
    pki.apply(Allow::default(), now()).unwrap();
    (folder, pki)
}

fn rows(pki: &Pki) -> Vec<kubepki_pki::RecordedEntry> {
    pki.find_rows(Query { with_der: true, ..Query::default() }).unwrap()
}

#[test]
fn each_row_holds_what_was_signed_and_by_whom() {
    let (_folder, pki) = made();
    let count = rows(&pki).len();
    let request = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(REQUEST));
    let spec = &pki.spec().unwrap().spec;
    let policy = Policy::new(spec, RequestProfile::User, PolicyOptions::default()).unwrap();
    let (request, grant) = policy.read(&request.unwrap()).unwrap();
    let orders = [(request.public_key(), &grant)];
    let signed = pki.sign(&orders, RequestSource::Files, now()).unwrap();
    let rows = rows(&pki);
    assert_eq!(rows.len(), count + 1);
    let recorded = rows.last().unwrap().entry.certificate.as_ref().unwrap();
    assert_eq!(*recorded.sha256.as_bytes(), signed[0].sha256());
    assert_eq!(recorded.der.as_deref(), Some(signed[0].der()));
    assert_eq!(recorded.issuer, "CN=demo-kubernetes-ca-1");
    let ca = pki.authority("ca").unwrap();
    let issuer_key_id = recorded.issuer_key_id.as_ref().map(|id| id.as_bytes());
    assert_eq!(issuer_key_id, ca.subject_key_identifier());
    assert_eq!((&*rows.last().unwrap().cluster, &*rows[0].cluster), ("demo", "demo"));
}

#[test]
fn what_cannot_be_recorded_is_neither_written_nor_given_out() {
    let (folder, pki) = made();
    let certificate = folder.path().join("hosts/server/etc/kubernetes/pki/apiserver.crt");
    fs::remove_file(&certificate).unwrap();
    fs::write(folder.path().join(".kubepki/ledger.db"), "no ledger").unwrap();
    let error = pki.apply(Allow::default(), now()).unwrap_err();
    assert!(matches!(error, PkiError::Ledger(_)), "{error:?}");
    assert!(!certificate.exists());
    let wish = Wish::new(IdentityKind::User, "joe");
    let spec = &pki.spec().unwrap().spec;
    let identity = Identity::new(wish, Allow::default(), spec).unwrap();
    let error = pki.issue(&identity, now()).unwrap_err();
    assert!(matches!(error, PkiError::Ledger(_)), "{error:?}");
}

#[test]
fn what_cannot_be_signed_is_not_recorded() {
    let (_folder, pki) = made();
    let count = rows(&pki).len();
    let spec = &pki.spec().unwrap().spec;
    let wish = Wish::new(IdentityKind::User, "joe");
    let identity = Identity::new(wish, Allow::default(), spec).unwrap();
    let after_the_ca = "2099-01-01T00:00:00Z".parse().unwrap();
    pki.issue(&identity, after_the_ca).unwrap_err();
    assert_eq!(rows(&pki).len(), count);
}
