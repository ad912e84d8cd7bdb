//! Every kind of signature that Go verifies is verified: a good one is silent, and one by another key of
//! the same name is found.

use crate::tree::{AUTHORITY, New, Tree};

/// The keys and options of openssl with which CAs sign.
const KINDS: &[(&str, &str)] = &[
    ("ec -pkeyopt ec_paramgen_curve:P-256", "-sha256"),
    ("ec -pkeyopt ec_paramgen_curve:P-256", "-sha384"),
    ("ec -pkeyopt ec_paramgen_curve:P-256", "-sha512"),
    ("ec -pkeyopt ec_paramgen_curve:P-384", "-sha256"),
    ("ec -pkeyopt ec_paramgen_curve:P-384", "-sha384"),
    ("ec -pkeyopt ec_paramgen_curve:P-384", "-sha512"),
    ("ec -pkeyopt ec_paramgen_curve:P-521", "-sha256"),
    ("ec -pkeyopt ec_paramgen_curve:P-521", "-sha384"),
    ("ec -pkeyopt ec_paramgen_curve:P-521", "-sha512"),
    ("ed25519", ""),
    ("rsa:2048", "-sha256"),
    ("rsa:2048", "-sha384"),
    ("rsa:2048", "-sha512"),
    ("rsa:2048", "-sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32"),
    ("rsa:2048", "-sha384 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:48"),
    ("rsa:2048", "-sha512 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:64"),
];

/// Those that Go does not verify.
const UNKNOWN: &[(&str, &str)] = &[
    ("ec -pkeyopt ec_paramgen_curve:P-256", "-sha224"),
    ("rsa:2048", "-sha224"),
    ("rsa:2048", "-sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:20"),
];

fn issued(key: &str, digest: &str) -> Tree {
    let tree = Tree::empty();
    let options = format!("-days 3650 {digest}");
    let ca = New {
        issuer: "",
        subject: "/CN=ca",
        extensions: AUTHORITY,
        key,
        options: &options,
        at: "",
    };
    tree.certificate("ca", ca);
    let extensions = "basicConstraints=critical,CA:FALSE\nextendedKeyUsage=clientAuth";
    let options = format!("-days 365 {digest}");
    let new = New { subject: "/CN=web", extensions, options: &options, ..New::default() };
    tree.certificate("web", New { issuer: "ca", ..new });
    tree
}

#[test]
fn what_go_verifies_is_verified() {
    for (key, digest) in KINDS {
        let tree = issued(key, digest);
        let found = tree.findings();
        assert!(found.is_empty(), "{key} {digest}: {}", crate::shown(&found, &tree.path("")));
        // The same, by another key.
        let other = issued(key, digest);
        tree.write("web.crt", other.read("web.crt"));
        tree.write("web.key", other.read("web.key"));
        let found = tree.findings();
        let found = found.iter().filter(|it| it.check.name != "ambiguous-authority");
        let found: Vec<_> = found.cloned().collect();
        assert_eq!(crate::names(&found), ["same-name-other-key"], "{key} {digest}");
    }
}

#[test]
fn what_go_does_not_verify_is_an_error() {
    for (key, digest) in UNKNOWN {
        let tree = issued(key, digest);
        let found = tree.findings();
        let shown = crate::shown(&found, &tree.path(""));
        assert_eq!(crate::names(&found), ["signature-not-checked"], "{key} {digest}: {shown}");
        assert!(shown.starts_with("error"), "{shown}");
    }
}
