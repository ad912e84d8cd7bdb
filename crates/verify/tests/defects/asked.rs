//! What is asked in so many words, of a server below one CA: what is found, and nothing else as bad.

use kubepki_verify::{Asked, Severity, checks, path::Purpose};

use crate::{
    Defect,
    tree::{AUTHORITY, New, Tree, server},
};

/// A CA and a server, of which is asked whether the one is good for who trusts the other.
fn ask(tree: &mut Tree, authority: &str, leaf: &str) {
    *tree = Tree::empty();
    let options = "-days 3650";
    let ca =
        New { issuer: "", subject: "/CN=ca", extensions: authority, options, ..New::default() };
    tree.certificate("ca", ca);
    let subject = "/CN=web";
    tree.certificate("web", New { issuer: "ca", subject, extensions: leaf, ..New::default() });
    tree.asked = Some(Asked {
        trust: vec![tree.path("ca.crt")],
        purpose: Purpose::Server,
        name: Some("a.example".parse().unwrap()),
    });
}

fn leaf() -> String {
    server("DNS:a.example")
}

pub(crate) const DEFECTS: &[Defect] = &[
    ("unmarked-authority", |tree| {
        ask(tree, &AUTHORITY.replace("keyUsage=critical,keyCertSign,cRLSign\n", ""), &leaf());
    }),
    ("unmarked-authority", |tree| ask(tree, &AUTHORITY.replace("critical,CA", "CA"), &leaf())),
    ("lacks-key-usage", |tree| {
        ask(tree, AUTHORITY, &leaf().replace("digitalSignature", "cRLSign"));
    }),
    ("lacks-server-auth", |tree| ask(tree, AUTHORITY, &leaf().replace("serverAuth", "clientAuth"))),
    ("lacks-server-auth", |tree| {
        ask(tree, AUTHORITY, &leaf().replace("serverAuth", "anyExtendedKeyUsage"));
    }),
    ("lacks-key-usage", |tree| ask(tree, AUTHORITY, &format!("{}\nnsCertType=client", leaf()))),
    ("issuer-not-identified", |tree| {
        ask(tree, AUTHORITY, &leaf().replace("=keyid", "=none"));
    }),
    ("authority-as-leaf", |tree| {
        let authority = AUTHORITY.replace("keyCertSign", "digitalSignature,keyCertSign");
        let names = "subjectAltName=DNS:a.example\nauthorityKeyIdentifier=keyid";
        ask(tree, AUTHORITY, &format!("{authority}\n{names}"));
    }),
    ("web-pki-rule", |tree| {
        ask(tree, AUTHORITY, &leaf().replace("serverAuth", "critical,serverAuth"));
    }),
    ("served-name", |tree| ask(tree, AUTHORITY, &server("DNS:b.example"))),
    ("usage-not-permitted", |tree| {
        ask(tree, &format!("{AUTHORITY}\nextendedKeyUsage=clientAuth"), &leaf());
    }),
    ("issuer-differs", |tree| {
        let other =
            leaf().replace("authorityKeyIdentifier=keyid", "2.5.29.35=DER:30:04:80:02:01:02");
        ask(tree, AUTHORITY, &other);
    }),
    ("same-name-other-key", |tree| {
        ask(tree, AUTHORITY, &leaf());
        let options = "-days 3650";
        let extensions = AUTHORITY;
        tree.certificate(
            "ca",
            New { issuer: "", subject: "/CN=ca", extensions, options, ..New::default() },
        );
    }),
    ("unknown-authority", |tree| {
        ask(tree, AUTHORITY, &leaf());
        let options = "-days 3650";
        let extensions = AUTHORITY;
        tree.certificate(
            "ca",
            New { issuer: "", subject: "/CN=b", extensions, options, ..New::default() },
        );
    }),
];

#[test]
fn each_is_found_and_nothing_as_bad() {
    for (index, (name, plant)) in DEFECTS.iter().enumerate() {
        let mut tree = Tree::empty();
        plant(&mut tree);
        let mut found = tree.findings();
        let check = checks::checks().find(|check| check.name == *name).unwrap();
        found.retain(|finding| finding.check.severity <= check.severity);
        assert_eq!(
            crate::names(&found),
            [*name],
            "{index}: {}",
            crate::shown(&found, &tree.path(""))
        );
    }
}

#[test]
fn what_is_good_is_answered_so() {
    let mut tree = Tree::empty();
    ask(&mut tree, AUTHORITY, &leaf());
    let found = tree.findings();
    assert!(found.is_empty(), "{}", crate::shown(&found, &tree.path("")));
}

/// A leaf that is itself trusted is still judged by its name.
#[test]
fn what_is_trusted_itself_is_judged() {
    let mut tree = Tree::empty();
    ask(&mut tree, AUTHORITY, &server("DNS:b.example"));
    tree.copy("web.crt", "trusted.crt");
    ["ca.crt", "ca.key"].into_iter().for_each(|file| tree.remove(file));
    let trust = vec![tree.path("trusted.crt")];
    tree.asked = tree.asked.take().map(|asked| Asked { trust, ..asked });
    let mut found = tree.findings();
    found.retain(|finding| finding.check.severity == Severity::Error);
    assert_eq!(crate::names(&found), ["served-name"]);
}
