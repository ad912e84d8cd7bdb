//! A ledger of the first stage is read as it is, and continued by the next row.
//!
//! `tests/first-stage/README.md` says how the ledger was made.

use super::*;

const LEDGER: &[u8] = include_bytes!("../../../tests/first-stage/ledger.db");

/// What `kubepki ledger check` of the first stage printed.
const HEAD: &str = "462698bc94fe307c0127aef7705afba57929964655f39bd6af59b92da5eefe9d";

/// A directory with a ledger of the first stage.
fn first_stage() -> State {
    State::of(LEDGER)
}

#[test]
fn it_is_read_without_a_change() {
    let state = first_stage();
    let rows = whole(&state.ledger());
    assert_eq!(rows.len(), 19);
    let Entry { kind, requester, requester_kind, certificate, .. } = &rows[16].entry;
    let certificate = certificate.as_ref().unwrap();
    assert_eq!((*kind, *requester_kind, &*requester.verb), (EntryKind::Issued, None, "renew"));
    assert_eq!(certificate.organizations, ["dev", "on\"call"]);
    assert_eq!((&certificate.issuer_key_id, &certificate.der), (&None, &None));
    let check = SqliteLedger::read_only(state.directory.path()).check().unwrap();
    let [head] = &*check.chains else { panic!("{check:?}") };
    assert_eq!((head.count, crate::Fingerprint::from(head.hash).to_string()), (19, HEAD.into()));
    assert_eq!(check.findings, []);
    for query in [
        Query { serial: Some(certificate.serial.clone()), ..Query::default() },
        Query { sha256: Some(certificate.sha256), ..Query::default() },
        Query { number: Some(17), cluster: Some(CLUSTER.to_owned()), ..Query::default() },
    ] {
        assert_eq!(select(&state.ledger(), &query), [rows[16].clone()]);
    }
    let jane = Query { user: Some("jane".to_owned()), ..Query::default() };
    assert_eq!(select(&state.ledger(), &jane).len(), 2);
    assert_eq!(state.ledger().head(CLUSTER).unwrap().count, 19);
    assert_eq!(fs::read(state.path()).unwrap(), LEDGER);
}

#[test]
fn the_next_row_continues_it() {
    let state = first_stage();
    let before = whole(&state.ledger());
    let mut ledger = state.ledger();
    let head = ledger.head(CLUSTER).unwrap();
    // Another head is refused, and then nothing is migrated.
    let error = ledger.append(&Head::empty(CLUSTER), &[entry(1)]).unwrap_err();
    assert!(matches!(&error, LedgerError::HeadMoved { head: at, .. } if *at == head), "{error:?}");
    assert_eq!(fs::read(state.path()).unwrap(), LEDGER);

    let after = ledger.append(&head, &entries(3)).unwrap();
    assert_eq!(after.count, 22);
    let rows = whole(&ledger);
    for (old, row) in before.iter().zip(&rows) {
        assert_eq!(row, &RecordedEntry { cluster: CLUSTER.to_owned(), ..old.clone() });
    }
    let new: Vec<_> = rows[19..].iter().map(|row| row.entry.clone()).collect();
    assert_eq!(new, entries(3));
    let check = ledger.check().unwrap();
    assert_eq!((check.chains, check.findings), (vec![after], vec![]));
    drop(ledger);
    state.ledger().record(CLUSTER, &[entry(4)]).unwrap();
    state.ledger().record("other", &[entry(5)]).unwrap();
    assert_eq!((state.findings(), state.names()), (vec![], vec!["ledger.db".to_owned()]));
}

