//! What has to happen on which host once files of the root have changed. Does none of it.

use std::collections::{BTreeMap, BTreeSet};

use kubepki_model::{Component, Effect, Form, KubernetesVersion, Layout, Part};
use serde::{Serialize, Serializer};

use crate::{
    catalog::{Catalog, Entry, EntryId, host_folder},
    spec::{ClusterSpec, HostPaths, HostSpec},
    store::StorePath,
};

/// What has to happen, by host.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Rollout {
    /// The hosts of which files changed, in the order of the spec.
    pub hosts: Vec<HostWork>,
    /// The files that users have to be given.
    pub users: Vec<StorePath>,
    /// The manifests that have to be applied again.
    pub manifests: Vec<StorePath>,
}

/// What has to happen on one host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HostWork {
    /// The host; [`UNKNOWN`] for those that the spec does not name, which documents leave out.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub host: String,
    /// How its files get there, relative to the root; none where the root is there, or the layout
    /// has no folder for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub copy: Option<String>,
    /// The components that notice by themselves.
    pub reloads: Vec<Component>,
    /// The components that have to be restarted, in the order in which it is done.
    pub restart: Vec<Component>,
    /// What restarts them; none where the layout does not say how they run.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub restart_commands: Vec<String>,
    /// The files.
    pub files: Vec<ChangedFile>,
}

/// A file that changed, and who reads it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ChangedFile {
    /// Its entry; as JSON the name alone, for the host is known.
    #[serde(serialize_with = "name_of")]
    pub entry: EntryId,
    /// Where it lies in the root.
    pub path: StorePath,
    /// Where it lies on the host, where the layout says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path_on_host: Option<String>,
    /// The components that read it.
    pub readers: Vec<Reader>,
}

/// A component that reads a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Reader {
    /// The component.
    pub component: Component,
    /// What it does about the change.
    #[serde(flatten)]
    pub effect: Effect,
}

impl Rollout {
    /// What follows from a change of these files.
    ///
    /// Without a version of Kubernetes, what reloads says since which version it does.
    pub fn of<'a>(
        spec: &ClusterSpec,
        catalog: &Catalog,
        changed: impl IntoIterator<Item = &'a StorePath>,
        version: Option<KubernetesVersion>,
    ) -> Self {
        let changed: BTreeSet<_> = changed.into_iter().collect();
        let mut rollout = Self::default();
        let mut by_host: BTreeMap<&str, Vec<ChangedFile>> = BTreeMap::new();
        for entry in &catalog.entries {
            let files = entry.parts().filter(|(path, ..)| changed.contains(path));
            let files: Vec<_> = files.map(|(path, part, _)| (path.clone(), part)).collect();
            if files.is_empty() {
                continue;
            }
            let form = entry.slot.facts().map(|facts| facts.form);
            if entry.id.slot.is_user() {
                // A pair beside the kubeconfig is for its owner too.
                rollout.users.extend(files.into_iter().map(|(path, _)| path));
            } else if form == Some(Form::Manifest) {
                rollout.manifests.extend(files.into_iter().map(|(path, _)| path));
            } else {
                let hosts = hosts_of(spec, entry);
                if hosts.is_empty() && spec.layout == Layout::Custom {
                    let changed =
                        files.iter().map(|file| changed_anywhere(spec, entry, file, version));
                    by_host.entry(UNKNOWN).or_default().extend(changed);
                }
                for host in hosts {
                    let changed =
                        files.iter().map(|file| changed_file(spec, host, entry, file, version));
                    by_host.entry(host.name.as_str()).or_default().extend(changed);
                }
            }
        }
        let hosts = spec.hosts.iter().map(|host| host.name.as_str());
        rollout.hosts = hosts
            .chain([UNKNOWN])
            .filter_map(|host| Some(HostWork::new(spec, host, by_host.remove(host)?)))
            .collect();
        rollout
    }

    /// Whether nothing has to happen.
    pub fn is_empty(&self) -> bool {
        self.hosts.is_empty() && self.users.is_empty() && self.manifests.is_empty()
    }
}

