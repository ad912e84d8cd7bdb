//! What a commit makes of the files, and what it leaves when it fails.
#![expect(clippy::disallowed_methods, reason = "the tests set the stage and look behind it")]

use rustix::{fs::Mode as Bits, process::umask};

use super::*;
use crate::MemoryStore;

#[test]
fn files_and_directories_are_made_with_their_modes_whatever_the_umask() {
    let before = umask(Bits::empty());
    for mask in [0o000, 0o022, 0o077] {
        umask(Bits::from_raw_mode(mask));
        let root = Root::new();
        root.put("wide.key", "old", 0o644);
        root.put("wide.crt", "old", 0o666);
        root.put("narrow.key", "old", 0o400);
        root.put("narrow.crt", "old", 0o640);
        root.put("odd.key", "old", 0o4755);
        let names = ["wide.key", "narrow.key", "odd.key", "authorities/ca.key", "users/a/b.conf"];
        let mut writes: Vec<_> = names.iter().map(|name| key(name, "new")).collect();
        let names = ["wide.crt", "narrow.crt", "authorities/ca.crt"];
        writes.extend(names.iter().map(|name| certificate(name, "new")));
        root.commit(writes).unwrap();
        for (name, mode) in [
            ("wide.key", 0o600),
            ("wide.crt", 0o644),
            ("narrow.key", 0o400),
            ("narrow.crt", 0o640),
            ("odd.key", 0o600),
            ("authorities/ca.key", 0o600),
            ("authorities/ca.crt", 0o644),
            ("users/a/b.conf", 0o600),
            ("authorities", 0o700),
            ("users", 0o755),
            ("users/a", 0o755),
            (".kubepki", 0o700),
            (".kubepki/lock", 0o600),
            (".kubepki/history", 0o700),
            (".kubepki/history/20261120T211500Z", 0o700),
        ] {
            assert_eq!(root.mode(name), mode, "{name} under umask {mask:03o}");
        }
    }
    umask(before);
}

#[test]
fn the_old_files_are_kept_and_nothing_else() {
    let root = Root::new();
    root.commit(vec![key("authorities/ca.key", "k1"), certificate("a/b/c.crt", "c1")]).unwrap();
    assert_eq!(root.state(), ["history", "history/20261120T211500Z.json", "lock"]);
    root.commit(vec![key("authorities/ca.key", "k2"), certificate("a/b/new.crt", "n2")]).unwrap();
    root.commit(vec![key("authorities/ca.key", "k3"), certificate("a/b/c.crt", "c3")]).unwrap();
    let (first, second) =
        ("history/20261120T211500Z-2".to_owned(), "history/20261120T211500Z-3".to_owned());
    let expected = [
        "history",
        &first,
        &second,
        &format!("{second}/a"),
        &format!("{second}/a/b"),
        &format!("{second}/a/b/c.crt"),
        &format!("{second}/authorities"),
        &format!("{second}/authorities/ca.key"),
        &format!("{first}/authorities"),
        &format!("{first}/authorities/ca.key"),
        &format!("{first}.json"),
        &format!("{second}.json"),
        "history/20261120T211500Z.json",
        "lock",
    ];
    let mut expected = expected.map(str::to_owned);
    expected.sort();
    assert_eq!(root.state(), expected);
    assert_eq!(root.text(&format!(".kubepki/{first}/authorities/ca.key")), "k1");
    assert_eq!(root.text(&format!(".kubepki/{second}/authorities/ca.key")), "k2");
    assert_eq!(root.text(&format!(".kubepki/{second}/a/b/c.crt")), "c1");
    let files = ["authorities/ca.key", "a/b/c.crt", "a/b/new.crt"].map(|name| root.text(name));
    assert_eq!(files, ["k3", "c3", "n2"]);
}

#[test]
fn an_empty_commit_writes_nothing_and_removes_what_the_store_made() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("new");
    let mut store = DirStore::locked(&path, now(), None, |_| ()).unwrap();
    assert!(path.join(".kubepki/lock").exists());
    store.commit(Vec::new(), now()).unwrap();
    drop(store);
    assert!(!path.exists());
}

#[test]
fn a_refused_commit_leaves_no_trace_of_a_new_root() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("new");
    let mut store = DirStore::locked(&path, now(), None, |_| ()).unwrap();
    store.commit(vec![key("a", "1"), key("a/b", "2")], now()).unwrap_err();
    drop(store);
    assert!(!path.exists());
}

