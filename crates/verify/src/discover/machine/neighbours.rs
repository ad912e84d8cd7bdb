//! What lies beside the files that somebody uses. Judges nothing.

use std::{collections::BTreeSet, ffi::OsStr, path::Path};

use super::{Machine, read_file};
use crate::read::Tree;

impl Machine {
    /// What lies beside the private keys that are used and is of a PKI too, and kubeadm's
    /// kubeconfigs. Folders without a key, such as that of the public CAs, are nobody's business.
    pub(super) fn add_neighbours(&mut self, tree: &Tree) {
        let keys = self.files.iter().filter(|(_, file)| file.holds_private_key());
        let mut folders: BTreeSet<_> = keys.filter_map(|(path, _)| path.parent()).collect();
        folders.insert(Path::new("/etc/kubernetes"));
        folders.insert(Path::new("/etc/kubernetes/pki"));
        let places = self.files.values().filter_map(|file| Some(file.stat.as_ref()?.path.clone()));
        // A file under two names is there once.
        let mut known: BTreeSet<_> = places.collect();
        let mut found = Vec::new();
        for folder in folders {
            for name in tree.names(folder).unwrap_or_default() {
                let path = folder.join(&name);
                let Ok(stat) = tree.stat(&path) else { continue };
                if is_rotated_out(&name)
                    || self.files.contains_key(&path)
                    || !known.insert(stat.path)
                {
                    continue;
                }
                let file = read_file(tree, &path, true);
                if !file.artifacts().is_empty() {
                    found.push((path, file));
                }
            }
        }
        self.files.extend(found);
    }
}

/// What a kubelet had before: it keeps every certificate that it ever got beside the present one.
fn is_rotated_out(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    let is_kubelets = name.starts_with("kubelet-client-") || name.starts_with("kubelet-server-");
    is_kubelets && name.ends_with(".pem")
}
