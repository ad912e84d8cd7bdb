//! Runs that were cut short, and runs that fail half way.
#![expect(clippy::disallowed_methods, reason = "the tests set the stage and look behind it")]

use super::*;
use crate::{
    Recovered,
    journal::{BACK, FORWARD, STAGING},
    traits::admit,
    transaction,
    tree::Dir,
};

const OLD: [(&str, &str); 3] = [("a/x.key", "k1"), ("a/x.crt", "c1"), ("other", "o")];

fn new_files() -> Vec<FileWrite> {
    vec![
        key("a/x.key", "k2"),
        certificate("a/x.crt", "c2"),
        key("authorities/ca.key", "n2"),
        certificate("b/c/d", "n2"),
    ]
}

/// A root with old files whose change was recorded, and then the process was killed.
fn recorded() -> Root {
    let (root, plan, writes) = planned();
    transaction::record(&handles(&root).1, &plan, &writes).unwrap();
    root
}

/// A root with old files, and a change of it that is not recorded yet.
fn planned() -> (Root, transaction::Plan, Vec<FileWrite>) {
    let root = Root::new();
    root.commit(OLD.map(|(name, text)| certificate(name, text)).into()).unwrap();
    let (directory, state) = handles(&root);
    let mut writes = new_files();
    admit(&mut writes).unwrap();
    let plan =
        transaction::plan(&directory, &state, &writes, now(), transaction::Targets::KeepTheirOwner)
            .unwrap();
    (root, plan, writes)
}

fn handles(root: &Root) -> (Dir, Dir) {
    let directory = Dir::open(&root.path()).unwrap().unwrap();
    let state = directory.child(".kubepki").unwrap().unwrap();
    (directory, state)
}

#[track_caller]
fn is_old(root: &Root) {
    let files: Vec<_> =
        root.tree().into_iter().filter_map(|(name, (_, text))| Some((name, text?))).collect();
    let mut old = OLD.map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec()));
    old.sort();
    assert_eq!(files, old);
    assert!(!root.at("b").exists() && !root.at("authorities").exists());
    assert_eq!(root.state(), ["history", "history/20261120T211500Z.json", "lock"]);
}

#[track_caller]
fn is_new(root: &Root) {
    for write in new_files() {
        assert_eq!(root.text(write.path.as_str()).as_bytes(), write.contents.as_slice());
        assert_eq!(root.mode(write.path.as_str()), write.mode.bits(), "{}", write.path);
    }
    assert_eq!((root.text("other").as_str(), root.mode("authorities")), ("o", 0o700));
    let (history, rest): (Vec<_>, Vec<_>) =
        root.state().into_iter().partition(|name| name.starts_with("history"));
    assert_eq!(rest, ["lock"]);
    assert_eq!(history.iter().filter(|name| name.contains("x.")).count(), 2, "{history:?}");
    assert_eq!(history.iter().filter(|name| name.ends_with(".json")).count(), 2, "{history:?}");
    assert_eq!(root.text(".kubepki/history/20261120T211500Z-2/a/x.key"), "k1");
}

#[test]
fn a_reader_sees_a_recorded_change_as_done_and_changes_nothing() {
    let root = recorded();
    let before = (root.tree(), root.state());
    let store = DirStore::read_only(root.path()).unwrap();
    assert!(store.pending_recovery());
    for write in new_files() {
        let file = store.read(&write.path).unwrap().unwrap();
        assert_eq!((&file.contents, file.mode), (&write.contents, write.mode.bits()));
    }
    assert_eq!(store.read(&path("other")).unwrap().unwrap().contents.as_slice(), b"o");
    drop(store);
    assert_eq!((root.tree(), root.state()), before);
}

#[test]
fn a_recorded_change_is_rolled_forward_once() {
    let root = recorded();
    let store = root.open();
    assert_eq!(store.recovered(), Some(Recovered::Forward { time: now() }));
    assert!(!store.pending_recovery());
    drop(store);
    is_new(&root);
    assert_eq!(root.open().recovered(), None);
    is_new(&root);
}

