//! What Kubernetes needs and a certificate has not shows in the plan, and nothing else does.

use kubepki_cluster::adopt::Note;

use super::{
    Folder,
    folder::{APISERVER, client, kubeconfig, made, peer, server},
};

#[test]
fn each_defect_is_named() {
    let mut folder = Folder::default();
    let ca = folder.authority("pki/ca", "kubernetes");
    let etcd = folder.authority("pki/etcd/ca", "etcd-ca");
    folder.pair(
        &ca,
        "pki/apiserver",
        &server("kube-apiserver", &["kubernetes", "cp", "10.96.0.1"]),
    );
    folder.pair(&etcd, "pki/etcd/server", &server("cp", &["cp", "10.0.0.1"]));
    folder.kubeconfig(
        &ca,
        "scheduler.conf",
        &client("system:scheduler", &["system:system:kube-scheduler"]),
    );
    folder.kubeconfig(&ca, "kubelet.conf", &client("system:node:cp", &["system:node"]));
    folder.put("pki/wrong.crt", made(&ca, &client("wrong", &[])).0);
    folder.put_private("pki/wrong.key", made(&ca, &client("wrong", &[])).1);
    let adopted = folder.adopt();
    assert_eq!(
        adopted.defects(),
        [
            "apiserver of cp: +DNS:kubernetes.default +DNS:kubernetes.default.svc +DNS:kubernetes.default.svc.cluster.local",
            "etcd-server of cp: usages: digitalSignature; serverAuth -> those of its profile",
            "wrong: refused: `pki/wrong.key` is not the private key of `pki/wrong.crt`",
            "kubelet of cp: organizations: [system:node] -> [system:node, system:nodes]",
            "scheduler of cp: common name: system:scheduler -> system:kube-scheduler",
            "scheduler of cp: organizations: [system:system:kube-scheduler] -> [system:kube-scheduler]",
        ]
    );
}

/// The most reported error of the field: a CA was made anew under its old name.
#[test]
fn certificates_of_a_ca_that_was_replaced_are_named() {
    let mut folder = Folder::kubeadm();
    folder.authority("pki/ca", "kubernetes");
    let adopted = folder.adopt();
    assert_eq!(
        adopted.defects(),
        [
            "apiserver-kubelet-client of cp: not issued by the present `ca`",
            "apiserver of cp: not issued by the present `ca`",
            "kubelet of cp: not issued by the present `ca`",
            "scheduler of cp: not issued by the present `ca`",
        ]
    );
}

#[test]
fn the_name_that_kubeconfigs_dial_is_needed() {
    let mut folder = Folder::kubeadm();
    let text = folder.read("scheduler.conf").replace("https://cp:6443", "https://10.0.0.9:6443");
    folder.put_private("scheduler.conf", text);
    assert_eq!(folder.adopt().defects(), ["apiserver of cp: +IP:10.0.0.9"]);
}

#[test]
fn swapped_keys_are_told() {
    let mut folder = Folder::default();
    let ca = folder.authority("ca", "kubernetes");
    folder.pair(&ca, "a", &client("a", &[]));
    folder.pair(&ca, "b", &client("b", &[]));
    folder.rename("a.key", "x");
    folder.rename("b.key", "a.key");
    folder.rename("x", "b.key");
    let adopted = folder.adopt();
    let dangers: Vec<_> = adopted
        .adoption
        .notes
        .iter()
        .filter(|note| matches!(note, Note::Dangerous { .. }))
        .collect();
    assert_eq!(dangers[0].to_string(), "`a.crt` belongs to `b.key`, not to `a.key` beside it");
    assert_eq!(dangers.len(), 2);
}

#[test]
fn a_ca_without_a_key_is_held_elsewhere_and_issues_nothing() {
    let mut folder = Folder::kubeadm();
    folder.store.remove(&super::path("pki/ca.key"));
    assert_eq!(folder.adopt().defects(), [""; 0]);
    let (certificate, key) = made(&folder_authority(), &peer("x", &["x"]));
    folder.put("pki/x.crt", certificate);
    folder.put_private("pki/x.key", key);
    let adopted = folder.adopt();
    assert_eq!(adopted.left_out(), [("pki/x.crt", "no CA that is here has issued it")]);
    assert!(adopted.adoption.yaml.contains("key: pki/ca.key"));
}

