//! Who uses which file of a machine, and what is in it. Judges nothing.

mod file;
mod neighbours;
mod uses;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::Arc,
};

use kubepki_ca::Certificate;
use kubepki_inspect::{
    artifact::Artifact,
    kubeconfig::{ClusterEntry, FieldSource, UserEntry},
};

pub(crate) use self::file::public_keys;
pub use self::{
    file::{FileError, FoundFile},
    uses::Use,
};
use self::{
    file::{certificates, read_file},
    uses::{beside, named_by},
};
use super::{Component, ComponentKind, Discovery, Role, Unread, Wants, discover, flags::is_open};
use crate::read::{Stat, Tree};

/// The PKI of a machine: its components, the files that they use, and what is in those.
#[derive(Debug)]
pub struct Machine {
    /// The name that the machine gives itself, where it is known.
    pub host: Option<String>,
    /// What starts on it.
    pub components: Vec<Component>,
    /// Who uses which file, component by component.
    pub uses: Vec<Use>,
    /// The files by the path by which they are used, and those that lie beside them.
    pub files: BTreeMap<PathBuf, FoundFile>,
    /// The files that declare the components, with who may change them.
    pub declarations: BTreeMap<PathBuf, Stat>,
    /// The folders in which these and the files lie.
    pub folders: BTreeMap<PathBuf, Stat>,
    /// What else could not be read.
    pub unread: Vec<Unread>,
    /// Whether the owners of files are the machine's own.
    pub has_owners: bool,
    /// The numbers of the machine's users, by name.
    pub users: BTreeMap<String, u32>,
}

impl Machine {
    /// Reads the PKI of the machine whose files lie below a folder.
    pub fn read(tree: &Tree) -> Self {
        let Discovery { components, unread } = discover(tree);
        let mut machine = Self {
            host: host(tree),
            components,
            uses: Vec::new(),
            files: BTreeMap::new(),
            declarations: BTreeMap::new(),
            folders: BTreeMap::new(),
            unread,
            has_owners: tree.has_owners(),
            users: users(tree),
        };
        machine.uses = machine.components.iter().enumerate().flat_map(named_by).collect();
        machine.declarations = machine.declared(tree);
        machine.add_kubelets_own(tree);
        for used in &machine.uses {
            if let Some(path) = &used.path {
                let is_ours = used.role.wants() != Wants::Anything;
                let file = || match is_open(&used.named.to_string_lossy()) {
                    true => FoundFile::unknown(),
                    false => read_file(tree, path, is_ours),
                };
                machine.files.entry(path.clone()).or_insert_with(file);
            }
        }
        machine.add_named_by_kubeconfigs(tree);
        machine.add_neighbours(tree);
        machine.folders = machine.containing(tree);
        machine
    }

    /// The uses of one role by components of one kind.
    pub fn uses_of(&self, kind: ComponentKind, role: Role) -> impl Iterator<Item = &Use> {
        self.uses
            .iter()
            .filter(move |it| it.role == role && self.components[it.component].kind == kind)
    }

    /// The component that uses a file.
    pub fn component_of(&self, used: &Use) -> &Component {
        &self.components[used.component]
    }

    /// The first component of a kind, with its index.
    pub fn component(&self, kind: ComponentKind) -> Option<(usize, &Component)> {
        self.components.iter().enumerate().find(|(_, component)| component.kind == kind)
    }

    /// Whether it is a node and no more: a kubelet starts there, and nothing of a control plane, as
    /// far as all could be read.
    pub(crate) fn is_node(&self) -> bool {
        let is_of_nodes = |kind| matches!(kind, ComponentKind::Kubelet | ComponentKind::KubeProxy);
        self.component(ComponentKind::Kubelet).is_some()
            && self.components.iter().all(|component| is_of_nodes(component.kind))
            && self.unread.is_empty()
    }

    /// The use behind a flag of a component, the last one where there are several.
    pub fn used_by(&self, component: usize, flag: &str) -> Option<&Use> {
        let mut uses = self.uses.iter().rev();
        uses.find(|it| it.component == component && it.flag == flag && it.via.is_none())
    }

