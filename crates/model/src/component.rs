//! The programs of a cluster that read its files. Facts only.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{HostRole, Layout};

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
    /// Every program.
    pub const ALL: [Self; 8] = [
        Self::Etcd,
        Self::Etcdctl,
        Self::KubeApiserver,
        Self::KubeControllerManager,
        Self::KubeProxy,
        Self::KubeScheduler,
        Self::Kubectl,
        Self::Kubelet,
    ];

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

    /// Whether it starts with the machine and stays, so that a change may want a restart.
    pub const fn is_service(self) -> bool {
        !matches!(self, Self::Etcdctl | Self::Kubectl)
    }

    /// The service that a program is, by the last part of its path; none for any other program.
    pub fn of_program(program: &str) -> Option<Self> {
        let name = program.rsplit('/').next()?;
        Self::ALL.into_iter().find(|it| it.is_service() && it.name() == name)
    }

    /// Whether a host that `has` certain roles runs it. kubeadm runs a kubelet on its control plane.
    pub fn runs_on(self, layout: Layout, has: impl Fn(HostRole) -> bool) -> bool {
        match self {
            Self::KubeApiserver | Self::KubeControllerManager | Self::KubeScheduler => {
                has(HostRole::ControlPlane)
            }
            Self::Etcd | Self::Etcdctl => has(HostRole::Etcd),
            Self::Kubelet | Self::KubeProxy => has(HostRole::Worker) || layout == Layout::Kubeadm,
            Self::Kubectl => false,
        }
    }
}

impl fmt::Display for Component {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
