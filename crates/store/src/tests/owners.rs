//! Files of other users: whoever had a file has the one that replaces it. Only root can set the
//! stage for these; the rules of the others are tested in `owner.rs`.
#![expect(clippy::disallowed_methods, reason = "the tests set the stage and look behind it")]

use std::os::unix::fs::chown;

use super::*;
use crate::{Changed, Owner, owner::give, transaction, tree::Dir};

const ETCD: Owner = Owner { uid: 105, gid: 106 };

/// A pair of etcd's user, and a file of root's; none where this process is not root.
fn of_etcd() -> Option<Root> {
    if !rustix::process::geteuid().is_root() {
        return None;
    }
    let root = Root::new();
    root.commit(vec![key("etcd/x.key", "k1"), certificate("etcd/x.crt", "c1"), key("a", "1")])
        .unwrap();
    for name in ["etcd/x.key", "etcd/x.crt"] {
        belongs(&root, name, ETCD);
    }
    Some(root)
}

fn belongs(root: &Root, name: &str, owner: Owner) {
    chown(root.at(name), Some(owner.uid), Some(owner.gid)).unwrap();
}

fn owner(root: &Root, name: &str) -> Owner {
    let metadata = fs::symlink_metadata(root.at(name)).unwrap();
    Owner { uid: metadata.uid(), gid: metadata.gid() }
}

fn change() -> Vec<FileWrite> {
    vec![certificate("etcd/x.crt", "c2"), key("etcd/x.key", "k2"), key("new", "n2")]
}

#[track_caller]
fn pair(root: &Root, text: &str) {
    assert_eq!((root.text("etcd/x.key").as_str(), root.mode("etcd/x.key")), (text, 0o600));
    assert_eq!([owner(root, "etcd/x.key"), owner(root, "etcd/x.crt")], [ETCD, ETCD]);
}

#[test]
fn a_file_keeps_its_owner_and_so_does_the_old_one() {
    let Some(root) = of_etcd() else { return };
    root.commit(change()).unwrap();
    pair(&root, "k2");
    let old = ".kubepki/history/20261120T211500Z-2/etcd/x.key";
    assert_eq!((root.text(old).as_str(), owner(&root, old)), ("k1", ETCD));
    assert_eq!(owner(&root, "new").uid, 0);
    let undo = || {
        let mut store = root.open();
        let last = store.history().unwrap().pop().unwrap();
        store.undo(&last, Changed::Refused, now()).unwrap();
    };
    undo();
    pair(&root, "k1");
    undo();
    pair(&root, "k2");
}

/// As after a change by a version that gave every file to root.
#[test]
fn undoing_gives_the_old_bytes_to_who_had_them() {
    let Some(root) = of_etcd() else { return };
    root.commit(change()).unwrap();
    belongs(&root, "etcd/x.key", Owner { uid: 0, gid: 0 });
    let mut store = root.open();
    let last = store.history().unwrap().pop().unwrap();
    store.undo(&last, Changed::Refused, now()).unwrap();
    drop(store);
    pair(&root, "k1");
}

#[test]
fn a_killed_change_goes_on_with_the_owners_that_it_planned() {
    let Some(root) = of_etcd() else { return };
    let directory = Dir::open(&root.path()).unwrap().unwrap();
    let state = directory.child(".kubepki").unwrap().unwrap();
    let writes = change();
    let plan =
        transaction::plan(&directory, &state, &writes, now(), transaction::Targets::KeepTheirOwner)
            .unwrap();
    transaction::record(&state, &plan, &writes).unwrap();
    drop(root.open());
    pair(&root, "k2");
}

#[test]
fn a_change_that_is_taken_back_leaves_the_owners_alone() {
    let Some(root) = of_etcd() else { return };
    let mut store = root.open();
    // The last of the three cannot be staged.
    fs::create_dir(root.at(".kubepki/staging")).unwrap();
    fs::write(root.at(".kubepki/staging/0002"), "in the way").unwrap();
    store.commit(change(), now()).unwrap_err();
    drop(store);
    pair(&root, "k1");
}

#[test]
fn a_key_that_root_gave_to_a_group_stays_readable_to_it() {
    let Some(root) = of_etcd() else { return };
    for (uid, gid, before, after) in [
        (0, 106, 0o640, 0o640),
        (0, 106, 0o660, 0o640),
        // Whoever may read it by accident may not any more.
        (0, 106, 0o644, 0o600),
        (0, 0, 0o640, 0o600),
        (105, 106, 0o640, 0o600),
    ] {
        belongs(&root, "etcd/x.key", Owner { uid, gid });
        fs::set_permissions(root.at("etcd/x.key"), fs::Permissions::from_mode(before)).unwrap();
        root.commit(change()).unwrap();
        assert_eq!(root.mode("etcd/x.key"), after, "{uid}:{gid} {before:o}");
        assert_eq!(owner(&root, "etcd/x.key"), Owner { uid, gid });
    }
}

#[test]
fn a_file_is_given_once_and_only_where_it_is_not_there_already() {
    let Some(root) = of_etcd() else { return };
    let file = fs::File::open(root.at("a")).unwrap();
    give(&file, 0o600, owner(&root, "a")).unwrap();
    give(&file, 0o600, ETCD).unwrap();
    assert_eq!(owner(&root, "a"), ETCD);
}