#[test]
fn a_change_marked_for_it_is_rolled_back_and_read_so() {
    let root = recorded();
    fs::rename(root.at(".kubepki/journal"), root.at(".kubepki/journal.rollback")).unwrap();
    let store = DirStore::read_only(root.path()).unwrap();
    assert!(store.pending_recovery());
    assert_eq!(store.read(&path("a/x.key")).unwrap().unwrap().contents.as_slice(), b"k1");
    assert!(store.read(&path("b/c/d")).unwrap().is_none());
    drop(store);
    let store = root.open();
    assert_eq!(store.recovered(), Some(Recovered::Back { time: now() }));
    drop(store);
    is_old(&root);
}

#[test]
fn a_change_half_in_place_is_rolled_back_or_forward_and_read_so() {
    for back in [false, true] {
        let root = recorded();
        // As a run leaves it that was killed after its first rename: `0000` is `a/x.crt`.
        let history = root.at(".kubepki/history/20261120T211500Z-2/a");
        fs::create_dir_all(&history).unwrap();
        fs::hard_link(root.at("a/x.crt"), history.join("x.crt")).unwrap();
        fs::hard_link(root.at("a/x.key"), history.join("x.key")).unwrap();
        fs::create_dir_all(root.at("authorities")).unwrap();
        fs::create_dir_all(root.at("b/c")).unwrap();
        fs::rename(root.at(".kubepki/staging/0000"), root.at("a/x.crt")).unwrap();
        if back {
            fs::rename(root.at(".kubepki/journal"), root.at(".kubepki/journal.rollback")).unwrap();
        }
        let store = DirStore::read_only(root.path()).unwrap();
        let read = |name| store.read(&path(name)).unwrap().map(|file| file.contents.to_vec());
        let expected = if back { ("c1", "k1") } else { ("c2", "k2") };
        assert_eq!(read("a/x.crt").unwrap(), expected.0.as_bytes());
        assert_eq!(read("a/x.key").unwrap(), expected.1.as_bytes());
        assert_eq!(read("b/c/d").is_some(), !back);
        drop(store);
        root.open();
        if back { is_old(&root) } else { is_new(&root) }
    }
}

#[test]
fn an_unrecorded_change_is_discarded() {
    let root = recorded();
    fs::rename(root.at(".kubepki/journal"), root.at(".kubepki/journal.new")).unwrap();
    assert!(!DirStore::read_only(root.path()).unwrap().pending_recovery());
    assert_eq!(root.open().recovered(), None);
    is_old(&root);
}

#[test]
fn a_finished_change_is_only_cleaned_up_after() {
    let root = recorded();
    root.open();
    fs::write(root.at(".kubepki/journal.done"), "{}").unwrap();
    fs::create_dir(root.at(".kubepki/staging")).unwrap();
    assert!(!DirStore::read_only(root.path()).unwrap().pending_recovery());
    root.open();
    is_new(&root);
}

/// Puts an obstacle in the way after the change was planned: the checks have passed, the work fails.
fn fails_late(obstacle: impl Fn(&Root)) -> (Root, StoreError) {
    let (root, plan, writes) = planned();
    obstacle(&root);
    let (directory, state) = handles(&root);
    let error = transaction::execute(&directory, &state, &plan, &writes).unwrap_err();
    (root, error)
}

#[test]
fn a_failure_half_way_is_taken_back() {
    // A file where a directory is to be made: directories, before any rename.
    let (root, error) = fails_late(|root| fs::write(root.at("b"), "mine").unwrap());
    assert!(error.to_string().contains("pki/b` is a file, not a directory"), "{error}");
    assert!(error.is_unchanged());
    assert_eq!(root.text("b"), "mine");
    fs::remove_file(root.at("b")).unwrap();
    is_old(&root);

    // A directory where the last file is to go: after all the other renames.
    let (root, error) = fails_late(|root| fs::create_dir_all(root.at("b/c/d")).unwrap());
    assert!(error.to_string().contains("b/c/d` is a directory"), "{error}");
    assert!(error.is_unchanged());
    // What was made by somebody else since is among the directories that we meant to make.
    assert!(root.at("b/c/d").is_dir());
    fs::remove_dir_all(root.at("b")).unwrap();
    is_old(&root);
}