    /// What is in the file of a use; nothing where it cannot be read.
    pub fn artifacts(&self, used: &Use) -> &[Artifact] {
        let file = used.path.as_ref().and_then(|path| self.files.get(path));
        file.map_or(&[], FoundFile::artifacts)
    }

    /// The certificates in the file of a use, in order.
    pub fn certificates(&self, used: &Use) -> Vec<Arc<Certificate>> {
        certificates(self.artifacts(used))
    }

    /// The client certificate of a kubeconfig's current context, with what is sent along.
    pub fn client_of(&self, path: &Path) -> Option<Vec<Arc<Certificate>>> {
        let (_, user) = self.current(path)?;
        match user?.certificate.as_ref()? {
            FieldSource::Data(data) => data.as_ref().ok().cloned(),
            FieldSource::Path(named) => self.certificates_at(&beside(path, named)),
        }
    }

    /// The CAs by which a kubeconfig's current context knows its server.
    pub fn authority_of(&self, path: &Path) -> Option<Vec<Arc<Certificate>>> {
        let (cluster, _) = self.current(path)?;
        match cluster?.authority.as_ref()? {
            FieldSource::Data(data) => data.as_ref().ok().cloned(),
            FieldSource::Path(named) => self.certificates_at(&beside(path, named)),
        }
    }

    fn certificates_at(&self, path: &Path) -> Option<Vec<Arc<Certificate>>> {
        let found = certificates(self.files.get(path)?.artifacts());
        (!found.is_empty()).then_some(found)
    }

    /// The cluster and the user of a kubeconfig's current context.
    pub fn current(&self, path: &Path) -> Option<(Option<&ClusterEntry>, Option<&UserEntry>)> {
        let kubeconfig = self.files.get(path)?.kubeconfig()?;
        Some(kubeconfig.entries_of(kubeconfig.context(&kubeconfig.current_context)?))
    }

    /// What each file is for, by the flags that name it; not for those that have several uses.
    pub(crate) fn roles(&self) -> BTreeMap<PathBuf, crate::role::Role> {
        let mut roles = BTreeMap::new();
        let mut doubtful = BTreeSet::new();
        for used in &self.uses {
            let role = used.role.in_cluster(self.component_of(used).kind);
            let (Some(path), Some(role)) = (&used.path, role) else { continue };
            if roles.insert(path.clone(), role).is_some_and(|before| before != role) {
                doubtful.insert(path.clone());
            }
        }
        roles.retain(|path, _| !doubtful.contains(path));
        roles
    }

    /// The folders that hold something of the PKI, or what declares a component.
    fn containing(&self, tree: &Tree) -> BTreeMap<PathBuf, Stat> {
        let held = self.files.iter().filter(|(_, file)| !file.artifacts().is_empty());
        let paths = held.map(|(path, _)| path).chain(self.declarations.keys());
        let folders: BTreeSet<_> = paths.filter_map(|path| path.parent()).collect();
        let stat = |folder: &Path| Some((folder.to_path_buf(), tree.stat(folder).ok()?));
        folders.into_iter().filter_map(stat).collect()
    }

    /// Every file that a component or a flag of it comes from.
    fn declared(&self, tree: &Tree) -> BTreeMap<PathBuf, Stat> {
        let sources = self.components.iter().flat_map(|component| {
            let flags = component.flags.iter().map(|flag| &flag.source.path);
            flags.chain([&component.source.path])
        });
        let stats = sources.filter_map(|path| Some((path.clone(), tree.stat(path).ok()?)));
        stats.collect()
    }
}

/// The name that the machine gives itself.
pub(super) fn host(tree: &Tree) -> Option<String> {
    let file = tree.read(Path::new("/etc/hostname")).ok()?;
    let text = String::from_utf8_lossy(&file.bytes);
    let name = text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'));
    name.map(str::to_owned)
}

fn users(tree: &Tree) -> BTreeMap<String, u32> {
    let Ok(file) = tree.read(Path::new("/etc/passwd")) else { return BTreeMap::new() };
    let text = String::from_utf8_lossy(&file.bytes);
    let users = text.lines().filter_map(|line| {
        let mut fields = line.split(':');
        Some((fields.next()?.to_owned(), fields.nth(1)?.parse().ok()?))
    });
    users.collect()
}
