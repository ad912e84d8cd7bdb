//! What the files say of the cluster without saying it: its name, where its apiserver is, the
//! domain and the network of its Services. Every guess is noted with its source.

use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr},
};

use ipnet::IpNet;
use kubepki_ca::{DnsName, SubjectAltName};

use super::{
    AdoptOptions, Note,
    clients::{Client, split_server},
    host_paths,
    leaves::Leaf,
    role::Role,
};
use crate::{
    spec::{ClusterName, Endpoint, HostPaths, ServiceCidr},
    store::StorePath,
};

/// A value and where it is from.
#[derive(Debug)]
pub(super) struct Guess<T> {
    pub(super) value: T,
    pub(super) source: String,
}

impl<T> Guess<T> {
    pub(super) fn new(value: T, source: impl Into<String>) -> Self {
        Self { value, source: source.into() }
    }
}

/// What is known of the cluster itself.
#[derive(Debug)]
pub(super) struct Cluster {
    pub(super) name: Guess<ClusterName>,
    pub(super) endpoint: Guess<Endpoint>,
    pub(super) domain: Guess<DnsName>,
    /// None where nothing tells.
    pub(super) service_cidrs: Guess<Vec<IpNet>>,
    /// None where nothing tells.
    pub(super) places: Guess<Option<HostPaths>>,
}