#[test]
fn a_new_root_stays_after_a_commit() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("new/");
    let mut store = DirStore::locked(&path, now(), None, |_| ()).unwrap();
    store.commit(vec![key("a", "1")], now()).unwrap();
    drop(store);
    assert_eq!(fs::read_to_string(path.join("a")).unwrap(), "1");
    assert_eq!(fs::read(path.join(".kubepki/lock")).unwrap(), b"");
}

#[test]
fn every_store_refuses_the_same_writes() {
    let root = Root::new();
    let mut stores: [Box<dyn Store>; 2] = [Box::new(root.open()), Box::new(MemoryStore::new())];
    for store in &mut stores {
        let mut refused = |writes: Vec<FileWrite>| store.commit(writes, now()).unwrap_err();
        let error = refused(vec![key("b", "1"), key("a", "2"), key("b", "1")]);
        assert!(matches!(error, StoreError::WrittenTwice { .. }), "{error:?}");
        // `a-b` sorts between `a` and `a/c`.
        let error = refused(vec![key("a", "1"), key("a-b", "2"), key("a/c/d", "3")]);
        assert!(matches!(error, StoreError::WrongKind { .. }), "{error:?}");
        for name in [".kubepki", ".kubepki/lock", ".kubepki/journal", ".kubepki/history/a"] {
            let error = refused(vec![key("a", "1"), key(name, "2")]);
            assert!(matches!(error, StoreError::Reserved { .. }), "{error:?}");
        }
        assert!(store.read(&path("a")).unwrap().is_none());
    }
}

#[test]
fn memory_keeps_the_rules_of_a_directory() {
    let mut store = MemoryStore::new();
    store.insert(path("wide.key"), "old", 0o644);
    store.insert(path("a/b"), "old", 0o600);
    let read = |store: &MemoryStore, name: &str| store.read(&path(name)).unwrap();
    for clash in ["a", "a/b/c"] {
        store.commit(vec![key("wide.key", "new"), key(clash, "x")], now()).unwrap_err();
        store.read(&path(clash)).unwrap_err();
        assert_eq!(read(&store, "wide.key").unwrap().contents.as_slice(), b"old");
    }
    store.commit(vec![key("wide.key", "new"), certificate("a/bc", "x")], now()).unwrap();
    assert_eq!(read(&store, "wide.key").unwrap().mode, 0o600);
    assert_eq!(store.files().count(), 3);
    assert!(store.remove(&path("a/bc")) && read(&store, "a/bc").is_none());
}

#[test]
fn a_store_for_reading_refuses_to_write_and_makes_nothing() {
    let root = Root::new();
    root.put("a", "1", 0o640);
    let mut store = DirStore::read_only(root.path()).unwrap();
    let error = store.commit(vec![key("a", "2")], now()).unwrap_err();
    assert!(matches!(error, StoreError::ReadOnly { .. }), "{error:?}");
    let file = store.read(&path("a")).unwrap().unwrap();
    assert_eq!((file.contents.as_slice(), file.mode), (b"1".as_slice(), 0o640));
    assert!(store.read(&path("b")).unwrap().is_none());
    assert!(store.read(&path("b/c")).unwrap().is_none());
    assert_eq!(root.state(), [""; 0]);
    let nothing = DirStore::read_only(root.at("none")).unwrap();
    assert!(nothing.read(&path("a")).unwrap().is_none());
    assert!(!root.at("none").exists());
}

#[test]
fn contents_are_in_no_debug_text() {
    let root = Root::new();
    root.put("a", "SECRET", 0o600);
    let text = format!(
        "{:?} {:?} {:?}",
        key("a", "SECRET"),
        root.open().read(&path("a")).unwrap(),
        vec![key("a", "SECRET")],
    );
    let bytes = "83, 69, 67";
    assert!(!text.contains("SECRET") && !text.contains(bytes), "{text}");
}

#[test]
fn many_files_are_one_change_too() {
    let root = Root::new();
    let writes = |text: &str| {
        (0..100).map(|n| key(&format!("hosts/{n}/etc/{n}.key"), &format!("{text}{n}"))).collect()
    };
    root.commit(writes("a")).unwrap();
    root.commit(writes("b")).unwrap();
    assert_eq!(root.text("hosts/99/etc/99.key"), "b99");
    assert_eq!(root.text(".kubepki/history/20261120T211500Z-2/hosts/99/etc/99.key"), "a99");
    assert_eq!(root.state().iter().filter(|name| !name.starts_with("history")).count(), 1);
}
