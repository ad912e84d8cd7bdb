//! Defects 7 to 11.

use crate::{
    Defect,
    tree::{APISERVER_NAMES, AUTHORITY, CLIENT, New, Tree, server},
};

/// A client of the kubelet's API that no other file names.
const MONITORING: &str = "/CN=monitoring";

/// A CA of its own, with something that it issued.
fn another(tree: &Tree, authority: New<'_>) {
    tree.certificate("pki/webhook-ca", New { issuer: "", subject: "/CN=webhook-ca", ..authority });
    issue(tree, "pki/webhook-ca");
}

fn issue(tree: &Tree, issuer: &str) {
    // Its issuer may have no identifier to point at.
    let extensions = "basicConstraints=critical,CA:FALSE\nextendedKeyUsage=clientAuth";
    tree.certificate(
        "pki/webhook",
        New { issuer, subject: MONITORING, extensions, ..New::default() },
    );
}

/// A server below a CA that allows some names only.
fn constrained(tree: &Tree, constraints: &str, names: &str) {
    let extensions = format!("{AUTHORITY}\nnameConstraints=critical,{constraints}");
    another(tree, New { extensions: &extensions, ..long() });
    let extensions = server(names);
    let subject = "/CN=webhook";
    let new = New { issuer: "pki/webhook-ca", subject, extensions: &extensions, ..New::default() };
    tree.certificate("pki/webhook", new);
}

fn long() -> New<'static> {
    New { options: "-days 3650", extensions: AUTHORITY, ..New::default() }
}

