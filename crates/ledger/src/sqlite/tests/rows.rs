//! What is recorded is found, and nothing else.

use super::*;
use crate::Expiring;

#[test]
fn file_and_memory_hold_the_same_rows_and_hashes() {
    let state = State::with_rows(7);
    let mut memory = MemoryLedger::default();
    memory.record(CLUSTER, &entries(7)).unwrap();
    let rows = whole(&state.ledger());
    assert_eq!(rows, memory.rows());
    assert_eq!(rows.iter().map(|row| row.number).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6, 7]);
    assert_eq!(rows.iter().map(|row| row.entry.clone()).collect::<Vec<_>>(), entries(7));
    let check = state.ledger().check().unwrap();
    assert_eq!(check, memory.check().unwrap());
    let head = Head { cluster: CLUSTER.to_owned(), count: 7, hash: rows[6].hash };
    assert_eq!((check.chains, check.findings), (vec![head.clone()], vec![]));
    assert_eq!(state.ledger().head(CLUSTER).unwrap(), head);
    assert_eq!(memory.head(CLUSTER).unwrap(), head);
}

#[test]
fn every_query_gives_the_same_in_a_file_and_in_memory() {
    let state = State::with_rows(300);
    let mut memory = MemoryLedger::default();
    memory.record(CLUSTER, &entries(300)).unwrap();
    let wanted = entry(44).certificate.unwrap();
    let all = Query::default();
    let expiring = Some(Expiring { from: moment(99_950), until: moment(99_960) });
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
        (Query { kind: Some(EntryKind::Revoked), ..all.clone() }, 9),
        (Query { request_uid: Some("uid-33".to_owned()), ..all.clone() }, 1),
        (Query { request_uid: Some("uid-34".to_owned()), ..all.clone() }, 0),
        (Query { issuer_key_id: wanted.issuer_key_id, ..all.clone() }, 291),
        (Query { issuer_key_id: "07".parse().ok(), ..all.clone() }, 0),
        (Query { cluster: Some(CLUSTER.to_owned()), number: Some(9), ..all.clone() }, 1),
        (Query { cluster: Some("other".to_owned()), number: Some(9), ..all.clone() }, 0),
        (Query { with_der: true, user: Some("user-43".to_owned()), ..all.clone() }, 1),
        (Query { expiring, ..all.clone() }, 10),
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
    assert_eq!((queries("jane"), queries("abba"), queries("0A:1F")), (1, 3, 3));
    assert_eq!(queries(&format!("X509SHA256={}", entry(1).certificate.unwrap().sha256)), 1);
}

#[test]
fn a_visitor_may_break_off_and_others_may_write_meanwhile() {
    let state = State::with_rows(2);
    let mut writer = state.ledger();
    let mut seen = 0;
    let visit = &mut |_| {
        seen += 1;
        writer.record(CLUSTER, &[entry(9)]).unwrap();
        ControlFlow::Break(())
    };
    state.ledger().select(&Query::default(), visit).unwrap();
    assert_eq!((seen, select(&state.ledger(), &Query::default()).len()), (1, 3));
}

#[test]
fn each_cluster_has_a_chain_of_its_own() {
    let (state, mut memory) = (State::new(), MemoryLedger::default());
    let mut file = state.ledger();
    for (n, cluster) in ["a", "b", "a", "c", "b", "a"].into_iter().enumerate() {
        file.record(cluster, &[entry(n)]).unwrap();
        memory.record(cluster, &[entry(n)]).unwrap();
    }
    let rows = whole(&file);
    assert_eq!(rows, memory.rows());
    let places: Vec<_> = rows.iter().map(|row| (&*row.cluster, row.number)).collect();
    assert_eq!(places, [("a", 1), ("b", 1), ("a", 2), ("c", 1), ("b", 2), ("a", 3)]);
    let check = file.check().unwrap();
    assert_eq!(check, memory.check().unwrap());
    let heads: Vec<_> = check.chains.iter().map(|head| (&*head.cluster, head.count)).collect();
    assert_eq!((heads, check.findings), (vec![("a", 3), ("b", 2), ("c", 1)], vec![]));
    let of_b = Query { cluster: Some("b".to_owned()), ..Query::default() };
    assert_eq!(select(&file, &of_b).len(), 2);
    // The same row in another chain has another hash.
    let (mut one, mut other) = (MemoryLedger::default(), MemoryLedger::default());
    one.record("a", &[entry(1)]).unwrap();
    other.record("b", &[entry(1)]).unwrap();
    assert_ne!(one.rows()[0].hash, other.rows()[0].hash);
}

#[test]
fn writers_meet_at_the_head() {
    let state = State::with_rows(2);
    let mut memory = MemoryLedger::default();
    memory.record(CLUSTER, &entries(2)).unwrap();
    let (mut one, mut other) = (state.ledger(), state.ledger());
    meet(&mut one, &mut other);
    let before = memory.head(CLUSTER).unwrap();
    memory.record(CLUSTER, &[entry(3)]).unwrap();
    assert!(matches!(memory.append(&before, &[entry(4)]), Err(LedgerError::HeadMoved { .. })));

    // Four writers at once: every row is there once, in one chain.
    std::thread::scope(|scope| {
        for writer in 0..4 {
            let mut ledger = state.ledger();
            scope.spawn(move || {
                for n in 0..10 {
                    ledger.record(CLUSTER, &[entry(100 + 10 * writer + n)]).unwrap();
                }
            });
        }
    });
    let times: std::collections::BTreeSet<_> =
        whole(&state.ledger()).iter().map(|row| row.entry.time).collect();
    assert_eq!((times.len(), state.findings()), (3 + 40, vec![]));
}

fn meet(one: &mut impl Ledger, other: &mut impl Ledger) {
    let head = one.head(CLUSTER).unwrap();
    assert_eq!(head, other.head(CLUSTER).unwrap());
    let next = one.append(&head, &[entry(3)]).unwrap();
    assert_eq!((next.count, one.head(CLUSTER).unwrap()), (3, next.clone()));
    let moved = other.append(&head, &[entry(4)]).unwrap_err();
    let LedgerError::HeadMoved { head: moved } = moved else { panic!("{moved:?}") };
    assert_eq!(moved, next);
    // Of a chain that is shorter than expected too, as after an old copy was put back.
    let ahead = Head { count: 9, ..next };
    assert!(matches!(other.append(&ahead, &[entry(4)]), Err(LedgerError::HeadMoved { .. })));
}
