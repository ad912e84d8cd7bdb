//! What flags say of the cluster and of the host, as they say it.

use std::net::{IpAddr, SocketAddr};

use ipnet::IpNet;
use kubepki_cluster::{
    ClusterSpec, Component, HostRole, Layout, Slot,
    spec::{EntryContent, EntrySpec, HostSpec},
};

use crate::share::{HostFile, Part, Share};

/// What the values of flags are made from.
pub(super) struct Facts<'a> {
    pub(super) spec: &'a ClusterSpec,
    pub(super) host: &'a HostSpec,
    pub(super) share: &'a Share,
}

/// etcd's ports for its clients and for its members (IANA).
const ETCD_CLIENTS: u16 = 2379;
const ETCD_PEERS: u16 = 2380;

impl Facts<'_> {
    /// The minor version of Kubernetes, the newest known where the spec names none.
    pub(super) fn minor(&self) -> u16 {
        self.spec.kubernetes_version.unwrap_or_default().minor()
    }

    pub(super) fn host_name(&self) -> Option<String> {
        Some(self.host.name.to_string())
    }

    pub(super) fn cluster_name(&self) -> Option<String> {
        Some(self.spec.name.to_string())
    }

    /// The host's first address, by which the others know it.
    pub(super) fn address(&self) -> Option<String> {
        first_address(self.host).map(|address| address.to_string())
    }

    /// One address of each family, as a node of a dual-stack cluster tells them.
    pub(super) fn node_addresses(&self) -> Option<String> {
        let mut addresses: Vec<IpAddr> = self.host.addresses.first().copied().into_iter().collect();
        let other = |address: &&IpAddr| addresses.iter().all(|a| a.is_ipv4() != address.is_ipv4());
        // Before dual stack was finished, a kubelet took one address.
        if self.spec.service_cidrs.len() == 2 && self.minor() >= 23 {
            addresses.extend(self.host.addresses.iter().find(other).copied());
        }
        joined(addresses)
    }

    pub(super) fn apiserver_port(&self) -> Option<String> {
        Some(self.spec.apiserver_port.to_string())
    }

    /// The CA that issues what kubelets serve with; none where a PKI of others has nothing of the
    /// kind, and kubelets sign for themselves, as kubeadm's do.
    pub(super) fn kubelet_authority(&self) -> Option<String> {
        let serves = |entry: &EntrySpec| match entry.content {
            EntryContent::Certificate { .. } => {
                matches!(entry.slot(), Slot::Kubelet | Slot::KubeletServer)
            }
            _ => false,
        };
        let is_known =
            self.spec.layout != Layout::Custom || self.spec.custom.entries.iter().any(serves);
        let ca = self.share.find(Component::KubeApiserver, Slot::ClusterCa, Part::Certificate);
        ca.filter(|_| is_known).map(HostFile::path)
    }

    /// The issuer of ServiceAccount tokens: the apiserver's own name inside the cluster, so that it
    /// stays the same when the endpoint changes. It is part of every token.
    pub(super) fn service_account_issuer(&self) -> Option<String> {
        Some(format!("https://kubernetes.default.svc.{}", self.spec.domain))
    }

    pub(super) fn service_networks(&self) -> Option<String> {
        joined(&self.spec.service_cidrs)
    }

    /// The tenth address of each Service network, where cluster DNS is by custom.
    pub(super) fn dns_addresses(&self) -> Vec<String> {
        let tenth = |cidr: &IpNet| cidr.hosts().nth(9).map(|address| address.to_string());
        self.spec.service_cidrs.iter().filter_map(tenth).collect()
    }

    /// Whether the controller manager signs certificate requests.
    pub(super) fn signs_requests(&self) -> bool {
        self.spec.csr_signing
    }

    /// Every member of etcd, for the apiserver; its own host's first.
    pub(super) fn etcd_servers(&self) -> Option<String> {
        let (own, others): (Vec<_>, Vec<_>) =
            self.etcd_hosts().partition(|host| host.name == self.host.name);
        let own = own.into_iter().map(|_| url(IpAddr::from([127, 0, 0, 1]), ETCD_CLIENTS));
        let others = others.into_iter().filter_map(first_address);
        joined(own.chain(others.map(|address| url(address, ETCD_CLIENTS))))
    }

    /// Every member of etcd with the URL for the others.
    pub(super) fn etcd_members(&self) -> Option<String> {
        joined(self.etcd_hosts().filter_map(|host| {
            Some(format!("{}={}", host.name, url(first_address(host)?, ETCD_PEERS)))
        }))
    }

    /// Where etcd listens for clients: on the host's first address, and on loopback for its own
    /// apiserver.
    pub(super) fn etcd_listens(&self) -> Option<String> {
        let own = first_address(self.host)?;
        joined([IpAddr::from([127, 0, 0, 1]), own].map(|address| url(address, ETCD_CLIENTS)))
    }

    pub(super) fn etcd_client_url(&self) -> Option<String> {
        first_address(self.host).map(|address| url(address, ETCD_CLIENTS))
    }

    pub(super) fn etcd_peer_url(&self) -> Option<String> {
        first_address(self.host).map(|address| url(address, ETCD_PEERS))
    }

    fn etcd_hosts(&self) -> impl Iterator<Item = &HostSpec> {
        self.spec.hosts.iter().filter(|host| host.has(HostRole::Etcd))
    }
}

fn first_address(host: &HostSpec) -> Option<IpAddr> {
    host.addresses.first().copied()
}

/// An address and port as a URL, IPv6 in brackets.
fn url(address: IpAddr, port: u16) -> String {
    format!("https://{}", SocketAddr::new(address, port))
}

fn joined<T: ToString>(items: impl IntoIterator<Item = T>) -> Option<String> {
    let items: Vec<_> = items.into_iter().map(|item| item.to_string()).collect();
    (!items.is_empty()).then(|| items.join(","))
}
