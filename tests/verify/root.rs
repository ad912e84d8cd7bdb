//! A root against its spec: what is missing, and what is another host's or differs between hosts.

use std::{fs, os::unix::fs::PermissionsExt};

use serde_json::Value;

use super::{checks, json, set};
use crate::environment::Environment;

fn places(document: &Value, check: &str) -> Vec<String> {
    let findings = document["findings"].as_array().unwrap();
    let of = findings.iter().filter(|finding| finding["check"] == check);
    of.map(|finding| finding["path"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn every_file_that_is_missing_is_named_in_every_layout() {
    for (example, layout) in
        [("hard-way", "hosts"), ("hard-way", "hard-way"), ("kubeadm", "kubeadm")]
    {
        let environment = Environment::of_example(example);
        let spec = environment.read("cluster.yaml");
        let was = spec.lines().find(|line| line.starts_with("layout:")).unwrap().to_owned();
        environment.edit("cluster.yaml", &was, &format!("layout: {layout}"));
        environment.apply();
        let files: Vec<_> = environment.snapshot().into_iter().map(|(path, ..)| path).collect();
        let of_the_pki = files.iter().filter(|path| {
            !path.starts_with(".kubepki")
                && path.as_str() != "cluster.yaml"
                && environment.path(path).is_file()
        });
        let mut count = 0;
        for path in of_the_pki {
            count += 1;
            let kept = environment.path("kept");
            fs::rename(environment.path(path), &kept).unwrap();
            let (document, code) = json(&environment, &[]);
            let (missing, absent) =
                (places(&document, "spec-file-missing"), places(&document, "authority-key-absent"));
            let is_key = path.ends_with("ca.key") && missing.is_empty();
            assert_eq!(code, if is_key { 0 } else { 3 }, "{layout}: {path}: {document:#}");
            let named = if is_key { absent } else { missing };
            assert_eq!(named, [path.as_str()], "{layout}: {document:#}");
            fs::rename(&kept, environment.path(path)).unwrap();
        }
        assert!(count > 20, "{layout}: {count}");
    }
}

#[test]
fn a_folder_that_is_gone_and_the_key_of_a_ca_that_is_elsewhere() {
    let environment = Environment::of_example("hard-way");
    environment.apply();
    fs::remove_dir_all(environment.path("hosts/node-0")).unwrap();
    let (document, code) = json(&environment, &[]);
    assert_eq!((checks(&document, "error"), code), (set(&["spec-file-missing"]), 3));
    assert!(places(&document, "spec-file-missing").iter().all(|it| it.starts_with("hosts/node-0")));
    assert_eq!(places(&document, "spec-file-missing").len(), 5);
    environment.apply();
    // The CA's key and its copy are kept elsewhere.
    for path in ["authorities/ca.key", "hosts/server/etc/kubernetes/pki/ca.key"] {
        fs::remove_file(environment.path(path)).unwrap();
    }
    let (document, code) = json(&environment, &["--strict"]);
    assert_eq!((checks(&document, "note"), code), (set(&["authority-key-absent"]), 0));
    // A CA is more than its key.
    fs::remove_file(environment.path("authorities/ca.crt")).unwrap();
    let (document, _) = json(&environment, &[]);
    assert!(places(&document, "spec-file-missing").contains(&"authorities/ca.key".to_owned()));
}

#[test]
fn what_every_host_has_to_have_alike() {
    let environment = Environment::of_example("ha");
    environment.edit("cluster.yaml", "csrSigning: true", "csrSigning: true\nencryption: secretbox");
    environment.apply();
    let spec = environment.read("cluster.yaml");
    let hosts = fs::read_dir(environment.path("hosts")).unwrap().map(|it| it.unwrap().file_name());
    let mut hosts: Vec<_> = hosts.map(|it| it.into_string().unwrap()).collect();
    hosts.sort();
    let folder = |host: &str| format!("hosts/{host}/etc/kubernetes");
    let has = |host: &&String| environment.path(&folder(host)).join("pki/sa.key").exists();
    let planes: Vec<_> = hosts.iter().filter(has).collect();
    let [_, second, ..] = planes.as_slice() else { panic!("{hosts:?} {spec}") };
    let second = folder(second);
    let (document, code) = json(&environment, &["--strict"]);
    assert_eq!((&document["findings"], code), (&serde_json::json!([]), 0));

    // A pair that fits, from another root, as on a host that made its own.
    let other = Environment::of_example("hard-way");
    other.apply();
    for (from, to) in [("key", "sa.key"), ("pub", "sa.pub")] {
        let from = other.path(&format!("authorities/service-account.{from}"));
        fs::copy(from, environment.path(&second).join("pki").join(to)).unwrap();
    }
    let config = format!("{second}/encryption-config.yaml");
    let text = environment.read(&config);
    environment.write(&config, &format!("{text}# by hand\n"));
    fs::set_permissions(environment.path(&config), fs::Permissions::from_mode(0o644)).unwrap();
    let (document, code) = json(&environment, &[]);
    let expected =
        ["encryption-config-differs", "key-readable-by-all", "service-account-keys-differ"];
    assert_eq!((checks(&document, "error"), code), (set(&expected), 3), "{document:#}");
    for check in expected {
        assert!(places(&document, check).iter().all(|it| it.starts_with(&second)), "{document:#}");
    }
    assert_eq!(places(&document, "service-account-keys-differ").len(), 2);
}

#[test]
fn what_is_another_hosts_or_another_components() {
    let environment = Environment::of_example("hard-way");
    environment.apply();
    let copy = |from: &str, to: &str| {
        fs::copy(environment.path(from), environment.path(to)).unwrap();
    };
    let kubelet = |host: &str| format!("hosts/{host}/etc/kubernetes/kubelet.conf");
    let server = "hosts/server/etc/kubernetes";
    copy(&kubelet("node-1"), &kubelet("node-0"));
    copy(&format!("{server}/controller-manager.conf"), &format!("{server}/scheduler.conf"));
    let all = [environment.read("authorities/ca.crt"), environment.read("authorities/etcd-ca.crt")];
    environment.write(&format!("{server}/pki/cluster-signing.crt"), &all.concat());
    let (document, code) = json(&environment, &[]);
    let expected = ["component-name", "node-name", "signing-certificate-bundle"];
    assert_eq!((checks(&document, "error"), code), (set(&expected), 3), "{document:#}");
    assert_eq!(places(&document, "node-name"), [kubelet("node-0")]);
    assert_eq!(places(&document, "component-name"), [format!("{server}/scheduler.conf")]);
}
