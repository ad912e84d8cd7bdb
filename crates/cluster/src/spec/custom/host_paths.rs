//! Where the files of the layout `custom` lie on a machine. Reads no file.

use std::{fmt, str::FromStr};

use super::super::error::{InvalidValue, quote};
use crate::store::StorePath;

/// The folders of a machine in which files of Kubernetes lie; nothing of a cluster is brought
/// anywhere else. k3s and RKE2 have the last.
pub const HOST_FOLDERS: &[&str] = &[
    "etc/etcd",
    "etc/kubernetes",
    "var/lib/kube-proxy",
    "var/lib/kubelet",
    "var/lib/kubernetes",
    "var/lib/rancher",
];

/// Where the files of the root lie on a machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostPaths {
    /// In this folder, from `/` but without it, as they lie in the root.
    Folder(StorePath),
    /// In the folders of Kubernetes The Hard Way, by what they are.
    HardWay,
}

impl HostPaths {
    const HARD_WAY: &str = "hard-way";
}

impl FromStr for HostPaths {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        if text == Self::HARD_WAY {
            return Ok(Self::HardWay);
        }
        let folder = text.strip_prefix('/').and_then(|below| StorePath::new(below).ok());
        match folder {
            Some(folder) if is_in_host_folder(folder.as_str()) => Ok(Self::Folder(folder)),
            _ => {
                let known = HOST_FOLDERS.iter().map(|folder| format!("/{folder}"));
                Err(InvalidValue::new(format!("{} is no place for a cluster's files", quote(text)))
                    .hinted(format!(
                        "write `hard-way`, or a folder in {}",
                        known.collect::<Vec<_>>().join(", ")
                    )))
            }
        }
    }
}

/// Whether a path from `/`, without it, is one of [`HOST_FOLDERS`] or below one.
fn is_in_host_folder(path: &str) -> bool {
    HOST_FOLDERS.iter().any(|folder| {
        path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

impl fmt::Display for HostPaths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(folder) => write!(f, "/{folder}"),
            Self::HardWay => f.write_str(Self::HARD_WAY),
        }
    }
}
