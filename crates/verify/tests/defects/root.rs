//! Defects 26, 28 and 37 of a root.

use kubepki_verify::{Cluster, Missing, Role};

use crate::{Defect, tree::Tree};

fn absent(tree: &Tree, name: &str, is_authority_key: bool) -> Vec<Missing> {
    vec![Missing { path: tree.path(name), entry: "x".to_owned(), is_authority_key }]
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
    tree.write("pki/encryption-config.yaml", "secret: a\n");
    on_two_hosts(tree, "encryption-config.yaml", Role::EncryptionConfig);
}

pub(crate) const DEFECTS: &[Defect] = &[
    ("spec-file-missing", |tree| tree.missing = absent(tree, "pki/apiserver.crt", false)),
    ("authority-key-absent", |tree| tree.missing = absent(tree, "pki/ca.key", true)),
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
        tree.write("hosts/cp-1/encryption-config.yaml", "secret: b\n");
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
