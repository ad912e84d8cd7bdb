//! `host bundle`: the same files give the same bytes, and other people's tools read them.

use std::{fs, os::unix::fs::MetadataExt};

use kubepki_testkit::programs;
use serde_json::Value;

use super::{applied, bundle, files, tree};

#[test]
fn the_same_files_give_the_same_bytes() {
    let environment = applied("ha");
    for host in ["cp-0", "worker-0"] {
        let first = fs::read(bundle(&environment, host)).unwrap();
        // Another time of the files, another order in the folder, another time of the run.
        let folder = environment.path(&format!("hosts/{host}"));
        let copy = environment.path("copy");
        programs::run("cp", ["-r".into(), folder.clone(), copy.clone()]).expect_success();
        fs::remove_dir_all(&folder).unwrap();
        fs::rename(&copy, &folder).unwrap();
        let args = ["host", "bundle", host, "-o", "again.tar.gz"];
        let mut command = programs::command("faketime");
        command.args(["-f", "+3d", env!("CARGO_BIN_EXE_kubepki")]).args(args);
        command.current_dir(environment.root());
        programs::finish(command, b"").expect_success();
        assert_eq!(fs::read(environment.path("again.tar.gz")).unwrap(), first, "{host}");
        fs::remove_file(environment.path("again.tar.gz")).unwrap();
    }
}

#[test]
fn tar_and_sha256sum_agree_with_the_manifest() {
    let environment = applied("hard-way");
    let archive = bundle(&environment, "server");
    assert_eq!(fs::metadata(&archive).unwrap().mode() & 0o777, 0o600);
    let listed = programs::run("tar", ["-tvzf".into(), archive.clone()]).expect_success();
    let unpacked = environment.path("unpacked");
    fs::create_dir(&unpacked).unwrap();
    let archive = archive.into_os_string();
    let into = unpacked.clone().into_os_string();
    programs::run("tar", ["-xpzf".into(), archive, "-C".into(), into]).expect_success();
    let mut found = files(&tree(&unpacked));
    let (_, manifest) = found.remove("kubepki-manifest.json").unwrap();
    let manifest: Value = serde_json::from_slice(&manifest).unwrap();
    assert_eq!(found.remove("kubepki-manifest.sig").unwrap().1.len(), 64);
    assert_eq!((&manifest["host"], &manifest["cluster"]), (&"server".into(), &"hard-way".into()));
    let names: Vec<_> = listed.lines().map(|line| line.rsplit(' ').next().unwrap()).collect();
    assert_eq!(names[..2], ["kubepki-manifest.json", "kubepki-manifest.sig"]);
    assert!(names[2..].is_sorted(), "{names:?}");
    let all = manifest["files"].as_array().unwrap();
    assert_eq!(all.len(), found.len());
    assert_eq!(found, files(&tree(&environment.path("hosts/server"))));
    let mut sums = String::new();
    for (file, line) in all.iter().zip(listed.lines().skip(2)) {
        let path = file["path"].as_str().unwrap();
        let letters = if file["mode"] == "0600" { "-rw------- 0/0 " } else { "-rw-r--r-- 0/0 " };
        assert!(line.starts_with(letters) && line.contains(" 1970-01-01 ") && line.ends_with(path));
        sums += &format!("{}  {path}\n", file["sha256"].as_str().unwrap());
        assert_eq!(file["size"], found[path].1.len());
    }
    let mut check = programs::command("sha256sum");
    check.args(["--check", "--strict"]).current_dir(&unpacked);
    programs::finish(check, sums.as_bytes()).expect_success();
}

#[test]
fn what_is_missing_is_never_bundled() {
    let environment = applied("hard-way");
    fs::remove_file(environment.path("hosts/node-0/var/lib/kubelet/pki/kubelet.key")).unwrap();
    let refused = environment.kubepki(&["host", "bundle", "node-0"]);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.stderr.contains("`hosts/node-0/var/lib/kubelet/pki/kubelet.key` is missing"));
    assert!(refused.stderr.contains("hint: make what is missing with `kubepki apply`"));
    assert!(!environment.path("node-0.tar.gz").exists());
}

#[test]
fn what_apply_would_change_is_mentioned() {
    let environment = applied("hard-way");
    environment.edit("cluster.yaml", "apiserverSANs: []", "apiserverSANs: [new.example.com]");
    let said = environment.kubepki(&["host", "bundle", "server"]);
    assert!(said.succeeded());
    assert!(said.stderr.contains("warning: `kubepki apply` would change 1 entry of `server`"));
    let said = environment.kubepki(&["host", "bundle", "node-0"]);
    assert!(said.succeeded() && !said.stderr.contains("warning"), "{said:?}");
}

#[test]
fn a_file_that_is_there_is_not_replaced_unasked() {
    let environment = applied("hard-way");
    environment.write("node-0.tar.gz", "mine");
    let refused = environment.kubepki(&["host", "bundle", "node-0"]);
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert_eq!(environment.read("node-0.tar.gz"), "mine");
    bundle(&environment, "node-0");
}
