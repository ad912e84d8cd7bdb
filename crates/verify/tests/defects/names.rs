//! What a file is called decides nothing: whatever is wrong with a leaf is found under every name that a
//! tool has for it, and under one that says nothing wherever its contents say what it is for.

use std::collections::BTreeSet;

use kubepki_model::{Ending, NAMES, Slot};

use crate::tree::{APISERVER_NAMES, AUTHORITY, CLIENT, ETCD_NAMES, New, Tree, peer, server};

/// A leaf of a slot: its subject, its issuer and its extensions.
struct Leaf {
    slot: Slot,
    subject: &'static str,
    issuer: &'static str,
    extensions: String,
    /// Whether its contents say what it is for.
    speaks: bool,
}

fn leaves() -> Vec<Leaf> {
    let client = |slot, subject, issuer| {
        let extensions = CLIENT.to_owned();
        Leaf { slot, subject, issuer, extensions, speaks: true }
    };
    let etcd = |slot| Leaf {
        slot,
        subject: "/CN=server",
        issuer: "pki/etcd/ca",
        extensions: peer(ETCD_NAMES),
        // Of a member of etcd its CA says it, and of a server of clients nobody.
        speaks: slot == Slot::EtcdPeer,
    };
    let serving = |slot, subject, names: &str| Leaf {
        slot,
        subject,
        issuer: "pki/ca",
        extensions: server(names),
        speaks: true,
    };
    let etcd_client = "/CN=kube-apiserver-etcd-client";
    let kubelet_client = "/CN=kube-apiserver-kubelet-client";
    vec![
        serving(Slot::Apiserver, "/CN=kube-apiserver", APISERVER_NAMES),
        client(Slot::ApiserverEtcdClient, etcd_client, "pki/etcd/ca"),
        client(Slot::ApiserverKubeletClient, kubelet_client, "pki/ca"),
        client(Slot::ControllerManager, "/CN=system:kube-controller-manager", "pki/ca"),
        serving(Slot::ControllerManagerServer, "/CN=kube-controller-manager", "DNS:server"),
        client(Slot::EtcdHealthcheckClient, "/CN=kube-etcd-healthcheck-client", "pki/etcd/ca"),
        etcd(Slot::EtcdPeer),
        etcd(Slot::EtcdServer),
        client(Slot::FrontProxyClient, "/CN=front-proxy-client", "pki/front-proxy-ca"),
        client(Slot::KubeProxy, "/CN=system:kube-proxy", "pki/ca"),
        client(Slot::Kubelet, "/O=system:nodes/CN=system:node:worker", "pki/ca"),
        serving(Slot::KubeletServer, "/O=system:nodes/CN=system:node:worker", "DNS:worker"),
        client(Slot::Scheduler, "/CN=system:kube-scheduler", "pki/ca"),
        serving(Slot::SchedulerServer, "/CN=kube-scheduler", "DNS:server"),
        // Anybody may have such a name.
        Leaf { speaks: false, ..client(Slot::Admin, "/O=dev/CN=admin", "pki/ca") },
        Leaf { speaks: false, ..client(Slot::ServiceAccount, "/CN=service-accounts", "pki/ca") },
    ]
}

/// What is wrong with a leaf, and how openssl makes it so.
type Spoiled<'a> = Vec<(&'static str, New<'a>)>;

/// A leaf in every bad state. `other` has other usages than its slot needs, `nameless` no names and
/// `misnamed` another one.
fn spoiled<'a>(
    leaf: &'a Leaf,
    [other, foreign, nameless, misnamed]: &'a [String; 4],
) -> Spoiled<'a> {
    let Leaf { subject, issuer, extensions, .. } = leaf;
    let whole = New { subject, issuer, extensions, ..New::default() };
    let is_of_cluster = *issuer == "pki/ca";
    let wrong = if is_of_cluster { "pki/front-proxy-ca" } else { "pki/ca" };
    let mut all = vec![
        ("nothing", whole),
        ("it is over", New { at: "2020-01-01", options: "-days 30", ..whole }),
        ("it is too early", New { at: "2090-01-01", ..whole }),
        ("its key is small", New { key: "rsa:1024", ..whole }),
        ("no program loads its key", New { key: "ec -pkeyopt ec_paramgen_curve:P-224", ..whole }),
        ("it outlives its CA", New { options: "-days 4000", ..whole }),
        ("another CA issued it", New { issuer: wrong, ..whole }),
        ("it signed itself", New { issuer: "", ..whole }),
        ("it has the other usage", New { extensions: other, ..whole }),
        ("it has a foreign usage", New { extensions: foreign, ..whole }),
    ];
    if leaf.slot.is_server() {
        all.push(("it has no names", New { extensions: nameless, ..whole }));
    }
    // Which names others have to have only a spec says.
    if [Slot::Apiserver, Slot::EtcdServer].contains(&leaf.slot) {
        all.push(("it has another name", New { extensions: misnamed, ..whole }));
    }
    all
}

