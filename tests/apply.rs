//! `kubepki apply`: what it makes, that it is safe to repeat, and what a changed spec changes.

use std::fs;

use crate::environment::Environment;

#[test]
fn a_second_apply_changes_no_byte() {
    for example in ["hard-way", "ha", "kubeadm"] {
        let environment = Environment::of_example(example);
        environment.apply();
        let before = environment.snapshot();
        let said = environment.apply();
        assert!(said.starts_with("nothing to do: "), "{said}");
        assert_eq!(environment.snapshot(), before, "{example}");
    }
}

#[test]
fn a_new_san_changes_the_apiserver_of_each_control_plane_host_and_nothing_else() {
    let environment = Environment::of_example("ha");
    environment.apply();
    environment.edit("cluster.yaml", "apiserverSANs: [", "apiserverSANs: [new.example.com, ");
    let plan = environment.kubepki(&["plan", "--exit-code"]);
    assert_eq!(plan.code, Some(3));
    let hosts: Vec<_> = plan.stdout.lines().filter(|line| line.starts_with("host ")).collect();
    assert_eq!(hosts, ["host cp-0", "host cp-1", "host cp-2"]);
    assert_eq!(plan.stdout.matches("renew    apiserver\n").count(), 3);
    assert_eq!(plan.stdout.matches("+DNS:new.example.com\n").count(), 3);
    assert!(plan.stdout.contains("plan: 3 to renew, "), "{}", plan.stdout);

    let before = environment.snapshot();
    environment.apply();
    let changed = changes(&before, &environment.snapshot());
    let expected = ["cp-0", "cp-1", "cp-2"].map(|host| {
        ["crt", "key"].map(|end| format!("hosts/{host}/etc/kubernetes/pki/apiserver.{end}"))
    });
    let mut expected: Vec<_> = expected.into_iter().flatten().collect();
    expected.insert(0, ".kubepki/cluster.yaml".to_owned());
    expected.insert(1, ".kubepki/ledger.db".to_owned());
    assert_eq!(changed, expected);
    assert_eq!(environment.kubepki(&["plan", "--exit-code"]).code, Some(0));
}

#[test]
fn a_deleted_file_brings_that_pair_back_and_nothing_else() {
    let environment = Environment::of_example("hard-way");
    environment.apply();
    let pki = "hosts/server/etc/kubernetes/pki";
    for (deleted, expected) in [
        (
            format!("{pki}/apiserver.crt"),
            vec![format!("{pki}/apiserver.crt"), format!("{pki}/apiserver.key")],
        ),
        (
            format!("{pki}/etcd/peer.key"),
            vec![format!("{pki}/etcd/peer.crt"), format!("{pki}/etcd/peer.key")],
        ),
        (format!("{pki}/ca.crt"), vec![]),
        ("authorities/ca.crt".to_owned(), vec![]),
        ("authorities/ca.key".to_owned(), vec![]),
        ("authorities/service-account.key".to_owned(), vec![]),
        ("authorities/service-account.pub".to_owned(), vec![]),
        ("users/jane.conf".to_owned(), vec!["users/jane.conf".to_owned()]),
        ("rbac.yaml".to_owned(), vec![]),
    ] {
        let before = environment.snapshot();
        fs::remove_file(environment.path(&deleted)).unwrap();
        environment.apply();
        let changed = changes(&before, &environment.snapshot());
        // Only what is signed is recorded, not what is put back.
        let ledger = (!expected.is_empty()).then(|| ".kubepki/ledger.db".to_owned());
        let expected: Vec<_> = ledger.into_iter().chain(expected).collect();
        assert_eq!(changed, expected, "after {deleted} was deleted");
    }
}

/// The files that differ or are new, but for the history.
fn changes(before: &[(String, u32, Vec<u8>)], after: &[(String, u32, Vec<u8>)]) -> Vec<String> {
    after
        .iter()
        .filter(|file| !before.contains(file) && !file.0.starts_with(".kubepki/history"))
        .map(|file| file.0.clone())
        .collect()
}