fn folder_authority() -> kubepki_ca::Issuer {
    Folder::default().authority("x", "stranger")
}

#[test]
fn masters_are_kept_and_told() {
    let mut folder = Folder::kubeadm();
    let ca = folder.authority("second-ca", "second");
    folder.pair(&ca, "etcd-root", &client("root", &["system:masters"]));
    let count = |folder: &Folder| {
        let notes = folder.adopt().adoption.notes;
        notes.iter().filter(|note| matches!(note, Note::Dangerous { .. })).count()
    };
    assert_eq!(count(&folder), 0, "no apiserver believes that CA");
    let mut folder = Folder::default();
    let ca = folder.authority("ca", "kubernetes");
    folder.pair(&ca, "apiserver", &server("kube-apiserver", &APISERVER));
    let (certificate, key) = made(&ca, &client("root", &["system:masters"]));
    folder.put_private(
        "admin.conf",
        kubeconfig(&ca.certificate().to_pem(), &certificate, &key, "root"),
    );
    assert_eq!(count(&folder), 1);
    assert_eq!(folder.adopt().defects(), [""; 0]);
}

/// A broken file whose name says what it is must not make the plan clean.
#[test]
fn what_is_broken_and_needed_has_an_entry_all_the_same() {
    let key = |folder: &Folder| folder.read("pki/apiserver.key");
    type Break = fn(&mut Folder);
    let broken: [(&str, Break); 4] = [
        ("empty", |folder| folder.put("pki/apiserver.crt", "")),
        ("cut", |folder| folder.put("pki/apiserver.crt", "-----BEGIN CERTIFICATE-----\nMIIB")),
        ("no PEM", |folder| folder.put("pki/apiserver.crt", "TUlJQg==")),
        ("gone", |folder| {
            folder.store.remove(&super::path("pki/apiserver.crt"));
        }),
    ];
    for (name, break_it) in broken {
        let mut folder = Folder::kubeadm();
        break_it(&mut folder);
        let adopted = folder.adopt();
        let yaml = &adopted.adoption.yaml;
        assert!(yaml.contains("pki/apiserver.crt\n    key: pki/apiserver.key\n"), "{name}: {yaml}");
        assert_eq!(adopted.left_out(), [], "{name}");
        let defects = adopted.defects();
        assert!(defects.len() == 1 && defects[0].starts_with("apiserver of cp: "), "{defects:?}");
        let warned = |note: &Note| matches!(note, Note::Defective { is_described: true, .. });
        assert!(adopted.adoption.notes.iter().any(warned), "{name}");
    }
    let mut folder = Folder::kubeadm();
    folder.put_private("pki/apiserver.crt", key(&folder));
    assert_eq!(folder.adopt().defects().len(), 1);
    let mut folder = Folder::kubeadm();
    folder.store.remove(&super::path("pki/apiserver.key"));
    assert_eq!(folder.adopt().defects().len(), 1);
    assert_eq!(folder.adopt().names(), Folder::kubeadm().adopt().names());
    let mut folder = Folder::kubeadm();
    folder.put_private("scheduler.conf", "kind: Config\n");
    let adopted = folder.adopt();
    let undescribed = |note: &Note| matches!(note, Note::Defective { is_described: false, .. });
    assert!(!adopted.adoption.notes.iter().any(undescribed), "{:?}", adopted.adoption.notes);
    let mut folder = Folder::kubeadm();
    folder.put_private("admin.conf", "");
    let adopted = folder.adopt();
    assert!(adopted.adoption.notes.iter().any(undescribed), "{:?}", adopted.adoption.notes);
    assert!(adopted.adoption.yaml.contains("# admin.conf: it is no kubeconfig\n"));
}
