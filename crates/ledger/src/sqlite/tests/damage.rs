//! Every hand on the file but ours is stopped by a trigger, or found by the walk.

use super::*;

#[test]
fn triggers_refuse_all_but_the_next_row() {
    let state = State::with_rows(3);
    let again = "SELECT * FROM entry WHERE number = 2";
    let content = super::super::columns::CONTENT;
    let second = format!("SELECT 4, 1, 2, {content}, hash FROM entry WHERE number = 2");
    for sql in [
        "UPDATE entry SET subject = 'CN=eve' WHERE number = 2",
        "UPDATE OR REPLACE entry SET number = 1 WHERE number = 2",
        "UPDATE OR REPLACE entry SET id = 1 WHERE number = 2",
        "DELETE FROM entry WHERE number = 3",
        "DELETE FROM entry",
        &format!("INSERT OR REPLACE INTO entry {again}"),
        &format!("INSERT INTO entry {again}"),
        &format!("INSERT OR REPLACE INTO entry {second}"),
        "UPDATE certificate SET der = x'00'",
        "DELETE FROM certificate",
        "INSERT OR REPLACE INTO certificate VALUES (3, x'00')",
        "INSERT INTO certificate VALUES (9, x'00')",
        "UPDATE chain SET count = 2",
        "UPDATE chain SET count = 4",
        "UPDATE chain SET id = 2",
        "UPDATE chain SET cluster = 'eve'",
        "UPDATE chain SET first_stage = 1",
        "DELETE FROM chain",
        "INSERT INTO chain VALUES (2, 'b', 1, zeroblob(32), 0)",
        "INSERT INTO chain VALUES (2, 'b', 0, zeroblob(32), 1)",
        "INSERT INTO chain VALUES (3, 'b', 0, zeroblob(32), 0)",
        "INSERT OR REPLACE INTO chain VALUES (1, 'demo', 0, zeroblob(32), 0)",
        "INSERT OR REPLACE INTO chain VALUES (2, 'demo', 0, zeroblob(32), 0)",
    ] {
        let error = state.stranger().execute_batch(sql).unwrap_err().to_string();
        assert!(error.contains("the ledger is append-only"), "{sql}: {error}");
    }
    assert_eq!(state.findings(), []);
}

/// Row 10 has a value in every column, and so has row 11 but for three.
#[test]
fn a_change_of_any_column_is_found_in_its_row() {
    let content = format!("{}, hash, chain", super::super::columns::CONTENT);
    let columns: Vec<_> = content.split(", ").map(str::trim).collect();
    assert_eq!(columns.len(), 23);
    let good = fs::read(State::with_rows(31).path()).unwrap();
    for column in columns {
        let (mut changed, mut missing) = (0, 0);
        for row in [10, 11, 30] {
            // The last bit of the last octet, one second; nothing where there was something, and
            // something where there was nothing.
            for change in [
                "CASE typeof(@) WHEN 'integer' THEN @ + 1 WHEN 'null' THEN '' WHEN 'blob' THEN
                 CAST(substr(@, 1, length(@) - 1) || CAST('x' AS BLOB) AS BLOB)
                 ELSE substr(@, 1, length(@) - 1) || '~' END",
                "CASE typeof(@) WHEN 'text' THEN @ || ' ' ELSE NULL END",
                "NULL",
            ] {
                let state = State::of(&good);
                let change = change.replace('@', column);
                let sql = format!(
                    "UPDATE entry SET {column} = {change}
                     WHERE number = {row} AND {column} IS NOT ({change})"
                );
                match state.try_tamper(&sql) {
                    Ok(0) | Err(_) => continue,
                    Ok(_) => changed += 1,
                }
                let findings = state.findings();
                missing += usize::from(!findings.contains(&row_changed(row)));
                let is_found = match column {
                    // Two chains then have something wrong.
                    "chain" => findings.contains(&row_missing(row)),
                    _ => findings == [row_changed(row)],
                };
                assert!(is_found, "{column} of row {row}: {findings:?}");
            }
        }
        assert!(changed > 0, "{column}");
        assert!(missing == 0 || column == "chain", "{column}");
    }
}

