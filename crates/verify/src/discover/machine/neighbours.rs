//! What lies beside the files that somebody uses. Judges nothing.

use std::{
    collections::BTreeSet,
    ffi::OsStr,
    path::{Path, PathBuf},
};

use kubepki_inspect::kubeconfig::beside;

use super::{FileError, Machine, read_file};
use crate::{
    discover::{ComponentKind, Unread, Wants},
    read::{Tree, TreeError},
};

impl Machine {
    /// What lies beside the private keys that are used and is of a PKI too, and kubeadm's
    /// kubeconfigs. Folders without a key, such as that of the public CAs, are nobody's business.
    pub(super) fn add_neighbours(&mut self, tree: &Tree) {
        let places = self.files.values().filter_map(|file| Some(file.stat.as_ref()?.path.clone()));
        // A file under two names is there once.
        let mut known: BTreeSet<_> = places.collect();
        for folder in self.with_neighbours() {
            let names = tree.names(&folder).unwrap_or_else(|error| {
                self.unread.push(Unread { path: folder.clone(), reason: error.in_words() });
                Vec::new()
            });
            for name in names {
                let path = folder.join(&name);
                if is_rotated_out(&name) || self.files.contains_key(&path) {
                    continue;
                }
                let is_new = match tree.stat(&path) {
                    Ok(stat) => known.insert(stat.path),
                    // The folder may be listed and not entered.
                    Err(error) => matches!(error, TreeError::Io(_)),
                };
                let file = is_new.then(|| read_file(tree, &path, true));
                let counts = |contents: &Result<Vec<_>, _>| match contents {
                    Ok(artifacts) => !artifacts.is_empty(),
                    Err(error) => matches!(error, FileError::Unreadable(_)),
                };
                if let Some(file) = file.filter(|file| counts(&file.contents)) {
                    self.files.insert(path, file);
                }
            }
        }
        self.unread.sort();
        self.add_named_by_neighbours(tree);
    }

    /// What kubeconfigs name that nobody uses: whether it is there is asked of each.
    fn add_named_by_neighbours(&mut self, tree: &Tree) {
        let named = self.files.iter().filter_map(|(path, file)| Some((path, file.kubeconfig()?)));
        let named: BTreeSet<_> = named
            .flat_map(|(path, kubeconfig)| kubeconfig.paths().map(|named| beside(path, named)))
            .filter(|path| !self.files.contains_key(path))
            .collect();
        for path in named {
            let file = read_file(tree, &path, true);
            if !matches!(file.contents, Err(FileError::Missing)) {
                self.files.insert(path, file);
            }
        }
    }

    /// The folders of private keys, of those too that cannot be read, and those that kubeadm and
    /// kubelets keep theirs in.
    fn with_neighbours(&self) -> BTreeSet<PathBuf> {
        let wanted = self.uses.iter().filter(|used| used.role.wants() == Wants::PrivateKey);
        let wanted = wanted.filter_map(|used| used.path.as_ref());
        let wanted =
            wanted.filter(|path| self.files.get(*path).is_some_and(|file| file.closed().is_some()));
        let held = self.files.iter().filter(|(_, file)| file.holds_private_key());
        let beside = held.map(|(path, _)| path).chain(wanted).filter_map(|path| path.parent());
        let kubelets = self.components.iter().filter(|it| it.kind == ComponentKind::Kubelet);
        let kubelets = kubelets.filter_map(|kubelet| kubelet.outside(kubelet.certificates()));
        let fixed = ["/etc/kubernetes", "/etc/kubernetes/pki"].into_iter().map(PathBuf::from);
        beside.map(Path::to_path_buf).chain(kubelets).chain(fixed).collect()
    }
}

/// What a kubelet had before: it keeps every certificate that it ever got beside the present one.
fn is_rotated_out(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    let is_kubelets = name.starts_with("kubelet-client-") || name.starts_with("kubelet-server-");
    is_kubelets && name.ends_with(".pem") && !name.ends_with("-current.pem")
}
