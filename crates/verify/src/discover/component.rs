//! What runs on a machine: components, where they are declared, and their flags. Reads no file.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use super::Flags;

/// A program of Kubernetes that uses files of the PKI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ComponentKind {
    /// etcd.
    Etcd,
    /// The API server.
    KubeApiserver,
    /// The controller manager.
    KubeControllerManager,
    /// The node's proxy.
    KubeProxy,
    /// The scheduler.
    KubeScheduler,
    /// The node's agent.
    Kubelet,
}

impl ComponentKind {
    const ALL: [Self; 6] = [
        Self::Etcd,
        Self::KubeApiserver,
        Self::KubeControllerManager,
        Self::KubeProxy,
        Self::KubeScheduler,
        Self::Kubelet,
    ];

    /// The name of its program.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Etcd => "etcd",
            Self::KubeApiserver => "kube-apiserver",
            Self::KubeControllerManager => "kube-controller-manager",
            Self::KubeProxy => "kube-proxy",
            Self::KubeScheduler => "kube-scheduler",
            Self::Kubelet => "kubelet",
        }
    }

    /// The component that a program is, by the last part of its path.
    pub fn of_program(program: &str) -> Option<Self> {
        let name = program.rsplit('/').next()?;
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

impl fmt::Display for ComponentKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A component as a machine starts it.
#[derive(Clone, Debug)]
pub struct Component {
    /// Which one it is.
    pub kind: ComponentKind,
    /// Where it is declared: a manifest or a unit.
    pub source: Source,
    /// Its flags, and what its configuration files set in their place.
    pub flags: Flags,
    /// How it is started.
    pub origin: Origin,
    /// The user it runs as: a name or a number; root where none is given.
    pub user: Option<String>,
    /// Its version, where the tag of its image says it.
    pub version: Option<String>,
    /// The environment files without which its unit does not start, and that are not there.
    pub missing: Vec<Missing>,
}

/// A file that is not there though it has to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// Its path as the machine knows it; perhaps with wildcards that no name fits.
    pub path: PathBuf,
    /// Where it is named.
    pub source: Source,
}

/// A place in a text file of the machine.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Source {
    /// The file.
    pub path: PathBuf,
    /// The line, counted from 1; 0 where none is known.
    pub line: usize,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}", self.path.display()),
            line => write!(f, "{}:{line}", self.path.display()),
        }
    }
}

/// How a component is started.
#[derive(Clone, Debug)]
pub enum Origin {
    /// By the kubelet, from a manifest: it sees what is mounted into it.
    StaticPod {
        /// What its container sees of the machine.
        mounts: Vec<Mount>,
    },
    /// By systemd, from a unit: it sees every file.
    Unit,
}

/// A file or folder of the machine that a container sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    /// Its path in the container.
    pub inside: PathBuf,
    /// Its path on the machine.
    pub outside: PathBuf,
}

impl Component {
    /// The path on the machine of a file that the component calls `path`; none when no mount shows
    /// it to its container.
    pub fn outside(&self, path: &Path) -> Option<PathBuf> {
        let Origin::StaticPod { mounts } = &self.origin else { return Some(path.to_path_buf()) };
        // The deepest mount hides those above it.
        let covering = mounts.iter().filter(|mount| path.starts_with(&mount.inside));
        let mount = covering.max_by_key(|mount| mount.inside.components().count())?;
        let below = path.strip_prefix(&mount.inside).ok()?;
        Some(if below == Path::new("") { mount.outside.clone() } else { mount.outside.join(below) })
    }

    /// The folder in which a kubelet keeps what it makes or asks for itself.
    pub(super) fn certificates(&self) -> &Path {
        Path::new(self.flags.value("cert-dir").unwrap_or("/var/lib/kubelet/pki"))
    }

    /// Where a flag is set, else where the component is declared.
    pub fn source_of(&self, flag: &str) -> &Source {
        self.flags.last(flag).map_or(&self.source, |flag| &flag.source)
    }
}
