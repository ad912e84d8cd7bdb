//! What a host can get at all, from what a bundle says of it: so that no bundle, whoever made it,
//! brings a machine a file that no share has. Reads no file.

use std::collections::BTreeSet;

use kubepki_cluster::{
    Catalog, ClusterSpec, Component, EntryId, HostRole, Layout, StorePath, SystemMasters,
    spec::{HostPaths, HostSpec},
    store::Mode,
};
use serde::{Deserialize, Serialize};

use super::{HostFile, Part, Share, place::Placement};
use crate::manifest::ManifestFile;

/// What decides which files a host gets, and where: of a spec, and of a bundle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shape {
    /// The layout of the spec.
    pub layout: String,
    /// Where the files of the layout `custom` lie on a machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub places: Option<String>,
    /// What the host does.
    pub roles: Vec<String>,
}

impl Shape {
    /// That of a host of a spec.
    pub(crate) fn of(spec: &ClusterSpec, host: &HostSpec) -> Self {
        Self {
            layout: spec.layout.name().to_owned(),
            places: spec.custom.places.as_ref().map(ToString::to_string),
            roles: host.roles.iter().map(|role| role.name().to_owned()).collect(),
        }
    }

    /// The first of these files that no host of this name and shape gets; an error where there is no
    /// such host.
    pub(crate) fn stranger<'a>(
        &self,
        host: &str,
        files: &'a [ManifestFile],
    ) -> Result<Option<&'a ManifestFile>, &'static str> {
        let layout: Layout = self.layout.parse().map_err(|_| "its layout is unknown")?;
        let is_custom = layout == Layout::Custom;
        let places = match (is_custom, &self.places) {
            (false, None) => None,
            (true, Some(places)) => Some(places.parse().map_err(|_| "its places are unknown")?),
            _ => return Err("its layout and its places do not fit together"),
        };
        let specs = match is_custom {
            // One that only says which programs run there.
            true => vec![self.spec(Layout::Hosts, host, 0)?],
            false => (0..4).map(|n| self.spec(layout, host, n)).collect::<Result<_, _>>()?,
        };
        if let Some(places) = places {
            let stranger = |file: &&ManifestFile| !is_placed(&specs[0], &places, file);
            return Ok(files.iter().find(stranger));
        }
        let mut possible = BTreeSet::new();
        for spec in &specs {
            let impossible = "there is no such host";
            let catalog = Catalog::of_cluster(spec).map_err(|_| impossible)?;
            let share = Share::of(spec, &catalog, &spec.hosts[0]).map_err(|_| impossible)?;
            possible.extend(share.files.iter().map(known));
        }
        Ok(files.iter().find(|file| !possible.contains(&listed(file))))
    }

    /// A spec with a host of this shape in front; the variants have all that a spec can ask for.
    fn spec(&self, layout: Layout, host: &str, variant: u8) -> Result<ClusterSpec, &'static str> {
        let roles = self.roles.iter().map(|role| role.parse::<HostRole>());
        let roles: Vec<_> = roles.collect::<Result<_, _>>().map_err(|_| "its roles are unknown")?;
        let is_alone = layout == Layout::Kubeadm;
        // Another host does what this one does not.
        let other = match (is_alone, roles.contains(&HostRole::ControlPlane)) {
            (true, _) => None,
            (false, true) => Some("etcd, worker"),
            (false, false) => Some("control-plane, etcd, worker"),
        };
        let name = if host == "other" { "another" } else { "other" };
        let other = other.map_or_else(String::new, |roles| {
            format!("  - {{name: {name}, roles: [{roles}], addresses: [192.0.2.2]}}\n")
        });
        let roles: Vec<_> = roles.iter().map(|role| role.name()).collect();
        let kubelets = if variant & 1 != 0 && !is_alone { "kubelets: bootstrap\n" } else { "" };
        let encryption = if variant & 2 != 0 { "encryption: secretbox\n" } else { "" };
        // The name has no character but those of a manifest.
        let text = format!(
            "apiVersion: kubepki/v1alpha1\nkind: Cluster\nname: any\nendpoint: api.example\n\
             serviceCIDRs: [10.96.0.0/12]\nlayout: {layout}\n{kubelets}{encryption}hosts:\n  \
             - {{name: \"{host}\", roles: [{}], addresses: [192.0.2.1]}}\n{other}users:\n  \
             - {{name: admin, groups: [any]}}\n",
            roles.join(", "),
        );
        ClusterSpec::parse(text, SystemMasters::Allowed)
            .map_err(|_| "no host can have its name and roles")
    }
}

/// A file as the comparison sees it.
type Known = (String, String, Part, u32);

fn known(file: &HostFile) -> Known {
    (file.target.to_string(), file.name(), file.part, file.mode.bits())
}

fn listed(file: &ManifestFile) -> Known {
    (file.path.to_string(), file.name.clone(), file.kind, file.mode.bits())
}

/// Whether a host may have a file of this name and kind at its path, where the spec says what the
/// files of the root are called.
fn is_placed(spec: &ClusterSpec, places: &HostPaths, listed: &ManifestFile) -> bool {
    let host = &spec.hosts[0];
    let id = EntryId::named(&listed.name);
    let is_part = id.part.is_some();
    let slot = id.slot;
    let mut file = HostFile::new(id, slot, listed.kind, listed.path.clone(), listed.mode);
    if is_part || file.facts().is_none() {
        return false;
    }
    file.add_stood_in_for(Component::Etcd);
    let path = listed.path.as_str();
    let last = listed.path.as_str().rsplit('/').next().unwrap_or_default();
    let placement;
    let sources: Vec<(String, bool)> = match places {
        HostPaths::Folder(folder) => {
            placement = Placement::Folder(folder.as_str());
            let below = path.strip_prefix(folder.as_str()).and_then(|rest| rest.strip_prefix('/'));
            // Where static Pods and add-ons lie, no root has a certificate.
            let below = below.filter(|below| below.split('/').all(|part| part != "manifests"));
            below.map(|below| (below.to_owned(), false)).into_iter().collect()
        }
        HostPaths::HardWay => {
            placement = Placement::Tutorial;
            let kubelet = last.strip_prefix("kubelet");
            let own = kubelet.map(|rest| (format!("{}{rest}", host.name), true));
            let member = (format!("{}-etcd-{last}", host.name), true);
            let of_host = (format!("{}{last}", host.name), true);
            [(last.to_owned(), false), member, of_host].into_iter().chain(own).collect()
        }
    };
    let is_target = |(source, is_own): (String, bool)| {
        let Ok(source) = StorePath::new(source) else { return false };
        let owner = is_own.then(|| host.name.to_string());
        let file = HostFile { source, entry: file.entry.clone().at(owner), ..file.clone() };
        placement.targets(spec, host, &file).iter().any(|(target, _)| *target == listed.path)
    };
    let is_open = matches!(listed.kind, Part::Certificate | Part::Public);
    (is_open || listed.mode == Mode::Private) && sources.into_iter().any(is_target)
}
