//! What a host does, and where a cluster's files lie.

use std::{fmt, str::FromStr};

use super::error::{InvalidValue, quote};

/// What a host does in the cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Role {
    /// Runs the apiserver, the controller manager and the scheduler.
    ControlPlane,
    /// Runs a member of etcd.
    Etcd,
    /// Runs a kubelet and kube-proxy.
    Worker,
}

impl Role {
    const ALL: [Self; 3] = [Self::ControlPlane, Self::Etcd, Self::Worker];

    /// The name in specs, such as `control-plane`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ControlPlane => "control-plane",
            Self::Etcd => "etcd",
            Self::Worker => "worker",
        }
    }
}

impl FromStr for Role {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        choose("role", text, Self::ALL, Self::name)
    }
}

/// The tree in which a cluster's files lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Layout {
    /// Every file where the spec says, one by one: a PKI that others began.
    Custom,
    /// One folder per host, with what that host gets.
    Hosts,
    /// The flat file names of Kubernetes The Hard Way.
    HardWay,
    /// One host in place, with the file names of `kubeadm init`.
    Kubeadm,
}

impl Layout {
    const ALL: [Self; 4] = [Self::Hosts, Self::Kubeadm, Self::HardWay, Self::Custom];

    /// The name in specs, such as `hard-way`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Custom => "custom",
            Self::Hosts => "hosts",
            Self::HardWay => "hard-way",
            Self::Kubeadm => "kubeadm",
        }
    }
}

impl FromStr for Layout {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        choose("layout", text, Self::ALL, Self::name)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The one of `all` that has this name.
pub(crate) fn choose<T: Copy, const N: usize>(
    what: &str,
    text: &str,
    all: [T; N],
    name: impl Fn(T) -> &'static str,
) -> Result<T, InvalidValue> {
    all.into_iter().find(|choice| name(*choice) == text).ok_or_else(|| {
        InvalidValue::new(format!("{} is no {what}", quote(text)))
            .hinted(format!("write one of {}", all.map(name).join(", ")))
    })
}
