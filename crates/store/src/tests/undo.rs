//! Transactions taken back, the taking back taken back, and both cut short.
#![expect(clippy::disallowed_methods, reason = "the tests set the stage and look behind it")]

use super::*;
use crate::{
    Change, Changed, Recovered, Transaction,
    journal::{BACK, FORWARD},
    transaction,
    tree::Dir,
};

/// Two transactions: old files, and a change of them that also makes new ones in new folders.
fn changed() -> (Root, Tree, Tree) {
    let root = Root::new();
    root.put("mine", "not the store's", 0o644);
    root.commit(vec![key("a/x.key", "k1"), certificate("a/x.crt", "c1")]).unwrap();
    let old = root.tree();
    root.commit(vec![
        key("a/x.key", "k2"),
        certificate("a/x.crt", "c2"),
        key("authorities/ca.key", "n2"),
        certificate("b/c/d", "n2"),
    ])
    .unwrap();
    let new = root.tree();
    (root, old, new)
}

fn last(store: &DirStore) -> Transaction {
    store.history().unwrap().pop().unwrap()
}

fn undo(root: &Root) -> Result<(), StoreError> {
    let mut store = root.open();
    let transaction = last(&store);
    store.check_undo(&transaction, Changed::Refused, now())?;
    store.undo(&transaction, Changed::Refused, now())
}

/// A transaction's name, its changes, and the one that it undoes.
type Recorded = (String, Vec<(String, Change)>, Option<String>);

fn history(root: &Root) -> Vec<Recorded> {
    let store = DirStore::read_only(root.path()).unwrap();
    let history = store.history().unwrap();
    let changes = |transaction: &Transaction| {
        let changes = transaction.changes();
        changes.into_iter().map(|(path, change)| (path.to_string(), change)).collect()
    };
    history
        .iter()
        .map(|one| (one.name().to_owned(), changes(one), one.undoes().map(str::to_owned)))
        .collect()
}

#[test]
fn a_transaction_is_taken_back_and_that_too() {
    let (root, old, new) = changed();
    for _ in 0..2 {
        undo(&root).unwrap();
        assert_eq!(root.tree(), old);
        assert!(!root.at("b").exists() && !root.at("authorities").exists());
        undo(&root).unwrap();
        assert_eq!(root.tree(), new);
        assert_eq!(root.mode("authorities"), 0o700);
    }
    let state = root.state();
    let rest: Vec<_> = state.iter().filter(|name| !name.starts_with("history")).collect();
    assert_eq!(rest, ["lock"]);
    // What it made is kept, wherever it was taken away.
    let folder = |number: usize| {
        root.text(&format!(".kubepki/history/20261120T211500Z-{number}/authorities/ca.key"))
    };
    assert_eq!([3, 5].map(folder), ["n2", "n2"]);
}

#[test]
fn the_history_says_what_was_done_and_what_was_taken_back() {
    let (root, ..) = changed();
    undo(&root).unwrap();
    let history = history(&root);
    let names: Vec<_> = history.iter().map(|one| one.0.as_str()).collect();
    assert_eq!(names, ["20261120T211500Z", "20261120T211500Z-2", "20261120T211500Z-3"]);
    let change = |number: usize| -> Vec<(&str, Change)> {
        history[number].1.iter().map(|(path, change)| (path.as_str(), *change)).collect()
    };
    use Change::{Created, Removed, Replaced};
    assert_eq!(change(0), [("a/x.crt", Created), ("a/x.key", Created)]);
    let files = |change| [("authorities/ca.key", change), ("b/c/d", change)];
    let replaced = [("a/x.crt", Replaced), ("a/x.key", Replaced)];
    assert_eq!(change(1), [replaced, files(Created)].concat());
    assert_eq!(change(2), [replaced, files(Removed)].concat());
    let undoes: Vec<_> = history.iter().map(|one| one.2.as_deref()).collect();
    assert_eq!(undoes, [None, None, Some("20261120T211500Z-2")]);
}

#[test]
fn an_earlier_transaction_is_taken_back_after_the_later_one() {
    let (root, _, new) = changed();
    let first = |store: &DirStore| store.history().unwrap().swap_remove(0);
    let mut store = root.open();
    let error = store.undo(&first(&store), Changed::Refused, now()).unwrap_err();
    assert!(matches!(&error, StoreError::ChangedSince { path, .. } if path.as_str() == "a/x.crt"));
    assert!(error.is_unchanged());
    drop(store);
    assert_eq!(root.tree(), new);
    undo(&root).unwrap();
    let mut store = root.open();
    store.undo(&first(&store), Changed::Refused, now()).unwrap();
    drop(store);
    assert_eq!(root.tree().into_keys().collect::<Vec<_>>(), ["mine"]);
}