#[test]
fn a_certificate_that_was_changed_removed_or_added_is_found() {
    for (sql, row) in [
        ("UPDATE certificate SET der = CAST(der || x'00' AS BLOB) WHERE id = 3", 3),
        ("DELETE FROM certificate WHERE id = 3", 3),
        ("UPDATE certificate SET id = 4 WHERE id = 3", 3),
        ("INSERT INTO certificate VALUES (4, x'3000')", 4),
        // A row without a certificate.
        ("INSERT INTO certificate VALUES (15, x'3000')", 15),
    ] {
        let state = State::with_rows(15);
        assert_eq!(state.try_tamper(sql).unwrap(), 1);
        assert_eq!(state.findings(), [row_changed(row)], "{sql}");
    }
    let state = State::with_rows(5);
    state.tamper("INSERT INTO certificate VALUES (99, x'3000')");
    assert!(matches!(&*state.findings(), [Finding::Damaged { .. }]));
}

#[test]
fn removed_moved_and_added_rows_are_found() {
    let content = super::super::columns::CONTENT;
    let cases = [
        ("DELETE FROM entry WHERE number = 3".to_owned(), row_missing(3)),
        ("DELETE FROM entry WHERE number = 1".to_owned(), row_missing(1)),
        (
            "DELETE FROM entry WHERE number = 3;
             UPDATE entry SET number = number - 1, id = id - 1 WHERE number > 3"
                .to_owned(),
            row_changed(3),
        ),
        ("DELETE FROM entry WHERE number = 5".to_owned(), head_differs(Some(5), 4)),
        ("DELETE FROM entry".to_owned(), head_differs(Some(5), 0)),
        ("UPDATE chain SET count = 4".to_owned(), head_differs(Some(4), 5)),
        ("UPDATE chain SET hash = zeroblob(32)".to_owned(), head_differs(Some(5), 5)),
        ("UPDATE chain SET hash = 'x'".to_owned(), head_differs(None, 5)),
        (
            "UPDATE entry SET number = -1, id = -1 WHERE number = 2;
             UPDATE entry SET number = 2, id = 2 WHERE number = 4;
             UPDATE entry SET number = 4, id = 4 WHERE number = -1"
                .to_owned(),
            row_changed(2),
        ),
        (
            format!(
                "INSERT INTO entry SELECT 6, 1, 6, {content}, hash FROM entry WHERE number = 4"
            ),
            row_changed(6),
        ),
        (
            format!(
                "INSERT INTO entry SELECT 0, 1, 0, {content}, hash FROM entry WHERE number = 4"
            ),
            row_changed(1),
        ),
        ("UPDATE chain SET first_stage = 1".to_owned(), row_changed(1)),
        ("UPDATE chain SET cluster = 'eve'".to_owned(), {
            Finding::RowChanged { cluster: "eve".to_owned(), number: 1 }
        }),
        ("DELETE FROM chain".to_owned(), {
            Finding::RowChanged { cluster: String::new(), number: 1 }
        }),
    ];
    for (sql, expected) in cases {
        let state = State::with_rows(5);
        let tampered = state.try_tamper(&sql);
        if sql.contains("hash = 'x'") {
            assert!(tampered.is_err(), "SQLite keeps the types");
            continue;
        }
        tampered.unwrap();
        assert_eq!(state.findings(), [expected], "{sql}");
    }
}

#[test]
fn a_chain_that_was_removed_is_found_between_others_and_not_at_the_end() {
    let remove = "DELETE FROM certificate WHERE id IN (SELECT id FROM entry WHERE chain = 2);
        DELETE FROM entry WHERE chain = 2; DELETE FROM chain WHERE id = 2";
    let state = State::with_rows(2);
    state.ledger().record("other", &entries(3)).unwrap();
    state.ledger().record(CLUSTER, &[entry(9)]).unwrap();
    state.tamper(remove);
    assert_eq!(state.findings(), [Finding::RowsMissing { count: 3 }]);

    let state = State::with_rows(2);
    state.ledger().record("other", &entries(3)).unwrap();
    state.tamper(remove);
    // Nothing is left that could tell, as the crate's documentation says.
    assert_eq!(state.findings(), []);
}

