//! Who reads which file on a host, and what for. Facts only; docs/certificates.md says where each
//! file comes from.

use kubepki_cluster::Component::{
    self, Etcd, Etcdctl, KubeApiserver, KubeControllerManager, KubeProxy, KubeScheduler, Kubectl,
    Kubelet,
};

use super::FileKind::{self, Certificate, Configuration, Key, Kubeconfig, Public};

/// One file of a host.
pub(super) struct Row {
    /// What it is, in the catalog's words.
    pub(super) name: &'static str,
    pub(super) kind: FileKind,
    pub(super) purpose: &'static str,
    pub(super) readers: &'static [Component],
}

/// Every file that a host may get. What is not here and lies in no host's own folder, goes to none.
#[rustfmt::skip]
pub(super) const ROWS: &[Row] = &[
    Row { name: "ca", kind: Certificate, readers: &[KubeApiserver, KubeControllerManager, Kubelet],
          purpose: "whom the apiserver, kubelets and Pods trust" },
    // The next two only where the controller manager signs requests. A file of its own, because the
    // controller manager refuses a bundle, which the trust file may become.
    Row { name: "cluster-signing", kind: Certificate, readers: &[KubeControllerManager],
          purpose: "the CA as issuer of certificate requests" },
    Row { name: "ca", kind: Key, readers: &[KubeControllerManager],
          purpose: "signs certificate requests" },
    Row { name: "etcd-ca", kind: Certificate, readers: &[Etcd, Etcdctl, KubeApiserver],
          purpose: "whom etcd's members and clients trust" },
    Row { name: "front-proxy-ca", kind: Certificate, readers: &[KubeApiserver],
          purpose: "whom the apiserver trusts as front proxy" },
    Row { name: "service-account", kind: Key, readers: &[KubeApiserver, KubeControllerManager],
          purpose: "signs ServiceAccount tokens" },
    Row { name: "service-account", kind: Public, readers: &[KubeApiserver],
          purpose: "checks ServiceAccount tokens" },
    Row { name: "encryption-config", kind: Configuration, readers: &[KubeApiserver],
          purpose: "encrypts Secrets in etcd" },

    Row { name: "apiserver", kind: Certificate, readers: &[KubeApiserver],
          purpose: "serves the API" },
    Row { name: "apiserver", kind: Key, readers: &[KubeApiserver],
          purpose: "serves the API" },
    Row { name: "apiserver-kubelet-client", kind: Certificate, readers: &[KubeApiserver],
          purpose: "the apiserver as client of kubelets" },
    Row { name: "apiserver-kubelet-client", kind: Key, readers: &[KubeApiserver],
          purpose: "the apiserver as client of kubelets" },
    Row { name: "apiserver-etcd-client", kind: Certificate, readers: &[KubeApiserver],
          purpose: "the apiserver as client of etcd" },
    Row { name: "apiserver-etcd-client", kind: Key, readers: &[KubeApiserver],
          purpose: "the apiserver as client of etcd" },
    Row { name: "front-proxy-client", kind: Certificate, readers: &[KubeApiserver],
          purpose: "the apiserver as front proxy" },
    Row { name: "front-proxy-client", kind: Key, readers: &[KubeApiserver],
          purpose: "the apiserver as front proxy" },

    Row { name: "controller-manager", kind: Kubeconfig, readers: &[KubeControllerManager],
          purpose: "its credential at the API" },
    Row { name: "controller-manager-server", kind: Certificate, readers: &[KubeControllerManager],
          purpose: "serves health and metrics" },
    Row { name: "controller-manager-server", kind: Key, readers: &[KubeControllerManager],
          purpose: "serves health and metrics" },
    Row { name: "scheduler", kind: Kubeconfig, readers: &[KubeScheduler],
          purpose: "its credential at the API" },
    Row { name: "scheduler-server", kind: Certificate, readers: &[KubeScheduler],
          purpose: "serves health and metrics" },
    Row { name: "scheduler-server", kind: Key, readers: &[KubeScheduler],
          purpose: "serves health and metrics" },

    Row { name: "etcd-server", kind: Certificate, readers: &[Etcd],
          purpose: "serves etcd's clients" },
    Row { name: "etcd-server", kind: Key, readers: &[Etcd],
          purpose: "serves etcd's clients" },
    Row { name: "etcd-peer", kind: Certificate, readers: &[Etcd],
          purpose: "this member among etcd's members" },
    Row { name: "etcd-peer", kind: Key, readers: &[Etcd],
          purpose: "this member among etcd's members" },
    Row { name: "etcd-healthcheck-client", kind: Certificate, readers: &[Etcdctl],
          purpose: "a client that looks after etcd" },
    Row { name: "etcd-healthcheck-client", kind: Key, readers: &[Etcdctl],
          purpose: "a client that looks after etcd" },

    Row { name: "kubelet", kind: Kubeconfig, readers: &[Kubelet],
          purpose: "the node's credential at the API" },
    // Instead of the one above and those below.
    Row { name: "bootstrap-kubelet", kind: Kubeconfig, readers: &[Kubelet],
          purpose: "asks for the node's certificate with a token" },
    // The tutorial has one pair for both ends; the kubeconfig embeds it too.
    Row { name: "kubelet", kind: Certificate, readers: &[Kubelet],
          purpose: "serves the kubelet's API" },
    Row { name: "kubelet", kind: Key, readers: &[Kubelet],
          purpose: "serves the kubelet's API" },
    Row { name: "kubelet-server", kind: Certificate, readers: &[Kubelet],
          purpose: "serves the kubelet's API" },
    Row { name: "kubelet-server", kind: Key, readers: &[Kubelet],
          purpose: "serves the kubelet's API" },
    Row { name: "kube-proxy", kind: Kubeconfig, readers: &[KubeProxy],
          purpose: "its credential at the API" },

    // Where `kubeadm init` leaves them; its other verbs look for them there.
    Row { name: "user/admin", kind: Kubeconfig, readers: &[Kubectl],
          purpose: "the administrator, for kubeadm and kubectl" },
    Row { name: "user/super-admin", kind: Kubeconfig, readers: &[Kubectl],
          purpose: "the administrator above RBAC, for kubeadm" },
];

/// What serves where a root has no file of the first name: the tutorial has one pair for both ends
/// of a kubelet, and its first editions one CA, and one pair for apiservers and etcd.
pub(super) const STAND_INS: &[(&str, &str)] = &[
    ("apiserver-etcd-client", "apiserver"),
    ("apiserver-kubelet-client", "apiserver"),
    ("cluster-signing", "ca"),
    ("etcd-ca", "ca"),
    ("etcd-peer", "apiserver"),
    ("etcd-server", "apiserver"),
    ("kubelet-server", "kubelet"),
];

/// What etcd reads where a root has no certificates of its own for it.
pub(super) const OF_ETCD_TOO: [&str; 2] = ["apiserver", "ca"];
