//! Defects 4 to 6, 39 and 40.

use jiff::SignedDuration;

use crate::{
    Defect,
    tree::{AUTHORITY, New, Tree},
};

const DAY: SignedDuration = SignedDuration::from_hours(24);

fn client(tree: &Tree, new: New<'_>) {
    let subject = "/CN=kube-apiserver-kubelet-client";
    tree.certificate("pki/apiserver-kubelet-client", New { subject, ..new });
}

fn authority(tree: &Tree, name: &str, options: &str, at: &str) {
    let subject = "/CN=webhook-ca";
    tree.certificate(
        name,
        New { issuer: "", subject, extensions: AUTHORITY, options, at, ..New::default() },
    );
}

/// A certificate in the form in which a kubelet keeps it.
fn kubelet(tree: &Tree, new: New<'_>) {
    let subject = "/O=system:nodes/CN=system:node:server";
    tree.certificate("tmp", New { subject, ..new });
    let both = [tree.read("tmp.crt"), tree.read("tmp.key")].concat();
    tree.write("var/lib/kubelet/pki/kubelet-client-current.pem", both);
    tree.remove("tmp.crt");
    tree.remove("tmp.key");
}

pub(crate) const DEFECTS: &[Defect] = &[
    ("expired", |tree| client(tree, New { at: "2020-01-01", ..New::default() })),
    ("expired", |tree| authority(tree, "pki/webhook-ca", "-days 3650", "2000-01-01")),
    ("not-yet-valid", |tree| client(tree, New { at: "1 day", ..New::default() })),
    ("expiring", |tree| client(tree, New { at: "-355 days", ..New::default() })),
    ("outlives-issuer", |tree| client(tree, New { options: "-days 3660", ..New::default() })),
    ("ca-near-end", |tree| authority(tree, "pki/webhook-ca", "-days 3650", "-3400 days")),
    // As `openssl req -x509` makes it, new and already at its end.
    ("expiring", |tree| authority(tree, "pki/webhook-ca", "-days 30", "")),
    ("ca-near-end", |tree| authority(tree, "pki/webhook-ca", "-days 200", "")),
    ("kubelet-not-rotated", |tree| {
        // 400 days in all, of which 38 are left.
        kubelet(tree, New { options: "-days 400", at: "-362 days", ..New::default() });
    }),
    ("mixed-trust", |tree| {
        // The new CA is trusted beside the old one at one place of two.
        let new = New {
            issuer: "",
            subject: "/CN=kubernetes-2",
            extensions: AUTHORITY,
            options: "-days 3650",
            ..New::default()
        };
        tree.certificate("new", new);
        let both = [tree.read("pki/ca.crt"), tree.read("new.crt")].concat();
        tree.copy("pki/ca.crt", "var/lib/kubelet/ca.crt");
        tree.write("pki/ca.crt", both);
        tree.remove("new.crt");
        tree.remove("new.key");
    }),
];

/// What lives for a day is not due all its life.
#[test]
fn short_lives_are_no_defect_until_they_end() {
    let mut tree = Tree::clean();
    client(&tree, New { options: "-days 3", ..New::default() });
    assert!(tree.findings().is_empty());
    tree.later = DAY * 2 + DAY / 2;
    assert_eq!(crate::names(&tree.findings()), ["expiring"]);
}
