//! Defects 35 and 38, with what a server would have sent. The readers' own tests have real servers.

use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp};
use kubepki_verify::{
    Certificate, Endpoint,
    read::{ProbeError, Served},
};

use crate::{
    Defect,
    tree::{APISERVER_NAMES, AUTHORITY, CLIENT, New, Tree, server},
};

fn endpoint(chain: Vec<Certificate>, file: Option<PathBuf>) -> Endpoint {
    let served = Ok(Served { chain, proven: Some(true), protocol: Some("TLS 1.3"), clocks: None });
    Endpoint {
        address: "10.240.0.10:6443".to_owned(),
        name: "10.240.0.10".to_owned(),
        file,
        served,
    }
}

fn certificate(tree: &Tree, name: &str) -> Certificate {
    Certificate::from_pem(&tree.read(name)).unwrap()
}

/// The apiserver's certificate as it is served.
fn served(tree: &Tree) -> Endpoint {
    endpoint(vec![certificate(tree, "pki/apiserver.crt")], Some(tree.path("pki/apiserver.crt")))
}

/// A chain that leads to nothing in the files: below a root of its own, or signed by itself.
fn impostor(tree: &Tree, issuer: &str) -> Vec<Certificate> {
    let root = New {
        issuer: "",
        subject: "/CN=impostor-ca",
        extensions: AUTHORITY,
        options: "-days 3650",
        ..New::default()
    };
    tree.certificate("root", root);
    let extensions = server("IP:10.240.0.10");
    let extensions = match issuer {
        "" => extensions.replace("authorityKeyIdentifier=keyid\n", ""),
        _ => extensions,
    };
    let subject = "/CN=kube-apiserver";
    tree.certificate("tmp", New { issuer, subject, extensions: &extensions, ..New::default() });
    let own = certificate(tree, "tmp.crt");
    let chain = match issuer {
        "" => vec![own],
        _ => vec![own, certificate(tree, "root.crt")],
    };
    for name in ["root", "tmp"] {
        tree.remove(&format!("{name}.crt"));
        tree.remove(&format!("{name}.key"));
    }
    chain
}

