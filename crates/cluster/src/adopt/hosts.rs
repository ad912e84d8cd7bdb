//! The hosts that certificates are for, and what is known of them. Invents none.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    net::IpAddr,
};

use kubepki_ca::{DnsName, SubjectAltName};

use super::{leaves::Leaf, pairs::FOLDERS, role::Role};
use crate::{
    spec::{self, HostName, HostSpec},
    store::StorePath,
};

/// The hosts, and the one that the control plane runs on where it is known.
#[derive(Debug)]
pub(super) struct Hosts {
    pub(super) all: Vec<HostSpec>,
    control_plane: Option<HostName>,
    /// The folders that hold the files of one host of several with a control plane.
    folders: HashMap<String, HostName>,
}

impl Hosts {
    /// The hosts. `is_defective` says that there is an apiserver whose certificate is not.
    pub(super) fn of(leaves: &[Leaf<'_>], is_defective: bool) -> Self {
        let mut hosts = BTreeMap::<HostName, HostSpec>::new();
        for leaf in leaves {
            let Some(name) = leaf.role.host(&leaf.certificate) else { continue };
            let host = hosts.entry(name.clone()).or_insert_with(|| HostSpec {
                name,
                roles: BTreeSet::new(),
                addresses: Vec::new(),
                names: Vec::new(),
                pod_cidr: None,
            });
            host.roles.insert(match leaf.role {
                Role::Etcd(_) => spec::HostRole::Etcd,
                _ => spec::HostRole::Worker,
            });
            for name in leaf.certificate.subject_alt_names() {
                match name {
                    SubjectAltName::Dns(name) if is_of_host(name, host) => {
                        host.names.push(name.clone())
                    }
                    SubjectAltName::Ip(address) if is_dialled(*address) => {
                        host.addresses.push(*address);
                    }
                    _ => {}
                }
            }
            host.addresses.sort();
            host.addresses.dedup();
        }
        let apiservers: Vec<_> =
            leaves.iter().filter(|leaf| leaf.role == Role::Apiserver).collect();
        let mut beside = HashMap::new();
        let control_plane = match apiservers.as_slice() {
            [apiserver] => named_by(apiserver, &hosts),
            [] if is_defective && hosts.len() == 1 => hosts.keys().next().cloned(),
            // Of several apiservers each has its own folder, or nobody knows which file is whose.
            several => {
                beside = folders(several, &hosts);
                None
            }
        };
        for host in control_plane.iter().chain(beside.values()) {
            if let Some(host) = hosts.get_mut(host) {
                host.roles.insert(spec::HostRole::ControlPlane);
            }
        }
        let mut all: Vec<_> = hosts.into_values().collect();
        forget_shared(&mut all);
        Self { all, control_plane, folders: beside }
    }

    /// The host in whose folder a file lies.
    pub(super) fn of_folder(&self, path: &StorePath) -> Option<&HostName> {
        self.folders.get(folder_of_tree(path))
    }

    /// The one host there is.
    pub(super) fn only(&self) -> Option<&HostSpec> {
        match self.all.as_slice() {
            [host] => Some(host),
            _ => None,
        }
    }

    /// The host that the control plane runs on, or the one host there is.
    pub(super) fn control_plane_or_only(&self) -> Option<&HostName> {
        self.control_plane.as_ref().or_else(|| self.only().map(|host| &host.name))
    }

    /// The host that a certificate is for.
    pub(super) fn host_of(&self, leaf: &Leaf<'_>) -> Option<&HostName> {
        if let Some(name) = leaf.role.host(&leaf.certificate) {
            return self.all.iter().map(|host| &host.name).find(|other| **other == name);
        }
        if let Some(host) = self.of_folder(leaf.path()) {
            return Some(host);
        }
        let is_there = match &leaf.role {
            Role::Apiserver => true,
            Role::Known(name, _) => *name != "kube-proxy",
            Role::Named(name) => CONTROL_PLANE.contains(&name.as_str()),
            _ => false,
        };
        self.control_plane.as_ref().filter(|_| is_there)
    }
}

/// The one known host that the names of an apiserver have.
fn named_by(apiserver: &Leaf<'_>, hosts: &BTreeMap<HostName, HostSpec>) -> Option<HostName> {
    let has_name = |host: &&HostName| {
        let own = SubjectAltName::Dns(host.dns_name().clone());
        apiserver.certificate.subject_alt_names().contains(&own)
    };
    let mut named = hosts.keys().filter(has_name);
    named.next().filter(|_| named.next().is_none()).cloned()
}

/// The folder of each apiserver that has one to itself, and the host it is of: by its names, else by
/// what the folder is called.
fn folders(
    apiservers: &[&Leaf<'_>],
    hosts: &BTreeMap<HostName, HostSpec>,
) -> HashMap<String, HostName> {
    let mut folders = HashMap::<String, Vec<Option<HostName>>>::new();
    for apiserver in apiservers {
        let folder = folder_of_tree(apiserver.path());
        let called = || {
            let name = folder.rsplit('/').next()?.parse().ok()?;
            hosts.contains_key(&name).then_some(name)
        };
        let host = named_by(apiserver, hosts).or_else(called);
        folders.entry(folder.to_owned()).or_default().push(host);
    }
    // One in the root may be of any host.
    if folders.contains_key("") {
        return HashMap::new();
    }
    let one = |(folder, mut all): (String, Vec<Option<HostName>>)| match all.len() {
        1 => Some((folder, all.pop()??)),
        _ => None,
    };
    folders.into_iter().filter_map(one).collect()
}

/// The folder in which a tree like that of `/etc/kubernetes` lies; empty for the root.
fn folder_of_tree(path: &StorePath) -> &str {
    let mut end = 0;
    for (at, _) in path.as_str().match_indices('/') {
        let start = if end == 0 { 0 } else { end + 1 };
        if FOLDERS.contains(&&path.as_str()[start..at]) {
            break;
        }
        end = at;
    }
    &path.as_str()[..end]
}

/// An address of several hosts is a load balancer's or a mistake, and no host's.
fn forget_shared(hosts: &mut [HostSpec]) {
    let mut counts = HashMap::<IpAddr, usize>::new();
    for address in hosts.iter().flat_map(|host| &host.addresses) {
        *counts.entry(*address).or_default() += 1;
    }
    for host in hosts {
        host.addresses.retain(|address| counts.get(address) == Some(&1));
    }
}

fn is_of_host(name: &DnsName, host: &HostSpec) -> bool {
    let text = name.as_str();
    text != "localhost"
        && !text.starts_with('*')
        && text != host.name.as_str()
        && !host.names.contains(name)
}

/// Whether a spec takes it for an address of a host, and only one host can have it.
fn is_dialled(address: IpAddr) -> bool {
    let is_mapped = matches!(address, IpAddr::V6(v6) if v6.to_ipv4_mapped().is_some());
    !(address.is_loopback()
        || address.is_unspecified()
        || address.is_multicast()
        || is_mapped
        || address == IpAddr::V4(std::net::Ipv4Addr::BROADCAST))
}

/// What runs beside an apiserver, of the certificates that are known by their files.
const CONTROL_PLANE: [&str; 4] = [
    "apiserver-etcd-client",
    "apiserver-kubelet-client",
    "etcd-healthcheck-client",
    "front-proxy-client",
];
