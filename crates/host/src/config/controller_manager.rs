//! The flags of kube-controller-manager. Facts only.

use kubepki_cluster::{Component::KubeControllerManager, Slot};

use super::flag::{
    Flag, Table,
    Value::{Fact, File, OptionalFile, Text},
};
use crate::share::Part::{Certificate, Key, Kubeconfig};

#[rustfmt::skip]
const FLAGS: &[Flag] = &[
    Flag::new("authentication-kubeconfig", File(Slot::ControllerManager, Kubeconfig), "asks the apiserver who reads its metrics"),
    Flag::new("authorization-kubeconfig", File(Slot::ControllerManager, Kubeconfig), "asks the apiserver what they may"),
    Flag::new("cluster-name", Fact(|it| it.cluster_name()), "names what cloud controllers make"),
    Flag::new("cluster-signing-cert-file", Fact(|it| {
        it.signs_requests().then(|| it.share.find(KubeControllerManager, Slot::SigningCertificate, Certificate))?.map(|file| file.path())
    }), "exactly one certificate: a bundle is refused"),
    Flag::new("cluster-signing-key-file", Fact(|it| {
        it.signs_requests().then(|| it.share.find(KubeControllerManager, Slot::ClusterCa, Key))?.map(|file| file.path())
    }), "only where the spec says `csrSigning`"),
    Flag::new("controllers", Text("*,bootstrapsigner,tokencleaner"), "bootstrap tokens end, and cluster-info is signed"),
    Flag::new("kubeconfig", File(Slot::ControllerManager, Kubeconfig), "who it is for the apiserver"),
    // An open port without TLS and without question, unless told not to; gone in 1.24.
    Flag::new("port", Text("0"), "no port without TLS").until(23),
    Flag::new("root-ca-file", File(Slot::ClusterCa, Certificate), "what Pods trust"),
    Flag::new("service-account-private-key-file", File(Slot::ServiceAccount, Key), "signs the tokens that apiservers check"),
    Flag::new("service-cluster-ip-range", Fact(|it| it.service_networks()), "the apiserver's"),
    Flag::new("tls-cert-file", OptionalFile(Slot::ControllerManagerServer, Certificate), "else it makes one that nobody trusts"),
    Flag::new("tls-private-key-file", OptionalFile(Slot::ControllerManagerServer, Key), "else it makes one that nobody trusts"),
    Flag::new("use-service-account-credentials", Text("true"), "each controller with its own rights"),
];

pub(super) const TABLE: Table = Table { flags: FLAGS, file: None, in_file: &[] };
