//! A machine's file system: the store's own files lie in `var/lib/kubepki`, and what is staged
//! there may go to another file system.

use std::{fs, os::unix::fs::MetadataExt, path::Path, time::Duration};

use tempfile::TempDir;

use super::{Root, certificate, key, now, path};
use crate::{
    DirStore, FileWrite, Store,
    forward::roll_forward,
    journal::Journal,
    recover::{finish, recover},
    traits::admit,
    transaction::{self, Plan},
    tree::{Dir, interim},
};

fn open(root: &Root) -> DirStore {
    DirStore::locked_machine(root.path(), now(), Some(Duration::ZERO), |_| ()).unwrap()
}

#[test]
fn keeps_its_own_files_where_a_machine_has_state() {
    let root = Root::new();
    root.put("etc/kubernetes/a.key", "old", 0o600);
    open(&root).commit(vec![key("etc/kubernetes/a.key", "new")], now()).unwrap();
    assert_eq!(root.text("etc/kubernetes/a.key"), "new");
    let kept = "var/lib/kubepki/history/20261120T211500Z/etc/kubernetes/a.key";
    assert_eq!((root.text(kept).as_str(), root.mode("var/lib/kubepki")), ("old", 0o700));
    assert_eq!((root.mode("var"), root.mode("var/lib")), (0o755, 0o755));
    assert!(!root.at(".kubepki").exists());
    let store = DirStore::read_only_machine(root.path()).unwrap();
    let read = store.read(&path("etc/kubernetes/a.key")).unwrap().unwrap();
    assert_eq!(*read.contents, b"new");
}

#[test]
fn leaves_nothing_where_nothing_is_committed() {
    let root = Root::new();
    drop(open(&root));
    assert_eq!(fs::read_dir(root.path()).unwrap().count(), 0);
    fs::create_dir(root.at("var")).unwrap();
    drop(open(&root));
    assert_eq!(fs::read_dir(root.at("var")).unwrap().count(), 0);
}

/// A root, and a state directory on another file system.
struct Two {
    root: Root,
    state: TempDir,
}

const TARGETS: [&str; 3] = ["a/x.crt", "a/x.key", "b/new.key"];

impl Two {
    fn new() -> Self {
        let root = Root::new();
        root.put("a/x.crt", "old certificate", 0o644);
        root.put("a/x.key", "old key", 0o600);
        let state = tempfile::tempdir_in("/dev/shm").unwrap();
        let device = |path: &Path| fs::metadata(path).unwrap().dev();
        assert_ne!(device(&root.path()), device(state.path()), "this test needs two file systems");
        Self { root, state }
    }

    fn dirs(&self) -> (Dir, Dir) {
        let open = |path: &Path| Dir::open(path).unwrap().unwrap();
        (open(&self.root.path()), open(self.state.path()))
    }

    fn record(&self) -> Plan {
        let (root, state) = self.dirs();
        let mut writes: Vec<FileWrite> = vec![
            certificate(TARGETS[0], "new certificate"),
            key(TARGETS[1], "new key"),
            key(TARGETS[2], "another"),
        ];
        admit(&mut writes).unwrap();
        let plan =
            transaction::plan(&root, &state, &writes, now(), transaction::Targets::KeepTheirOwner)
                .unwrap();
        transaction::record(&state, &plan, &writes).unwrap();
        plan
    }

    #[track_caller]
    fn is_new(&self) {
        let texts = TARGETS.map(|target| self.root.text(target));
        assert_eq!(texts, ["new certificate", "new key", "another"]);
        assert_eq!(TARGETS.map(|target| self.root.mode(target)), [0o644, 0o600, 0o600]);
        assert_eq!(self.root.tree().len(), 5, "{:?}", self.root.tree());
        let kept = self.state.path().join("history/20261120T211500Z/a/x.key");
        assert_eq!(fs::read_to_string(kept).unwrap(), "old key");
    }

    #[track_caller]
    fn is_old(&self) {
        assert_eq!(self.root.text(TARGETS[0]), "old certificate");
        assert_eq!(self.root.text(TARGETS[1]), "old key");
        assert_eq!(self.root.tree().len(), 3, "{:?}", self.root.tree());
        assert_eq!(fs::read_dir(self.state.path()).unwrap().count(), 0);
    }
}

#[test]
fn what_is_staged_on_another_file_system_gets_there_too() {
    let two = Two::new();
    let plan = two.record();
    let (root, state) = two.dirs();
    roll_forward(&root, &state, &plan.journal).unwrap();
    finish(&state, &plan.journal).unwrap();
    two.is_new();
}

#[test]
fn a_change_between_file_systems_is_taken_back() {
    let two = Two::new();
    // The last target cannot be written, when the first two are in place.
    fs::create_dir_all(two.root.at("b")).unwrap();
    let plan = two.record();
    fs::create_dir_all(two.root.at("b/new.key")).unwrap();
    let (root, state) = two.dirs();
    roll_forward(&root, &state, &plan.journal).unwrap_err();
    assert_eq!(two.root.text(TARGETS[1]), "new key");
    fs::remove_dir(two.root.at("b/new.key")).unwrap();
    crate::recover::undo(&root, &state, &plan.journal).unwrap();
    assert!(two.root.at("b").is_dir());
    fs::remove_dir(two.root.at("b")).unwrap();
    two.is_old();
}

/// Killed with a half-made copy, and killed before the staged file was removed.
#[test]
fn a_killed_move_between_file_systems_goes_either_way() {
    for back in [false, true] {
        let two = Two::new();
        two.record();
        let (root, state) = two.dirs();
        let journal = Journal::load(&state, "journal").unwrap().unwrap();
        let history = two.state.path().join("history/20261120T211500Z/a");
        fs::create_dir_all(&history).unwrap();
        fs::write(history.join("x.crt"), "old certificate").unwrap();
        fs::write(two.root.at("a/x.crt"), "new certificate").unwrap();
        fs::write(two.root.at("a").join(interim("x.key")), "new").unwrap();
        assert!(two.state.path().join("staging").join(&journal.entries[0].staged).exists());
        if back {
            let journal = two.state.path().join("journal");
            fs::rename(&journal, two.state.path().join("journal.rollback")).unwrap();
        }
        recover(&root, &state).unwrap().unwrap();
        if back {
            two.is_old();
        } else {
            two.is_new();
        }
    }
}
