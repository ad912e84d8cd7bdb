//! What stands where a file or a directory has to be. Nothing of it is ever followed or replaced.
#![expect(clippy::disallowed_methods, reason = "the tests set the stage and look behind it")]

use std::os::unix::{fs::symlink, net::UnixListener};

use rustix::fs::{CWD, FileType, Mode as Bits};

use super::*;

/// Reading and writing `target` both fail with an error that names `named` and has `text`, and
/// change nothing, of this write or of the others.
#[track_caller]
fn refused(root: &Root, target: &str, named: &str, text: &str) {
    let before = root.tree();
    for store in [DirStore::read_only(root.path()).unwrap(), root.open()] {
        let error = store.read(&path(target)).unwrap_err();
        assert!(error.to_string().contains(&format!("{named}` is {text}")), "{error}");
    }
    let writes = vec![key("a", "1"), key(target, "secret"), key("zz/z", "2")];
    let error = root.commit(writes).unwrap_err();
    assert!(error.to_string().contains(&format!("{named}` is {text}")), "{error}");
    assert!(error.is_unchanged() && error.hint().unwrap().contains(named), "{error:?}");
    assert_eq!(root.tree(), before);
    assert_eq!(root.state(), [""; 0]);
}

#[test]
fn a_link_at_the_target_is_refused_and_its_victim_unchanged() {
    let root = Root::new();
    let victim = root.directory.path().join("victim");
    fs::write(&victim, "mine").unwrap();
    symlink(&victim, root.at("ca.key")).unwrap();
    refused(&root, "ca.key", "pki/ca.key", "a symbolic link, not a regular file");
    assert_eq!(fs::read_to_string(victim).unwrap(), "mine");
}

#[test]
fn a_dangling_link_is_refused_and_nothing_made_behind_it() {
    let root = Root::new();
    let victim = root.directory.path().join("victim");
    symlink(&victim, root.at("ca.key")).unwrap();
    refused(&root, "ca.key", "pki/ca.key", "a symbolic link, not a regular file");
    assert!(!victim.exists());
}

#[test]
fn a_link_to_a_directory_on_the_way_is_refused() {
    let root = Root::new();
    let victim = root.directory.path().join("victim");
    fs::create_dir_all(victim.join("etc")).unwrap();
    fs::create_dir(root.at("hosts")).unwrap();
    symlink(&victim, root.at("hosts/server")).unwrap();
    for target in ["hosts/server/ca.key", "hosts/server/etc/ca.key", "hosts/server/new/ca.key"] {
        refused(&root, target, "pki/hosts/server", "a symbolic link, not a directory");
    }
    assert_eq!(fs::read_dir(&victim).unwrap().count(), 1);
    assert_eq!(fs::read_dir(victim.join("etc")).unwrap().count(), 0);
}

#[test]
fn a_dangling_link_on_the_way_is_refused() {
    let root = Root::new();
    symlink(root.directory.path().join("victim"), root.at("hosts")).unwrap();
    refused(&root, "hosts/server/ca.key", "pki/hosts", "a symbolic link, not a directory");
}

#[test]
fn a_file_on_the_way_is_refused() {
    let root = Root::new();
    root.put("hosts", "a file", 0o644);
    refused(&root, "hosts/server/ca.key", "pki/hosts", "a file, not a directory");
}

#[test]
fn a_directory_at_the_target_is_refused() {
    let root = Root::new();
    fs::create_dir(root.at("ca.key")).unwrap();
    refused(&root, "ca.key", "pki/ca.key", "a directory, not a regular file");
}

#[test]
fn a_fifo_at_the_target_is_refused_without_waiting() {
    let root = Root::new();
    rustix::fs::mknodat(CWD, root.at("ca.key"), FileType::Fifo, Bits::RWXU, 0).unwrap();
    refused(&root, "ca.key", "pki/ca.key", "a FIFO, not a regular file");
}

#[test]
fn a_socket_at_the_target_is_refused() {
    let root = Root::new();
    let _listener = UnixListener::bind(root.at("ca.key")).unwrap();
    refused(&root, "ca.key", "pki/ca.key", "a socket, not a regular file");
}

