//! What machines get of an adopted PKI, and the configuration that uses it.

use std::{fs, os::unix::fs::PermissionsExt};

use kubepki_testkit::kubeadm;
use serde_json::Value;

use super::{adopt, made_by};
use crate::environment::Environment;

/// Where the files of a host go, from `/`, sorted.
fn places(environment: &Environment, folder: &str, host: &str) -> Vec<String> {
    let shown = environment.kubepki(&["host", "show", host, "--dir", folder, "-o", "json"]);
    let shown: Value = serde_json::from_str(&shown.expect_success()).unwrap();
    let files = shown["files"].as_array().unwrap().iter();
    files.map(|file| file["path"].as_str().unwrap().to_owned()).collect()
}

/// The one host of kubeadm's folder gets that folder, byte for byte, and `audit`, which knows neither
/// `adopt` nor `config`, finds flags and files in order.
#[test]
fn the_machine_of_kubeadm_gets_its_own_folder_and_flags_that_fit() {
    const FOLDER: &str = "etc/kubernetes";
    let environment = Environment::new();
    kubeadm::make_pki(environment.root(), 6443);
    let said = adopt(&environment, FOLDER, &[]);
    assert!(said.contains("`/etc/kubernetes`; `--places` says"), "{said}");
    fs::create_dir_all(environment.path("machine")).unwrap();
    for args in [
        &["host", "bundle", "server", "-o", "server.tar", "--dir", FOLDER][..],
        &["host", "install", "server.tar", "--root", "machine"],
        &["config", "--form", "static-pod", "--out", "out", "--dir", FOLDER],
    ] {
        environment.kubepki(args).expect_success();
    }
    for path in places(&environment, FOLDER, "server") {
        let (was, is) = (environment.path(&path[1..]), environment.path(&format!("machine{path}")));
        assert_eq!(fs::read(&was).unwrap(), fs::read(&is).unwrap(), "{path}");
        let mode = fs::metadata(&is).unwrap().permissions().mode() & 0o777;
        assert!(mode == 0o600 || !(path.ends_with(".key") || path.ends_with(".conf")), "{path}");
    }
    let copied = std::process::Command::new("cp")
        .args(["-r", "out/server/.", "machine"])
        .current_dir(environment.root())
        .status();
    assert!(copied.unwrap().success());
    // It is kubeadm's machine, so what has to be restarted is a static pod.
    let renewed = environment.kubepki(&["renew", "scheduler", "--dir", FOLDER]);
    assert!(
        renewed.stderr.contains("mv /etc/kubernetes/manifests/kube-scheduler.yaml"),
        "{renewed:?}"
    );
    let undo = environment.kubepki(&["undo", "--dry-run", "--dir", FOLDER]);
    assert!(undo.stderr.contains("restart  kube-scheduler"), "{undo:?}");
    let audit = environment.kubepki(&["audit", "--root", "machine", "-o", "json"]);
    let audit: Value = serde_json::from_str(&audit.stdout).unwrap();
    let severe = |finding: &&Value| finding["severity"] == "error";
    let findings = audit["findings"].as_array().unwrap().iter();
    assert_eq!(findings.filter(severe).collect::<Vec<_>>(), [&Value::Null; 0]);
    assert!(audit["files"].as_array().unwrap().len() >= 20, "{audit:#}");
}

#[test]
fn the_tutorials_machines_get_its_folders_and_names() {
    let environment = made_by("cfssl.sh");
    adopt(&environment, "pki", &["--name", "by-hand"]);
    let spec = "pki/cluster.yaml";
    environment.edit(
        spec,
        "hosts:\n",
        "hosts:\n  - {name: cp, roles: [control-plane, etcd], addresses: [10.240.0.10]}\n",
    );
    let kubernetes = |name: &str| format!("/var/lib/kubernetes/{name}");
    assert_eq!(
        places(&environment, "pki", "cp"),
        [
            "/etc/etcd/ca.pem".to_owned(),
            "/etc/etcd/kubernetes-key.pem".to_owned(),
            "/etc/etcd/kubernetes.pem".to_owned(),
            kubernetes("ca-key.pem"),
            kubernetes("ca.pem"),
            kubernetes("kubernetes-key.pem"),
            kubernetes("kubernetes.pem"),
            kubernetes("service-account-key.pem"),
            kubernetes("service-account.pem"),
        ]
    );
    let kubelet = |name: &str| format!("/var/lib/kubelet/{name}");
    assert_eq!(
        places(&environment, "pki", "worker-0"),
        [kubelet("worker-0-key.pem"), kubelet("worker-0.pem"), kubernetes("ca.pem")]
    );
    // What the PKI lacks is named, with the way to make it.
    let refused = environment.kubepki(&["config", "--host", "cp", "--dir", "pki"]);
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert!(refused.stderr.contains("no `controller-manager`"), "{refused:?}");
    assert!(
        refused.stderr.contains("hint: describe `controller-manager` in `entries`"),
        "{refused:?}"
    );
    environment.edit(spec, "roles: [control-plane, etcd]", "roles: [control-plane]");
    let refused = environment.kubepki(&["config", "--host", "cp", "--dir", "pki"]);
    assert!(refused.stderr.contains("needs for `--etcd-servers`"), "{refused:?}");
}

#[test]
fn where_files_lie_is_said_or_asked_for_and_never_anywhere() {
    let environment = made_by("k3s.sh");
    adopt(&environment, "pki", &["--places", "/var/lib/rancher/rke2/server"]);
    let spec = "pki/cluster.yaml";
    let said = "places: /var/lib/rancher/rke2/server\n";
    environment.edit(spec, said, "");
    environment.edit(
        spec,
        "hosts: []",
        "hosts: [{name: cp, roles: [control-plane], addresses: [10.0.0.1]}]",
    );
    let refused = environment.kubepki(&["config", "--dir", "pki"]);
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert!(refused.stderr.contains("hint: say where they lie with `places`"), "{refused:?}");
    for folder in
        ["/etc", "etc/kubernetes", "/etc/kubernetes/../cron.d", "/etc/kubernetesque", "''"]
    {
        environment.edit(spec, "layout: custom\n", &format!("layout: custom\nplaces: {folder}\n"));
        let refused = environment.kubepki(&["plan", "--dir", "pki"]);
        assert_eq!(refused.code, Some(2), "{refused:?}");
        assert!(refused.stderr.contains("no place for a cluster's files"), "{refused:?}");
        environment.edit(spec, &format!("places: {folder}\n"), "");
    }
}