impl Cluster {
    pub(super) fn of(
        leaves: &[Leaf<'_>],
        ranges: &[(StorePath, String)],
        options: AdoptOptions,
        notes: &mut Vec<Note>,
    ) -> Self {
        let clients: Vec<_> = leaves.iter().filter_map(Leaf::client).collect();
        let apiservers: Vec<_> =
            leaves.iter().filter(|leaf| leaf.role == Role::Apiserver).collect();
        let places = host_paths::of(leaves, &options, notes);
        let cidrs = match options.service_cidrs {
            cidrs if !cidrs.is_empty() => Guess::new(cidrs, "`--service-cidr`"),
            _ => service_cidrs(&apiservers, ranges, notes),
        };
        Self {
            name: match options.name {
                Some(name) => Guess::new(name, "`--name`"),
                None => name(&clients, notes),
            },
            endpoint: match options.endpoint {
                Some(endpoint) => Guess::new(endpoint, "`--endpoint`"),
                None => endpoint(&clients, &apiservers, &cidrs.value, notes),
            },
            domain: match options.domain {
                Some(domain) => Guess::new(domain, "`--domain`"),
                None => domain(&apiservers, notes),
            },
            service_cidrs: cidrs,
            places,
        }
    }
}

fn name(clients: &[&Client], notes: &mut Vec<Note>) -> Guess<ClusterName> {
    let named = clients.iter().filter_map(|client| {
        client.cluster.parse::<ClusterName>().ok().map(|name| (name, &client.path))
    });
    match most_frequent(named) {
        Some((name, path)) => Guess::new(name, format!("from `{path}`")),
        None => {
            notes.push(Note::Assumed {
                what: "that the cluster is called `kubernetes`".to_owned(),
                option: Some("--name"),
            });
            Guess::new(constant("kubernetes", str::parse), "assumed: no kubeconfig tells")
        }
    }
}

fn endpoint(
    clients: &[&Client],
    apiservers: &[&Leaf<'_>],
    cidrs: &[IpNet],
    notes: &mut Vec<Note>,
) -> Guess<Endpoint> {
    let servers = || {
        clients.iter().filter_map(|client| {
            let (host, port) = split_server(&client.server)?;
            let bracketed = if host.contains(':') { format!("[{host}]") } else { host };
            let endpoint: Endpoint = format!("{bracketed}:{port}").parse().ok()?;
            Some((endpoint, &client.path))
        })
    };
    let is_local = |endpoint: &Endpoint| match &endpoint.host {
        SubjectAltName::Ip(address) => address.is_loopback(),
        name => name.to_string() == "DNS:localhost",
    };
    // Some kubeconfigs point at the apiserver beside them, which says nothing of where others dial.
    let found = most_frequent(servers().filter(|(endpoint, _)| !is_local(endpoint)));
    if let Some((endpoint, path)) = found.or_else(|| most_frequent(servers())) {
        return Guess::new(endpoint, format!("from `{path}`"));
    }
    let of_services = |name: &SubjectAltName| match name {
        SubjectAltName::Dns(dns) => {
            let first = dns.as_str().split('.').next();
            matches!(first, Some("kubernetes" | "localhost" | "*"))
        }
        SubjectAltName::Ip(address) => {
            address.is_loopback() || cidrs.iter().any(|cidr| cidr.contains(address))
        }
        _ => true,
    };
    let names = apiservers.iter().flat_map(|leaf| {
        let names = leaf.certificate.subject_alt_names().iter();
        names.filter(|name| !of_services(name)).map(|name| (name.clone(), leaf.path()))
    });
    let mut names: Vec<_> = names.collect();
    // What is a name, before what is an address.
    names.sort_by_key(|(name, _)| matches!(name, SubjectAltName::Ip(_)));
    let (host, source) = match names.into_iter().next() {
        Some((host, path)) => (host, format!("`{path}`, which is good for it")),
        None => (
            SubjectAltName::Dns(constant("localhost", DnsName::parse)),
            "nothing: no kubeconfig and no certificate of an apiserver is here".to_owned(),
        ),
    };
    let endpoint = Endpoint { host, port: Endpoint::DEFAULT_PORT };
    let what = format!("the endpoint {endpoint} from {source}");
    notes.push(Note::Assumed { what, option: Some("--endpoint") });
    Guess::new(endpoint, format!("assumed from {source}"))
}

fn domain(apiservers: &[&Leaf<'_>], notes: &mut Vec<Note>) -> Guess<DnsName> {
    const SERVICE: &str = "kubernetes.default.svc.";
    let mut domains: Vec<_> = apiservers
        .iter()
        .flat_map(|leaf| {
            let names = leaf.certificate.subject_alt_names().iter();
            names.filter_map(|name| match name {
                SubjectAltName::Dns(dns) => {
                    Some((dns.as_str().strip_prefix(SERVICE)?, leaf.path()))
                }
                _ => None,
            })
        })
        .collect();
    // The tutorial, and Kubernetes' own documentation, have a name that ends with `svc.cluster`.
    domains.retain(|(domain, _)| *domain != "cluster");
    domains.sort_by_key(|(domain, _)| std::cmp::Reverse(domain.matches('.').count()));
    match domains.into_iter().find_map(|(domain, path)| Some((DnsName::parse(domain).ok()?, path)))
    {
        Some((domain, path)) => {
            let source = format!("from `{SERVICE}{domain}` in `{path}`");
            Guess::new(domain, source)
        }
        None => {
            let what = "the domain cluster.local, which no certificate tells".to_owned();
            notes.push(Note::Assumed { what, option: Some("--domain") });
            Guess::new(constant("cluster.local", DnsName::parse), "assumed: it is the default")
        }
    }
}

fn service_cidrs(
    apiservers: &[&Leaf<'_>],
    ranges: &[(StorePath, String)],
    notes: &mut Vec<Note>,
) -> Guess<Vec<IpNet>> {
    for (path, range) in ranges {
        let parsed: Result<Vec<_>, _> = range.split(',').map(str::parse::<ServiceCidr>).collect();
        let cidrs: Vec<_> = parsed.unwrap_or_default().into_iter().map(|cidr| cidr.0).collect();
        let families: Vec<_> = cidrs.iter().map(|cidr| cidr.addr().is_ipv4()).collect();
        if matches!(families.as_slice(), [_] | [true, false] | [false, true]) {
            return Guess::new(cidrs, format!("from `--service-cluster-ip-range` in `{path}`"));
        }
    }
    let addresses = apiservers.iter().flat_map(|leaf| {
        leaf.certificate.subject_alt_names().iter().filter_map(move |name| match name {
            SubjectAltName::Ip(IpAddr::V4(address)) => Some((*address, leaf.path())),
            _ => None,
        })
    });
    let candidates = addresses.filter(|(address, _)| address.octets()[3] == 1);
    let candidates = candidates.filter(|(address, _)| !address.is_loopback());
    // One that a tool gives by default, before what may be a router's.
    match candidates.min_by_key(|(address, _)| !HABITS.iter().any(|(first, _)| first == address)) {
        Some((address, path)) => {
            let cidr = habit(address);
            let what = format!("the network of Services {cidr} from {address} in `{path}`");
            notes.push(Note::Assumed { what, option: Some("--service-cidr") });
            Guess::new(vec![cidr], format!("assumed from {address} in `{path}`"))
        }
        None => {
            let what = "no network of Services: no certificate has its first address".to_owned();
            notes.push(Note::Assumed { what, option: Some("--service-cidr") });
            Guess::new(vec![], "not known: list it for the address of the Service `kubernetes`")
        }
    }
}

/// The network that the first address of Services most likely begins.
fn habit(first: Ipv4Addr) -> IpNet {
    let length = HABITS.iter().find(|(address, _)| *address == first).map_or(24, |(_, it)| *it);
    let network = Ipv4Addr::from(u32::from(first) - 1);
    // Invariant: no length here is above 32.
    IpNet::new(network.into(), length).expect("a prefix length of IPv4").trunc()
}

/// The first addresses and prefix lengths of Services that tools have by default: kubeadm, k3s,
/// kube-apiserver, the tutorial, MicroK8s, Kubespray.
const HABITS: [(Ipv4Addr, u8); 6] = [
    (Ipv4Addr::new(10, 96, 0, 1), 12),
    (Ipv4Addr::new(10, 43, 0, 1), 16),
    (Ipv4Addr::new(10, 0, 0, 1), 24),
    (Ipv4Addr::new(10, 32, 0, 1), 24),
    (Ipv4Addr::new(10, 152, 183, 1), 24),
    (Ipv4Addr::new(10, 233, 0, 1), 18),
];

/// The value that occurs most often, of several the first, with the first source of it.
fn most_frequent<T: PartialEq, S>(values: impl Iterator<Item = (T, S)>) -> Option<(T, S)> {
    let mut counted: Vec<(T, S, usize)> = Vec::new();
    for (value, source) in values {
        match counted.iter_mut().find(|(other, _, _)| *other == value) {
            Some((_, _, count)) => *count += 1,
            None => counted.push((value, source, 1)),
        }
    }
    let most = counted.iter().map(|(_, _, count)| *count).max()?;
    let found = counted.into_iter().find(|(_, _, count)| *count == most);
    found.map(|(value, source, _)| (value, source))
}

/// The value that occurs most often, of several the largest.
pub(super) fn most_common<T: Ord>(values: impl Iterator<Item = T>) -> Option<T> {
    let mut counts = BTreeMap::<T, usize>::new();
    values.for_each(|value| *counts.entry(value).or_default() += 1);
    counts.into_iter().max_by_key(|(_, count)| *count).map(|(value, _)| value)
}

fn constant<T, E: std::fmt::Debug>(text: &str, parse: impl Fn(&str) -> Result<T, E>) -> T {
    // Invariant: every call passes a constant of this file that its type reads.
    parse(text).expect("a constant of this file")
}
