//! What one host gets: which files of the root, where they go, and which program reads each.
//! Reads no file.

mod place;
mod shape;
mod table;

use kubepki_cluster::{
    Catalog, ClusterSpec, Component, EntryId, StorePath,
    catalog::{Content, Derivation, Entry, Part},
    spec::{HostSpec, Layout, Places},
    store::Mode,
};
use serde::{Deserialize, Serialize};

pub use self::shape::Shape;
use crate::error::ShareError;
use place::Placement;

/// Whom every installed file belongs to.
pub const OWNER: &str = "root:root";

/// What one host gets, sorted by where it goes.
#[derive(Clone, Debug)]
pub struct Share {
    /// The host.
    pub host: String,
    /// What decides which files it gets.
    pub shape: Shape,
    /// Its files.
    pub files: Vec<HostFile>,
}

/// One file that a host gets.
#[derive(Clone, Debug)]
pub struct HostFile {
    /// Where it is kept in the root.
    pub source: StorePath,
    /// Where it goes, below the host's `/`.
    pub target: StorePath,
    /// The widest mode it may have there.
    pub mode: Mode,
    /// The entry of the catalog that it belongs to.
    pub entry: EntryId,
    /// What it is in every layout: `ca`, `apiserver`, `kubelet-server`.
    pub name: String,
    /// Which of the files of that name it is.
    pub kind: FileKind,
    /// What it is for, in words.
    pub purpose: &'static str,
    /// The programs of this host that read it.
    pub readers: Vec<Component>,
}

/// What kind of a file it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum FileKind {
    /// A certificate.
    Certificate,
    /// Configuration that holds a secret, or none.
    Configuration,
    /// A private key.
    Key,
    /// A kubeconfig with a credential.
    Kubeconfig,
    /// A public key, alone or in a certificate of which only the key is read.
    Public,
}

impl Share {
    /// What `host` gets of the catalog of its cluster.
    ///
    /// # Errors
    /// [`ShareError::UnknownPlaces`] for a layout `custom` that does not say where files go on a host.
    pub fn of(spec: &ClusterSpec, catalog: &Catalog, host: &HostSpec) -> Result<Self, ShareError> {
        let placement = match (spec.layout, &spec.custom.places) {
            (Layout::Hosts, _) => Placement::Tree,
            (Layout::Kubeadm, _) => Placement::Folder("etc/kubernetes"),
            (Layout::HardWay, _) | (Layout::Custom, Some(Places::HardWay)) => Placement::Tutorial,
            (Layout::Custom, Some(Places::Folder(folder))) => Placement::Folder(folder.as_str()),
            _ => return Err(ShareError::UnknownPlaces { layout: spec.layout }),
        };
        let mut files: Vec<HostFile> = Vec::new();
        let etcd_has_own = catalog.entries().iter().any(|entry| entry.id.name == "etcd-server");
        for mut file in catalog.entries().iter().flat_map(|entry| known(spec, catalog, entry)) {
            // Another host's business, whatever the name.
            if file.entry.host.as_ref().is_some_and(|owner| owner != host.name.as_str()) {
                continue;
            }
            if !etcd_has_own && table::OF_ETCD_TOO.contains(&&*file.name) && !file.is_ca_key() {
                file.readers.push(Component::Etcd);
            }
            for (target, readers) in placement.targets(spec, host, &file) {
                files.push(HostFile { target, readers, ..file.clone() });
            }
        }
        files.sort_by(|a, b| a.target.cmp(&b.target));
        Ok(Self { host: host.name.to_string(), shape: Shape::of(spec, host), files })
    }

    /// The file by which `component` of this host knows `name`, or what serves for it in a layout
    /// that has no such file: the tutorial's kubelet has one pair for both ends.
    pub fn find(&self, component: Component, name: &str, kind: FileKind) -> Option<&HostFile> {
        let named = |name: &str| {
            let is_it = |file: &&HostFile| {
                file.name == name && file.kind == kind && file.readers.contains(&component)
            };
            self.files.iter().find(is_it)
        };
        named(name).or_else(|| {
            let (_, stand_in) = table::STAND_INS.iter().find(|(wanted, _)| *wanted == name)?;
            named(stand_in)
        })
    }

    /// The programs of this host that read any of its files, each once.
    pub fn components(&self) -> Vec<Component> {
        let mut all: Vec<_> = self.files.iter().flat_map(|file| file.readers.clone()).collect();
        all.sort();
        all.dedup();
        all
    }
}

impl HostFile {
    /// Whether it is the private key of the CA of clients.
    fn is_ca_key(&self) -> bool {
        self.kind == FileKind::Key && self.name == "ca"
    }

    /// Where it goes on the host, from `/`.
    pub fn path(&self) -> String {
        format!("/{}", self.target)
    }
}

/// The files of an entry, as those of no host yet: the target is still to be found.
fn known(spec: &ClusterSpec, catalog: &Catalog, entry: &Entry) -> Vec<HostFile> {
    let (name, kinds) = identify(spec, catalog, entry);
    let file = |((path, mode), kind): ((&StorePath, Mode), FileKind)| {
        // Only the key inside is read: `--service-account-key-file` takes certificates too.
        let is_public = name == "service-account" && kind == FileKind::Certificate;
        let kind = if is_public { FileKind::Public } else { kind };
        let row = table::ROWS.iter().find(|row| row.name == name && row.kind == kind);
        HostFile {
            source: path.clone(),
            target: path.clone(),
            mode,
            entry: entry.id.clone(),
            name: name.clone(),
            kind,
            purpose: row.map_or("", |row| row.purpose),
            readers: row.map_or_else(Vec::new, |row| row.readers.to_vec()),
        }
    };
    entry.files().zip(kinds).map(file).collect()
}

/// What an entry is called in every layout, and the kinds of its files, in the order of
/// [`Entry::files`].
fn identify(spec: &ClusterSpec, catalog: &Catalog, entry: &Entry) -> (String, [FileKind; 2]) {
    use FileKind::{Certificate, Configuration, Key, Kubeconfig, Public};
    let role = |id: &EntryId| spec.custom.read_as(&id.name, id.host.as_deref()).to_owned();
    let own = || role(&entry.id);
    match &entry.content {
        Content::Authority { .. } | Content::Certificate { .. } => (own(), [Certificate, Key]),
        Content::KeyPair { .. } => (own(), [Key, Public]),
        Content::Kubeconfig { .. }
        | Content::Derived { from: Derivation::Bootstrap { .. }, .. } => (own(), [Kubeconfig; 2]),
        Content::Derived { from: Derivation::Kubeconfig { of, .. }, .. } => {
            (role(&catalog.entries()[*of].id), [Kubeconfig; 2])
        }
        Content::Derived { from: Derivation::Copy { part, of, .. }, .. } => {
            let kind = match part {
                Part::Certificate => Certificate,
                Part::Key => Key,
                Part::Public => Public,
                _ => Configuration,
            };
            let name = match entry.id.name.strip_suffix(".crt") {
                Some("cluster-signing") => "cluster-signing".to_owned(),
                _ => catalog.entries()[*of].id.name.clone(),
            };
            (name, [kind; 2])
        }
        _ => (own(), [Configuration; 2]),
    }
}