#[test]
fn nothing_is_overwritten_that_was_changed_since() {
    let spoils: [&dyn Fn(&Root); 4] = [
        &|root| root.put("a/x.crt", "edited", 0o644),
        &|root| fs::remove_file(root.at("b/c/d")).unwrap(),
        &|root| root.put("authorities/ca.key", "", 0o600),
        &|root| {
            fs::remove_file(root.at("a/x.key")).unwrap();
            std::os::unix::fs::symlink("/dev/null", root.at("a/x.key")).unwrap();
        },
    ];
    for (number, spoil) in spoils.iter().enumerate() {
        let (root, ..) = changed();
        spoil(&root);
        let before = (root.tree(), root.state());
        let error = undo(&root).unwrap_err();
        let is_it = matches!(error, StoreError::ChangedSince { .. } | StoreError::WrongKind { .. });
        assert!(is_it, "{number}: {error:?}");
        assert_eq!((root.tree(), root.state()), before, "{number}");
    }
    // And the other way round: what was removed has come back as something else.
    let (root, ..) = changed();
    undo(&root).unwrap();
    root.put("b/c/d", "mine now", 0o644);
    let error = undo(&root).unwrap_err();
    assert!(matches!(&error, StoreError::ChangedSince { path, .. } if path.as_str() == "b/c/d"));
    assert_eq!(root.text("b/c/d"), "mine now");
}

/// Nothing is lost: what was changed by hand goes into the history.
#[test]
fn what_was_changed_since_is_overwritten_where_that_is_asked_for() {
    let (root, old, _) = changed();
    root.put("a/x.crt", "edited", 0o644);
    root.put("authorities/ca.key", "edited too", 0o600);
    fs::remove_file(root.at("b/c/d")).unwrap();
    let edited = root.tree();
    let mut store = root.open();
    let transaction = last(&store);
    store.check_undo(&transaction, Changed::Overwritten, now()).unwrap();
    store.undo(&transaction, Changed::Overwritten, now()).unwrap();
    assert_eq!(root.tree(), old);
    let kept = |name: &str| root.text(&format!(".kubepki/history/20261120T211500Z-3/{name}"));
    assert_eq!([kept("a/x.crt"), kept("authorities/ca.key")], ["edited", "edited too"]);
    drop(store);
    // And that is taken back too, but for the folder that was empty then.
    undo(&root).unwrap();
    let files = |tree: Tree| -> Tree {
        tree.into_iter().filter(|(_, (_, contents))| contents.is_some()).collect()
    };
    assert_eq!(files(root.tree()), files(edited));
}

#[test]
fn without_the_old_file_nothing_is_taken_back() {
    let (root, _, new) = changed();
    fs::remove_file(root.at(".kubepki/history/20261120T211500Z-2/a/x.key")).unwrap();
    let error = undo(&root).unwrap_err();
    assert!(matches!(error, StoreError::OldFileGone { .. }), "{error:?}");
    assert_eq!(root.tree(), new);
}

#[test]
fn a_folder_with_something_else_in_it_stays() {
    let (root, old, _) = changed();
    root.put("b/theirs", "x", 0o644);
    undo(&root).unwrap();
    assert!(root.at("b/theirs").exists() && !root.at("b/c").exists());
    fs::remove_dir_all(root.at("b")).unwrap();
    assert_eq!(root.tree(), old);
}

#[test]
fn no_mode_becomes_wider() {
    let root = Root::new();
    root.put("wide", "1", 0o666);
    root.put("narrow", "1", 0o640);
    root.put("opened", "1", 0o600);
    root.commit(["wide", "narrow", "opened"].map(|name| certificate(name, "2")).into()).unwrap();
    for name in ["narrow", "opened"] {
        fs::set_permissions(root.at(name), fs::Permissions::from_mode(0o644)).unwrap();
    }
    undo(&root).unwrap();
    assert_eq!(["wide", "narrow", "opened"].map(|name| root.mode(name)), [0o644, 0o640, 0o600]);
    root.commit(vec![key("wide", "3")]).unwrap();
    undo(&root).unwrap();
    assert_eq!((root.text("wide").as_str(), root.mode("wide")), ("1", 0o600));
}

