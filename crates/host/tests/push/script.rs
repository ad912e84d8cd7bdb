//! What the script alone has to do: in each shell, with streams that break, beside kubepki.

use std::{fs, os::unix::fs::PermissionsExt};

use kubepki_cluster::DirStore;
use kubepki_host::{Change, InstallError, Installation, Trust, push::Target};

use crate::machine::{Machine, Tree, bundle, cluster, expected, of, said, share, signed, two};

#[test]
fn installs_and_a_second_time_changes_nothing_in_each_shell() {
    for shell in [vec!["sh"], vec!["bash"], vec!["bash", "--posix"], vec!["busybox", "sh"]] {
        let machine = Machine::with(&shell);
        let [old, new] = two();
        let first = machine.installed(&old);
        assert_eq!(first.changes.len(), old.files().len());
        assert!(first.changes.iter().all(|(_, change)| *change == Change::Create), "{first:?}");
        assert_eq!(machine.files(), expected(&old), "{shell:?}");
        assert_eq!(machine.tree()["etc/kubernetes"].0, 0o755);
        assert_eq!(machine.tree()["var/lib/kubepki"].0, 0o700);

        let before = machine.tree();
        assert!(machine.installed(&old).changes.iter().all(|(_, it)| *it == Change::Keep));
        assert_eq!(machine.tree(), before, "{shell:?}");

        let renewed = machine.installed(&new);
        assert_eq!(machine.files(), expected(&new));
        let count = |wanted| renewed.changes.iter().filter(|(_, it)| *it == wanted).count();
        assert_eq!((count(Change::Replace), count(Change::Keep)), (4, 1), "{renewed:?}");
        let history: Tree = machine
            .tree()
            .into_iter()
            .filter_map(|(path, node)| {
                let below = path.strip_prefix("var/lib/kubepki/history/")?.split_once('/')?.1;
                node.1.is_some().then(|| (below.to_owned(), node))
            })
            .collect();
        let replaced: Tree = expected(&old)
            .into_iter()
            .filter(|(path, _)| expected(&new)[path] != expected(&old)[path])
            .collect();
        assert_eq!(history, replaced);
    }
}

#[test]
fn a_look_says_what_an_installation_would_change_and_changes_nothing() {
    let machine = Machine::new();
    let [old, new] = two();
    let look = machine.look(&old);
    assert!(look.changes.iter().all(|(_, change)| *change == Change::Create));
    assert_eq!(fs::read_dir(machine.root()).unwrap().count(), 0);
    machine.installed(&old);
    let narrow = machine.at("etc/kubernetes/pki/ca.crt");
    fs::set_permissions(&narrow, fs::Permissions::from_mode(0o664)).unwrap();
    let before = machine.tree();
    let look = machine.look(&new);
    assert_eq!(machine.tree(), before);
    assert_eq!(machine.installed(&new), look);
    let of_ca = look.changes.iter().find(|(path, _)| path.as_str().ends_with("ca.crt"));
    assert_eq!(of_ca.unwrap().1, Change::Narrow);
    assert_eq!(machine.files(), expected(&new));
}

#[test]
fn kubepki_and_the_script_know_each_others_work() {
    let machine = Machine::new();
    let [old, new] = two();
    machine.installed(&old);
    let open = || {
        let now = "2026-11-21T00:00:00Z".parse().unwrap();
        DirStore::locked_machine(machine.root(), now, Some(std::time::Duration::ZERO), |_| ())
    };
    let trust = Trust::default();
    let mut store = open().unwrap();
    let plan = Installation::plan(&old, &store, &trust).unwrap();
    assert!(plan.files().all(|(_, change)| change == Change::Keep));
    let other = bundle("node-0");
    let refused = Installation::plan(&other, &store, &trust).unwrap_err();
    assert!(matches!(refused, InstallError::OtherAuthorities { .. }), "{refused:?}");
    // It waits for kubepki's own lock, and kubepki's is its.
    let mut plan = Installation::plan(&new, &store, &trust).unwrap();
    plan.commit(&mut store, "2027-11-21T00:00:00Z".parse().unwrap()).unwrap();
    drop(store);
    let before = machine.tree();
    assert!(machine.installed(&new).changes.iter().all(|(_, it)| *it == Change::Keep));
    assert_eq!(machine.tree(), before);

    fs::write(machine.at("var/lib/kubepki/journal"), "{}").unwrap();
    assert!(said(&machine.install(&old)).contains("kubepki was interrupted here"));
    fs::remove_file(machine.at("var/lib/kubepki/journal")).unwrap();
    fs::create_dir(machine.at("var/lib/kubepki/push")).unwrap();
    fs::write(machine.at("var/lib/kubepki/push/journal"), "").unwrap();
    let refused = Installation::plan(&old, &open().unwrap(), &trust).unwrap_err();
    assert!(matches!(refused, InstallError::PushInterrupted), "{refused:?}");
}

#[test]
fn another_hosts_or_clusters_bundle_is_refused() {
    let (spec, store) = cluster();
    let machine = Machine::new();
    machine.installed(&of(&spec, &store, "node-0"));
    let before = machine.tree();
    let renamed = signed("other", &share(&spec, "node-0"), &store);
    for (bundle, complaint) in [
        (of(&spec, &store, "node-1"), "has files of host node-0, not of node-1"),
        (of(&spec, &store, "server"), "has files of host node-0, not of server"),
        (bundle("node-0"), "knows no CA of this one"),
        (renamed, "has files of cluster demo, not of other"),
    ] {
        let refused = machine.install(&bundle);
        assert_eq!(refused.status.code(), Some(1));
        assert!(said(&refused).contains(complaint), "{}", said(&refused));
        assert_eq!(machine.tree(), before);
    }
}

/// However the stream is cut, and whatever byte of it is changed.
#[test]
fn a_stream_that_is_not_whole_changes_nothing() {
    let [old, new] = two();
    let machine = Machine::new();
    machine.installed(&old);
    let before = machine.tree();
    let archive = new.archive().unwrap();
    let root = machine.root();
    let command =
        Target { root: root.to_str().unwrap(), sudo: false, older: false }.install(new.manifest());
    let mut cuts: Vec<usize> = (0..archive.len()).step_by(archive.len() / 12).collect();
    cuts.push(archive.len() - 1);
    for cut in cuts {
        let output = machine.run(&command, &archive[..cut]);
        // Without its last bytes gzip has said all that it has to say; the digests are right then.
        if !output.status.success() {
            assert_eq!(said(&output).lines().last(), Some("the bundle did not arrive whole"));
            assert_eq!(machine.tree(), before, "cut at {cut}");
        } else {
            assert!(cut > archive.len() - 16, "cut at {cut}");
        }
    }
    let other = old.archive().unwrap();
    let refused = machine.run(&command, &other);
    assert!(!refused.status.success());
}

/// The script goes back to older files only where that was said; kubepki knows what it has left.
#[test]
fn older_files_are_refused() {
    let machine = Machine::new();
    let [old, new] = two();
    machine.installed(&new);
    let before = machine.tree();
    let root = machine.root();
    let target = Target { root: root.to_str().unwrap(), sudo: false, older: false };
    for command in [target.install(old.manifest()), target.look(old.manifest())] {
        let refused = machine.run(&command, &old.archive().unwrap());
        assert!(
            said(&refused).contains("has newer files of host node-0 than these"),
            "{refused:?}"
        );
        assert_eq!(machine.tree(), before);
    }
    machine.installed(&old);
    assert_eq!(machine.files(), expected(&old));
}
