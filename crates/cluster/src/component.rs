//! The programs of a cluster that read its files. Names only; knows no path.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A program that reads files of the PKI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Component {
    /// The store behind the apiserver.
    Etcd,
    /// The client by which an operator looks after etcd.
    Etcdctl,
    /// Serves the API.
    KubeApiserver,
    /// Runs the controllers, and signs certificate requests.
    KubeControllerManager,
    /// Programs the Services of a node.
    KubeProxy,
    /// Decides on which node a Pod runs.
    KubeScheduler,
    /// The client of people.
    Kubectl,
    /// Runs the Pods of a node.
    Kubelet,
}

impl Component {
    /// The program's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Etcd => "etcd",
            Self::Etcdctl => "etcdctl",
            Self::KubeApiserver => "kube-apiserver",
            Self::KubeControllerManager => "kube-controller-manager",
            Self::KubeProxy => "kube-proxy",
            Self::KubeScheduler => "kube-scheduler",
            Self::Kubectl => "kubectl",
            Self::Kubelet => "kubelet",
        }
    }
}

impl fmt::Display for Component {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
