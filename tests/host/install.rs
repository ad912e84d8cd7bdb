//! `host install`: all files or none, safe to repeat, and never another's.

use std::{fs, os::unix::fs::symlink, path::Path};

use kubepki_testkit::programs::{self, Output};
use serde_json::Value;

use super::{Tree, applied, bundle, files, machine, tree};
use crate::environment::Environment;

fn install(environment: &Environment, archive: &Path, root: &Path, extra: &[&str]) -> Output {
    let (archive, root) = (archive.to_str().unwrap(), root.to_str().unwrap());
    environment.kubepki(&[&["host", "install", archive, "--root", root], extra].concat())
}

#[test]
fn a_machine_gets_its_files_and_a_second_time_nothing_changes() {
    for example in ["hard-way", "ha", "kubeadm"] {
        let environment = applied(example);
        let list = environment.kubepki(&["host", "list", "-o", "json"]).expect_success();
        let list: Value = serde_json::from_str(&list).unwrap();
        for host in list["hosts"].as_array().unwrap() {
            let host = host["name"].as_str().unwrap();
            let archive = bundle(&environment, host);
            let root = machine(&environment, &format!("machine-{host}"));
            install(&environment, &archive, &root, &[]).expect_success();
            let shown = environment.kubepki(&["host", "show", host, "-o", "json"]).expect_success();
            let shown: Value = serde_json::from_str(&shown).unwrap();
            let installed = tree(&root);
            let mut expected = Tree::new();
            for file in shown["files"].as_array().unwrap() {
                let mode = u32::from_str_radix(file["mode"].as_str().unwrap(), 8).unwrap();
                let source = environment.path(file["source"].as_str().unwrap());
                let path = file["path"].as_str().unwrap()[1..].to_owned();
                expected.insert(path, (mode, Some(fs::read(source).unwrap())));
            }
            assert_eq!(files(&installed), files(&expected), "{example}: {host}");
            let wide = installed.iter().find(|(path, (mode, contents))| {
                let own = path.starts_with("var/lib/kubepki");
                contents.is_none() && *mode != if own { 0o700 } else { 0o755 }
            });
            assert_eq!(wide, None);

            let again = install(&environment, &archive, &root, &[]);
            assert!(again.succeeded() && again.stdout.is_empty(), "{again:?}");
            assert!(again.stderr.contains("nothing to do: "), "{again:?}");
            assert_eq!(tree(&root), installed);
        }
    }
}

#[test]
fn what_is_replaced_is_kept_and_its_readers_are_named() {
    let environment = applied("hard-way");
    let root = machine(&environment, "machine");
    install(&environment, &bundle(&environment, "server"), &root, &[]).expect_success();
    let before = tree(&root);
    environment.edit("cluster.yaml", "apiserverSANs: []", "apiserverSANs: [new.example.com]");
    environment.apply();
    let archive = bundle(&environment, "server");

    let dry = install(&environment, &archive, &root, &["--diff"]);
    let pki = "/etc/kubernetes/pki/apiserver";
    assert_eq!(dry.stdout, format!("replace  {pki}.crt\nreplace  {pki}.key\n"));
    assert!(dry.stderr.contains("then restart what runs here of: kube-apiserver\n"));
    assert_eq!(tree(&root), before);

    let done = install(&environment, &archive, &root, &[]);
    assert_eq!(done.stdout, dry.stdout);
    let after = tree(&root);
    for (path, file) in files(&before) {
        if !path.contains("pki/apiserver.") {
            assert_eq!(files(&after)[&path], file, "{path}");
            continue;
        }
        assert_ne!(files(&after)[&path], file, "{path}");
        let kept: Vec<_> = after
            .iter()
            .filter(|(name, _)| {
                name.starts_with("var/lib/kubepki/history/") && name.ends_with(&path)
            })
            .collect();
        assert_eq!(kept.len(), 1, "{path}");
        assert_eq!(kept[0].1.1.as_ref(), Some(&file.1));
    }
}

#[test]
fn programs_are_told_too() {
    let environment = applied("hard-way");
    let root = machine(&environment, "machine");
    let archive = bundle(&environment, "node-1");
    let said = install(&environment, &archive, &root, &["--dry-run", "-o", "json"]);
    let said: Value = serde_json::from_str(&said.expect_success()).unwrap();
    assert_eq!((&said["kind"], &said["dryRun"]), (&"HostInstallation".into(), &true.into()));
    assert_eq!(said["files"][0]["change"], "create");
    assert_eq!(said["readers"], serde_json::json!(["kube-proxy", "kubelet"]));
    assert!(tree(&root).is_empty());
}

