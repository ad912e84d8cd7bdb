//! Checks 25 to 37: a machine as kubeadm leaves it has no error, each of many planted defects is
//! found under its own name and no other, and the tutorial's machines have the defects that they
//! are known for.
#![allow(clippy::disallowed_methods, reason = "tests look at files")]
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::{
    collections::BTreeSet,
    fs,
    os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink},
    path::Path,
    sync::OnceLock,
};

use jiff::Timestamp;
use kubepki_testkit::{machine, programs};
use kubepki_verify::{
    audit::Audit,
    check::Severity,
    checks::flags,
    discover::{ComponentKind, Machine},
    read::Tree,
};
use tempfile::TempDir;

const APISERVER: &str = "etc/kubernetes/manifests/kube-apiserver.yaml";
const MANAGER: &str = "etc/kubernetes/manifests/kube-controller-manager.yaml";
const ETCD: &str = "etc/kubernetes/manifests/etcd.yaml";
const KUBELET: &str = "var/lib/kubelet/config.yaml";
const PKI: &str = "etc/kubernetes/pki";

/// What a clean kubeadm machine has: kubeadm leaves the kubelets' serving certificates unchecked.
const OF_KUBEADM: &[&str] =
    &["bad-serial", "kubelet-ca-unset", "kubelet-client-in-masters", "system-masters"];

#[test]
fn a_machine_of_kubeadm_has_no_error() {
    let root = node();
    assert_eq!(found(root.path()), set(OF_KUBEADM));
    let machine = read(root.path());
    let errors = flags::check(&machine);
    assert!(errors.iter().all(|finding| finding.check.severity != Severity::Error));
    let kinds: Vec<_> = machine.components.iter().map(|it| it.kind.name()).collect();
    assert_eq!(
        kinds,
        ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet"]
    );
    assert!(machine.unread.is_empty(), "{:?}", machine.unread);
    assert_eq!(machine.host.as_deref(), Some("server"));
    let (_, apiserver) = machine.component(ComponentKind::KubeApiserver).unwrap();
    assert_eq!(apiserver.version.as_deref(), Some("v1.30.2"));
}

/// A defect: what it has to be found as, and how it is planted.
type Defect = (&'static [&'static str], fn(&Path));

