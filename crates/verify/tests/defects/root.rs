//! Defects 26, 28 and 37 of a root.

use kubepki_verify::{Cluster, Expected, Holds, Role, Wrong};

use crate::{Defect, tree::Tree};

/// Says what a file of the spec holds.
fn expect(tree: &mut Tree, name: &str, holds: Holds) {
    expect_copy(tree, name, holds, None);
}

fn expect_copy(tree: &mut Tree, name: &str, holds: Holds, source: Option<&str>) {
    let source = source.map(|source| tree.path(source));
    let expected = Expected { entry: "x".to_owned(), holds, may_be_elsewhere: false, source };
    tree.expected.insert(tree.path(name), expected);
}

/// The same file on two hosts, beside the cluster's own.
fn on_two_hosts(tree: &mut Tree, name: &str, role: Role) {
    tree.cluster = Some(Cluster::default());
    tree.assign(&format!("pki/{name}"), role, "");
    for host in ["cp-0", "cp-1"] {
        let copy = format!("hosts/{host}/{name}");
        tree.copy(&format!("pki/{name}"), &copy);
        tree.assign(&copy, role, host);
    }
}

fn service_accounts(tree: &mut Tree) {
    on_two_hosts(tree, "sa.key", Role::ServiceAccount);
    on_two_hosts(tree, "sa.pub", Role::ServiceAccount);
}

fn signing(tree: &mut Tree, certificates: &[&str]) {
    tree.cluster = Some(Cluster::default());
    let all: Vec<_> = certificates.iter().flat_map(|name| tree.read(name)).collect();
    tree.write("hosts/cp-0/cluster-signing.crt", all);
    tree.assign("hosts/cp-0/cluster-signing.crt", Role::SigningCertificate, "cp-0");
}

fn encryption(tree: &mut Tree) {
    tree.write("pki/encryption-config.yaml", "kind: EncryptionConfiguration\nsecret: a\n");
    on_two_hosts(tree, "encryption-config.yaml", Role::EncryptionConfig);
}

pub(crate) const DEFECTS: &[Defect] = &[
    ("spec-file-missing", |tree| expect(tree, "pki/new.crt", Holds::Certificate)),
    ("spec-file-missing", |tree| expect(tree, "rbac.yaml", Holds::Plain(None))),
    ("authority-key-absent", |tree| {
        expect(tree, "pki/new.key", Holds::PrivateKey { of: None });
        tree.expected.values_mut().for_each(|it| it.may_be_elsewhere = true);
    }),
    ("unreadable", |tree| {
        let wrong = Wrong::Unreadable("it is empty".to_owned());
        expect(tree, "rbac.yaml", Holds::Plain(Some(wrong)));
    }),
    ("wrong-kind", |tree| expect(tree, "pki/sa.pub", Holds::Certificate)),
    ("key-mismatch", |tree| {
        let of = Some(tree.path("pki/etcd/peer.crt"));
        expect(tree, "pki/etcd/server.key", Holds::PrivateKey { of });
    }),
    ("spec-file-differs", |tree| {
        expect(tree, "rbac.yaml", Holds::Plain(Some(Wrong::Differs)));
    }),
    ("spec-file-differs", |tree| {
        expect_copy(tree, "pki/ca.crt", Holds::Certificate, Some("pki/front-proxy-ca.crt"));
    }),
    ("spec-client", |tree| {
        let common_name = "somebody else".to_owned();
        expect(tree, "admin.conf", Holds::Kubeconfig { common_name });
    }),
    ("service-account-keys-differ", |tree| {
        // A pair that fits, on one host alone.
        service_accounts(tree);
        tree.openssl("genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out %new.key");
        tree.write("hosts/cp-1/sa.key", tree.read("new.key"));
        tree.remove("new.key");
        tree.remove("hosts/cp-1/sa.pub");
    }),
    ("service-account-keys-differ", |tree| {
        service_accounts(tree);
        tree.openssl("genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out %new.key");
        tree.openssl("pkey -in %new.key -pubout -out %hosts/cp-1/sa.pub");
        tree.remove("new.key");
        tree.remove("hosts/cp-1/sa.key");
    }),
    ("encryption-config-differs", |tree| {
        encryption(tree);
        tree.write(
            "hosts/cp-1/encryption-config.yaml",
            "kind: EncryptionConfiguration\nsecret: b\n",
        );
    }),
    ("signing-certificate-bundle", |tree| {
        signing(tree, &["pki/ca.crt", "pki/front-proxy-ca.crt"]);
    }),
    ("signing-certificate-bundle", |tree| signing(tree, &["pki/apiserver.crt"])),
];

#[test]
fn hosts_that_have_the_same_are_no_defect() {
    let mut tree = Tree::clean();
    service_accounts(&mut tree);
    encryption(&mut tree);
    signing(&mut tree, &["pki/ca.crt"]);
    let found = tree.findings();
    assert!(found.is_empty(), "{}", crate::tree::shown(&found, &tree.path("")));
}