#[test]
fn another_hosts_or_clusters_bundle_is_refused() {
    let environment = applied("hard-way");
    let (first, second) = (bundle(&environment, "node-0"), bundle(&environment, "node-1"));
    let root = machine(&environment, "machine");
    let refused = |archive: &Path, extra: &[&str], complaint: &str| {
        let before = tree(&root);
        let refused = install(&environment, archive, &root, extra);
        assert_eq!(refused.code, Some(2), "{refused:?}");
        assert!(refused.stderr.contains(complaint), "{refused:?}");
        assert!(refused.stderr.contains("hint: "), "{refused:?}");
        assert_eq!(tree(&root), before);
    };
    refused(&first, &["--host", "node-1"], "it is for host `node-0`, and this is `node-1`");
    install(&environment, &first, &root, &["--host", "node-0"]).expect_success();
    refused(&second, &[], "it is for host `node-1`, and this is `node-0`");
    refused(&second, &["--host", "node-1"], "it is for host `node-1`, and this is `node-0`");

    let other = Environment::of_example("hard-way");
    other.apply();
    refused(&bundle(&other, "node-0"), &[], "another cluster of the name `hard-way`");
    other.edit("cluster.yaml", "name: hard-way", "name: other");
    refused(
        &bundle(&other, "node-0"),
        &[],
        "cluster `other`, and this machine has files of cluster",
    );

    fs::write(root.join("var/lib/kubepki/installed.json"), "{}").unwrap();
    refused(&first, &[], "`var/lib/kubepki/installed.json` is not as kubepki left it");
}

/// With `/` as the root the machine's own name decides; it is refused before anything is opened.
#[test]
fn the_name_of_the_machine_decides_at_home() {
    let environment = applied("hard-way");
    let archive = bundle(&environment, "node-0");
    let refused = environment.kubepki(&["host", "install", archive.to_str().unwrap()]);
    assert_eq!(refused.code, Some(2), "{refused:?}");
    let name = programs::run("uname", ["-n"]).expect_success();
    let complaint = format!("it is for host `node-0`, and this is `{}`", name.trim());
    assert!(refused.stderr.contains(&complaint), "{refused:?}");
    assert!(refused.stderr.contains("say `--host node-0`"), "{refused:?}");
}

#[test]
fn a_file_that_is_no_longer_the_hosts_is_named() {
    let environment = applied("hard-way");
    let root = machine(&environment, "machine");
    install(&environment, &bundle(&environment, "server"), &root, &[]).expect_success();
    environment.edit("cluster.yaml", "csrSigning: true", "csrSigning: false");
    environment.apply();
    let said = install(&environment, &bundle(&environment, "server"), &root, &[]);
    assert!(said.succeeded());
    let warning =
        "warning: `/etc/kubernetes/pki/ca.key` is no longer a file of this host: remove it";
    assert!(said.stderr.contains(warning), "{said:?}");
    assert!(root.join("etc/kubernetes/pki/ca.key").exists());
}

#[test]
fn a_link_at_a_target_is_refused_and_nothing_is_written() {
    let environment = applied("hard-way");
    let archive = bundle(&environment, "node-0");
    let victim = environment.path("victim");
    for (number, path) in
        ["etc/kubernetes/kubelet.conf", "var/lib/kubelet", "etc"].iter().enumerate()
    {
        let root = machine(&environment, &format!("machine-{number}"));
        let link = root.join(path);
        fs::create_dir_all(link.parent().unwrap()).unwrap();
        fs::create_dir_all(&victim).unwrap();
        symlink(&victim, &link).unwrap();
        let before = tree(&root);
        let refused = install(&environment, &archive, &root, &[]);
        assert_eq!(refused.code, Some(1), "{refused:?}");
        assert!(refused.stderr.contains("is a symbolic link"), "{refused:?}");
        assert_eq!(tree(&root), before);
        assert!(tree(&victim).is_empty());
    }
}

#[test]
fn modes_are_narrowed_and_never_widened() {
    use std::os::unix::fs::PermissionsExt;
    let environment = applied("hard-way");
    let archive = bundle(&environment, "node-0");
    let root = machine(&environment, "machine");
    install(&environment, &archive, &root, &[]).expect_success();
    let set = |path: &str, mode| {
        fs::set_permissions(root.join(path), fs::Permissions::from_mode(mode)).unwrap();
    };
    let (wide, narrow) = ("etc/kubernetes/kubelet.conf", "etc/kubernetes/pki/ca.crt");
    set(wide, 0o644);
    set(narrow, 0o600);
    let said = install(&environment, &archive, &root, &[]).expect_success();
    assert_eq!(said, format!("narrow   /{wide}\n"));
    let modes = |path: &str| tree(&root)[path].0;
    assert_eq!((modes(wide), modes(narrow)), (0o600, 0o600));
}

#[test]
fn a_bundle_comes_from_stdin_too() {
    let environment = applied("hard-way");
    let archive = fs::read(bundle(&environment, "node-0")).unwrap();
    let root = machine(&environment, "machine");
    let command = environment.command(&["host", "install", "-", "--root", root.to_str().unwrap()]);
    programs::finish(command, &archive).expect_success();
    assert_eq!(files(&tree(&root)), files(&tree(&environment.path("hosts/node-0"))));
}