const DEFECTS: &[Defect] = &[
    // 17
    (&["etcd-address-not-in-certificate"], |root| {
        flag(root, ETCD, "advertise-client-urls", "https://10.240.0.99:2379");
    }),
    (&["etcd-address-not-in-certificate"], |root| {
        flag(root, ETCD, "initial-advertise-peer-urls", "https://etcd-9.example.com:2380");
    }),
    (&["etcd-address-not-in-certificate", "etcd-listens-beyond-names"], |root| {
        flag(root, ETCD, "listen-client-urls", "https://127.0.0.1:2379,https://10.240.0.99:2379");
        flag(root, APISERVER, "etcd-servers", "https://10.240.0.99:2379");
    }),
    (&["etcd-listens-beyond-names"], |root| {
        flag(root, ETCD, "listen-peer-urls", "https://10.240.0.10:2380,https://[fd00::9]:2380");
    }),
    // Which address that is nobody knows.
    (&[], |root| flag(root, ETCD, "listen-client-urls", "https://0.0.0.0:2379,https://[::]:2379")),
    (&["etcd-servers-elsewhere"], |root| {
        flag(root, APISERVER, "etcd-servers", "https://10.240.0.77:2379");
    }),
    // Another member beside the own one.
    (&[], |root| {
        let both = "https://127.0.0.1:2379,https://10.240.0.77:2379";
        flag(root, APISERVER, "etcd-servers", both);
    }),
    // 25
    (&["client-ca-misses-issuer", "kubelet-client-untrusted", "mixed-trust"], |root| {
        // A new CA of the same name, as after a second `kubeadm init`: the manager's signer, the
        // pods' CA and all kubeconfigs follow from the same file.
        new_ca(root, "other");
        flag(root, APISERVER, "client-ca-file", "/etc/kubernetes/pki/other.crt");
        flag_of(root, KUBELET, "clientCAFile: ", "/etc/kubernetes/pki/other.crt");
        flag(root, MANAGER, "cluster-signing-cert-file", "/etc/kubernetes/pki/other.crt");
        flag(root, MANAGER, "cluster-signing-key-file", "/etc/kubernetes/pki/other.key");
    }),
    (&["client-ca-unset"], |root| without(root, APISERVER, "client-ca-file")),
    // 26
    (&["signing-certificate-bundle", "mixed-trust"], |root| {
        new_ca(root, "other");
        append(root, "etc/kubernetes/pki/bundle.crt", &["ca.crt", "other.crt"]);
        flag(root, MANAGER, "cluster-signing-cert-file", "/etc/kubernetes/pki/bundle.crt");
    }),
    (&["signing-certificate-bundle", "signing-certificate-untrusted"], |root| {
        flag(root, MANAGER, "cluster-signing-cert-file", "/etc/kubernetes/pki/etcd/server.crt");
        flag(root, MANAGER, "cluster-signing-key-file", "/etc/kubernetes/pki/etcd/server.key");
    }),
    (&["signing-key-mismatch"], |root| {
        flag(root, MANAGER, "cluster-signing-key-file", "/etc/kubernetes/pki/front-proxy-ca.key");
    }),
    (&["signing-certificate-untrusted", "mixed-trust"], |root| {
        new_ca(root, "other");
        flag(root, MANAGER, "cluster-signing-cert-file", "/etc/kubernetes/pki/other.crt");
        flag(root, MANAGER, "cluster-signing-key-file", "/etc/kubernetes/pki/other.key");
    }),
    // 27
    (&["root-ca-unset"], |root| without(root, MANAGER, "root-ca-file")),
    (&["root-ca-wrong"], |root| {
        flag(root, MANAGER, "root-ca-file", "/etc/kubernetes/pki/front-proxy-ca.crt");
    }),
    // 28
    (&["service-account-key-unset"], |root| without(root, APISERVER, "service-account-key-file")),
    (&["service-account-signing-key-unset"], |root| {
        without(root, APISERVER, "service-account-signing-key-file");
    }),
    (&["service-account-private-key-unset"], |root| {
        without(root, MANAGER, "service-account-private-key-file");
    }),
    (&["service-account-keys-disagree", "service-account-signers-differ"], |root| {
        flag(root, MANAGER, "service-account-private-key-file", "/etc/kubernetes/pki/ca.key");
    }),
    (&["service-account-keys-disagree"], |root| {
        flag(root, APISERVER, "service-account-key-file", "/etc/kubernetes/pki/ca.crt");
    }),
    (&["service-account-signers-differ"], |root| {
        flag(root, MANAGER, "service-account-private-key-file", "/etc/kubernetes/pki/ca.key");
        add(root, APISERVER, "service-account-key-file=/etc/kubernetes/pki/ca.key");
    }),
    // 29
    (&["etcd-ca-wrong"], |root| {
        flag(root, APISERVER, "etcd-cafile", "/etc/kubernetes/pki/ca.crt");
    }),
    (&["etcd-ca-unset"], |root| without(root, APISERVER, "etcd-cafile")),
    (&["etcd-client-untrusted"], |root| {
        flag(root, APISERVER, "etcd-certfile", "/etc/kubernetes/pki/apiserver-kubelet-client.crt");
        flag(root, APISERVER, "etcd-keyfile", "/etc/kubernetes/pki/apiserver-kubelet-client.key");
    }),
    (&["etcd-client-auth-off"], |root| flag(root, ETCD, "client-cert-auth", "false")),
    (&["etcd-client-auth-off"], |root| without(root, ETCD, "client-cert-auth")),
    (&["etcd-peer-auth-off"], |root| without(root, ETCD, "peer-client-cert-auth")),
    (&["etcd-peer-untrusted", "mixed-trust"], |root| {
        new_ca(root, "etcd/peers");
        flag(root, ETCD, "peer-trusted-ca-file", "/etc/kubernetes/pki/etcd/peers.crt");
    }),
    (&["etcd-plaintext"], |root| {
        flag(root, ETCD, "listen-client-urls", "https://127.0.0.1:2379,http://10.240.0.10:2379");
    }),
    (&["etcd-plaintext-local"], |root| {
        flag(root, ETCD, "listen-client-urls", "https://10.240.0.10:2379,http://127.0.0.1:2379");
    }),
    (&["etcd-auto-tls"], |root| add(root, ETCD, "auto-tls")),
    (&["etcd-ca-shared", "mixed-trust"], |root| {
        append(root, "etc/kubernetes/pki/etcd/both.crt", &["etcd/ca.crt", "ca.crt"]);
        flag(root, ETCD, "trusted-ca-file", "/etc/kubernetes/pki/etcd/both.crt");
    }),
    // 30
    (&["kubelet-ca-wrong", "-kubelet-ca-unset"], |root| {
        add(root, APISERVER, "kubelet-certificate-authority=/etc/kubernetes/pki/ca.crt");
    }),
    (&["kubelet-client-ca-unset"], |root| {
        edit(root, KUBELET, "    clientCAFile: /etc/kubernetes/pki/ca.crt\n", "");
    }),
    (&["kubelet-client-unset", "flag-pair-incomplete"], |root| {
        without(root, APISERVER, "kubelet-client-certificate");
    }),
    (&["kubelet-client-untrusted"], |root| {
        flag_of(root, KUBELET, "clientCAFile: ", "/etc/kubernetes/pki/front-proxy-ca.crt");
    }),
    // 31
    (&["kubelet-client-needs-rights"], |root| {
        for (name, of) in [("certificate", "crt"), ("key", "key")] {
            let path = format!("/etc/kubernetes/pki/apiserver.{of}");
            flag(root, APISERVER, &format!("kubelet-client-{name}"), &path);
        }
    }),
    // 32
    (&["requestheader-ca-is-client-ca", "mixed-trust"], |root| {
        append(root, "etc/kubernetes/pki/both.crt", &["front-proxy-ca.crt", "ca.crt"]);
        flag(root, APISERVER, "requestheader-client-ca-file", "/etc/kubernetes/pki/both.crt");
    }),
    (&["requestheader-names-empty"], |root| {
        flag(root, APISERVER, "requestheader-allowed-names", "");
    }),
    (&["requestheader-name-not-allowed"], |root| {
        flag(root, APISERVER, "requestheader-allowed-names", "aggregator,proxy");
    }),
    (&["proxy-client-untrusted"], |root| {
        flag(root, APISERVER, "requestheader-client-ca-file", "/etc/kubernetes/pki/etcd/ca.crt");
    }),
    // 33
    (&["service-range-unset", "service-address-not-in-certificate"], |root| {
        without(root, APISERVER, "service-cluster-ip-range");
    }),
    (&["service-range-differs"], |root| {
        flag(root, MANAGER, "service-cluster-ip-range", "10.96.0.0/12");
    }),
    (&["service-range-differs", "service-address-not-in-certificate"], |root| {
        flag(root, APISERVER, "service-cluster-ip-range", "10.96.0.0/12");
    }),
    (&["service-range-differs", "service-range-invalid"], |root| {
        flag(root, APISERVER, "service-cluster-ip-range", "10.32.0.0-24");
    }),
    (&["advertised-address-not-in-certificate"], |root| {
        flag(root, APISERVER, "advertise-address", "10.240.0.99");
    }),
    // 34
    (&["component-twice"], |root| {
        let copy = root.join("etc/kubernetes/manifests/etcd.yaml.bak");
        fs::copy(root.join(ETCD), copy).unwrap();
    }),
    (&["file-missing"], |root| {
        flag(root, APISERVER, "tls-cert-file", "/etc/kubernetes/pki/apiserver.pem");
    }),
    (&["file-missing"], |root| remove(root, "etc/kubernetes/scheduler.conf")),
    (&["file-missing"], |root| {
        let unit = "usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf";
        edit(root, unit, "[Service]\n", "[Service]\nEnvironmentFile=/etc/default/gone*\n");
    }),
    // A file of a kubelet's folder of configuration counts more than its main file.
    (&["file-missing"], |root| {
        let unit = "usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf";
        edit(root, unit, "--config=", "--config-dir=/etc/kubernetes/kubelet.conf.d --config=");
        let folder = root.join("etc/kubernetes/kubelet.conf.d");
        fs::create_dir(&folder).unwrap();
        let client_ca =
            |path: &str| format!("authentication: {{x509: {{clientCAFile: {path}}}}}\n");
        fs::write(folder.join("10.conf"), client_ca("/nowhere/10.crt")).unwrap();
        fs::write(folder.join("20.conf"), client_ca("/nowhere/20.crt")).unwrap();
        fs::write(folder.join("30.conf.bak"), client_ca("/nowhere/30.crt")).unwrap();
    }),
    (&["file-missing"], |root| {
        add(root, APISERVER, "oidc-ca-file=/etc/kubernetes/pki/oidc.crt");
    }),
    (&["file-missing"], |root| {
        let pair = "/etc/kubernetes/pki/apiserver.crt,/etc/kubernetes/pki/gone.key:api.example.com";
        add(root, APISERVER, &format!("tls-sni-cert-key={pair}"));
    }),
    (&["flag-pair-mismatch"], |root| {
        let of = |name: &str, key: &str| {
            format!("/etc/kubernetes/pki/{name}.crt,/etc/kubernetes/pki/{key}.key:api.example.com")
        };
        for pair in [of("apiserver", "apiserver"), of("apiserver", "sa")] {
            add(root, APISERVER, &format!("tls-sni-cert-key={pair}"));
        }
    }),
    // Variables that the kubelet puts in place, and some whose values it alone knows.
    (&[], |root| {
        flag(root, APISERVER, "client-ca-file", "$(PKI)/ca.crt");
        flag(root, APISERVER, "advertise-address", "$(HOST_IP)");
        flag(root, APISERVER, "etcd-cafile", "$(HOST_IP)/ca.crt");
        let env = "    env:\n    - {name: PKI, value: /etc/kubernetes/pki}\n    \
                   - {name: HOST_IP, valueFrom: {fieldRef: {fieldPath: status.hostIP}}}\n    image:";
        edit(root, APISERVER, "    image:", env);
    }),
    (&["file-missing"], |root| remove(root, "var/lib/kubelet/pki/kubelet-client-1.pem")),
    (&["file-not-mounted"], |root| {
        flag(root, APISERVER, "tls-cert-file", "/srv/pki/apiserver.crt");
    }),
    // Once, though the scheduler has three flags for the kubeconfig.
    (&["file-not-mounted"], |root| ca_named_in(root, "scheduler.conf", "/srv/ca.crt")),
    // A kubeconfig beside the others names a file that is there, and one that is not.
    (&[], |root| {
        ca_named_in(root, "admin.conf", "/srv/ca.crt");
        fs::create_dir(root.join("srv")).unwrap();
        fs::copy(root.join(PKI).join("ca.crt"), root.join("srv/ca.crt")).unwrap();
    }),
    (&["missing-file"], |root| ca_named_in(root, "admin.conf", "/srv/ca.crt")),
    (&["file-unusable"], |root| {
        fs::write(root.join(PKI).join("sa.pub"), "").unwrap();
    }),
    (&["file-unusable"], |root| {
        remove(root, "etc/kubernetes/pki/sa.pub");
        fs::create_dir(root.join(PKI).join("sa.pub")).unwrap();
    }),
    (&["file-unusable"], |root| {
        flag(root, APISERVER, "etcd-cafile", "/etc/kubernetes/pki/sa.key");
    }),
    (&["file-unusable"], |root| {
        let path = root.join("etc/kubernetes/scheduler.conf");
        let text = fs::read_to_string(&path).unwrap();
        fs::write(path, text.replacen("clusters:", "clusters: [", 1)).unwrap();
    }),
    (&["file-closed-to-its-user"], |root| {
        let user = "hostNetwork: true\n  securityContext: {runAsUser: 2379}\n";
        edit(root, ETCD, "hostNetwork: true\n", user);
        // One of its two keys is its own.
        for name in ["server.key", "server.crt"] {
            give(&root.join(PKI).join("etcd").join(name), 2379);
        }
    }),
    (&["flag-pair-incomplete"], |root| without(root, APISERVER, "tls-private-key-file")),
    (&["flag-pair-mismatch"], |root| {
        flag(
            root,
            APISERVER,
            "tls-private-key-file",
            "/etc/kubernetes/pki/apiserver-etcd-client.key",
        );
    }),
    (&["serving-certificate-unset"], |root| {
        without(root, APISERVER, "tls-cert-file");
        without(root, APISERVER, "tls-private-key-file");
    }),
    // A digest that openssl users like does no harm.
    (&[], |root| {
        let path = root.join(PKI);
        let file = |name: &str| path.join(name);
        let mut request = programs::command("openssl");
        request.args(["req", "-new", "-subj", "/CN=front-proxy-client"]);
        request.args(["-addext", "extendedKeyUsage=clientAuth"]);
        request.args(["-addext", "keyUsage=critical,digitalSignature", "-key"]);
        request.arg(file("front-proxy-client.key"));
        let request = programs::finish(request, b"").expect_success();
        let mut sign = programs::command("openssl");
        sign.args(["x509", "-req", "-sha512", "-days", "90", "-copy_extensions", "copy"]);
        sign.args(["-CAcreateserial", "-CA"]);
        sign.arg(file("front-proxy-ca.crt")).arg("-CAkey").arg(file("front-proxy-ca.key"));
        sign.arg("-out").arg(file("front-proxy-client.crt"));
        programs::finish(sign, request.as_bytes()).expect_success();
    }),
    // Nor what the kubelet had before it rotated.
    (&[], |root| {
        let path = root.join(PKI);
        let mut request = programs::command("openssl");
        request.args(["req", "-new", "-subj", "/O=system:nodes/CN=system:node:server"]);
        request.args(["-addext", "extendedKeyUsage=clientAuth", "-key"]).arg(path.join("sa.key"));
        let request = programs::finish(request, b"").expect_success();
        let mut sign = programs::command("faketime");
        sign.args(["2020-01-01 00:00:00", "openssl", "x509", "-req", "-days", "1"]);
        sign.args(["-copy_extensions", "copy", "-set_serial", "7", "-CA"]).arg(path.join("ca.crt"));
        sign.arg("-CAkey").arg(path.join("ca.key"));
        sign.arg("-out").arg(root.join("var/lib/kubelet/pki/kubelet-client-0.pem"));
        programs::finish(sign, request.as_bytes()).expect_success();
    }),
    // Unless it is still what the kubeconfig embeds.
    (&["kubelet-will-not-rotate"], |root| {
        let current = root.join("var/lib/kubelet/pki/kubelet-client-1.pem");
        let mut command = programs::command("kubectl");
        command.arg("--kubeconfig").arg(root.join("etc/kubernetes/kubelet.conf"));
        command.args(["config", "set-credentials", "system:node:server", "--embed-certs=true"]);
        command.arg("--client-certificate").arg(&current).arg("--client-key").arg(&current);
        programs::finish(command, b"").expect_success();
    }),
    // 36
    (&["bootstrap-ca-differs"], |root| {
        let joins = "etc/kubernetes/bootstrap-kubelet.conf";
        fs::copy(root.join("etc/kubernetes/scheduler.conf"), root.join(joins)).unwrap();
        kubeconfig_ca(root, joins, "front-proxy-ca.crt");
    }),
    (&["kubeconfig-ca-differs"], |root| {
        kubeconfig_ca(root, "etc/kubernetes/controller-manager.conf", "etcd/ca.crt");
    }),
    // 37
    (&["cluster-domain-not-in-certificate"], |root| {
        flag_of(root, KUBELET, "clusterDomain: ", "example.internal");
    }),
    (&["node-name-differs"], |root| {
        edit(root, "var/lib/kubelet/kubeadm-flags.env", "override=server", "override=other");
    }),
    (&["node-name-is-not-the-hosts"], |root| {
        edit(root, "var/lib/kubelet/kubeadm-flags.env", "--hostname-override=server ", "");
        fs::write(root.join("etc/hostname"), "other\n").unwrap();
    }),
    // A cloud's name for the node, or one that only the start shows.
    (&[], |root| {
        let name = "--hostname-override=server";
        edit(root, "var/lib/kubelet/kubeadm-flags.env", name, "--cloud-provider=aws");
        fs::write(root.join("etc/hostname"), "other\n").unwrap();
    }),
    (&[], |root| {
        let name = "override=server";
        edit(root, "var/lib/kubelet/kubeadm-flags.env", name, "override=$(hostname)");
        fs::write(root.join("etc/hostname"), "other\n").unwrap();
    }),
    (&["kubelet-rotation-off"], |root| edit(root, KUBELET, "rotateCertificates: true\n", "")),
    (&["key-readable-by-group"], |root| mode(root, "etc/kubernetes/pki/sa.key", 0o640)),
    // Nobody uses it, and it signs whatever the front proxy trusts.
    (&["key-readable-by-all"], |root| mode(root, "etc/kubernetes/pki/front-proxy-ca.key", 0o644)),
    (&["key-readable-by-all"], |root| mode(root, "etc/kubernetes/admin.conf", 0o644)),
    (&["key-readable-by-all"], |root| mode(root, "etc/kubernetes/scheduler.conf", 0o604)),
    (&["file-writable"], |root| mode(root, "etc/kubernetes/pki/ca.crt", 0o664)),
    (&["file-writable"], |root| mode(root, APISERVER, 0o622)),
    (&["file-writable"], |root| mode(root, "etc/kubernetes/manifests", 0o777)),
    (&["writable-folder"], |root| mode(root, PKI, 0o777)),
    (&["file-writable"], |root| mode(root, KUBELET, 0o646)),
    (&["file-owner"], |root| {
        for name in ["ca.key", "ca.crt"] {
            give(&root.join(PKI).join(name), 1000);
        }
    }),
];