pub(crate) const DEFECTS: &[Defect] = &[
    ("not-an-authority", |tree| {
        another(
            tree,
            New {
                extensions: "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature",
                ..long()
            },
        );
    }),
    ("ca-cannot-sign", |tree| {
        another(
            tree,
            New {
                extensions: "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,cRLSign\nsubjectKeyIdentifier=hash",
                ..long()
            },
        );
    }),
    ("ca-extended-usage", |tree| {
        // What lies below it is a client, too.
        let extensions = format!("{AUTHORITY}\nextendedKeyUsage=clientAuth");
        another(tree, New { extensions: &extensions, ..long() });
    }),
    ("usage-not-permitted", |tree| {
        let extensions = format!("{AUTHORITY}\nextendedKeyUsage=serverAuth");
        another(tree, New { extensions: &extensions, ..long() });
    }),
    ("name-not-permitted", |tree| {
        constrained(tree, "permitted;DNS:example.com", "DNS:a.example.org")
    }),
    ("name-not-permitted", |tree| {
        constrained(tree, "permitted;IP:10.0.0.0/255.0.0.0", "DNS:a.example.com,IP:192.0.2.1");
    }),
    ("name-not-permitted", |tree| {
        constrained(tree, "excluded;DNS:b.a.example", "DNS:c.b.a.example")
    }),
    ("name-not-permitted", |tree| {
        constrained(tree, "permitted;email:example", "email:a@b.example")
    }),
    ("name-not-permitted", |tree| constrained(tree, "permitted;URI:.example", "URI:urn:x:y")),
    ("name-not-permitted", |tree| constrained(tree, "excluded;DNS:b.example", "DNS:*.example")),
    ("name-not-permitted", |tree| {
        // The name of a CA counts too.
        let extensions = format!("{AUTHORITY}\nnameConstraints=critical,permitted;DNS:example");
        let root = New { issuer: "", subject: "/CN=root", extensions: &extensions, ..long() };
        tree.certificate("pki/root", root);
        let extensions = format!("{AUTHORITY}\nsubjectAltName=DNS:other.test");
        let options = "-days 900";
        tree.certificate(
            "pki/middle",
            New {
                issuer: "pki/root",
                subject: "/CN=middle",
                extensions: &extensions,
                options,
                ..long()
            },
        );
        issue(tree, "pki/middle");
    }),
    ("name-not-permitted", |tree| {
        // Eight CAs below the one that forbids it.
        let extensions = format!("{AUTHORITY}\nnameConstraints=critical,excluded;DNS:bad.example");
        let root = New { issuer: "", subject: "/CN=deep-0", extensions: &extensions, ..long() };
        tree.certificate("pki/deep-0", root);
        for depth in 1..9 {
            let (issuer, subject) =
                (format!("pki/deep-{}", depth - 1), format!("/CN=deep-{depth}"));
            // None outlives the one above it, however slow the machine is.
            let options = format!("-days {}", 900 - depth);
            tree.certificate(
                &format!("pki/deep-{depth}"),
                New { issuer: &issuer, subject: &subject, options: &options, ..long() },
            );
        }
        let extensions = server("DNS:bad.example");
        let subject = "/CN=webhook";
        let issuer = "pki/deep-8";
        tree.certificate(
            "pki/webhook",
            New { issuer, subject, extensions: &extensions, ..New::default() },
        );
    }),
    ("malformed-constraints", |tree| {
        constrained(tree, "permitted;IP:10.0.0.0/255.0.255.0", "DNS:a.example")
    }),
    ("malformed-constraints", |tree| constrained(tree, "permitted;DNS:*.example", "IP:10.0.0.1")),
    ("signs-without-authority", |tree| {
        let extensions = CLIENT.replace("digitalSignature", "digitalSignature,keyCertSign");
        let subject = MONITORING;
        tree.certificate(
            "pki/monitoring",
            New { subject, extensions: &extensions, ..New::default() },
        );
    }),
    ("spare-authority", |tree| {
        // The CA was certified anew, and what had expired is sent along first.
        let root = New { issuer: "", subject: "/CN=root", ..long() };
        tree.certificate("pki/root", root);
        let middle =
            New { issuer: "pki/root", subject: "/CN=middle", options: "-days 900", ..long() };
        tree.certificate("pki/middle", middle);
        tree.openssl("x509 -x509toreq -in %pki/middle.crt -signkey %pki/middle.key -out %csr");
        tree.write("ext", AUTHORITY);
        tree.faked("2020-01-01", "x509 -req -in %csr -CA %pki/root.crt -CAkey %pki/root.key -set_serial 9 -days 30 -extfile %ext -out %old.crt");
        tree.certificate(
            "pki/webhook",
            New { issuer: "pki/middle", subject: MONITORING, ..New::default() },
        );
        let chain =
            ["pki/webhook.crt", "old.crt", "pki/middle.crt"].map(|it| tree.read(it)).concat();
        tree.write("pki/webhook.crt", chain);
        for file in ["csr", "ext", "old.crt", "pki/middle.crt", "pki/middle.key"] {
            tree.remove(file);
        }
    }),
    ("unknown-critical-extension", |tree| {
        constrained(tree, "permitted;RID:1.2.3", "DNS:a.example")
    }),
    ("ca-without-identifier", |tree| {
        another(
            tree,
            New {
                extensions: "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\nsubjectKeyIdentifier=none",
                ..long()
            },
        );
    }),
    ("ca-constraints-not-critical", |tree| {
        another(
            tree,
            New {
                extensions: "basicConstraints=CA:TRUE\nkeyUsage=critical,keyCertSign\nsubjectKeyIdentifier=hash",
                ..long()
            },
        );
    }),
    ("path-too-long", |tree| {
        let extensions = AUTHORITY.replace("CA:TRUE", "CA:TRUE,pathlen:0");
        tree.certificate(
            "pki/root",
            New { issuer: "", subject: "/CN=root", extensions: &extensions, ..long() },
        );
        tree.certificate(
            "pki/middle",
            New { issuer: "pki/root", subject: "/CN=middle", options: "-days 900", ..long() },
        );
        issue(tree, "pki/middle");
    }),
    ("weak-signature", |tree| {
        tree.certificate(
            "pki/monitoring",
            New { subject: MONITORING, options: "-days 365 -sha1", ..New::default() },
        );
    }),
    ("weak-root-signature", |tree| {
        another(tree, New { options: "-days 3650 -sha1", key: "rsa:2048", ..long() })
    }),
    ("weak-key", |tree| {
        tree.certificate(
            "pki/monitoring",
            New { subject: MONITORING, key: "rsa:1024", ..New::default() },
        );
    }),
    ("negative-serial", |tree| {
        tree.certificate(
            "pki/monitoring",
            New { subject: MONITORING, options: "-days 365 -set_serial -5", ..New::default() },
        );
    }),
    ("bad-serial", |tree| {
        tree.certificate(
            "pki/monitoring",
            New { subject: MONITORING, options: "-days 365 -set_serial 0", ..New::default() },
        );
    }),
    ("bad-serial", |tree| {
        let options = format!("-days 365 -set_serial 0x{}", "7f".repeat(21));
        tree.certificate(
            "pki/monitoring",
            New { subject: MONITORING, options: &options, ..New::default() },
        );
    }),
    ("serial-too-long", |tree| {
        let options = format!("-days 365 -set_serial 0x{}", "7f".repeat(22));
        tree.certificate(
            "pki/monitoring",
            New { subject: MONITORING, options: &options, ..New::default() },
        );
    }),
    ("nameless", |tree| {
        tree.certificate("pki/webhook-ca", New { issuer: "", subject: "/", ..long() });
    }),
    ("old-version", |tree| tree.old_certificate("pki/monitoring", MONITORING)),
    ("unknown-authority", |tree| {
        another(tree, long());
        tree.remove("pki/webhook-ca.crt");
    }),
    ("unknown-authority", |tree| {
        // A CA with its key in another folder, of which a client is left.
        another(tree, New { key: "rsa:2048", ..long() });
        tree.remove("pki/webhook-ca.crt");
        tree.remove("pki/webhook-ca.key");
    }),
    ("same-name-other-key", |tree| {
        // The CA was made anew, and one certificate was left.
        let extensions = server(APISERVER_NAMES).replace("authorityKeyIdentifier=keyid\n", "");
        tree.certificate("old", New { issuer: "", subject: "/CN=kubernetes", ..long() });
        tree.certificate(
            "pki/apiserver",
            New {
                issuer: "old",
                subject: "/CN=kube-apiserver",
                extensions: &extensions,
                ..New::default()
            },
        );
        tree.remove("old.crt");
        tree.remove("old.key");
    }),
    ("same-name-other-key", |tree| {
        tree.certificate("old", New { issuer: "", subject: "/CN=kubernetes", ..long() });
        tree.certificate(
            "pki/apiserver",
            New {
                issuer: "old",
                subject: "/CN=kube-apiserver",
                extensions: &server(APISERVER_NAMES),
                ..New::default()
            },
        );
        tree.remove("old.crt");
        tree.remove("old.key");
    }),
    ("wrong-authority", |tree| {
        let extensions = crate::tree::peer(crate::tree::ETCD_NAMES);
        tree.certificate(
            "pki/etcd/server",
            New { subject: "/CN=server", extensions: &extensions, ..New::default() },
        );
    }),
    ("wrong-authority", |tree| {
        let extensions = server(APISERVER_NAMES).replace("authorityKeyIdentifier=keyid\n", "");
        tree.certificate(
            "pki/apiserver",
            New {
                issuer: "",
                subject: "/CN=kube-apiserver",
                extensions: &extensions,
                ..New::default()
            },
        );
    }),
    ("signature-not-checked", |tree| {
        // OpenSSL verifies it; Go does not, and says that it is unknown.
        tree.certificate(
            "pki/monitoring",
            New { subject: MONITORING, options: "-days 365 -sha224", ..New::default() },
        );
    }),
    ("issuer-not-given", |tree| {
        let kept = tree.read("pki/apiserver-kubelet-client.crt");
        std::fs::remove_dir_all(tree.path("pki")).unwrap();
        for name in ["admin", "super-admin", "kubelet", "controller-manager", "scheduler"] {
            tree.remove(&format!("{name}.conf"));
        }
        tree.write("client.crt", kept);
    }),
    ("kubelet-self-signed", |tree| {
        // As a kubelet makes it: a CA and a certificate in one file.
        tree.certificate(
            "ca-of-kubelet",
            New { issuer: "", subject: "/CN=server-ca@1700000000", ..long() },
        );
        let names = "DNS:server";
        tree.certificate(
            "kubelet",
            New {
                issuer: "ca-of-kubelet",
                subject: "/CN=server@1700000000",
                extensions: &server(names),
                ..New::default()
            },
        );
        let both = [tree.read("kubelet.crt"), tree.read("ca-of-kubelet.crt")].concat();
        tree.write("var/lib/kubelet/pki/kubelet.crt", both);
        tree.copy("kubelet.key", "var/lib/kubelet/pki/kubelet.key");
        for name in ["kubelet.crt", "kubelet.key", "ca-of-kubelet.crt", "ca-of-kubelet.key"] {
            tree.remove(name);
        }
    }),
    ("front-proxy-shares-authority", |tree| {
        tree.copy("pki/ca.crt", "pki/front-proxy-ca.crt");
        tree.copy("pki/ca.key", "pki/front-proxy-ca.key");
        tree.certificate(
            "pki/front-proxy-client",
            New { subject: "/CN=front-proxy-client", ..New::default() },
        );
    }),
    ("etcd-shares-authority", |tree| {
        tree.copy("pki/ca.crt", "pki/etcd/ca.crt");
        tree.copy("pki/ca.key", "pki/etcd/ca.key");
        let extensions = crate::tree::peer(crate::tree::ETCD_NAMES);
        for name in ["server", "peer"] {
            tree.certificate(
                &format!("pki/etcd/{name}"),
                New { subject: "/CN=server", extensions: &extensions, ..New::default() },
            );
        }
        for name in ["pki/etcd/healthcheck-client", "pki/apiserver-etcd-client"] {
            tree.certificate(
                name,
                New { subject: "/CN=kube-etcd-client", extensions: CLIENT, ..New::default() },
            );
        }
    }),
    ("duplicate-serial", |tree| {
        for name in ["one", "two"] {
            let subject = format!("/CN={name}");
            tree.certificate(
                &format!("pki/{name}"),
                New { subject: &subject, options: "-days 365 -set_serial 4711", ..New::default() },
            );
        }
    }),
    ("ambiguous-authority", |tree| {
        // Another cluster's CA, lying about under the name that kubeadm gives to every one.
        std::fs::create_dir(tree.path("backup")).unwrap();
        tree.certificate("backup/old-ca", New { issuer: "", subject: "/CN=kubernetes", ..long() });
    }),
    ("ca-key-on-node", |tree| {
        // A worker got the whole folder.
        for name in ["ca.crt", "ca.key"] {
            tree.copy(&format!("pki/{name}"), &format!("worker/pki/{name}"));
        }
        tree.copy("kubelet.conf", "worker/kubelet.conf");
    }),
    ("ca-key-on-node", |tree| {
        let hosts = [("node-0".to_owned(), false), ("server".to_owned(), true)];
        tree.cluster = Some(kubepki_verify::Cluster { hosts: hosts.into(), ..Default::default() });
        for host in ["node-0", "server"] {
            for name in ["ca.crt", "ca.key"] {
                tree.copy(&format!("pki/{name}"), &format!("hosts/{host}/pki/{name}"));
            }
        }
    }),
];

