//! Every hand on the file but ours is stopped by a trigger, or found by the walk.

use super::*;

#[test]
fn triggers_refuse_all_but_the_next_row() {
    let state = State::with_rows(3);
    let again = "SELECT * FROM certificate WHERE number = 2";
    for sql in [
        "UPDATE certificate SET subject = 'CN=eve' WHERE number = 2",
        "UPDATE OR REPLACE certificate SET number = 1 WHERE number = 2",
        "DELETE FROM certificate WHERE number = 3",
        "DELETE FROM certificate",
        &format!("INSERT OR REPLACE INTO certificate {again}"),
        &format!("INSERT INTO certificate {again}"),
        "UPDATE head SET count = 2",
        "UPDATE head SET count = 4",
        "UPDATE head SET id = 1",
        "DELETE FROM head",
        "INSERT INTO head VALUES (2, 0, zeroblob(32))",
        "INSERT OR REPLACE INTO head VALUES (1, 0, zeroblob(32))",
    ] {
        let error = state.stranger().execute_batch(sql).unwrap_err().to_string();
        assert!(error.contains("the ledger is append-only"), "{sql}: {error}");
    }
    assert_eq!(state.findings(), []);
}

#[test]
fn a_change_of_any_column_is_found_in_its_row() {
    let columns = super::super::columns::COLUMNS.split(", ").map(str::trim);
    for column in columns.filter(|column| *column != "number") {
        let state = State::with_rows(5);
        // The last bit of the last octet, or one second.
        let change = match column {
            "time" | "not_before" | "not_after" => format!("{column} + 1"),
            "sha256" | "hash" => {
                format!("substr({column}, 1, 31) || CAST('x' AS BLOB)")
            }
            _ => format!("substr({column}, 1, length({column}) - 1) || '~'"),
        };
        let change = match column {
            "sha256" | "hash" => format!("CAST({change} AS BLOB)"),
            _ => change,
        };
        state.tamper(&format!("UPDATE certificate SET {column} = {change} WHERE number = 3"));
        assert_eq!(state.findings(), [Finding::RowChanged { number: 3 }], "{column}");
    }
}

#[test]
fn removed_moved_and_added_rows_are_found() {
    let columns = "time, verb, user, host, serial, sha256, issuer, subject, common_name, \
        organizations, subject_alt_names, profile, not_before, not_after, hash";
    let removed = vec![Finding::RowMissing { number: 3 }];
    let changed = |number| vec![Finding::RowChanged { number }];
    let head = |recorded, found| vec![Finding::Head { recorded, found }];
    let cases = [
        ("DELETE FROM certificate WHERE number = 3".to_owned(), removed),
        (
            "DELETE FROM certificate WHERE number = 1".to_owned(),
            vec![Finding::RowMissing { number: 1 }],
        ),
        (
            "DELETE FROM certificate WHERE number = 3;
             UPDATE certificate SET number = number - 1 WHERE number > 3"
                .to_owned(),
            changed(3),
        ),
        ("DELETE FROM certificate WHERE number = 5".to_owned(), head(Some(5), 4)),
        ("DELETE FROM certificate".to_owned(), head(Some(5), 0)),
        ("DELETE FROM head".to_owned(), head(None, 5)),
        ("UPDATE head SET count = 4".to_owned(), head(Some(4), 5)),
        ("UPDATE head SET hash = zeroblob(32)".to_owned(), head(Some(5), 5)),
        (
            "UPDATE certificate SET number = -1 WHERE number = 2;
             UPDATE certificate SET number = 2 WHERE number = 4;
             UPDATE certificate SET number = 4 WHERE number = -1"
                .to_owned(),
            changed(2),
        ),
        (
            format!(
                "INSERT INTO certificate SELECT 6, {columns} FROM certificate WHERE number = 5"
            ),
            changed(6),
        ),
        (
            format!(
                "INSERT INTO certificate SELECT 0, {columns} FROM certificate WHERE number = 1"
            ),
            changed(1),
        ),
    ];
    for (sql, expected) in cases {
        let state = State::with_rows(5);
        state.tamper(&sql);
        assert_eq!(state.findings(), expected, "{sql}");
    }
}

#[test]
fn a_cut_with_the_head_set_back_is_found_by_a_head_noted_before() {
    let state = State::with_rows(5);
    let noted = state.ledger().check().unwrap();
    state.tamper(
        "DELETE FROM certificate WHERE number > 3;
         UPDATE head SET count = 3, hash = (SELECT hash FROM certificate WHERE number = 3)",
    );
    // The chain alone cannot know, as the crate's documentation says.
    assert_eq!(state.findings(), []);
    let query = Query { number: Some(noted.rows), ..Query::default() };
    assert!(select(&state.ledger(), &query).is_empty());
}

#[test]
fn missing_and_foreign_triggers_are_found_and_nothing_is_recorded() {
    for sql in [
        "DROP TRIGGER certificate_stays",
        "CREATE TRIGGER eve AFTER INSERT ON certificate BEGIN UPDATE head SET count = 0; END",
        "DROP INDEX by_serial",
        "DROP TRIGGER head_is_one;
         CREATE TRIGGER head_is_one BEFORE INSERT ON head WHEN 0 BEGIN SELECT 1; END",
    ] {
        let state = State::with_rows(5);
        state.stranger().execute_batch(sql).unwrap();
        let findings = state.findings();
        assert!(matches!(&*findings, [Finding::Schema { .. }]), "{sql}: {findings:?}");
        let error = state.ledger().record(&[entry(6)]).unwrap_err();
        assert!(matches!(error, LedgerError::Corrupt { .. }), "{sql}: {error:?}");
        assert_eq!(state.ledger().check().unwrap().rows, 5);
    }
    let state = State::with_rows(1);
    state.stranger().execute_batch("ANALYZE; CREATE VIEW mine AS SELECT 1").unwrap();
    assert_eq!(state.findings(), []);
}

#[test]
fn nothing_is_appended_to_a_ledger_without_its_end() {
    let state = State::with_rows(5);
    state.tamper("DELETE FROM certificate WHERE number = 5");
    let error = state.ledger().record(&[entry(6)]).unwrap_err();
    assert!(matches!(error, LedgerError::Corrupt { .. }), "{error:?}");
    assert!(error.to_string().contains(&state.path().display().to_string()), "{error}");
}

#[test]
fn no_broken_byte_of_the_file_is_a_panic_or_goes_unseen_as_a_row() {
    let state = State::with_rows(20);
    let good = fs::read(state.path()).unwrap();
    let rows = select(&state.ledger(), &Query::default());
    let mut found = 0;
    // A prime step: every page, and every kind of place in it.
    for at in (0..good.len()).step_by(97) {
        let mut bad = good.clone();
        bad[at] ^= 0x55;
        fs::write(state.path(), &bad).unwrap();
        let mut seen = Vec::new();
        let collect = &mut |row| {
            seen.push(row);
            ControlFlow::Continue(())
        };
        let read = state.ledger().select(&Query::default(), collect);
        let is_whole = read.is_ok() && seen == rows;
        match state.ledger().check() {
            Ok(check) if check.findings.is_empty() => assert!(is_whole, "byte {at}"),
            Ok(_) => found += 1,
            // A version that is not ours, for one.
            Err(error) => assert!(error.to_string().contains("ledger.db"), "{error}"),
        }
    }
    assert!(found > 50, "{found}");
}
