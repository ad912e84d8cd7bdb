//! What one host gets: which files of the root, where they go, and which program reads each.
//! Reads no file.

mod place;
mod shape;

use kubepki_cluster::{
    Catalog, ClusterSpec, Component, EntryId, Slot, StorePath,
    catalog::Entry,
    model::{FileFacts, SlotFacts, TABLE},
    spec::{HostPaths, HostSpec, Layout},
    store::Mode,
};

pub use self::shape::Shape;
use crate::error::ShareError;
pub use kubepki_cluster::Part;
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
    /// What it is in every layout.
    pub slot: Slot,
    /// Which of the slot's files it is.
    pub part: Part,
    /// What it is for, in words.
    pub purpose: &'static str,
    /// The programs of this host that read it.
    pub readers: Vec<Component>,
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
            (Layout::HardWay, _) | (Layout::Custom, Some(HostPaths::HardWay)) => {
                Placement::Tutorial
            }
            (Layout::Custom, Some(HostPaths::Folder(folder))) => Placement::Folder(folder.as_str()),
            _ => return Err(ShareError::UnknownPlaces { layout: spec.layout }),
        };
        let mut files: Vec<HostFile> = Vec::new();
        let has = |slot| catalog.entries().iter().any(|entry| entry.slot == slot);
        for mut file in catalog.entries().iter().flat_map(of_entry) {
            // Another host's business, whatever the name.
            if file.entry.host.as_ref().is_some_and(|owner| owner != host.name.as_str()) {
                continue;
            }
            if !has(Slot::EtcdServer) {
                file.add_stood_in_for(Component::Etcd);
            }
            for (target, readers) in placement.targets(spec, host, &file) {
                files.push(HostFile { target, readers, ..file.clone() });
            }
        }
        files.sort_by(|a, b| a.target.cmp(&b.target));
        Ok(Self { host: host.name.to_string(), shape: Shape::of(spec, host), files })
    }

    /// The file by which `component` of this host knows a slot, or what serves for it in a layout
    /// that has no such file: the tutorial's kubelet has one pair for both ends.
    pub fn find(&self, component: Component, slot: Slot, part: Part) -> Option<&HostFile> {
        let of_slot = |slot: Slot| {
            let is_it = |file: &&HostFile| {
                file.slot == slot && file.part == part && file.readers.contains(&component)
            };
            self.files.iter().find(is_it)
        };
        of_slot(slot).or_else(|| of_slot(slot.facts()?.stand_in?))
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
    /// What it is called in every layout: `ca`, `apiserver`, `kubelet-server`.
    pub fn name(&self) -> String {
        match self.slot {
            Slot::Other | Slot::User => self.entry.name().into_owned(),
            slot => slot.name().to_owned(),
        }
    }

    fn new(entry: EntryId, slot: Slot, part: Part, path: StorePath, mode: Mode) -> Self {
        let facts = slot.facts().and_then(|facts| facts.file(part));
        let mut readers = Vec::new();
        for reader in facts.into_iter().flat_map(|file| file.readers) {
            if !readers.contains(&reader.component) {
                readers.push(reader.component);
            }
        }
        let purpose = facts.map_or("", |file| file.purpose);
        Self { source: path.clone(), target: path, mode, entry, slot, part, purpose, readers }
    }

    /// Whether it is the private key of the CA of clients.
    fn is_ca_key(&self) -> bool {
        self.part == Part::Key && self.slot == Slot::ClusterCa
    }

    /// Where it goes on the host, from `/`.
    pub fn path(&self) -> String {
        format!("/{}", self.target)
    }

    /// What is known of it; nothing of what no program reads.
    fn facts(&self) -> Option<&'static FileFacts> {
        self.slot.facts()?.file(self.part)
    }

    /// Has a program read it where it stands in for a file of the program's.
    fn add_stood_in_for(&mut self, component: Component) {
        let is_read = |slot: &SlotFacts| {
            let file = slot.file(self.part).filter(|_| slot.stand_in == Some(self.slot));
            file.is_some_and(|file| file.readers.iter().any(|it| it.component == component))
        };
        if TABLE.iter().any(is_read) && !self.readers.contains(&component) {
            self.readers.push(component);
        }
    }
}

/// The files of an entry, as those of no host yet: the target is still to be found.
fn of_entry(entry: &Entry) -> impl Iterator<Item = HostFile> {
    entry.parts().map(|(path, part, mode)| {
        HostFile::new(entry.id.clone(), entry.slot, part, path.clone(), mode)
    })
}
