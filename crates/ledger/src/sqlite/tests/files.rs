//! The file: its mode, what lies beside it, and what stands in its place.

use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

use super::*;

#[test]
fn reading_and_recording_nothing_make_no_file() {
    let state = State::new();
    state.ledger().record(CLUSTER, &[]).unwrap();
    assert_eq!(select(&state.ledger(), &Query::default()), []);
    assert_eq!(state.findings(), []);
    assert!(state.names().is_empty());
    let nowhere = SqliteLedger::read_only(state.directory.path().join("nowhere"));
    assert_eq!(select(&nowhere, &Query::default()), []);
}

#[test]
fn the_file_is_private_and_alone() {
    let state = State::with_rows(4);
    assert_eq!(state.names(), ["ledger.db"]);
    assert_eq!(fs::metadata(state.path()).unwrap().mode() & 0o7777, 0o600);
    let before = fs::read(state.path()).unwrap();
    state.ledger().check().unwrap();
    select(&state.ledger(), &Query::default());
    assert_eq!(state.names(), ["ledger.db"]);
    assert_eq!(fs::read(state.path()).unwrap(), before);
}

#[test]
fn the_journal_is_private_too_and_rolled_back_by_the_next_reader() {
    let state = State::with_rows(4);
    let before = fs::read(state.path()).unwrap();
    let stranger = state.stranger();
    // A small cache makes the half-done change reach the file.
    stranger.execute_batch("PRAGMA cache_size = 2; BEGIN IMMEDIATE").unwrap();
    let content = super::super::columns::CONTENT;
    let last = format!(
        "SELECT max(id) + 1, chain, max(number) + 1, {content}, hash FROM entry GROUP BY chain"
    );
    for _ in 0..200 {
        stranger.execute(&format!("INSERT INTO entry {last}"), ()).unwrap();
    }
    let journal = state.directory.path().join("ledger.db-journal");
    assert_eq!(fs::metadata(&journal).unwrap().mode() & 0o7777, 0o600);
    // What a killed process leaves behind: file and journal as they are now.
    let (file, journal_text) = (fs::read(state.path()).unwrap(), fs::read(&journal).unwrap());
    assert_ne!(file, before);
    drop(stranger);
    fs::write(state.path(), file).unwrap();
    fs::write(&journal, journal_text).unwrap();
    assert_eq!(select(&state.ledger(), &Query::default()).len(), 4);
    assert_eq!((state.findings(), state.names()), (vec![], vec!["ledger.db".to_owned()]));
}

#[test]
fn a_failed_first_record_leaves_no_file() {
    let state = State::new();
    // Without a journal SQLite writes nothing.
    let journal = state.directory.path().join("ledger.db-journal");
    fs::create_dir(&journal).unwrap();
    let mut ledger = state.ledger();
    let error = ledger.record(CLUSTER, &[entry(1)]).unwrap_err();
    assert!(matches!(error, LedgerError::Denied { .. }), "{error:?}");
    assert_eq!(state.names(), ["ledger.db-journal"]);
    fs::remove_dir(&journal).unwrap();
    ledger.record(CLUSTER, &[entry(1)]).unwrap();
    assert_eq!(select(&ledger, &Query::default()).len(), 1);
}

#[test]
fn links_and_other_things_are_refused() {
    let state = State::new();
    let elsewhere = tempfile::tempdir().unwrap();
    let victim = elsewhere.path().join("victim");
    fs::write(&victim, "").unwrap();
    symlink(&victim, state.path()).unwrap();
    let refused = |ledger: &mut SqliteLedger, named: &str| {
        for error in [
            ledger.record(CLUSTER, &[entry(1)]).unwrap_err(),
            ledger.check().unwrap_err(),
            ledger.select(&Query::default(), &mut |_| ControlFlow::Continue(())).unwrap_err(),
        ] {
            assert!(matches!(error, LedgerError::WrongKind { .. }), "{error:?}");
            assert!(error.to_string().contains(named), "{error}");
        }
    };
    refused(&mut state.ledger(), "ledger.db` is a symbolic link");
    assert_eq!(fs::read(&victim).unwrap(), b"");
    fs::remove_file(state.path()).unwrap();
    fs::create_dir(state.path()).unwrap();
    refused(&mut state.ledger(), "ledger.db` is a directory");

    let link = elsewhere.path().join("link");
    symlink(state.directory.path(), &link).unwrap();
    refused(&mut SqliteLedger::in_directory(&link), "link` is a symbolic link");
    // A slash behind it changes nothing, but a link on the way is the user's own.
    refused(&mut SqliteLedger::in_directory(link.join("")), "link` is a symbolic link");
    fs::create_dir(elsewhere.path().join("link/.kubepki")).unwrap();
    SqliteLedger::in_directory(link.join(".kubepki")).record(CLUSTER, &[entry(1)]).unwrap();
}

#[test]
fn a_locked_ledger_is_waited_for_and_then_named() {
    let state = State::with_rows(1);
    let stranger = state.stranger();
    stranger.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let error = state.ledger().record(CLUSTER, &[entry(2)]).unwrap_err();
    assert!(matches!(&error, LedgerError::Locked { path } if *path == state.path()), "{error:?}");
    drop(stranger);
    state.ledger().record(CLUSTER, &[entry(2)]).unwrap();
}

#[test]
fn what_is_no_ledger_is_corrupt_and_left_alone() {
    let text = "this is no database, but it has more bytes than the header of one".repeat(9);
    let state = State::new();
    fs::write(state.path(), &text).unwrap();
    assert!(matches!(
        state.ledger().record(CLUSTER, &[entry(1)]),
        Err(LedgerError::Corrupt { .. })
    ));
    assert!(matches!(&*state.findings(), [Finding::Damaged { .. }]));
    assert_eq!(fs::read_to_string(state.path()).unwrap(), text);

    let state = State::new();
    state.stranger().execute_batch("CREATE TABLE mine (x)").unwrap();
    assert!(matches!(
        state.ledger().record(CLUSTER, &[entry(1)]),
        Err(LedgerError::Corrupt { .. })
    ));
}

#[test]
fn a_later_version_is_refused_by_name() {
    let state = State::with_rows(1);
    state.stranger().execute_batch("PRAGMA user_version = 7").unwrap();
    let error = state.ledger().record(CLUSTER, &[entry(2)]).unwrap_err();
    let is_named = matches!(&error, LedgerError::NewerVersion { path, found: 7, supported: 2 }
        if *path == state.path());
    assert!(is_named, "{error:?}");
    assert!(state.ledger().check().is_err());
}

#[test]
fn an_unwritable_file_is_read_and_not_written() {
    let state = State::with_rows(1);
    let mut reader = SqliteLedger::read_only(state.directory.path());
    assert!(matches!(reader.record(CLUSTER, &[entry(2)]), Err(LedgerError::ReadOnly { .. })));
    fs::set_permissions(state.path(), fs::Permissions::from_mode(0o400)).unwrap();
    assert_eq!(select(&reader, &Query::default()).len(), 1);
}
