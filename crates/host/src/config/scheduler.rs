//! The flags of kube-scheduler. Facts only.

use kubepki_cluster::Slot;

use super::flag::{
    Flag, Table,
    Value::{File, OptionalFile, Text},
};
use crate::share::Part::{Certificate, Key, Kubeconfig};

#[rustfmt::skip]
const FLAGS: &[Flag] = &[
    Flag::new("authentication-kubeconfig", File(Slot::Scheduler, Kubeconfig), "asks the apiserver who reads its metrics"),
    Flag::new("authorization-kubeconfig", File(Slot::Scheduler, Kubeconfig), "asks the apiserver what they may"),
    Flag::new("kubeconfig", File(Slot::Scheduler, Kubeconfig), "who it is for the apiserver"),
    // As the controller manager's.
    Flag::new("port", Text("0"), "no port without TLS").until(23),
    Flag::new("tls-cert-file", OptionalFile(Slot::SchedulerServer, Certificate), "else it makes one that nobody trusts"),
    Flag::new("tls-private-key-file", OptionalFile(Slot::SchedulerServer, Key), "else it makes one that nobody trusts"),
];

pub(super) const TABLE: Table = Table { flags: FLAGS, file: None, in_file: &[] };
