//! The trees in which a cluster's files lie. Facts only; the table says what lies where.

use std::{fmt, str::FromStr};

use crate::error::UnknownName;

/// The tree in which a cluster's files lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
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
    /// Every layout, the default first.
    pub const ALL: [Self; 4] = [Self::Hosts, Self::Kubeadm, Self::HardWay, Self::Custom];

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
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        UnknownName::or("layout", text, Self::ALL, Self::name)
    }
}

impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