/// What is all right in one slot: of the ServiceAccount certificate the key alone is read.
fn is_allowed(slot: Slot, what: &str) -> bool {
    let of_key = [
        "another CA issued it",
        "it signed itself",
        "it has the other usage",
        "it has a foreign usage",
    ];
    what == "nothing" || (slot == Slot::ServiceAccount && of_key.contains(&what))
}

/// What makes a leaf say that it is for something else, so that it is no wonder where nobody calls it
/// otherwise. A node is a client and a server under one common name, and its usages and names say which.
fn speaks_otherwise(slot: Slot, what: &str) -> bool {
    match slot {
        Slot::EtcdPeer => [
            "another CA issued it",
            "it signed itself",
            "it has the other usage",
            "it has a foreign usage",
        ]
        .contains(&what),
        Slot::Kubelet => what == "it has the other usage",
        Slot::KubeletServer => ["it has the other usage", "it has a foreign usage"].contains(&what),
        _ => false,
    }
}

/// The extensions with this one changed or, where that is empty, left out.
fn with(extensions: &str, name: &str, value: &str) -> String {
    let lines = extensions.lines().filter_map(|line| match line.split_once('=') {
        Some((it, _)) if it == name => (!value.is_empty()).then(|| format!("{name}={value}")),
        _ => Some(line.to_owned()),
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The names of a slot's certificates, without their endings.
fn names_of(slot: Slot) -> Vec<String> {
    let rows = NAMES.iter().filter(|row| row.slot == slot);
    let rows = rows.filter(|row| matches!(row.form, None | Some(Ending::Files)));
    rows.map(|row| row.example().trim_end_matches(".crt").to_owned()).collect()
}

#[test]
fn what_is_wrong_is_found_under_every_name() {
    let (workshop, judged) = (Tree::empty(), Tree::empty());
    for (name, subject) in [
        ("pki/ca", "/CN=kubernetes"),
        ("pki/etcd/ca", "/CN=etcd-ca"),
        ("pki/front-proxy-ca", "/CN=front-proxy-ca"),
    ] {
        let new = New { subject, issuer: "", extensions: AUTHORITY, ..New::default() };
        workshop.write(&format!("{name}.crt"), "");
        workshop.certificate(name, New { options: "-days 3650", ..new });
        judged.write(&format!("{name}.crt"), workshop.read(&format!("{name}.crt")));
    }
    let found = |name: &str, key: &[u8]| {
        let files = [format!("pki/{name}.crt"), format!("pki/{name}.key")];
        judged.write(&files[0], workshop.read("leaf.crt"));
        judged.write(&files[1], key);
        let file = name.rsplit('/').next().unwrap();
        let findings = judged.findings().into_iter();
        let found = findings
            .map(|it| (it.check.name, it.what.replace(&format!("`{file}.crt`"), "`NAME.crt`")));
        let found: BTreeSet<_> = found.collect();
        files.iter().for_each(|file| judged.remove(file));
        found
    };
    let mut wrong = Vec::new();
    for leaf in leaves() {
        let extensions = |name, value| with(&leaf.extensions, name, value);
        let is_server = leaf.slot.is_server();
        let changed = [
            extensions("extendedKeyUsage", if is_server { "clientAuth" } else { "serverAuth" }),
            extensions("extendedKeyUsage", "codeSigning"),
            extensions("subjectAltName", ""),
            extensions("subjectAltName", "DNS:x.example"),
        ];
        let mut compare = |what: &str, key: &[u8]| {
            let names = names_of(leaf.slot);
            let first = found(&names[0], key);
            if first.is_empty() != is_allowed(leaf.slot, what) {
                wrong.push(format!("{:?}: {what}: {}: {first:?}", leaf.slot, names[0]));
            }
            let speaks = leaf.speaks && !speaks_otherwise(leaf.slot, what);
            let unknown = speaks.then(|| "x".to_owned());
            for name in names.iter().skip(1).cloned().chain(unknown) {
                let other = found(&name, key);
                if other != first {
                    wrong.push(format!(
                        "{:?}: {what}: {name}: {other:?}; as {}: {first:?}",
                        leaf.slot, names[0]
                    ));
                }
            }
        };
        for (what, new) in spoiled(&leaf, &changed) {
            workshop.certificate("leaf", new);
            let key = workshop.read("leaf.key");
            compare(what, &key);
            if what == "nothing" {
                workshop.certificate("other", New::default());
                compare("its key is another's", &workshop.read("other.key"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}