#[test]
fn old_rows_cannot_be_changed_unseen() {
    let content = super::super::columns::CONTENT;
    let migrated = first_stage();
    migrated.ledger().record(CLUSTER, &[entry(1)]).unwrap();
    let migrated = fs::read(migrated.path()).unwrap();
    for column in content.split(", ").map(str::trim) {
        for value in ["'x'", "'issued '", "'operator'", "x'00'", "1", "NULL"] {
            let state = State::of(&migrated);
            let sql = format!("UPDATE entry SET {column} = {value} WHERE number = 7");
            if let Ok(1..) = state.try_tamper(&format!("{sql} AND {column} IS NOT {value}")) {
                assert_eq!(state.findings(), [row_changed(7)], "{sql}");
            }
        }
    }
    for sql in [
        "INSERT INTO certificate VALUES (7, x'00')",
        "UPDATE chain SET first_stage = 6",
        "UPDATE entry SET hash = zeroblob(32) WHERE number = 7",
    ] {
        let state = first_stage();
        state.ledger().record(CLUSTER, &[entry(1)]).unwrap();
        state.tamper(sql);
        assert_eq!(state.findings(), [row_changed(7)], "{sql}");
    }
    let state = first_stage();
    state.ledger().record(CLUSTER, &[entry(1)]).unwrap();
    state.tamper("UPDATE chain SET first_stage = 20");
    assert_eq!(state.findings(), [row_changed(20)]);
}

/// Whoever can compute the old rows anew is found by the first new one.
#[test]
fn an_old_chain_that_was_made_anew_is_found() {
    let state = first_stage();
    state.ledger().record(CLUSTER, &[entry(1)]).unwrap();
    let mut head = Head::empty(CLUSTER);
    let mut sql = String::new();
    for row in &whole(&state.ledger())[..19] {
        let mut forged = row.entry.clone();
        forged.requester.user = "eve".to_owned();
        head = crate::first_stage::after(&head, &forged).unwrap();
        let hash = crate::Fingerprint::from(head.hash);
        sql +=
            &format!("UPDATE entry SET user = 'eve', hash = x'{hash}' WHERE id = {};", row.number);
    }
    state.tamper(&sql);
    assert_eq!(state.findings(), [row_changed(20)]);
}

#[test]
fn a_broken_ledger_of_the_first_stage_is_not_sealed() {
    let cases = [
        ("UPDATE certificate SET subject = 'CN=eve' WHERE number = 7", "row 7 is not"),
        ("DELETE FROM certificate WHERE number = 7", "row 7 is missing"),
        ("DELETE FROM certificate WHERE number = 19", "19 were recorded, 18 are there"),
        ("DELETE FROM head", "the head is missing"),
    ];
    for (sql, expected) in cases {
        let state = first_stage();
        state.tamper(sql);
        let before = fs::read(state.path()).unwrap();
        let findings = state.findings();
        assert!(findings[0].to_string().contains(expected), "{sql}: {findings:?}");
        let mut ledger = state.ledger();
        let error = ledger.record(CLUSTER, &[entry(1)]).unwrap_err();
        assert!(matches!(error, LedgerError::Corrupt { .. }), "{sql}: {error:?}");
        drop(ledger);
        assert_eq!(fs::read(state.path()).unwrap(), before, "{sql}");
    }
    let state = first_stage();
    state.stranger().execute_batch("DROP TRIGGER certificate_stays").unwrap();
    let error = state.ledger().record(CLUSTER, &[entry(1)]).unwrap_err().to_string();
    assert!(error.contains("the trigger `certificate_stays`"), "{error}");
}

#[test]
fn the_tables_are_those_of_a_new_ledger() {
    let objects = |state: &State| -> Vec<(String, String)> {
        let stranger = state.stranger();
        let mut statement = stranger
            .prepare("SELECT name, coalesce(sql, '') FROM sqlite_schema ORDER BY name")
            .unwrap();
        let rows = statement.query_map((), |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        rows.map(Result::unwrap).collect()
    };
    let state = first_stage();
    state.ledger().record(CLUSTER, &[entry(1)]).unwrap();
    assert_eq!(objects(&state), objects(&State::with_rows(1)));
}
