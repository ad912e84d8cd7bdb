//! The apiserver is reached by every name and address that its certificate is to have.

use std::collections::BTreeSet;

use super::running::{Cluster, has_ipv6};
use crate::interop::Certificate;

const NAMES: [&str; 12] = [
    "10.32.0.1",
    "127.0.0.1",
    "127.0.0.2",
    "203.0.113.10",
    "::1",
    "api.example.com",
    "kubernetes",
    "kubernetes.default",
    "kubernetes.default.svc",
    "kubernetes.default.svc.cluster.local",
    "localhost",
    "server",
];

pub(super) fn the_apiserver_answers_to_every_name(cluster: &Cluster) {
    let names: BTreeSet<_> = NAMES.iter().map(|name| (*name).to_owned()).collect();
    let names = &names | &BTreeSet::from(["server.example.com".to_owned()]);
    let certificate = Certificate::read(&cluster.files.apiserver.certificate);
    assert_eq!(certificate.names, names, "each is dialled below");

    let by_name = |name: &str| {
        let server = cluster.url("127.0.0.1");
        let version = ["get", "--raw", "/version"];
        let there = ["--server", &server, "--tls-server-name", name];
        cluster.as_user("jane", &[&there[..], &version[..]].concat())
    };
    for name in &names {
        by_name(name).expect_success();
    }
    for name in ["elsewhere.example.com", "10.32.0.2"] {
        let refusal = by_name(name).expect_failure();
        assert!(refusal.contains("x509: certificate is valid for"), "{refusal}");
    }

    // Those that lead here without help.
    let mut dialled = vec!["127.0.0.1", "127.0.0.2", "localhost"];
    dialled.extend(has_ipv6().then_some("::1"));
    for host in dialled {
        let server = cluster.url(host);
        cluster
            .as_user("jane", &["--server", &server, "get", "--raw", "/version"])
            .expect_success();
    }
    let stray = cluster.url("127.0.0.9");
    let refusal = cluster.as_user("jane", &["--server", &stray, "get", "--raw", "/version"]);
    let refusal = refusal.expect_failure();
    assert!(refusal.contains("x509: certificate is valid for"), "{refusal}");
}
