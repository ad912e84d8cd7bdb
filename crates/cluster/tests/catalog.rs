//! The table of certificates, written down a second time and compared with what is really issued.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::collections::BTreeMap;

use jiff::Timestamp;
use kubepki_ca::{Certificate, KeyUsage};
use kubepki_cluster::{
    Allow, Catalog, ClusterSpec, MemoryStore, Plan, RenewalPolicy, Store, StorePath, SystemMasters,
    catalog::{Content, Entry},
    make, observe,
};
use kubepki_kubeconfig::Kubeconfig;

const SPEC: &str = "\
apiVersion: kubepki/v1alpha1
kind: Cluster
name: demo
endpoint: api.demo.example:6443
domain: k8s.internal
serviceCIDRs: [10.96.0.0/16, 'fd00:10:96::/112']
certificates: {serviceAccountKeyAlgorithm: ecdsa-p256, apiserverSANs: [203.0.113.10, '*.apps.example.com']}
hosts:
  - {name: cp-0, roles: [control-plane], addresses: [10.240.0.10, 'fd00:240::10'], names: [cp-0.demo.example]}
  - {name: db-0, roles: [etcd], addresses: [10.240.0.30, 'fd00:240::30']}
  - {name: node-0, roles: [worker], addresses: [10.240.0.20, 'fd00:240::20'], names: [node-0.demo.example]}
users:
  - {name: admin, groups: ['kubepki:cluster-admins']}
  - {name: jane, groups: [dev, oncall], uid: '1001'}
";