pub(crate) const DEFECTS: &[Defect] = &[
    ("unreachable", |tree| {
        let endpoint = served(tree);
        tree.endpoints = vec![Endpoint { served: Err(ProbeError::Refused), ..endpoint }];
    }),
    ("served-differs", |tree| {
        tree.endpoints = vec![served(tree)];
        let extensions = server(APISERVER_NAMES);
        tree.certificate(
            "pki/apiserver",
            New { subject: "/CN=kube-apiserver", extensions: &extensions, ..New::default() },
        );
    }),
    ("served-name", |tree| {
        let endpoint = served(tree);
        tree.endpoints = vec![Endpoint { name: "lb.example.com".to_owned(), ..endpoint }];
    }),
    ("served-chain-incomplete", |tree| {
        let root = New {
            issuer: "",
            subject: "/CN=root",
            extensions: AUTHORITY,
            options: "-days 3650",
            ..New::default()
        };
        tree.certificate("pki/root", root);
        tree.certificate(
            "pki/middle",
            New { issuer: "pki/root", subject: "/CN=middle", options: "-days 900", ..root },
        );
        let extensions = server("IP:10.240.0.10");
        tree.certificate(
            "tmp",
            New {
                issuer: "pki/middle",
                subject: "/CN=lb",
                extensions: &extensions,
                ..New::default()
            },
        );
        tree.endpoints = vec![endpoint(vec![certificate(tree, "tmp.crt")], None)];
        tree.remove("tmp.crt");
        tree.remove("tmp.key");
    }),
    ("unknown-authority", |tree| {
        let extensions = server("IP:10.240.0.10").replace("authorityKeyIdentifier=keyid\n", "");
        let root = New {
            issuer: "",
            subject: "/CN=root",
            extensions: AUTHORITY,
            options: "-days 3650",
            ..New::default()
        };
        tree.certificate("root", root);
        tree.certificate(
            "tmp",
            New { issuer: "root", subject: "/CN=lb", extensions: &extensions, ..New::default() },
        );
        tree.endpoints = vec![endpoint(vec![certificate(tree, "tmp.crt")], None)];
        for name in ["root", "tmp"] {
            tree.remove(&format!("{name}.crt"));
            tree.remove(&format!("{name}.key"));
        }
    }),
    ("unknown-authority", |tree| {
        // An impostor with a CA of its own, which it sends along.
        let chain = impostor(tree, "root");
        tree.endpoints = vec![endpoint(chain, None)];
    }),
    ("unknown-authority", |tree| {
        let chain = impostor(tree, "");
        tree.endpoints = vec![endpoint(chain, None)];
    }),
    ("lacks-server-auth", |tree| {
        // A client's certificate serves, whatever the port and whoever is meant.
        let extensions = format!("{CLIENT}\nsubjectAltName=IP:10.240.0.10");
        let subject = "/CN=jane";
        tree.certificate("tmp", New { subject, extensions: &extensions, ..New::default() });
        let served = endpoint(vec![certificate(tree, "tmp.crt")], None);
        tree.endpoints = vec![Endpoint { address: "10.240.0.10:7777".to_owned(), ..served }];
        tree.remove("tmp.crt");
        tree.remove("tmp.key");
    }),
    ("served-unproven", |tree| {
        let mut endpoint = served(tree);
        if let Ok(served) = &mut endpoint.served {
            served.proven = Some(false);
        }
        tree.endpoints = vec![endpoint];
    }),
    ("wrong-authority", |tree| {
        // etcd's certificate where the apiserver listens.
        tree.endpoints = vec![endpoint(vec![certificate(tree, "pki/etcd/server.crt")], None)];
    }),
    ("expired", |tree| {
        let extensions = server("IP:10.240.0.10");
        tree.certificate(
            "tmp",
            New { subject: "/CN=lb", extensions: &extensions, at: "2020-01-01", ..New::default() },
        );
        tree.endpoints = vec![endpoint(vec![certificate(tree, "tmp.crt")], None)];
        tree.remove("tmp.crt");
        tree.remove("tmp.key");
    }),
    ("clock-skew", |tree| {
        let mut endpoint = served(tree);
        let now: Timestamp = "2026-11-21T00:00:00Z".parse().unwrap();
        if let Ok(served) = &mut endpoint.served {
            served.clocks = Some((now - SignedDuration::from_mins(7), now));
        }
        tree.endpoints = vec![endpoint];
    }),
];

/// What a server sends along is no CA that anybody trusts, and without a CA's file nothing is known.
#[test]
fn without_a_file_of_a_ca_a_server_is_not_judged_and_that_is_said() {
    for issuer in ["root", ""] {
        let mut tree = Tree::clean();
        let chain = impostor(&tree, issuer);
        for name in ["pki", "admin.conf", "super-admin.conf", "kubelet.conf"] {
            std::process::Command::new("rm").arg("-r").arg(tree.path(name)).status().unwrap();
        }
        for name in ["controller-manager.conf", "scheduler.conf"] {
            tree.remove(name);
        }
        tree.endpoints = vec![endpoint(chain, None)];
        assert_eq!(crate::names(&tree.findings()), ["issuer-not-given"]);
    }
}

/// The CA's certificate was made anew with the same key, and the server sends the new one.
#[test]
fn a_ca_with_the_key_of_one_in_a_file_is_that_one() {
    let mut tree = Tree::clean();
    tree.openssl("x509 -in %pki/ca.crt -signkey %pki/ca.key -days 3000 -out %new.crt");
    let chain = vec![certificate(&tree, "pki/apiserver.crt"), certificate(&tree, "new.crt")];
    tree.remove("new.crt");
    tree.endpoints = vec![endpoint(chain, None)];
    assert_eq!(crate::names(&tree.findings()), Vec::<&str>::new());
}

#[test]
fn what_is_served_from_its_file_is_no_defect() {
    let mut tree = Tree::clean();
    tree.endpoints = vec![served(&tree)];
    assert!(tree.findings().is_empty());
}