#[test]
fn a_rollback_that_fails_is_finished_by_the_next_run() {
    let (root, error) = fails_late(|root| {
        fs::create_dir_all(root.at("b/c/d")).unwrap();
        // The journal cannot be renamed over a directory, so it cannot be marked.
        fs::create_dir_all(root.at(".kubepki/journal.rollback/x")).unwrap();
    });
    assert!(matches!(error, StoreError::RollbackIncomplete { .. }), "{error:?}");
    assert!(!error.is_unchanged());
    let text = chain(&error);
    assert!(text.contains("b/c/d") && text.contains("journal.rollback"), "{text}");
    fs::remove_dir_all(root.at(".kubepki/journal.rollback")).unwrap();
    fs::remove_dir_all(root.at("b/c/d")).unwrap();
    root.open();
    is_new(&root);
}

#[test]
fn a_corrupt_journal_is_an_error_that_says_what_to_do_and_changes_nothing() {
    let valid = {
        let root = recorded();
        root.text(".kubepki/journal")
    };
    let cases = [
        String::new(),
        "not JSON".to_owned(),
        "[".repeat(100_000),
        "null".to_owned(),
        valid[..valid.len() / 2].to_owned(),
        valid.replace("\"version\": 1", "\"version\": 2"),
        valid.replace("\"a/x.key\"", "\"../../victim\""),
        valid.replace("\"a/x.key\"", "\"/victim\""),
        valid.replace("\"a/x.key\"", "\".kubepki/lock\""),
        valid.replace("\"a/x.key\"", "\"a/x.crt\""),
        valid.replace("\"0001\"", "\"../a\""),
        valid.replace("\"0001\"", "\"0000\""),
        valid.replace("\"20261120T211500Z-2\"", "\"../..\""),
        valid.replace("\"20261120T211500Z-2\"", "\"\""),
        valid.replace("\"b/c\"", "\"../c\""),
        valid.replace("\"had_old\"", "\"hadold\""),
        valid.replace("\"sha256\": \"", "\"sha256\": \"0"),
    ];
    for text in cases {
        assert_ne!(text, valid);
        for name in [FORWARD, BACK] {
            let root = recorded();
            fs::remove_file(root.at(".kubepki/journal")).unwrap();
            fs::write(root.at(".kubepki").join(name), &text).unwrap();
            let before = (root.tree(), root.state());
            for error in [root.try_open(), DirStore::read_only(root.path())].map(Result::unwrap_err)
            {
                assert!(matches!(error, StoreError::CorruptJournal { .. }), "{error:?}");
                assert!(error.hint().unwrap().contains("remove `"), "{error:?}");
                assert!(error.to_string().len() < 500, "{error}");
            }
            assert_eq!((root.tree(), root.state()), before);
        }
    }
}

#[test]
fn a_staged_file_that_is_not_the_recorded_one_is_never_put_in_place() {
    for tamper in [Some("other"), None] {
        let root = recorded();
        let staged = root.at(".kubepki").join(STAGING).join("0001");
        match tamper {
            Some(text) => fs::write(staged, text).unwrap(),
            None => fs::remove_file(staged).unwrap(),
        }
        let before = (root.tree(), root.state());
        let error = root.try_open().unwrap_err();
        assert!(matches!(error, StoreError::CorruptJournal { .. }), "{error:?}");
        assert_eq!((root.tree(), root.state()), before);
    }
}

#[test]
fn a_recovery_that_fails_says_so_and_is_tried_again() {
    let root = recorded();
    fs::create_dir_all(root.at("b/c/d")).unwrap();
    let error = root.try_open().unwrap_err();
    assert!(matches!(error, StoreError::Recovery { .. }) && !error.is_unchanged(), "{error:?}");
    assert!(chain(&error).contains("b/c/d` is a directory, not a regular file"), "{error:?}");
    fs::remove_dir(root.at("b/c/d")).unwrap();
    root.open();
    is_new(&root);
}