#[test]
fn every_planted_defect_is_found_and_nothing_else() {
    assert!(DEFECTS.len() >= 40);
    let mut wrong = Vec::new();
    for (number, (expected, plant)) in DEFECTS.iter().enumerate() {
        let root = node();
        plant(root.path());
        let mut wanted = set(OF_KUBEADM);
        for name in *expected {
            match name.strip_prefix('-') {
                Some(gone) => wanted.remove(gone),
                None => wanted.insert((*name).to_owned()),
            };
        }
        if !is_root() {
            wanted.retain(|name| !["file-closed-to-its-user", "file-owner"].contains(&&**name));
        }
        let found = found(root.path());
        if found != wanted {
            let extra: Vec<_> = found.difference(&wanted).collect();
            let missing: Vec<_> = wanted.difference(&found).collect();
            wrong.push(format!("{number} {expected:?}: extra {extra:?}, missing {missing:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // A check that no defect shows could be broken.
    let shown: BTreeSet<_> = DEFECTS.iter().flat_map(|(expected, _)| expected.iter()).collect();
    let of_kubeadm: BTreeSet<_> = OF_KUBEADM.iter().collect();
    let unshown = flags::checks().map(|check| check.name).filter(|name| {
        // Root reads everything; tests/audit.rs tries as somebody else.
        !shown.contains(name) && !of_kubeadm.contains(name) && *name != "file-unreadable"
    });
    assert_eq!(unshown.collect::<Vec<_>>(), Vec::<&str>::new());
}

#[test]
fn the_tutorials_machines_have_the_defects_they_are_known_for() {
    let server = tempfile::tempdir().unwrap();
    machine::tutorial_server(server.path());
    // By a second, or not: it depends on how fast openssl is.
    let found = |root| {
        let mut found = found(root);
        found.remove("outlives-issuer");
        found
    };
    let expected = set(&[
        "apiserver-names",
        "ca-constraints-not-critical",
        "doubled-prefix",
        "etcd-plaintext-local",
        "kubelet-client-needs-rights",
        "misspelt-service-name",
        "netscape-type",
        "service-address-not-in-certificate",
        "service-range-unset",
    ]);
    assert_eq!(found(server.path()), expected);
    let node = tempfile::tempdir().unwrap();
    machine::tutorial_node(node.path());
    let expected = ["ca-constraints-not-critical", "kubelet-rotation-off", "netscape-type"];
    assert_eq!(found(node.path()), set(&expected));
    let kubelet = read(node.path());
    let (index, _) = kubelet.component(ComponentKind::Kubelet).unwrap();
    let used = kubelet.used_by(index, "client-ca-file").unwrap();
    assert_eq!(used.flag_text(), "authentication.x509.clientCAFile");
    assert_eq!(used.source.to_string(), "/var/lib/kubelet/kubelet-config.yaml:10");
}

/// A CA's key on a machine where only a kubelet starts, wherever it lies.
#[test]
fn the_key_of_a_ca_is_found_on_a_node() {
    let root = node();
    for path in [APISERVER, MANAGER, ETCD, "etc/kubernetes/manifests/kube-scheduler.yaml"] {
        remove(root.path(), path);
    }
    for name in ["ca.crt", "ca.key"] {
        let to = root.path().join("var/lib/kubelet/pki").join(name);
        fs::rename(root.path().join(PKI).join(name), to).unwrap();
    }
    fs::remove_dir_all(root.path().join(PKI)).unwrap();
    flag_of(root.path(), KUBELET, "clientCAFile: ", "/var/lib/kubelet/pki/ca.crt");
    assert!(found(root.path()).contains("ca-key-on-node"), "{:?}", found(root.path()));
}

/// The units of a machine that starts etcd by a template and everything else by variables.
#[test]
fn units_with_specifiers_and_wildcards_have_no_error_of_ours() {
    let root = node();
    let put = |path: &str, text: &str| {
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    remove(root.path(), ETCD);
    let unit = "[Service]\nEnvironmentFile=/etc/%p/*.conf\nEnvironmentFile=/etc/default/%i\n\
                ExecStart=/usr/bin/etcd --name=%i --cert-file=/etc/kubernetes/pki/%p/server.crt\n";
    put("etc/systemd/system/etcd@.service", unit);
    fs::create_dir_all(root.path().join("etc/systemd/system/multi-user.target.wants")).unwrap();
    let wanted = root.path().join("etc/systemd/system/multi-user.target.wants/etcd@m1.service");
    symlink("/etc/systemd/system/etcd@.service", wanted).unwrap();
    let pki = "/etc/kubernetes/pki/etcd";
    put(
        "etc/etcd/1.conf",
        &format!("ETCD_KEY_FILE={pki}/server.key\nETCD_CLIENT_CERT_AUTH=true\n"),
    );
    let trust = ["TRUSTED_CA_FILE", "PEER_TRUSTED_CA_FILE"];
    put("etc/etcd/2.conf", &trust.map(|it| format!("ETCD_{it}={pki}/ca.crt\n")).concat());
    let urls = "ETCD_LISTEN_CLIENT_URLS=https://127.0.0.1:2379\n";
    put("etc/default/m1", urls);
    assert_eq!(found(root.path()), set(OF_KUBEADM));
    let machine = read(root.path());
    let (_, etcd) = machine.component(ComponentKind::Etcd).unwrap();
    assert_eq!(etcd.flags.value("name"), Some("m1"));
    assert_eq!(etcd.flags.value("trusted-ca-file"), Some("/etc/kubernetes/pki/etcd/ca.crt"));

    // Without an instance nobody knows which file that is: nothing is said of it.
    fs::remove_dir_all(root.path().join("etc/systemd/system/multi-user.target.wants")).unwrap();
    let was = "cert-file=/etc/kubernetes/pki/%p/server.crt";
    let path = "etc/systemd/system/etcd@.service";
    edit(root.path(), path, was, "cert-file=/etc/kubernetes/pki/%i/server.crt");
    edit(root.path(), path, "EnvironmentFile=/etc/default/%i", "EnvironmentFile=-/etc/default/%i");
    assert_eq!(found(root.path()), set(OF_KUBEADM));
    let unknown = Path::new("/etc/kubernetes/pki/%i/server.crt");
    assert!(read(root.path()).files.contains_key(unknown), "it is shown as it is");
}

/// What cannot be read is said, and the rest is shown.
#[test]
fn bad_files_are_reported_beside_the_good_ones() {
    let root = node();
    let put = |path: &str, text: &str| {
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    let anchors = (1..12).fold("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned(), |text, n| {
        text + &format!("a{n}: &a{n} [{}]\n", format!("*a{}, ", n - 1).repeat(10))
    });
    let bomb = anchors + "kind: Pod\nspec: {containers: *a11}\n";
    put("etc/kubernetes/manifests/1.yaml", &bomb);
    put("etc/kubernetes/manifests/2.yaml", &"[".repeat(100_000));
    put("etc/kubernetes/manifests/3.yaml", "kind: Pod\nspec: {containers: 7}\n");
    put("etc/kubernetes/manifests/4.yaml", "\u{0}\u{1}");
    put("etc/kubernetes/manifests/5.yaml", &"#".repeat(2 << 20));
    put("etc/kubernetes/manifests/.hidden", "[");
    put("etc/kubernetes/manifests/folder/6.yaml", "[");
    put("etc/systemd/system/odd.service", "[Service]\nExecStart=/bin/odd \\q\\x --%z 'open\n");
    put("etc/systemd/system/broken.service", "\u{0}[Service\n=\nExecStart");
    symlink("/dev/null", root.path().join("etc/systemd/system/masked.service")).unwrap();
    symlink("loop.service", root.path().join("etc/systemd/system/loop.service")).unwrap();
    symlink("/gone", root.path().join("etc/systemd/system/gone.service")).unwrap();
    let fifo = root.path().join("etc/kubernetes/manifests/fifo.yaml");
    programs::run("mkfifo", [fifo.as_os_str()]).expect_success();

    assert_eq!(found(root.path()), set(OF_KUBEADM));
    let unread = read(root.path()).unread;
    let unread: Vec<_> = unread.iter().map(|it| (it.path.to_str().unwrap(), &it.reason)).collect();
    let paths: Vec<_> = unread.iter().map(|(path, _)| path.rsplit('/').next().unwrap()).collect();
    let expected = ["1.yaml", "2.yaml", "3.yaml", "4.yaml", "5.yaml", "loop.service"];
    assert_eq!(paths, expected, "{unread:?}");
}

/// A link of the machine is not followed into the machine that looks.
#[test]
fn links_stay_below_the_root() {
    let root = tempfile::tempdir().unwrap();
    let tree = Tree::new(root.path());
    symlink("/etc/passwd", root.path().join("passwd")).unwrap();
    symlink("../../../../etc/passwd", root.path().join("up")).unwrap();
    for name in ["/passwd", "/up", "/../../etc/passwd"] {
        assert!(tree.read(Path::new(name)).is_err(), "{name}");
    }
    fs::create_dir(root.path().join("etc")).unwrap();
    fs::write(root.path().join("etc/passwd"), "mine").unwrap();
    for name in ["/passwd", "/up", "/../../etc/passwd"] {
        assert_eq!(**tree.read(Path::new(name)).unwrap().bytes, *b"mine", "{name}");
    }
}

/// A copy of the one machine of kubeadm's that is made.
fn node() -> TempDir {
    static NODE: OnceLock<TempDir> = OnceLock::new();
    let original = NODE.get_or_init(|| {
        let root = tempfile::tempdir().unwrap();
        machine::kubeadm_node(root.path());
        root
    });
    let copy = tempfile::tempdir().unwrap();
    machine::copy_of(original.path(), copy.path());
    copy
}

fn read(root: &Path) -> Machine {
    Machine::read(&Tree::new(root))
}

fn found(root: &Path) -> BTreeSet<String> {
    let findings = Audit::of(read(root), now()).findings;
    findings.iter().map(|finding| finding.check.name.to_owned()).collect()
}

fn now() -> Timestamp {
    Timestamp::now()
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn edit(root: &Path, path: &str, was: &str, now: &str) {
    let path = root.join(path);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(was), "{was:?} is not in {}", path.display());
    fs::write(&path, text.replacen(was, now, 1)).unwrap();
}

/// Gives a flag of a manifest another value.
fn flag(root: &Path, path: &str, name: &str, value: &str) {
    flag_of(root, path, &format!("--{name}="), value);
}

fn flag_of(root: &Path, path: &str, before: &str, value: &str) {
    let text = fs::read_to_string(root.join(path)).unwrap();
    let (_, rest) = text.split_once(before).unwrap_or_else(|| panic!("{before} in {path}"));
    let was = rest.lines().next().unwrap();
    edit(root, path, &format!("{before}{was}\n"), &format!("{before}{value}\n"));
}

fn without(root: &Path, path: &str, name: &str) {
    let text = fs::read_to_string(root.join(path)).unwrap();
    let line = text.lines().find(|line| line.contains(&format!("--{name}"))).unwrap().to_owned();
    edit(root, path, &format!("{line}\n"), "");
}

fn add(root: &Path, path: &str, flag: &str) {
    edit(root, path, "    image:", &format!("    - --{flag}\n    image:"));
}

fn append(root: &Path, path: &str, parts: &[&str]) {
    let read = |part: &&str| fs::read_to_string(root.join(PKI).join(part)).unwrap();
    let text: String = parts.iter().map(read).collect();
    fs::write(root.join(path), text).unwrap();
}

/// Only root can give a file away; in a tree that is not root's, owners are not looked at.
fn give(path: &Path, uid: u32) {
    if is_root() {
        chown(path, Some(uid), None).unwrap();
    }
}

fn is_root() -> bool {
    fs::metadata("/proc/self").unwrap().uid() == 0
}

fn remove(root: &Path, path: &str) {
    fs::remove_file(root.join(path)).unwrap();
}

fn mode(root: &Path, path: &str, mode: u32) {
    fs::set_permissions(root.join(path), fs::Permissions::from_mode(mode)).unwrap();
}

/// Has a kubeconfig name the file of its CA instead of holding it.
fn ca_named_in(root: &Path, kubeconfig: &str, ca: &str) {
    let path = root.join("etc/kubernetes").join(kubeconfig);
    let text = fs::read_to_string(&path).unwrap();
    let field = "certificate-authority-data: ";
    let data = text.lines().find(|line| line.contains(field)).unwrap().trim();
    fs::write(path, text.replace(data, &format!("certificate-authority: {ca}"))).unwrap();
}

/// Makes a CA of the name that kubeadm's has.
fn new_ca(root: &Path, name: &str) {
    let path = root.join(PKI).join(name);
    let mut command = programs::command("openssl");
    command.args(["req", "-x509", "-newkey", "rsa:2048", "-noenc", "-days", "3650"]);
    command.args(["-subj", "/CN=kubernetes", "-addext", "keyUsage=critical,keyCertSign"]);
    command.arg("-keyout").arg(path.with_extension("key"));
    command.arg("-out").arg(path.with_extension("crt"));
    programs::finish(command, b"").expect_success();
}

fn kubeconfig_ca(root: &Path, path: &str, ca: &str) {
    let mut command = programs::command("kubectl");
    command.arg("--kubeconfig").arg(root.join(path));
    command.args(["config", "set-cluster", "kubeadm", "--embed-certs=true"]);
    command.arg("--certificate-authority").arg(root.join(PKI).join(ca));
    programs::finish(command, b"").expect_success();
}
