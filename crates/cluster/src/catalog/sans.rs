//! The names and addresses that server certificates are good for.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;
use kubepki_ca::{DnsName, SubjectAltName};
use kubepki_model::Names;

use crate::spec::{ClusterSpec, HostSpec};

/// The names of a row on a host, sorted and without duplicates.
pub(super) fn names(names: Names, spec: &ClusterSpec, host: &HostSpec) -> Vec<SubjectAltName> {
    let mut all = match names {
        Names::None => Vec::new(),
        Names::Host => of_host(host),
        Names::HostAndLoopback => [of_host(host), loopback()].concat(),
        Names::Apiserver => [of_host(host), loopback(), apiserver(spec)].concat(),
    };
    all.sort();
    all.dedup();
    all
}

/// Every name and address by which the cluster's own servers are reached: whoever serves under one of
/// them is taken for the apiserver, or for a host.
pub(crate) fn of_cluster(spec: &ClusterSpec) -> Vec<SubjectAltName> {
    let mut all = [apiserver(spec), loopback()].concat();
    all.extend(spec.hosts.iter().flat_map(of_host));
    all
}

fn of_host(host: &HostSpec) -> Vec<SubjectAltName> {
    let own = dns(host.name.as_str());
    let names = host.names.iter().cloned().map(SubjectAltName::Dns);
    own.into_iter()
        .chain(names)
        .chain(host.addresses.iter().copied().map(SubjectAltName::Ip))
        .collect()
}

fn loopback() -> Vec<SubjectAltName> {
    let addresses = [IpAddr::from(Ipv4Addr::LOCALHOST), IpAddr::from(Ipv6Addr::LOCALHOST)];
    dns("localhost").into_iter().chain(addresses.map(SubjectAltName::Ip)).collect()
}

/// What pods, kubeconfigs and load balancers call the apiserver by.
fn apiserver(spec: &ClusterSpec) -> Vec<SubjectAltName> {
    let in_cluster = [
        "kubernetes".to_owned(),
        "kubernetes.default".to_owned(),
        "kubernetes.default.svc".to_owned(),
        format!("kubernetes.default.svc.{}", spec.domain),
    ];
    in_cluster
        .iter()
        .filter_map(|name| dns(name))
        .chain(spec.service_cidrs.iter().map(|cidr| SubjectAltName::Ip(first_address(cidr))))
        .chain([spec.endpoint.host.clone()])
        .chain(spec.certificates.apiserver_sans.iter().cloned())
        .collect()
}

/// The address that the `kubernetes` Service gets: the network's address plus one.
pub(crate) fn first_address(cidr: &IpNet) -> IpAddr {
    match cidr.network() {
        IpAddr::V4(network) => Ipv4Addr::from(u32::from(network).saturating_add(1)).into(),
        IpAddr::V6(network) => Ipv6Addr::from(u128::from(network).saturating_add(1)).into(),
    }
}

/// A DNS name that the spec has checked already, or one of ours.
fn dns(name: &str) -> Option<SubjectAltName> {
    DnsName::parse(name).ok().map(SubjectAltName::Dns)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kubernetes_service_has_the_first_address() {
        for (cidr, first) in [
            ("10.32.0.0/24", "10.32.0.1"),
            ("10.0.0.0/31", "10.0.0.1"),
            ("fd00:10:96::/112", "fd00:10:96::1"),
        ] {
            assert_eq!(first_address(&cidr.parse().unwrap()).to_string(), first);
        }
    }
}
