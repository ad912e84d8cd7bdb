//! Defects 1 to 3.

use std::os::unix::fs::symlink;

use base64::{Engine, engine::general_purpose::STANDARD};

use crate::{
    Defect,
    tree::{New, Tree},
};

pub(crate) const DEFECTS: &[Defect] = &[
    ("key-mismatch", |tree| {
        // Renewed, and the key was not copied.
        let key = tree.read("pki/apiserver.key");
        let extensions = crate::tree::server(crate::tree::APISERVER_NAMES);
        let subject = "/CN=kube-apiserver";
        tree.certificate(
            "pki/apiserver",
            New { subject, extensions: &extensions, ..New::default() },
        );
        tree.write("pki/apiserver.key", key);
    }),
    ("key-mismatch", |tree| {
        // As in kubelet-client-current.pem.
        let both = [tree.read("pki/apiserver-kubelet-client.crt"), tree.read("pki/etcd/peer.key")];
        tree.write("pki/both.pem", both.concat());
    }),
    ("key-mismatch", |tree| {
        let (admin, scheduler) = (tree.read("admin.conf"), tree.read("scheduler.conf"));
        let key = |text: &[u8]| {
            let text = String::from_utf8(text.to_vec()).unwrap();
            text.lines().find(|line| line.contains("client-key-data")).unwrap().to_owned()
        };
        tree.edit("admin.conf", &key(&admin), &key(&scheduler));
    }),
    ("key-mismatch", |tree| {
        tree.openssl("genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out %other.key");
        tree.openssl("pkey -in %other.key -pubout -out %pki/sa.pub");
        tree.remove("other.key");
    }),
    ("key-mismatch", |tree| {
        // cfssl's names.
        tree.copy("pki/front-proxy-client.crt", "pki/front-proxy-client2.pem");
        tree.copy("pki/apiserver.key", "pki/front-proxy-client2-key.pem");
    }),
    ("old-label", |tree| {
        let text = String::from_utf8(tree.read("pki/apiserver.crt")).unwrap();
        tree.write("pki/apiserver.crt", text.replace(" CERTIFICATE", " X509 CERTIFICATE"));
    }),
    ("key-readable-by-all", |tree| tree.mode("pki/etcd/ca.key", 0o644)),
    ("key-readable-by-all", |tree| tree.mode("admin.conf", 0o644)),
    ("key-readable-by-all", |tree| {
        tree.write("encryption-config.yaml", "kind: EncryptionConfiguration\n");
        tree.mode("encryption-config.yaml", 0o644);
    }),
    ("key-readable-by-group", |tree| tree.mode("pki/sa.key", 0o640)),
    ("writable-by-all", |tree| tree.mode("pki/ca.crt", 0o666)),
    ("writable-folder", |tree| tree.mode("pki/etcd", 0o777)),
    ("owner-differs", |tree| {
        std::os::unix::fs::chown(tree.path("pki/etcd/peer.key"), Some(4711), None).unwrap();
    }),
    ("unreadable", |tree| tree.write("pki/etcd/healthcheck-client.crt", "")),
    ("unreadable", |tree| {
        let text = tree.read("pki/apiserver-etcd-client.crt");
        tree.write("pki/apiserver-etcd-client.crt", &text[..text.len() / 2]);
    }),
    ("unreadable", |tree| tree.write("pki/apiserver-etcd-client.crt", "certificate?\n")),
    ("unreadable", |tree| {
        let text = String::from_utf8(tree.read("pki/front-proxy-client.crt")).unwrap();
        let body = text.lines().nth(3).unwrap().to_owned();
        tree.edit("pki/front-proxy-client.crt", &body, &body.replace(|_: char| true, "?"));
    }),
    ("unreadable", |tree| tree.edit("scheduler.conf", "clusters:", "clusters: {")),
    ("unreadable", |tree| symlink("gone.pem", tree.path("pki/current.pem")).unwrap()),
    ("wrong-kind", |tree| {
        // Both under one name, so that no pair is left to compare.
        tree.copy("pki/apiserver.key", "pki/swapped.crt");
        tree.mode("pki/swapped.crt", 0o600);
    }),
    ("wrong-kind", |tree| {
        tree.copy("pki/apiserver.crt", "pki/swapped.key");
    }),
    ("der-not-pem", |tree| {
        tree.openssl("x509 -in %pki/apiserver-kubelet-client.crt -outform DER -out %der");
        tree.write("pki/apiserver-kubelet-client.crt", tree.read("der"));
        tree.remove("der");
    }),
    ("double-base64", |tree| {
        let text = tree.read("pki/apiserver-kubelet-client.crt");
        tree.write("pki/apiserver-kubelet-client.crt", STANDARD.encode(text));
    }),
    ("byte-order-mark", |tree| {
        let text = tree.read("pki/apiserver-kubelet-client.crt");
        tree.write("pki/apiserver-kubelet-client.crt", [b"\xef\xbb\xbf".to_vec(), text].concat());
    }),
    ("encrypted-key", |tree| {
        tree.openssl("pkey -in %pki/apiserver.key -aes256 -passout pass:x -out %new.key");
        tree.write("pki/apiserver.key", tree.read("new.key"));
        tree.remove("new.key");
    }),
    ("unsupported-key", |tree| {
        tree.openssl(
            "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:secp256k1 -out %pki/new.key",
        );
        tree.mode("pki/new.key", 0o600);
    }),
    ("unsupported-key", |tree| {
        let key = "ec -pkeyopt ec_paramgen_curve:P-224";
        tree.certificate(
            "pki/apiserver-kubelet-client",
            New { subject: "/CN=kube-apiserver-kubelet-client", key, ..New::default() },
        );
        tree.remove("pki/apiserver-kubelet-client.key");
    }),
    ("unsupported-key", |tree| {
        // Where the signing key is on another host.
        tree.openssl("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-224 -out %sa.key");
        tree.openssl("pkey -in %sa.key -pubout -out %pki/sa.pub");
        tree.remove("sa.key");
        tree.remove("pki/sa.key");
    }),
    ("weak-key", |tree| {
        tree.openssl("genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024 -out %pki/sa.key");
        tree.openssl("pkey -in %pki/sa.key -pubout -out %pki/sa.pub");
    }),
    ("weak-key", |tree| {
        tree.openssl("genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024 -out %sa.key");
        tree.openssl("pkey -in %sa.key -pubout -out %pki/sa.pub");
        tree.remove("sa.key");
        tree.remove("pki/sa.key");
    }),
    ("service-account-key-kind", |tree| {
        tree.openssl("genpkey -algorithm ED25519 -out %sa.key");
        tree.openssl("pkey -in %sa.key -pubout -out %pki/sa.pub");
        tree.remove("sa.key");
        tree.remove("pki/sa.key");
    }),
    ("foreign-key", |tree| tree.write("backup/luks.key", [0x9b; 512])),
    ("unreadable", |tree| tree.write("pki/apiserver.key", [0x9b; 512])),
    ("unreadable", |tree| {
        tree.write("pki/webhook.key", [0x9b; 512]);
        tree.copy("pki/apiserver-kubelet-client.crt", "pki/webhook.crt");
    }),
    ("service-account-key-kind", |tree| {
        tree.openssl("genpkey -algorithm ED25519 -out %pki/sa.key");
        tree.openssl("pkey -in %pki/sa.key -pubout -out %pki/sa.pub");
    }),
];

/// Windows' line ends are read by Go, so they are no defect.
#[test]
fn line_ends_of_windows_are_no_defect() {
    let tree = Tree::clean();
    let text = String::from_utf8(tree.read("pki/apiserver.crt")).unwrap();
    tree.write("pki/apiserver.crt", text.replace('\n', "\r\n"));
    assert!(tree.findings().is_empty());
}
