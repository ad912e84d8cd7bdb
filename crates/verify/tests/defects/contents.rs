//! Defects 12 to 18.

use std::net::Ipv4Addr;

use kubepki_verify::{Cluster, Role};

use crate::{
    Defect,
    tree::{APISERVER_NAMES, CLIENT, ETCD_NAMES, New, Tree, peer, server},
};

fn apiserver(tree: &Tree, extensions: &str) {
    tree.certificate(
        "pki/apiserver",
        New { subject: "/CN=kube-apiserver", extensions, ..New::default() },
    );
}

fn etcd(tree: &Tree, name: &str, extensions: &str) {
    let name = format!("pki/etcd/{name}");
    tree.certificate(
        &name,
        New { subject: "/CN=server", issuer: "pki/etcd/ca", extensions, ..New::default() },
    );
}

fn client(tree: &Tree, extensions: &str) {
    let subject = "/CN=kube-apiserver-kubelet-client";
    tree.certificate("pki/apiserver-kubelet-client", New { subject, extensions, ..New::default() });
}

const SERVER: &str = "https://10.240.0.10:6443";

pub(crate) const DEFECTS: &[Defect] = &[
    ("apiserver-names", |tree| {
        apiserver(tree, &server(&APISERVER_NAMES.replace("DNS:kubernetes.default,", "")));
    }),
    ("apiserver-names", |tree| {
        apiserver(
            tree,
            &server(&APISERVER_NAMES.replace("DNS:kubernetes.default.svc.cluster.local,", "")),
        );
    }),
    ("apiserver-names", |tree| {
        tree.cluster =
            Some(Cluster { domain: Some("example.internal".to_owned()), ..Cluster::default() });
    }),
    ("apiserver-service-address", |tree| {
        let service_addresses =
            vec![Ipv4Addr::new(10, 32, 0, 1).into(), Ipv4Addr::new(10, 96, 0, 1).into()];
        tree.cluster = Some(Cluster { service_addresses, ..Cluster::default() });
    }),
    ("misspelt-service-name", |tree| {
        apiserver(tree, &server(&format!("{APISERVER_NAMES},DNS:kubernetes.svc.cluster.local")));
    }),
    ("address-as-dns-name", |tree| {
        apiserver(tree, &server(&format!("{APISERVER_NAMES},DNS:10.240.0.99")));
    }),
    ("name-only-in-subject", |tree| {
        // The kubeconfigs that point there would be findings of their own.
        let extensions = server("").replace("subjectAltName=", "");
        etcd(tree, "server", &extensions.replace("serverAuth", "serverAuth,clientAuth"));
    }),
    ("malformed-name", |tree| {
        apiserver(tree, &server(&format!("{APISERVER_NAMES},DNS:api..server")));
    }),
    ("lacks-server-auth", |tree| {
        apiserver(tree, &server(APISERVER_NAMES).replace("serverAuth", "clientAuth"));
    }),
    ("lacks-client-auth", |tree| client(tree, &CLIENT.replace("clientAuth", "serverAuth"))),
    ("lacks-client-auth", |tree| {
        let extensions = CLIENT.replace("clientAuth", "codeSigning");
        tree.certificate(
            "tmp",
            New { subject: "/CN=jane", extensions: &extensions, ..New::default() },
        );
        tree.write("jane.conf", tree.kubeconfig_text("tmp", "pki/ca", SERVER));
        tree.remove("tmp.crt");
        tree.remove("tmp.key");
    }),
    ("etcd-lacks-client-auth", |tree| etcd(tree, "server", &server(ETCD_NAMES))),
    ("etcd-lacks-client-auth", |tree| etcd(tree, "peer", &server(ETCD_NAMES))),
    ("lacks-digital-signature", |tree| {
        client(tree, &CLIENT.replace("digitalSignature", "keyEncipherment"));
    }),
    ("node-name", |tree| {
        tree.kubeconfig("kubelet.conf", "/O=system:nodes/CN=system:node:Server", SERVER);
    }),
    ("node-name", |tree| tree.kubeconfig("kubelet.conf", "/O=system:nodes/CN=server", SERVER)),
    ("node-group", |tree| {
        tree.kubeconfig("kubelet.conf", "/O=nodes/CN=system:node:server", SERVER)
    }),
    ("component-name", |tree| tree.kubeconfig("scheduler.conf", "/CN=kube-scheduler", SERVER)),
    ("component-name", |tree| {
        tree.kubeconfig("controller-manager.conf", "/CN=system:controller-manager", SERVER);
    }),
    ("doubled-prefix", |tree| {
        let subject = "/O=system:system:kube-scheduler/CN=system:kube-scheduler";
        tree.kubeconfig("scheduler.conf", subject, SERVER);
    }),
    ("comma-in-group", |tree| tree.kubeconfig("jane.conf", "/O=dev,ops/CN=jane", SERVER)),
    ("old-name-encoding", |tree| {
        // A BMPString.
        let extensions = format!("{CLIENT}\n[req]\nstring_mask=MASK:0x800");
        tree.certificate(
            "pki/joe",
            New { subject: "/O=dev", extensions: &extensions, ..New::default() },
        );
    }),
    ("old-name-encoding", |tree| {
        // A TeletexString, which is what openssl makes of letters with accents.
        let extensions = format!("{CLIENT}\n[req]\nstring_mask=nombstr");
        tree.certificate(
            "pki/joe",
            New { subject: "/CN=jos\u{e9}", extensions: &extensions, ..New::default() },
        );
    }),
    ("refused-name", |tree| {
        // A PrintableString has no `_`, which many have put into one.
        tree.certificate("pki/joe", New { subject: "/CN=j_e", ..New::default() });
        tree.forged("pki/joe", b"\x0c\x03j_e", b"\x13\x03j_e");
    }),
    ("malformed-certificate", |tree| {
        // The TRUE of a critical extension is 0xff in DER.
        tree.certificate("pki/joe", New { subject: "/CN=joe", ..New::default() });
        tree.forged("pki/joe", b"\x55\x1d\x0f\x01\x01\xff", b"\x55\x1d\x0f\x01\x01\x01");
    }),
    ("system-masters", |tree| tree.kubeconfig("admin.conf", "/O=system:masters/CN=jane", SERVER)),
    ("kubelet-client-in-masters", |tree| {
        let subject = "/O=system:masters/CN=kube-apiserver-kubelet-client";
        tree.certificate("pki/apiserver-kubelet-client", New { subject, ..New::default() });
    }),
    ("etcd-loopback", |tree| etcd(tree, "server", &peer("DNS:server,IP:10.240.0.10"))),
    ("netscape-type", |tree| {
        apiserver(tree, &format!("{}\nnsCertType=client", server(APISERVER_NAMES)));
    }),
    ("unknown-critical-extension", |tree| {
        client(tree, &format!("{CLIENT}\n1.2.3.4=critical,ASN1:UTF8String:x"));
    }),
    ("wildcard-name", |tree| {
        apiserver(tree, &server(&format!("{APISERVER_NAMES},DNS:*.example.com")));
    }),
    ("component-name", |tree| {
        // Copied over by hand: the certificate is good, and another's.
        tree.copy("controller-manager.conf", "scheduler.conf");
    }),
    ("node-name", |tree| {
        // The spec has another node there.
        tree.assign("kubelet.conf", Role::Kubelet, "node-9");
        let assigned = tree.roles.get_mut(&tree.path("kubelet.conf")).unwrap();
        assigned.common_name = Some("system:node:node-9".to_owned());
    }),
    ("names-missing", |tree| {
        let name = "api.example.com".parse().unwrap();
        let role = Role::Apiserver;
        let assigned =
            kubepki_verify::Assignment { role, host: None, common_name: None, names: vec![name] };
        tree.roles.insert(tree.path("pki/apiserver.crt"), assigned);
    }),
];

/// The group is the apiserver's matter, which believes no client of etcd's CA.
#[test]
fn clients_of_etcd_in_system_masters_may_do_nothing_at_the_apiserver() {
    let tree = Tree::clean();
    for (name, common_name) in [
        ("pki/apiserver-etcd-client", "kube-apiserver-etcd-client"),
        ("pki/etcd/healthcheck-client", "kube-etcd-healthcheck-client"),
    ] {
        let subject = format!("/O=system:masters/CN={common_name}");
        tree.certificate(name, New { subject: &subject, issuer: "pki/etcd/ca", ..New::default() });
    }
    let found = tree.findings();
    assert!(found.is_empty(), "{}", crate::tree::shown(&found, &tree.path("")));
}
