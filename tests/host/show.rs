//! `host list` and `host show` say what is in the folders, and what is not.

use std::{collections::BTreeSet, fs, os::unix::fs::MetadataExt};

use serde_json::Value;

use super::{applied, files, tree};
use crate::environment::Environment;

#[test]
fn shows_each_file_of_a_hosts_folder_with_its_mode() {
    let environment = applied("ha");
    for host in ["cp-1", "worker-3"] {
        let shown = environment.kubepki(&["host", "show", host, "-o", "json"]).expect_success();
        let shown: Value = serde_json::from_str(&shown).unwrap();
        let shown = shown["files"].as_array().unwrap();
        let text = environment.kubepki(&["host", "show", host]).expect_success();
        let text = text.replace(";\n      read by", "; read by");
        let folder = environment.path(&format!("hosts/{host}"));
        let expected = files(&tree(&folder));
        assert_eq!(shown.len(), expected.len());
        for file in shown {
            let path = file["path"].as_str().unwrap();
            let metadata = fs::metadata(folder.join(&path[1..])).unwrap();
            let mode = format!("{:04o}", metadata.mode() & 0o777);
            assert_eq!(file["mode"], mode.as_str(), "{path}");
            assert_eq!((&file["exists"], &file["owner"]), (&true.into(), &"root:root".into()));
            let purpose = file["purpose"].as_str().unwrap();
            let reader = file["readers"][0].as_str().unwrap();
            assert!(text.contains(&format!("{mode}  {path}\n      {purpose}; read by {reader}")));
        }
    }
}

#[test]
fn every_line_fits_into_a_terminal() {
    let environment = applied("ha");
    for args in [vec!["host", "show", "cp-0"], vec!["host", "show", "worker-0"]] {
        let text = environment.kubepki(&args).expect_success();
        let wide = text.lines().find(|line| line.chars().count() > 80);
        assert_eq!(wide, None);
    }
}

#[test]
fn says_what_is_missing() {
    let environment = applied("hard-way");
    fs::remove_file(environment.path("hosts/node-0/etc/kubernetes/kubelet.conf")).unwrap();
    let list = environment.kubepki(&["host", "list"]).expect_success();
    let node = list.lines().find(|line| line.starts_with("node-0 ")).unwrap();
    assert!(node.contains("5 (1 missing)"), "{list}");
    let list = environment.kubepki(&["host", "list", "-o", "yaml"]).expect_success();
    assert_eq!(list.matches("missing: 0\n").count(), 2, "{list}");
    let shown = environment.kubepki(&["host", "show", "node-0"]);
    assert!(shown.stdout.contains("/etc/kubernetes/kubelet.conf  MISSING\n"), "{shown:?}");
    assert!(shown.stderr.contains("kubepki apply"), "{shown:?}");
}

#[test]
fn every_layout_has_its_places() {
    for (layout, example, host, places) in [
        (
            "kubeadm",
            "kubeadm",
            "server",
            ["/etc/kubernetes/admin.conf", "/etc/kubernetes/pki/sa.pub"],
        ),
        (
            "hard-way",
            "hard-way",
            "node-0",
            ["/var/lib/kubelet/kubeconfig", "/var/lib/kube-proxy/kubeconfig"],
        ),
    ] {
        let environment = Environment::of_example(example);
        environment.edit("cluster.yaml", "endpoint:", "# \nendpoint:");
        if layout == "hard-way" {
            environment.edit("cluster.yaml", "layout: hosts", "layout: hard-way");
        }
        environment.apply();
        let shown = environment.kubepki(&["host", "show", host, "-o", "json"]).expect_success();
        let shown: Value = serde_json::from_str(&shown).unwrap();
        let paths: BTreeSet<_> = shown["files"]
            .as_array()
            .unwrap()
            .iter()
            .map(|file| file["path"].as_str().unwrap())
            .collect();
        for place in places {
            assert!(paths.contains(place), "{layout}: {paths:?}");
        }
    }
}

#[test]
fn an_unknown_host_is_bad_input() {
    let environment = applied("hard-way");
    for verb in ["show", "bundle", "push"] {
        let refused = environment.kubepki(&["host", verb, "node-7"]);
        assert_eq!(refused.code, Some(2), "{refused:?}");
        assert!(refused.stderr.contains("there is no host `node-7`"), "{refused:?}");
        assert!(refused.stderr.contains("hint: `kubepki host list`"), "{refused:?}");
    }
}
