//! The flags of etcd, as of 3.4 and later. Facts only.

use kubepki_cluster::Slot;

use super::flag::{
    Flag, Table,
    Value::{Fact, File, Needed, Text},
};
use crate::share::Part::{Certificate, Key};

#[rustfmt::skip]
const FLAGS: &[Flag] = &[
    Flag::new("advertise-client-urls", Needed(|it| it.etcd_client_url(), "the host's `addresses`"), "where the others' apiservers find it"),
    Flag::new("cert-file", File(Slot::EtcdServer, Certificate), "serves clients; also dials itself, so both usages"),
    Flag::new("client-cert-auth", Text("true"), "without it anybody who trusts the CA is a client"),
    Flag::new("data-dir", Text("/var/lib/etcd"), "kubeadm's and the tutorial's folder"),
    Flag::new("initial-advertise-peer-urls", Needed(|it| it.etcd_peer_url(), "the host's `addresses`"), "one of its certificate's addresses"),
    Flag::new("initial-cluster", Needed(|it| it.etcd_members(), "the `addresses` of hosts with the role `etcd`"), "every member of the spec"),
    Flag::new("initial-cluster-state", Text("new"), "read only while the data folder is empty"),
    Flag::new("initial-cluster-token", Fact(|it| it.cluster_name()), "keeps the members of two clusters apart"),
    Flag::new("key-file", File(Slot::EtcdServer, Key), "serves clients"),
    Flag::new("listen-client-urls", Needed(|it| it.etcd_listens(), "the host's `addresses`"), "the host's first address, and loopback"),
    Flag::new("listen-peer-urls", Needed(|it| it.etcd_peer_url(), "the host's `addresses`"), "the host's first address"),
    Flag::new("name", Fact(|it| it.host_name()), "the host's name, as in initial-cluster"),
    Flag::new("peer-cert-file", File(Slot::EtcdPeer, Certificate), "this member among the others"),
    Flag::new("peer-client-cert-auth", Text("true"), "without it anybody who trusts the CA is a member"),
    Flag::new("peer-key-file", File(Slot::EtcdPeer, Key), "this member among the others"),
    Flag::new("peer-trusted-ca-file", File(Slot::EtcdCa, Certificate), "whom members trust"),
    Flag::new("trusted-ca-file", File(Slot::EtcdCa, Certificate), "whom it trusts as clients"),
];

pub(super) const TABLE: Table = Table { flags: FLAGS, file: None, in_file: &[] };