#[test]
fn names_are_in_the_order_of_the_changes_where_the_clock_goes_back() {
    let root = Root::new();
    for (number, time) in [
        "2026-11-20T21:15:00Z",
        "1970-01-01T00:00:00Z",
        "2026-11-20T21:15:00Z",
        "2100-01-01T00:00:00Z",
    ]
    .into_iter()
    .enumerate()
    {
        let text = number.to_string();
        root.open().commit(vec![key("a", &text)], time.parse().unwrap()).unwrap();
    }
    let names: Vec<_> = history(&root).into_iter().map(|one| one.0).collect();
    let expected =
        ["20261120T211500Z", "20261120T211500Z-2", "20261120T211500Z-3", "21000101T000000Z"];
    assert_eq!(names, expected);
    for text in ["2", "3"] {
        undo(&root).unwrap();
        assert_eq!(root.text("a"), text);
    }
}

/// An undo whose journal is written, and then the process was killed.
fn recorded() -> (Root, Tree, Tree) {
    let (root, old, new) = changed();
    let (directory, state) = handles(&root);
    let store = DirStore::read_only(root.path()).unwrap();
    let (plan, writes) =
        last(&store).plan_undo(&directory, &state, Changed::Refused, now()).unwrap();
    transaction::record(&state, &plan, &writes).unwrap();
    (root, old, new)
}

fn handles(root: &Root) -> (Dir, Dir) {
    let directory = Dir::open(&root.path()).unwrap().unwrap();
    let state = directory.child(".kubepki").unwrap().unwrap();
    (directory, state)
}

/// What a reader sees of the files of the change.
fn seen(root: &Root) -> [Option<Vec<u8>>; 3] {
    let store = DirStore::read_only(root.path()).unwrap();
    ["a/x.key", "authorities/ca.key", "b/c/d"]
        .map(|name| store.read(&path(name)).unwrap().map(|file| file.contents.to_vec()))
}

#[test]
fn a_killed_undo_is_completed_or_taken_back_and_read_so() {
    // How far it came: nothing in place; one file moved away; all of it but the folders.
    for (moved, back) in [(0, false), (0, true), (1, false), (1, true), (2, false), (2, true)] {
        let (root, old, new) = recorded();
        let folder = ".kubepki/history/20261120T211500Z-3";
        for name in ["authorities/ca.key", "b/c/d"].iter().take(moved) {
            let to = root.at(&format!("{folder}/{name}"));
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::rename(root.at(name), to).unwrap();
        }
        if moved == 2 {
            fs::remove_dir_all(root.at("b")).unwrap();
        }
        if back {
            fs::rename(root.at(".kubepki").join(FORWARD), root.at(".kubepki").join(BACK)).unwrap();
        }
        let text = |text: &str| Some(text.as_bytes().to_vec());
        let expected =
            if back { [text("k2"), text("n2"), text("n2")] } else { [text("k1"), None, None] };
        assert_eq!(seen(&root), expected, "{moved} {back}");
        let recovered = root.open().recovered();
        let time = now();
        let wanted = if back { Recovered::Back { time } } else { Recovered::Forward { time } };
        assert_eq!(recovered, Some(wanted));
        assert_eq!(root.tree(), if back { new } else { old }, "{moved} {back}");
        assert_eq!(history(&root).len(), if back { 2 } else { 3 });
        assert_eq!(root.state().iter().filter(|name| !name.starts_with("history")).count(), 1);
    }
}

#[test]
fn a_killed_undo_moves_nothing_away_that_is_not_what_it_recorded() {
    let (root, ..) = recorded();
    root.put("b/c/d", "somebody else's", 0o644);
    let before = (root.tree(), root.state());
    let error = root.try_open().unwrap_err();
    assert!(matches!(error, StoreError::CorruptJournal { .. }), "{error:?}");
    assert_eq!((root.tree(), root.state()), before);
}

#[test]
fn a_change_that_was_killed_before_its_last_step_is_in_the_history() {
    let (root, ..) = changed();
    let record = root.at(".kubepki/history/20261120T211500Z-2.json");
    fs::rename(&record, root.at(".kubepki/journal.done")).unwrap();
    assert_eq!(history(&root).len(), 2);
    root.open();
    assert!(record.exists());
    assert_eq!(history(&root).len(), 2);
}

#[test]
fn a_failed_undo_changes_nothing() {
    let (root, _, new) = changed();
    let (directory, state) = handles(&root);
    let store = DirStore::read_only(root.path()).unwrap();
    let (plan, writes) =
        last(&store).plan_undo(&directory, &state, Changed::Refused, now()).unwrap();
    drop(store);
    fs::remove_file(root.at("b/c/d")).unwrap();
    fs::create_dir(root.at("b/c/d")).unwrap();
    let error = transaction::execute(&directory, &state, &plan, &writes).unwrap_err();
    assert!(error.is_unchanged(), "{error:?}");
    fs::remove_dir(root.at("b/c/d")).unwrap();
    root.put("b/c/d", "n2", 0o644);
    assert_eq!(root.tree(), new);
    assert_eq!(root.open().recovered(), None);
}