#[test]
fn the_other_name_of_a_hard_link_keeps_its_contents_and_mode() {
    let root = Root::new();
    root.put("ca.key", "old", 0o644);
    let victim = root.directory.path().join("victim");
    fs::hard_link(root.at("ca.key"), &victim).unwrap();
    root.commit(vec![key("ca.key", "new")]).unwrap();
    assert_eq!(fs::read_to_string(&victim).unwrap(), "old");
    assert_eq!(fs::metadata(&victim).unwrap().mode() & 0o777, 0o644);
    assert_eq!((root.text("ca.key").as_str(), root.mode("ca.key")), ("new", 0o600));
}

#[test]
fn a_file_above_the_limit_is_neither_read_nor_written() {
    let root = Root::new();
    let fits = "x".repeat(1024 * 1024);
    root.commit(vec![key("fits", &fits)]).unwrap();
    let store = root.open();
    assert_eq!(store.read(&path("fits")).unwrap().unwrap().contents.len(), fits.len());
    drop(store);
    let error = root.commit(vec![key("large", &(fits.clone() + "x"))]).unwrap_err();
    assert_eq!(error.to_string(), "`large` is larger than 1048576 bytes");
    root.put("large", &(fits + "x"), 0o600);
    let error = root.open().read(&path("large")).unwrap_err();
    assert!(matches!(error, StoreError::TooLarge { .. }), "{error:?}");
}

#[test]
fn a_root_that_is_a_link_is_refused_even_with_a_slash_behind_it() {
    let root = Root::new();
    let link = root.directory.path().join("link");
    symlink(root.path(), &link).unwrap();
    for name in ["link", "link/", "link/.", "link//"] {
        let name = root.directory.path().join(name);
        let opened = [
            DirStore::read_only(&name),
            DirStore::locked(&name, now(), Some(Duration::ZERO), |_| ()),
        ];
        for error in opened.map(Result::unwrap_err) {
            assert!(error.to_string().contains("link` is a symbolic link, not a directory"));
        }
    }
    assert_eq!(root.state(), [""; 0]);
}

#[test]
fn a_root_that_is_a_file_or_lies_nowhere_is_refused() {
    let root = Root::new();
    root.put("file", "x", 0o600);
    let open = |name: &str| {
        DirStore::locked(root.at(name), now(), Some(Duration::ZERO), |_| ()).unwrap_err()
    };
    assert!(open("file").to_string().contains("file` is a file, not a directory"));
    let error = open("no/such");
    assert!(matches!(error, StoreError::RootMissing { .. }), "{error:?}");
    assert!(error.hint().unwrap().contains("mkdir -p"), "{error:?}");
    let error = DirStore::locked("", now(), None, |_| ()).unwrap_err();
    assert!(matches!(error, StoreError::RootMissing { .. }), "{error:?}");
}

#[test]
fn links_in_the_place_of_the_stores_own_files_are_refused() {
    let root = Root::new();
    let victim = root.directory.path().join("victim");
    fs::create_dir(&victim).unwrap();
    fs::write(victim.join("file"), "mine").unwrap();
    symlink(&victim, root.at(".kubepki")).unwrap();
    assert!(chain(&root.try_open().unwrap_err()).contains(".kubepki` is a symbolic link"));
    assert!(chain(&DirStore::read_only(root.path()).unwrap_err()).contains("a symbolic link"));
    fs::remove_file(root.at(".kubepki")).unwrap();

    for name in ["lock", "staging", "journal", "history"] {
        fs::create_dir(root.at(".kubepki")).unwrap();
        symlink(&victim, root.at(".kubepki").join(name)).unwrap();
        let error = root.commit_or_open_error();
        assert!(chain(&error).contains(&format!("{name}` is a symbolic link")), "{error:?}");
        assert!(!root.at("a").exists());
        fs::remove_dir_all(root.at(".kubepki")).unwrap();
    }
    assert_eq!(fs::read_to_string(victim.join("file")).unwrap(), "mine");
    assert_eq!(fs::read_dir(&victim).unwrap().count(), 1);
}

impl Root {
    fn commit_or_open_error(&self) -> StoreError {
        match self.try_open() {
            Ok(mut store) => store.commit(vec![key("a", "1")], now()).unwrap_err(),
            Err(error) => error,
        }
    }
}