#[test]
fn a_cut_with_the_head_set_back_is_found_by_a_head_noted_before() {
    let state = State::with_rows(5);
    let noted = state.ledger().check().unwrap();
    state.tamper(
        "DELETE FROM certificate WHERE id > 3;
         DELETE FROM entry WHERE number > 3;
         UPDATE chain SET count = 3, hash = (SELECT hash FROM entry WHERE number = 3)",
    );
    // The chain alone cannot know, as the crate's documentation says.
    assert_eq!(state.findings(), []);
    let query = Query { number: Some(noted.chains[0].count), ..Query::default() };
    assert!(select(&state.ledger(), &query).is_empty());
}

#[test]
fn missing_and_foreign_triggers_are_found_and_nothing_is_recorded() {
    for sql in [
        "DROP TRIGGER certificate_stays",
        "CREATE TRIGGER eve AFTER INSERT ON entry BEGIN UPDATE chain SET count = 0; END",
        "DROP INDEX by_serial",
        "DROP TRIGGER chain_begins;
         CREATE TRIGGER chain_begins BEFORE INSERT ON chain WHEN 0 BEGIN SELECT 1; END",
    ] {
        let state = State::with_rows(5);
        state.stranger().execute_batch(sql).unwrap();
        let findings = state.findings();
        assert!(matches!(&*findings, [Finding::Schema { .. }]), "{sql}: {findings:?}");
        let error = state.ledger().record(CLUSTER, &[entry(6)]).unwrap_err();
        assert!(matches!(error, LedgerError::Corrupt { .. }), "{sql}: {error:?}");
        assert_eq!(state.ledger().check().unwrap().chains[0].count, 5);
    }
    let state = State::with_rows(1);
    state.stranger().execute_batch("ANALYZE; CREATE VIEW mine AS SELECT 1").unwrap();
    assert_eq!(state.findings(), []);
}

#[test]
fn nothing_is_appended_to_a_ledger_without_its_end() {
    let state = State::with_rows(5);
    state.tamper("DELETE FROM entry WHERE number = 5");
    let error = state.ledger().record(CLUSTER, &[entry(6)]).unwrap_err();
    assert!(matches!(error, LedgerError::Corrupt { .. }), "{error:?}");
    assert!(error.to_string().contains(&state.path().display().to_string()), "{error}");
}

#[test]
fn no_broken_byte_of_the_file_is_a_panic_or_goes_unseen_as_a_row() {
    let state = State::with_rows(20);
    let good = fs::read(state.path()).unwrap();
    let rows = whole(&state.ledger());
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
        let all = Query { with_der: true, ..Query::default() };
        let read = state.ledger().select(&all, collect);
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

#[test]
fn a_file_that_was_cut_short_is_found() {
    let state = State::with_rows(40);
    let good = fs::read(state.path()).unwrap();
    // Nothing at all is a ledger without rows: only a head that was noted could tell. SQLite takes
    // one octet for nothing.
    for length in (2..good.len()).step_by(1009) {
        fs::write(state.path(), &good[..length]).unwrap();
        let check = state.ledger().check().unwrap();
        assert!(!check.findings.is_empty(), "{length} octets");
        match state.ledger().record(CLUSTER, &[entry(41)]) {
            Err(error) => assert!(error.to_string().contains("ledger.db"), "{length}: {error}"),
            // A part of the last page is gone, and the end of the chain is not in it.
            Ok(()) => {
                assert!(length > good.len() - 4096, "{length} octets");
                assert!(!state.findings().is_empty(), "{length} octets");
            }
        }
    }
}