/// Of many CAs of one name the right one is found by its key's identifier, and the cost stays in
/// bounds, since not every one of them is tried.
#[test]
fn a_certificate_finds_its_authority_among_many_of_one_name() {
    use jiff::{SignedDuration, Timestamp};
    use kubepki_ca::{
        CA, CLIENT, Issuer, KeyAlgorithm, KeyPair, Signer, Subject, Template, Validity,
    };

    let tree = Tree::empty();
    let now = Timestamp::now();
    let template = |name: &str, profile, days: i64| Template {
        subject: Subject::new(name),
        subject_alt_names: vec![],
        profile,
        validity: Validity::starting(now, SignedDuration::from_hours(24 * days)).unwrap(),
    };
    let key = || KeyPair::generate(KeyAlgorithm::EcdsaP256).unwrap();
    let mut last = None;
    for number in 0..100 {
        let issuer = Issuer::self_signed(&template("kubernetes", CA, 3650), key()).unwrap();
        tree.write(&format!("ca-{number:02}.pem"), issuer.certificate().to_pem());
        last = Some(issuer);
    }
    let leaf = last.unwrap();
    let leaf = leaf.prepare(&template("jane", CLIENT, 365), key().public_key()).unwrap();
    tree.write("jane.pem", leaf.sign().unwrap().to_pem());
    let found = tree.findings();
    let names: std::collections::BTreeSet<_> = crate::names(&found).into_iter().collect();
    assert_eq!(names, ["ambiguous-authority"].into(), "{}", crate::shown(&found, &tree.path("")));
}
