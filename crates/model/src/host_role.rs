//! What a host does. Facts only.

use std::{fmt, str::FromStr};

use crate::error::UnknownName;

/// What a host does in the cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum HostRole {
    /// Runs the apiserver, the controller manager and the scheduler.
    ControlPlane,
    /// Runs a member of etcd.
    Etcd,
    /// Runs a kubelet and kube-proxy.
    Worker,
}

impl HostRole {
    /// Every role.
    pub const ALL: [Self; 3] = [Self::ControlPlane, Self::Etcd, Self::Worker];

    /// The name in specs, such as `control-plane`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ControlPlane => "control-plane",
            Self::Etcd => "etcd",
            Self::Worker => "worker",
        }
    }
}

impl FromStr for HostRole {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        UnknownName::or("role", text, Self::ALL, Self::name)
    }
}

impl fmt::Display for HostRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
