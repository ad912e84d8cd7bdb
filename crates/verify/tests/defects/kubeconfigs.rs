//! Defects 19 to 24, and what is broken inside a kubeconfig.

use crate::{
    Defect,
    tree::{AUTHORITY, New, Tree},
};

const SERVER: &str = "https://10.240.0.10:6443";

/// A kubeconfig with the administrator's certificate, in which `was` is replaced.
fn edited(tree: &Tree, was: &str, now: &str) {
    tree.edit("admin.conf", was, now);
}

/// The kubeconfig's line with this field.
fn line(tree: &Tree, field: &str) -> String {
    let text = String::from_utf8(tree.read("admin.conf")).unwrap();
    text.lines().find(|line| line.contains(field)).unwrap().to_owned()
}

fn other_authority(tree: &Tree, subject: &str) {
    let new =
        New { issuer: "", subject, extensions: AUTHORITY, options: "-days 3650", ..New::default() };
    tree.certificate("other", new);
}

fn clean_up(tree: &Tree, names: &[&str]) {
    for name in names {
        tree.remove(&format!("{name}.crt"));
        tree.remove(&format!("{name}.key"));
    }
}

pub(crate) const DEFECTS: &[Defect] = &[
    ("stale-authority", |tree| {
        other_authority(tree, "/CN=another-cluster");
        tree.certificate("tmp", New { subject: "/CN=jane", ..New::default() });
        tree.write("jane.conf", tree.kubeconfig_text("tmp", "other", SERVER));
        clean_up(tree, &["other", "tmp"]);
    }),
    ("client-not-accepted", |tree| {
        other_authority(tree, "/CN=another-cluster");
        tree.certificate("tmp", New { issuer: "other", subject: "/CN=jane", ..New::default() });
        tree.write("jane.conf", tree.kubeconfig_text("tmp", "pki/ca", SERVER));
        clean_up(tree, &["other", "tmp"]);
    }),
    ("client-not-accepted", |tree| {
        tree.certificate(
            "tmp",
            New { issuer: "pki/etcd/ca", subject: "/CN=jane", ..New::default() },
        );
        tree.write("jane.conf", tree.kubeconfig_text("tmp", "pki/ca", SERVER));
        clean_up(tree, &["tmp"]);
    }),
    ("same-name-other-key", |tree| {
        other_authority(tree, "/CN=kubernetes");
        tree.certificate("tmp", New { issuer: "other", subject: "/CN=jane", ..New::default() });
        tree.write("jane.conf", tree.kubeconfig_text("tmp", "pki/ca", SERVER));
        clean_up(tree, &["other", "tmp"]);
    }),
    ("dangling-name", |tree| edited(tree, "current-context: x", "current-context: y")),
    ("dangling-name", |tree| edited(tree, "user: u", "user: v")),
    ("no-current-context", |tree| edited(tree, "current-context: x", "current-context: ''")),
    ("no-server", |tree| edited(tree, &line(tree, "server:"), "")),
    ("plain-http", |tree| edited(tree, "https://", "http://")),
    ("skips-verification", |tree| {
        let authority = line(tree, "certificate-authority-data");
        edited(tree, &authority, "    insecure-skip-tls-verify: true");
    }),
    ("both-forms", |tree| {
        let authority = line(tree, "certificate-authority-data");
        edited(tree, &authority, &format!("{authority}\n    certificate-authority: pki/ca.crt"));
    }),
    ("half-pair", |tree| edited(tree, &line(tree, "client-key-data"), "")),
    ("duplicate-entry", |tree| {
        edited(tree, "contexts:\n", "contexts:\n- name: x\n  context: {cluster: c, user: u}\n");
    }),
    ("missing-file", |tree| {
        edited(tree, &line(tree, "client-key-data"), "    client-key: gone.key");
    }),
    ("unreadable-data", |tree| {
        let key = line(tree, "client-key-data");
        edited(tree, &key, "    client-key-data: bm90aGluZw==");
    }),
    ("unreadable-data", |tree| {
        // A key where the certificate belongs.
        let (key, certificate) =
            (line(tree, "client-key-data"), line(tree, "client-certificate-data"));
        edited(tree, &certificate, &key.replace("client-key-data", "client-certificate-data"));
    }),
    ("server-not-named", |tree| edited(tree, "10.240.0.10", "lb.example.com")),
    ("server-not-named", |tree| {
        edited(tree, "    server:", "    tls-server-name: api.example.com\n    server:");
    }),
    ("super-admin-copies", |tree| tree.copy("super-admin.conf", "backup/super-admin.conf")),
    ("kubelet-will-not-rotate", |tree| {
        // As on a machine: `/etc/kubernetes/kubelet.conf` and `/var/lib/kubelet/pki`.
        tree.copy("kubelet.conf", "etc/kubernetes/kubelet.conf");
        tree.remove("kubelet.conf");
        tree.certificate(
            "tmp",
            New { subject: "/O=system:nodes/CN=system:node:server", ..New::default() },
        );
        let both = [tree.read("tmp.crt"), tree.read("tmp.key")].concat();
        tree.write("var/lib/kubelet/pki/kubelet-client-current.pem", both);
        clean_up(tree, &["tmp"]);
    }),
];

/// A path that leads to a file beside the kubeconfig is followed.
#[test]
fn files_that_are_named_and_there_are_no_defect() {
    let tree = Tree::clean();
    let (key, certificate) =
        (line(&tree, "client-key-data"), line(&tree, "client-certificate-data"));
    tree.edit("admin.conf", &key, "    client-key: pki/apiserver-kubelet-client.key");
    tree.edit(
        "admin.conf",
        &certificate,
        "    client-certificate: pki/apiserver-kubelet-client.crt",
    );
    assert!(tree.findings().is_empty());
}

/// As k3s embeds it: the CA behind the user's own certificate, which the spec has that CA issue.
#[test]
fn the_chain_behind_a_users_certificate_is_not_judged_as_the_users() {
    let mut tree = Tree::clean();
    let subject = "/O=dev/CN=jane";
    tree.certificate("tmp", New { subject, ..New::default() });
    let chain = [tree.read("tmp.crt"), tree.read("pki/ca.crt")].concat();
    tree.write("tmp.crt", chain);
    tree.write("jane.conf", tree.kubeconfig_text("tmp", "pki/ca", SERVER));
    clean_up(&tree, &["tmp"]);
    tree.issuers.insert(tree.path("jane.conf"), tree.path("pki/ca.crt"));
    let found = tree.findings();
    assert!(found.is_empty(), "{}", crate::tree::shown(&found, &tree.path("")));
    // It still is for the user's own certificate.
    tree.issuers.insert(tree.path("jane.conf"), tree.path("pki/etcd/ca.crt"));
    assert_eq!(crate::tree::names(&tree.findings()), ["wrong-authority"]);
}
