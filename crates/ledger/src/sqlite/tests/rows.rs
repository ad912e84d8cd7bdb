//! What is recorded is found, and nothing else.

use super::*;
use crate::Expiring;

#[test]
fn file_and_memory_hold_the_same_rows_and_hashes() {
    let state = State::with_rows(7);
    let mut memory = MemoryLedger::default();
    memory.record(&entries(7)).unwrap();
    let rows = select(&state.ledger(), &Query::default());
    assert_eq!(rows, memory.rows());
    assert_eq!(rows.iter().map(|row| row.number).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6, 7]);
    assert_eq!(rows.iter().map(|row| row.entry.clone()).collect::<Vec<_>>(), entries(7));
    let check = state.ledger().check().unwrap();
    assert_eq!(check, memory.check().unwrap());
    assert_eq!((check.rows, check.head, check.findings), (7, rows[6].hash, vec![]));
}

#[test]
fn every_query_gives_the_same_in_a_file_and_in_memory() {
    let state = State::with_rows(300);
    let mut memory = MemoryLedger::default();
    memory.record(&entries(300)).unwrap();
    let wanted = entry(44);
    let all = Query::default();
    let expiring = Some(Expiring { from: entry(50).not_after, until: entry(40).not_after });
    let cases = [
        (all.clone(), 300),
        (Query { number: Some(3), ..all.clone() }, 1),
        (Query { number: Some(u64::MAX), ..all.clone() }, 0),
        (Query { serial: Some(wanted.serial.clone()), ..all.clone() }, 1),
        (Query { serial: "ff".parse().ok(), ..all.clone() }, 0),
        // 44 and 300 share the octet that the tests make a fingerprint of.
        (Query { sha256: Some(wanted.sha256), ..all.clone() }, 2),
        (Query { user: Some("user-44".to_owned()), ..all.clone() }, 1),
        (Query { user: Some("user-4' OR 1=1".to_owned()), ..all.clone() }, 0),
        (Query { expiring, ..all.clone() }, 11),
        (Query { expiring, user: Some("user-44".to_owned()), ..all.clone() }, 1),
        (Query { expiring, user: Some("user-4".to_owned()), ..all }, 0),
    ];
    for (query, count) in cases {
        let rows = select(&state.ledger(), &query);
        assert_eq!(rows.len(), count, "{query:?}");
        assert_eq!(rows, select(&memory, &query), "{query:?}");
    }
}

#[test]
fn rows_that_expire_come_in_the_order_of_expiry() {
    let state = State::with_rows(3);
    let expiring = Some(Expiring { from: moment(0), until: moment(100_000) });
    let rows = select(&state.ledger(), &Query { expiring, ..Query::default() });
    assert_eq!(rows.iter().map(|row| row.number).collect::<Vec<_>>(), [3, 2, 1]);
}

#[test]
fn a_text_is_looked_for_as_all_that_it_can_be() {
    let queries = |text| Query::find(text).len();
    assert_eq!((queries("jane"), queries("abba"), queries("0A:1F")), (1, 2, 2));
    assert_eq!(queries(&format!("X509SHA256={}", entry(1).sha256)), 1);
}

#[test]
fn a_visitor_may_break_off_and_others_may_write_meanwhile() {
    let state = State::with_rows(2);
    let mut writer = state.ledger();
    let mut seen = 0;
    let visit = &mut |_| {
        seen += 1;
        writer.record(&[entry(9)]).unwrap();
        ControlFlow::Break(())
    };
    state.ledger().select(&Query::default(), visit).unwrap();
    assert_eq!((seen, select(&state.ledger(), &Query::default()).len()), (1, 3));
}
