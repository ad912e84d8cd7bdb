//! The PKI of a machine, found from what starts there: static pods, systemd units, configuration
//! files and kubeconfigs. Looks at no running process, and judges nothing.

mod component;
mod configuration;
mod flags;
mod machine;
mod manifest;
mod role;
mod unit;
mod words;
mod yaml;

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsString,
    path::{Path, PathBuf},
};

pub(crate) use self::machine::public_keys;
use self::unit::UnitFile;
pub use self::{
    component::{Component, ComponentKind, Mount, Origin, Source},
    flags::{Flag, Flags},
    machine::{FileError, FoundFile, Machine, Use},
    role::{FILES, PAIRS, Role, Wants},
};
use crate::read::{Tree, TreeError};

/// What starts on a machine.
#[derive(Debug, Default)]
pub struct Discovery {
    /// The components, in the order of the paths of the files that declare them.
    pub components: Vec<Component>,
    /// What could not be read; the rest was.
    pub unread: Vec<Unread>,
}

/// A file that could not be read or understood.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unread {
    /// Its path as the machine knows it.
    pub path: PathBuf,
    /// Why, in words that fit after "cannot read it:".
    pub reason: String,
}

/// Where kubeadm has the kubelet look for static pods.
const MANIFESTS: &str = "/etc/kubernetes/manifests";

/// Where systemd looks for units; a unit found in one of these hides those of its name behind it.
const UNITS: &[&str] = &[
    "/etc/systemd/system",
    "/run/systemd/system",
    "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system",
    "/lib/systemd/system",
];

/// Finds the components that a machine starts.
pub fn discover(tree: &Tree) -> Discovery {
    let mut found = Discovery::default();
    found.units(tree);
    found.configurations(tree, 0);
    let mut folders = BTreeSet::from([PathBuf::from(MANIFESTS)]);
    let named = found.components.iter().filter_map(|it| it.flags.value("pod-manifest-path"));
    folders.extend(named.map(PathBuf::from));
    let units = found.components.len();
    for folder in folders {
        found.manifests(tree, &folder);
    }
    found.configurations(tree, units);
    found.components.sort_by(|a, b| a.source.cmp(&b.source));
    found.unread.sort();
    found
}

impl Discovery {
    fn units(&mut self, tree: &Tree) {
        let mut paths: BTreeMap<OsString, PathBuf> = BTreeMap::new();
        for folder in UNITS.iter().map(Path::new) {
            for name in self.names(tree, folder) {
                if Path::new(&name).extension().is_some_and(|it| it == "service") {
                    paths.entry(name.clone()).or_insert_with(|| folder.join(name));
                }
            }
        }
        // A unit may have several names.
        let mut seen = BTreeSet::new();
        for (name, path) in paths {
            let Some(unit) = self.text(tree, &path) else { continue };
            if !tree.stat(&path).is_ok_and(|stat| seen.insert(stat.path)) {
                continue;
            }
            let mut files = vec![UnitFile { path, text: unit }];
            files.extend(self.drop_ins(tree, &name));
            let mut read = |path: &Path, _: &Source| self.text(tree, path);
            if let Some(component) = unit::component(&files, &mut read) {
                self.components.push(component);
            }
        }
    }

    /// The drop-ins of a unit, in the order of their names, wherever they lie.
    fn drop_ins(&mut self, tree: &Tree, unit: &OsString) -> Vec<UnitFile> {
        let mut folder = unit.clone();
        folder.push(".d");
        let mut paths: BTreeMap<OsString, PathBuf> = BTreeMap::new();
        for folder in UNITS.iter().map(|it| Path::new(it).join(&folder)) {
            for name in self.names(tree, &folder) {
                if Path::new(&name).extension().is_some_and(|it| it == "conf") {
                    paths.entry(name.clone()).or_insert_with(|| folder.join(name));
                }
            }
        }
        let texts = paths.into_values().filter_map(|path| {
            let text = self.text(tree, &path)?;
            Some(UnitFile { path, text })
        });
        texts.collect()
    }

    /// The kubelet runs every file of the folder whose name does not begin with a dot, whatever
    /// else it is called.
    fn manifests(&mut self, tree: &Tree, folder: &Path) {
        for name in self.names(tree, folder) {
            let path = folder.join(&name);
            if name.to_string_lossy().starts_with('.') {
                continue;
            }
            let file = match tree.read(&path) {
                Ok(file) => file,
                // Folders below it are not looked into.
                Err(TreeError::NotAFile) => continue,
                Err(error) => {
                    self.unread(path, &error);
                    continue;
                }
            };
            match manifest::components(&path, &file.bytes) {
                Ok(found) => self.components.extend(found),
                Err(reason) => self.unread.push(Unread { path, reason }),
            }
        }
    }

    /// Reads the configuration files of the components from `first` on.
    fn configurations(&mut self, tree: &Tree, first: usize) {
        for component in &mut self.components[first..] {
            let flag = configuration::flag_of(component.kind);
            let Some(named) = flag.and_then(|flag| component.flags.value(flag)) else { continue };
            let Some(path) = component.outside(Path::new(named)) else { continue };
            // One that is not there is a finding about the flag.
            let Ok(file) = tree.read(&path) else { continue };
            let read =
                configuration::read(component.kind, &mut component.flags, &path, &file.bytes);
            if let Err(reason) = read {
                self.unread.push(Unread { path, reason });
            }
        }
    }

    fn names(&mut self, tree: &Tree, folder: &Path) -> Vec<OsString> {
        tree.names(folder).unwrap_or_else(|error| {
            self.unread(folder.to_path_buf(), &error);
            Vec::new()
        })
    }

    /// The text of a file, if it is there; a masked unit is a link to a device.
    fn text(&mut self, tree: &Tree, path: &Path) -> Option<String> {
        match tree.read(path) {
            Ok(file) => Some(String::from_utf8_lossy(&file.bytes).into_owned()),
            Err(TreeError::Missing | TreeError::NotAFile) => None,
            Err(error) => {
                self.unread(path.to_path_buf(), &error);
                None
            }
        }
    }

    fn unread(&mut self, path: PathBuf, error: &TreeError) {
        self.unread.push(Unread { path, reason: error.in_words() });
    }
}
