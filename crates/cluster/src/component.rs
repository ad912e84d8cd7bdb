//! The programs of a cluster that read its files. Names only; knows no path.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A program that reads files of the PKI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Component {
    /// The store behind the apiserver.
    #[serde(rename = "etcd")]
    Etcd,
    /// The client by which an operator looks after etcd.
    #[serde(rename = "etcdctl")]
    Etcdctl,
    /// Serves the API.
    #[serde(rename = "kube-apiserver")]
    Apiserver,
    /// Runs the controllers, and signs certificate requests.
    #[serde(rename = "kube-controller-manager")]
    ControllerManager,
    /// Decides on which node a Pod runs.
    #[serde(rename = "kube-scheduler")]
    Scheduler,
    /// Runs the Pods of a node.
    #[serde(rename = "kubelet")]
    Kubelet,
    /// Programs the Services of a node.
    #[serde(rename = "kube-proxy")]
    Proxy,
    /// The client of people.
    #[serde(rename = "kubectl")]
    Kubectl,
}

impl Component {
    /// The program's name.
    pub const fn program(self) -> &'static str {
        match self {
            Self::Apiserver => "kube-apiserver",
            Self::ControllerManager => "kube-controller-manager",
            Self::Etcd => "etcd",
            Self::Etcdctl => "etcdctl",
            Self::Kubectl => "kubectl",
            Self::Kubelet => "kubelet",
            Self::Proxy => "kube-proxy",
            Self::Scheduler => "kube-scheduler",
        }
    }
}

impl fmt::Display for Component {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.program())
    }
}