/// Entry, host, issuer, subject, extended key usages, SANs.
type Row =
    (&'static str, &'static str, &'static str, &'static str, &'static str, &'static [&'static str]);

/// Sorted by entry and host.
#[rustfmt::skip]
const EXPECTED: &[Row] = &[
    ("apiserver", "cp-0", "ca", "CN=kube-apiserver", "serverAuth", &[
        "DNS:kubernetes", "DNS:kubernetes.default", "DNS:kubernetes.default.svc", "DNS:kubernetes.default.svc.k8s.internal",
        "DNS:cp-0", "DNS:cp-0.demo.example", "DNS:api.demo.example", "DNS:*.apps.example.com", "DNS:localhost",
        "IP:10.96.0.1", "IP:fd00:10:96::1", "IP:10.240.0.10", "IP:fd00:240::10", "IP:203.0.113.10", "IP:127.0.0.1", "IP:::1"]),
    ("apiserver-etcd-client", "cp-0", "etcd-ca", "CN=kube-apiserver-etcd-client", "clientAuth", &[]),
    ("apiserver-kubelet-client", "cp-0", "ca", "CN=kube-apiserver-kubelet-client", "clientAuth", &[]),
    ("controller-manager", "cp-0", "ca", "CN=system:kube-controller-manager", "clientAuth", &[]),
    ("controller-manager-server", "cp-0", "ca", "CN=kube-controller-manager", "serverAuth", CP_AND_LOOPBACK),
    ("etcd-healthcheck-client", "db-0", "etcd-ca", "CN=kube-etcd-healthcheck-client", "clientAuth", &[]),
    ("etcd-peer", "db-0", "etcd-ca", "CN=db-0", "clientAuth serverAuth", DB_AND_LOOPBACK),
    ("etcd-server", "db-0", "etcd-ca", "CN=db-0", "clientAuth serverAuth", DB_AND_LOOPBACK),
    ("front-proxy-client", "cp-0", "front-proxy-ca", "CN=front-proxy-client", "clientAuth", &[]),
    ("kube-proxy", "node-0", "ca", "CN=system:kube-proxy", "clientAuth", &[]),
    ("kubelet", "node-0", "ca", "O=system:nodes, CN=system:node:node-0", "clientAuth", &[]),
    ("kubelet-server", "node-0", "ca", "O=system:nodes, CN=system:node:node-0", "serverAuth", &[
        "DNS:node-0", "DNS:node-0.demo.example", "IP:10.240.0.20", "IP:fd00:240::20"]),
    ("scheduler", "cp-0", "ca", "CN=system:kube-scheduler", "clientAuth", &[]),
    ("scheduler-server", "cp-0", "ca", "CN=kube-scheduler", "serverAuth", CP_AND_LOOPBACK),
    ("user/admin", "", "ca", "O=kubepki:cluster-admins, CN=admin", "clientAuth", &[]),
    ("user/jane", "", "ca", "O=dev, O=oncall, CN=jane, UID=1001", "clientAuth", &[]),
    ("user/super-admin", "", "ca", "O=system:masters, CN=super-admin", "clientAuth", &[]),
];

const CP_AND_LOOPBACK: &[&str] = &[
    "DNS:cp-0",
    "DNS:cp-0.demo.example",
    "DNS:localhost",
    "IP:10.240.0.10",
    "IP:fd00:240::10",
    "IP:127.0.0.1",
    "IP:::1",
];
const DB_AND_LOOPBACK: &[&str] =
    &["DNS:db-0", "DNS:localhost", "IP:10.240.0.30", "IP:fd00:240::30", "IP:127.0.0.1", "IP:::1"];

#[test]
fn every_certificate_is_as_the_table_says() {
    let (catalog, store) = issued(SPEC);
    let authorities: BTreeMap<String, Certificate> = catalog
        .entries()
        .iter()
        .filter(|entry| matches!(entry.content, Content::Authority { .. }))
        .map(|entry| (entry.id.name().into_owned(), certificate(entry, &store).unwrap()))
        .collect();
    assert_eq!(authorities.keys().collect::<Vec<_>>(), ["ca", "etcd-ca", "front-proxy-ca"]);
    let mut found = Vec::new();
    for entry in catalog.entries() {
        if matches!(entry.content, Content::Authority { .. }) {
            continue;
        }
        let Some(certificate) = certificate(entry, &store) else { continue };
        let issuers: Vec<_> =
            authorities.iter().filter(|(_, ca)| certificate.is_issued_by(ca)).collect();
        let [(issuer, _)] = issuers[..] else { panic!("{} has {issuers:?}", entry.id) };
        let mut usages: Vec<_> =
            certificate.extended_key_usage().iter().map(ToString::to_string).collect();
        usages.sort();
        let mut names: Vec<_> =
            certificate.subject_alt_names().iter().map(ToString::to_string).collect();
        names.sort();
        let host = entry.id.host.clone().unwrap_or_default();
        let subject = certificate.subject().to_string();
        found.push((
            entry.id.name().into_owned(),
            host,
            issuer.clone(),
            subject,
            usages.join(" "),
            names,
        ));
        assert_eq!(certificate.key_usage(), Some(KeyUsage::DIGITAL_SIGNATURE), "{}", entry.id);
        assert!(!certificate.is_ca(), "{}", entry.id);
    }
    found.sort();
    let expected = EXPECTED.iter().map(|(entry, host, issuer, subject, usages, names)| {
        let mut names: Vec<_> = names.iter().map(ToString::to_string).collect();
        names.sort();
        let [entry, host, issuer, subject, usages] =
            [entry, host, issuer, subject, usages].map(ToString::to_string);
        (entry, host, issuer, subject, usages, names)
    });
    for (found, expected) in found.iter().zip(expected) {
        assert_eq!(found, &expected);
    }
    assert_eq!(found.len(), EXPECTED.len());
}

#[test]
fn every_ca_may_sign_leaves_alone_and_is_named_by_its_cluster() {
    let (catalog, store) = issued(SPEC);
    for (name, subject) in [
        ("ca", "CN=demo-kubernetes-ca-1"),
        ("etcd-ca", "CN=demo-etcd-ca-1"),
        ("front-proxy-ca", "CN=demo-front-proxy-ca-1"),
    ] {
        let entry = catalog.entries().iter().find(|entry| entry.id.name() == name).unwrap();
        let certificate = certificate(entry, &store).unwrap();
        assert_eq!(certificate.subject().to_string(), subject);
        assert!(certificate.is_ca() && certificate.is_self_signed());
        assert_eq!(certificate.path_length(), Some(0));
        assert!(certificate.extended_key_usage().is_empty());
        let usage = KeyUsage::KEY_CERT_SIGN.union(KeyUsage::CRL_SIGN);
        assert_eq!(certificate.key_usage(), Some(usage));
    }
}

#[test]
fn every_kubeconfig_points_where_it_should() {
    let (_, store) = issued(SPEC);
    let (endpoint, local) = ("https://api.demo.example:6443", "https://127.0.0.1:6443");
    for (path, user, server) in [
        ("users/admin.conf", "admin", endpoint),
        ("users/jane.conf", "jane", endpoint),
        ("users/super-admin.conf", "super-admin", endpoint),
        ("hosts/cp-0/etc/kubernetes/scheduler.conf", "system:kube-scheduler", local),
        (
            "hosts/cp-0/etc/kubernetes/controller-manager.conf",
            "system:kube-controller-manager",
            local,
        ),
        ("hosts/node-0/etc/kubernetes/kubelet.conf", "system:node:node-0", endpoint),
        ("hosts/node-0/etc/kubernetes/kube-proxy.conf", "system:kube-proxy", endpoint),
    ] {
        let kubeconfig = Kubeconfig::parse(read(&store, path)).unwrap();
        let current = kubeconfig.current().unwrap();
        assert_eq!(current.cluster.server, server, "{path}");
        assert_eq!(
            (current.context.user.as_str(), current.context.cluster.as_str()),
            (user, "demo")
        );
        assert_eq!(kubeconfig.current_context, format!("{user}@demo"));
        let ca = current.cluster.certificate_authority_data.as_ref().unwrap();
        assert_eq!(ca.as_ref(), read(&store, "authorities/ca.crt"), "{path}");
    }
}

#[test]
fn every_host_gets_its_own_files_and_no_other() {
    let (_, store) = issued(SPEC);
    let of = |host: &str| -> Vec<String> {
        let prefix = format!("hosts/{host}/");
        let names = store.files().filter_map(|(path, _)| path.as_str().strip_prefix(&prefix));
        names.map(str::to_owned).collect()
    };
    assert_eq!(
        of("node-0"),
        [
            "etc/kubernetes/kube-proxy.conf",
            "etc/kubernetes/kubelet.conf",
            "etc/kubernetes/pki/ca.crt",
            "var/lib/kubelet/pki/kubelet.crt",
            "var/lib/kubelet/pki/kubelet.key",
        ]
    );
    assert_eq!(
        of("db-0"),
        [
            "etc/kubernetes/pki/etcd/ca.crt",
            "etc/kubernetes/pki/etcd/healthcheck-client.crt",
            "etc/kubernetes/pki/etcd/healthcheck-client.key",
            "etc/kubernetes/pki/etcd/peer.crt",
            "etc/kubernetes/pki/etcd/peer.key",
            "etc/kubernetes/pki/etcd/server.crt",
            "etc/kubernetes/pki/etcd/server.key",
        ]
    );
    let control_plane = of("cp-0");
    assert!(control_plane.contains(&"etc/kubernetes/pki/ca.key".to_owned()));
    assert!(!control_plane.iter().any(|name| name.contains("etcd/server")));
    assert!(!control_plane.iter().any(|name| name.contains("front-proxy-ca.key")));

    let (_, store) = issued(&(SPEC.to_owned() + "csrSigning: false\n"));
    let keys = store.files().filter(|(path, _)| path.as_str().ends_with("/ca.key"));
    assert_eq!(keys.map(|(path, _)| path.as_str()).collect::<Vec<_>>(), ["authorities/ca.key"]);
}

/// Everything of a spec, made in memory.
fn issued(spec: &str) -> (Catalog, MemoryStore) {
    let spec = ClusterSpec::parse(spec, SystemMasters::Refused).unwrap();
    let catalog = Catalog::of_cluster(&spec).unwrap();
    let mut store = MemoryStore::new();
    let now = Timestamp::constant(1_800_000_000, 0);
    let plan =
        Plan::new(&catalog, &observe(&store, &catalog), &RenewalPolicy::Due, Allow::default(), now);
    let made = make(&plan, &catalog, &observe(&store, &catalog), now).unwrap();
    store.commit(made.files, now).unwrap();
    (catalog, store)
}

/// The certificate of an entry, where it has one.
fn certificate(entry: &Entry, store: &MemoryStore) -> Option<Certificate> {
    let pem = match &entry.content {
        Content::Authority { files, .. } | Content::Certificate { files, .. } => {
            read(store, files.certificate.as_str())
        }
        Content::Kubeconfig { path, .. } => {
            let kubeconfig = Kubeconfig::parse(read(store, path.as_str())).unwrap();
            let user = kubeconfig.current().unwrap().user;
            user.client_certificate_data.as_ref().unwrap().as_ref().to_vec()
        }
        _ => return None,
    };
    Some(Certificate::from_pem(&pem).unwrap())
}

fn read(store: &MemoryStore, path: &str) -> Vec<u8> {
    let path = StorePath::new(path).unwrap();
    store.read(&path).unwrap().unwrap().contents.to_vec()
}
