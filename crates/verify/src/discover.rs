//! The PKI of a machine, found from what starts there: static pods, systemd units, configuration
//! files and kubeconfigs. Looks at no running process, and judges nothing.

mod component;
mod configuration;
mod flags;
mod machine;
mod manifest;
mod role;
mod specifiers;
mod unit;
mod wildcard;
mod words;
mod yaml;

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::{OsStr, OsString},
    path::{self, Path, PathBuf},
};

pub(crate) use self::machine::public_keys;
pub use self::{
    component::{Component, ComponentKind, Missing, Mount, Origin, Source},
    flags::{Flag, Flags},
    machine::{FileError, FoundFile, Machine, Use},
    role::{FILES, PAIRS, Role, Wants},
};
use self::{
    specifiers::Specifiers,
    unit::{EnvironmentFile, UnitFile},
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
    let named = found.components.iter().filter_map(|it| it.flags.known("pod-manifest-path"));
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
        let host = machine::host(tree);
        let mut paths: BTreeMap<OsString, PathBuf> = BTreeMap::new();
        let mut wanted = BTreeSet::new();
        for folder in UNITS.iter().map(Path::new) {
            for name in self.names(tree, folder) {
                match Path::new(&name).extension().and_then(OsStr::to_str) {
                    Some("service") => {
                        paths.entry(name.clone()).or_insert_with(|| folder.join(name));
                    }
                    Some("wants" | "requires") => {
                        wanted.extend(self.names(tree, &folder.join(name)));
                    }
                    _ => {}
                }
            }
        }
        // What has no file of its own is started from its template.
        for name in wanted {
            let template = template_of(&name).and_then(|template| paths.get(&template));
            if let Some(template) = template.filter(|_| !paths.contains_key(&name)).cloned() {
                paths.insert(name, template);
            }
        }
        // A template with instances does not start itself.
        let templates: BTreeSet<_> = paths.keys().filter_map(|name| template_of(name)).collect();
        // A unit may have several names.
        let mut seen = BTreeSet::new();
        for (name, path) in paths.iter().filter(|(name, _)| !templates.contains(*name)) {
            let Some(unit) = self.text(tree, path) else { continue };
            let template = template_of(name);
            let instance = template.as_ref().map(|_| name);
            if !tree.stat(path).is_ok_and(|stat| seen.insert((stat.path, instance))) {
                continue;
            }
            let mut files = vec![UnitFile { path: path.clone(), text: unit }];
            files.extend(self.drop_ins(tree, name, template.as_ref()));
            let specifiers = Specifiers::new(name.to_string_lossy(), host.as_deref());
            let mut read = |path: &Path| self.environment(tree, path);
            if let Some(component) = unit::component(&files, &specifiers, &mut read) {
                self.components.push(component);
            }
        }
    }

    /// The drop-ins of a unit, in the order of their names, wherever they lie; those of its
    /// template too.
    fn drop_ins(
        &mut self,
        tree: &Tree,
        unit: &OsString,
        template: Option<&OsString>,
    ) -> Vec<UnitFile> {
        let mut paths: BTreeMap<OsString, PathBuf> = BTreeMap::new();
        for unit in std::iter::once(unit).chain(template) {
            let mut folder = unit.clone();
            folder.push(".d");
            for folder in UNITS.iter().map(|it| Path::new(it).join(&folder)) {
                for name in self.names(tree, &folder) {
                    if Path::new(&name).extension().is_some_and(|it| it == "conf") {
                        paths.entry(name.clone()).or_insert_with(|| folder.join(name));
                    }
                }
            }
        }
        let texts = paths.into_values().filter_map(|path| {
            let text = self.text(tree, &path)?;
            Some(UnitFile { path, text })
        });
        texts.collect()
    }

    /// The environment files that a path leads to, perhaps by wildcards, in order.
    fn environment(&mut self, tree: &Tree, path: &Path) -> Vec<EnvironmentFile> {
        let mut paths = vec![PathBuf::from("/")];
        for part in path.components().filter(|part| *part != path::Component::RootDir) {
            let part = part.as_os_str().to_string_lossy();
            paths = match wildcard::is_in(&part) {
                false => paths.iter().map(|path| path.join(&*part)).collect(),
                true => paths
                    .iter()
                    .flat_map(|folder| {
                        let names = self.names(tree, folder).into_iter();
                        let fitting =
                            names.filter(|it| wildcard::fits(&part, &it.to_string_lossy()));
                        fitting.map(|name| folder.join(name)).collect::<Vec<_>>()
                    })
                    .collect(),
            };
        }
        let read = paths.into_iter().filter_map(|path| match tree.read(&path) {
            Ok(file) => Some((path, Some(String::from_utf8_lossy(&file.bytes).into_owned()))),
            Err(TreeError::Missing | TreeError::NotAFile) => None,
            Err(error) => {
                self.unread(path.clone(), &error);
                Some((path, None))
            }
        });
        read.collect()
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
        for index in first..self.components.len() {
            for path in self.configuration_files(tree, index) {
                let component = &mut self.components[index];
                let read = match tree.read(&path) {
                    Ok(file) => {
                        let flags = &mut component.flags;
                        configuration::read(component.kind, flags, &path, &file.bytes)
                    }
                    // One that is not there is a finding about the flag.
                    Err(TreeError::Missing | TreeError::NotAFile) => continue,
                    Err(error) => Err(error.in_words()),
                };
                if let Err(reason) = read {
                    component.flags.mark_partial();
                    self.unread.push(Unread { path, reason });
                }
            }
        }
    }

    /// The configuration files of a component, that first which counts most: a kubelet's drop-ins,
    /// the last of them in front, count more than the file that they go with.
    fn configuration_files(&mut self, tree: &Tree, index: usize) -> Vec<PathBuf> {
        let component = &self.components[index];
        let flags = &component.flags;
        let outside = |flag| component.outside(Path::new(flags.known(flag)?));
        let mut files = Vec::new();
        let folder = match component.kind {
            ComponentKind::Kubelet => outside("config-dir"),
            _ => None,
        };
        let file = configuration::flag_of(component.kind).and_then(outside);
        let is_unknown =
            ["config", "config-dir", "config-file"].into_iter().any(|it| flags.is_unknown(it));
        if is_unknown {
            self.components[index].flags.mark_partial();
        }
        if let Some(folder) = folder {
            let names = self.names(tree, &folder).into_iter().rev();
            let named = names.filter(|it| Path::new(it).extension().is_some_and(|it| it == "conf"));
            files.extend(named.map(|name| folder.join(name)));
        }
        files.extend(file);
        files
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

/// The template of a unit's instance: `etcd@.service` of `etcd@m1.service`.
fn template_of(name: &OsStr) -> Option<OsString> {
    let (prefix, instance) = name.to_str()?.split_once('@')?;
    let (instance, ending) = instance.rsplit_once('.')?;
    (!instance.is_empty()).then(|| format!("{prefix}@.{ending}").into())
}
