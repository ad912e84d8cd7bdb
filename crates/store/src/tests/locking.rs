//! Two processes at one root, played by two stores of one process: flock(2) tells them apart.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use super::*;

#[test]
fn a_second_writer_is_told_who_holds_the_lock() {
    let root = Root::new();
    let first = root.open();
    let error = root.try_open().unwrap_err();
    let expected =
        format!("is in use by process {} since 2026-11-20T21:15:00Z", std::process::id());
    assert!(error.to_string().ends_with(&expected), "{error}");
    drop(first);
    assert_eq!(root.state(), [""; 0]);
    root.open();
}

#[test]
fn a_second_writer_waits_and_says_so_once() {
    let root = Root::new();
    let first = root.open();
    let told = AtomicUsize::new(0);
    thread::scope(|scope| {
        let second = scope.spawn(|| {
            DirStore::locked(root.path(), now(), None, |holder| {
                assert_eq!(holder.pid, Some(std::process::id()));
                told.fetch_add(1, Ordering::SeqCst);
            })
        });
        while told.load(Ordering::SeqCst) == 0 {
            thread::yield_now();
        }
        assert!(!second.is_finished());
        // Dropping the first removes the lock file under the second's feet.
        drop(first);
        let mut second = second.join().unwrap().unwrap();
        second.commit(vec![key("a", "1")], now()).unwrap();
    });
    assert_eq!(told.load(Ordering::SeqCst), 1);
    assert_eq!(
        (root.text("a").as_str(), root.state()),
        ("1", ["history", "history/20261120T211500Z.json", "lock"].map(str::to_owned).to_vec())
    );
}

#[test]
fn waiting_ends_at_the_limit() {
    let root = Root::new();
    let _first = root.open();
    let limit = Some(Duration::from_millis(60));
    let error = DirStore::locked(root.path(), now(), limit, |_| ()).unwrap_err();
    assert!(matches!(error, StoreError::Locked { .. }), "{error:?}");
}

#[test]
fn readers_share_and_keep_writers_out() {
    let root = Root::new();
    root.commit(vec![key("a", "1")]).unwrap();
    let first = DirStore::read_only(root.path()).unwrap();
    let second = DirStore::read_only(root.path()).unwrap();
    let error = root.try_open().unwrap_err();
    assert!(error.to_string().ends_with("is in use by another process"), "{error}");
    drop((first, second));
    root.open();
}

#[test]
fn writers_at_once_leave_one_whole_state() {
    let root = Root::new();
    let pair = |text: &str| vec![key("a/x.key", text), certificate("b/x.crt", text)];
    thread::scope(|scope| {
        for thread in 0..8 {
            let root = &root;
            scope.spawn(move || {
                for round in 0..5 {
                    let mut store = DirStore::locked(root.path(), now(), None, |_| ()).unwrap();
                    if round % 2 == 0 {
                        store.commit(pair(&format!("{thread} {round}")), now()).unwrap();
                    }
                    let read = |name| store.read(&path(name)).unwrap().map(|file| file.contents);
                    assert_eq!(read("a/x.key"), read("b/x.crt"));
                }
            });
        }
    });
    assert_eq!(root.text("a/x.key"), root.text("b/x.crt"));
}
