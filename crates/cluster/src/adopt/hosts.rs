//! The hosts that certificates are for, and what is known of them. Invents none.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    net::IpAddr,
};

use kubepki_ca::{DnsName, SubjectAltName};

use super::{leaves::Leaf, role::Role};
use crate::spec::{self, HostName, HostSpec};

/// The hosts, and the one that the control plane runs on where it is known.
#[derive(Debug)]
pub(super) struct Hosts {
    pub(super) all: Vec<HostSpec>,
    control_plane: Option<HostName>,
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
                Role::Etcd(_) => spec::Role::Etcd,
                _ => spec::Role::Worker,
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
        let mut apiservers = leaves.iter().filter(|leaf| leaf.role == Role::Apiserver);
        // Of several apiservers, nobody knows which control-plane file is whose.
        let control_plane = match (apiservers.next(), apiservers.next()) {
            (Some(apiserver), None) => {
                let is_named = |host: &&HostSpec| {
                    let own = SubjectAltName::Dns(host.name.dns_name().clone());
                    apiserver.certificate.subject_alt_names().contains(&own)
                };
                let mut named = hosts.values().filter(is_named);
                named.next().filter(|_| named.next().is_none()).map(|host| host.name.clone())
            }
            (None, _) if is_defective && hosts.len() == 1 => hosts.keys().next().cloned(),
            _ => None,
        };
        if let Some(host) = control_plane.as_ref().and_then(|name| hosts.get_mut(name)) {
            host.roles.insert(spec::Role::ControlPlane);
        }
        let mut all: Vec<_> = hosts.into_values().collect();
        forget_shared(&mut all);
        Self { all, control_plane }
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
        let is_there = match &leaf.role {
            Role::Apiserver => true,
            Role::Known(name, _) => *name != "kube-proxy",
            Role::Named(name) => CONTROL_PLANE.contains(&name.as_str()),
            _ => false,
        };
        self.control_plane.as_ref().filter(|_| is_there)
    }
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