impl HostWork {
    pub(crate) fn new(spec: &ClusterSpec, host: &str, files: Vec<ChangedFile>) -> Self {
        let with = |is_meant: fn(Effect) -> bool| -> BTreeSet<Component> {
            let readers = files.iter().flat_map(|file| &file.readers);
            readers
                .filter(|reader| is_meant(reader.effect))
                .map(|reader| reader.component)
                .collect()
        };
        let restart = with(|effect| effect == Effect::Restart);
        let mut reloads = with(|effect| matches!(effect, Effect::Reloads { .. }));
        reloads.retain(|component| !restart.contains(component));
        let (reloads, restart): (Vec<_>, Vec<_>) =
            (reloads.into_iter().collect(), restart.into_iter().collect());
        let copy = (spec.layout == Layout::Hosts)
            .then(|| format!("kubepki host push {host} --ssh root@{host}"));
        let restart_commands = commands(spec, &restart);
        Self { host: host.to_owned(), copy, reloads, restart, restart_commands, files }
    }
}

fn changed_file(
    spec: &ClusterSpec,
    host: &HostSpec,
    entry: &Entry,
    file: &(StorePath, Part),
    version: Option<KubernetesVersion>,
) -> ChangedFile {
    let changed = changed_anywhere(spec, entry, file, version);
    let readers = changed.readers.into_iter();
    let readers = readers
        .filter(|reader| reader.component.runs_on(spec.layout, |role| host.has(role)))
        .collect();
    let folder = host_folder(host.name.as_str());
    let path_on_host = (spec.layout == Layout::Hosts)
        .then(|| file.0.as_str().strip_prefix(&folder).map(|below| format!("/{below}")))
        .flatten();
    ChangedFile { path_on_host, readers, ..changed }
}

/// A file with all that read it, wherever they run.
fn changed_anywhere(
    spec: &ClusterSpec,
    entry: &Entry,
    file: &(StorePath, Part),
    version: Option<KubernetesVersion>,
) -> ChangedFile {
    let (path, part) = file;
    let facts = entry.slot.facts().and_then(|facts| facts.file(*part));
    let readers = facts.into_iter().flat_map(|file| file.readers);
    let readers = readers.filter(|reader| reader.layouts.has(spec.layout)).map(|reader| Reader {
        component: reader.component,
        effect: reader.effect.in_version(version),
    });
    let (entry, path) = (entry.id.clone(), path.clone());
    ChangedFile { entry, path, path_on_host: None, readers: readers.collect() }
}

fn name_of<S: Serializer>(entry: &EntryId, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&entry.name())
}

/// The hosts that get the files of an entry.
fn hosts_of<'a>(spec: &'a ClusterSpec, entry: &Entry) -> Vec<&'a HostSpec> {
    let is_one = |host: &&HostSpec| match &entry.id.host {
        Some(name) => host.name.as_str() == name,
        // The folder `authorities` stays where it is; its copies are entries of their own.
        None if spec.layout == Layout::Hosts => false,
        None => entry.is_read_by(spec.layout, |role| host.has(role)),
    };
    spec.hosts.iter().filter(is_one).collect()
}

/// kubeadm runs all but the kubelet as static pods, which the kubelet restarts when their
/// manifests go and come; the tutorial runs all as units. Where the files of an adopted PKI lie on
/// machines says whose it was.
fn commands(spec: &ClusterSpec, restart: &[Component]) -> Vec<String> {
    let kubeadms = |folder: &StorePath| folder.as_str().starts_with("etc/kubernetes");
    let layout = match &spec.custom.places {
        Some(HostPaths::Folder(folder)) if kubeadms(folder) => Layout::Kubeadm,
        Some(HostPaths::HardWay) => Layout::HardWay,
        _ => spec.layout,
    };
    let units = |components: &[&str]| match components {
        [] => None,
        some => Some(format!("systemctl restart {}", some.join(" "))),
    };
    let programs: Vec<_> = restart.iter().map(|component| component.name()).collect();
    match layout {
        Layout::HardWay => units(&programs).into_iter().collect(),
        Layout::Kubeadm => {
            let (kubelet, pods): (Vec<_>, Vec<_>) =
                programs.into_iter().partition(|name| *name == "kubelet");
            let pod = |name: &str| {
                let manifest = format!("/etc/kubernetes/manifests/{name}.yaml");
                format!(
                    "mv {manifest} /etc/kubernetes/ && sleep 20 && mv /etc/kubernetes/{name}.yaml {manifest}"
                )
            };
            pods.into_iter().map(pod).chain(units(&kubelet)).collect()
        }
        _ => Vec::new(),
    }
}

/// The host of files of which the layout `custom` names none: nobody has said where they are read.
pub const UNKNOWN: &str = "";
