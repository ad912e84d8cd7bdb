//! What was meant: from the fields as they were written to a spec that holds together.

use std::{
    collections::{BTreeSet, HashMap},
    net::IpAddr,
    str::FromStr,
};

use ipnet::IpNet;
use kubepki_ca::DnsName;

use super::{
    CertificatePolicy, ClusterSpec, CustomFiles, Endpoint, HostRole, HostSpec, Kubelets,
    KubernetesVersion, Layout, SystemMasters, UserSpec, address, certificates, cidr, custom,
    encryption,
    error::{InvalidValue, Problem, quote},
    extra_args, kubelets,
    path::FieldPath,
    raw::{RawCluster, RawHost, RawUser},
};
use crate::fold::fold;

/// Understands a whole spec: each value first, then what they are to each other.
pub(super) fn cluster(raw: RawCluster, masters: SystemMasters) -> Result<ClusterSpec, Problem> {
    let root = FieldPath::root();
    expect(&raw.api_version, "kubepki/v1alpha1", &root.field("apiVersion"))?;
    expect(&raw.kind, "Cluster", &root.field("kind"))?;
    // What is not known of a PKI that others began may be absent there, and there alone.
    let knows_all = raw.layout.as_deref() != Some(Layout::Custom.name());
    let mut spec = ClusterSpec {
        name: parse(&raw.name, &root.field("name"))?,
        endpoint: parse(&raw.endpoint, &root.field("endpoint"))?,
        domain: domain(raw.domain.as_deref().unwrap_or("cluster.local"), &root.field("domain"))?,
        service_cidrs: service_cidrs(&raw.service_cidrs, knows_all, &root.field("serviceCIDRs"))?,
        layout: match &raw.layout {
            None => Layout::Hosts,
            Some(layout) => parse(layout, &root.field("layout"))?,
        },
        csr_signing: raw.csr_signing.unwrap_or(true),
        apiserver_port: match raw.apiserver_port {
            None => Endpoint::DEFAULT_PORT,
            Some(port) => port_number(port, &root.field("apiserverPort"))?,
        },
        kubernetes_version: raw
            .kubernetes_version
            .map(|text| version(&text, &root.field("kubernetesVersion")))
            .transpose()?,
        encryption: None,
        kubelets: Kubelets::default(),
        extra_args: extra_args::understand(raw.extra_args, &root.field("extraArgs"))?,
        certificates: CertificatePolicy::understand(raw.certificates, &root.field("certificates"))?,
        hosts: hosts(raw.hosts, knows_all, &root.field("hosts"))?,
        users: users(
            raw.users.unwrap_or_else(|| if knows_all { first_user() } else { Vec::new() }),
            &root.field("users"),
            masters,
        )?,
        custom: CustomFiles::default(),
    };
    let at = root.field("encryption");
    spec.encryption = encryption::understand(raw.encryption.as_deref(), spec.layout, &at)?;
    let at = root.field("kubelets");
    spec.kubelets = kubelets::understand(raw.kubelets.as_deref(), spec.layout, &at)?;
    let written = custom::Written {
        authorities: raw.authorities,
        entries: raw.entries,
        places: raw.places,
        trust: raw.trust,
    };
    spec.custom = written.understand(&spec)?;
    check_networks(&spec)?;
    check_layout(&spec)?;
    check_user_lifetimes(&spec)?;
    Ok(spec)
}

/// The error for a value that a list has had before.
pub(super) fn listed_twice(what: &str, value: &str) -> InvalidValue {
    InvalidValue::new(format!("{what} {} is listed twice", quote(value)))
        .hinted("keep one of the two")
}

/// The user of a spec without `users`.
pub(super) fn first_user() -> Vec<RawUser> {
    let groups = vec!["kubepki:cluster-admins".to_owned()];
    vec![RawUser { name: "admin".to_owned(), groups, uid: None, lifetime: None }]
}

fn expect(found: &str, expected: &str, at: &FieldPath) -> Result<(), Problem> {
    if found == expected {
        return Ok(());
    }
    Err(InvalidValue::new(format!("expected `{expected}`, found {}", quote(found)))
        .hinted(format!("write `{expected}`, the only one this version reads"))
        .in_field(at))
}

fn parse<T>(text: &str, at: &FieldPath) -> Result<T, Problem>
where
    T: FromStr,
    InvalidValue: From<T::Err>,
{
    text.parse().map_err(|invalid| InvalidValue::from(invalid).in_field(at))
}

/// A version whose flags are known.
fn version(text: &str, at: &FieldPath) -> Result<KubernetesVersion, Problem> {
    let version: KubernetesVersion = parse(text, at)?;
    if version < KubernetesVersion::OLDEST {
        let oldest = KubernetesVersion::OLDEST.minor();
        return Err(InvalidValue::new(format!("{} is older than 1.{oldest}", quote(text)))
            .hinted(format!("kubepki knows the flags from 1.{oldest} on"))
            .in_field(at));
    }
    Ok(version)
}

fn host_domain(text: &str, at: &FieldPath) -> Result<DnsName, Problem> {
    let name = DnsName::parse(text).map_err(|error| {
        let invalid = InvalidValue::new(error.to_string());
        match text.parse::<IpAddr>() {
            Ok(_) => invalid.hinted("addresses go to `addresses`"),
            Err(_) => invalid.hinted("write a DNS name"),
        }
        .in_field(at)
    })?;
    if text.starts_with('*') {
        let invalid = InvalidValue::new(format!("{} is a wildcard", quote(text)));
        return Err(invalid.hinted("wildcards go to `certificates.apiserverSANs`").in_field(at));
    }
    Ok(name)
}

fn domain(text: &str, at: &FieldPath) -> Result<DnsName, Problem> {
    let name = host_domain(text, at)?;
    // A subdomain of RFC 1123, as the kubelet wants its `clusterDomain`.
    if text.contains('_') {
        let why = "has an underscore, which Kubernetes takes in no domain";
        return Err(InvalidValue::new(format!("{} {why}", quote(text)))
            .hinted("write letters, digits, `-` and `.`")
            .in_field(at));
    }
    // The longest name that is made of it has to be a DNS name too.
    if DnsName::parse(&format!("kubernetes.default.svc.{name}")).is_err() {
        return Err(InvalidValue::new(format!("{} is too long for a domain", quote(text)))
            .hinted("write at most 230 characters")
            .in_field(at));
    }
    Ok(name)
}

fn service_cidrs(texts: &[String], knows_all: bool, at: &FieldPath) -> Result<Vec<IpNet>, Problem> {
    if texts.is_empty() && knows_all {
        return Err(InvalidValue::new("there is no Service network")
            .hinted("write one, such as `[10.32.0.0/24]`")
            .in_field(at));
    }
    let mut cidrs: Vec<IpNet> = Vec::new();
    for (index, text) in texts.iter().enumerate() {
        let here = at.item(index);
        let dual = "write one network, or one IPv4 and one IPv6 network";
        if index == 2 {
            let message = format!("{} Service networks are too many", texts.len());
            return Err(InvalidValue::new(message).hinted(dual).in_field(&here));
        }
        let cidr = cidr::parse_service(text).map_err(|invalid| invalid.in_field(&here))?;
        if let Some(other) =
            cidrs.iter().find(|other| other.addr().is_ipv4() == cidr.addr().is_ipv4())
        {
            let message = format!("`{cidr}` and `{other}` are of one address family");
            return Err(InvalidValue::new(message).hinted(dual).in_field(&here));
        }
        cidrs.push(cidr);
    }
    Ok(cidrs)
}

fn port_number(port: i64, at: &FieldPath) -> Result<u16, Problem> {
    u16::try_from(port).ok().filter(|port| *port > 0).ok_or_else(|| {
        InvalidValue::new(format!("`{port}` is no port"))
            .hinted("write a number from 1 to 65535")
            .in_field(at)
    })
}

fn hosts(raw: Vec<RawHost>, knows_all: bool, at: &FieldPath) -> Result<Vec<HostSpec>, Problem> {
    if raw.is_empty() && knows_all {
        return Err(InvalidValue::new("there is no host")
            .hinted("list each machine with its `name`, `roles` and `addresses`")
            .in_field(at));
    }
    let (mut names, mut addresses) = (HashMap::new(), HashMap::new());
    let mut hosts = Vec::new();
    for (index, raw) in raw.into_iter().enumerate() {
        let here = at.item(index);
        let host = host(raw, knows_all, &here)?;
        if let Some(first) = names.insert(host.name.clone(), index) {
            let message = format!("`{}` is the name of `{}` already", host.name, at.item(first));
            return Err(InvalidValue::new(message)
                .hinted("give each host a name of its own")
                .in_field(&here.field("name")));
        }
        for (position, address) in host.addresses.iter().enumerate() {
            if let Some(other) = addresses.insert(*address, host.name.clone()) {
                let here = here.field("addresses").item(position);
                return Err(if other == host.name {
                    listed_twice("the address", &address.to_string()).in_field(&here)
                } else {
                    InvalidValue::new(format!("`{address}` is an address of `{other}` already"))
                        .hinted("give each host addresses of its own")
                        .in_field(&here)
                });
            }
        }
        hosts.push(host);
    }
    if knows_all && !hosts.iter().any(|host| host.has(HostRole::ControlPlane)) {
        return Err(InvalidValue::new("no host has the role `control-plane`")
            .hinted("add `control-plane` to the `roles` of the host that runs the apiserver")
            .in_field(at));
    }
    Ok(hosts)
}

fn host(raw: RawHost, knows_all: bool, at: &FieldPath) -> Result<HostSpec, Problem> {
    let name = parse(&raw.name, &at.field("name"))?;
    let mut roles = BTreeSet::new();
    for (index, text) in raw.roles.iter().enumerate() {
        let here = at.field("roles").item(index);
        if !roles.insert(parse(text, &here)?) {
            return Err(listed_twice("the role", text).in_field(&here));
        }
    }
    if roles.is_empty() {
        return Err(InvalidValue::new(format!("the host `{name}` has no role"))
            .hinted("list one or more of control-plane, etcd, worker")
            .in_field(&at.field("roles")));
    }
    let mut addresses = Vec::new();
    for (index, text) in raw.addresses.iter().enumerate() {
        let here = at.field("addresses").item(index);
        addresses.push(address::parse(text).map_err(|invalid| invalid.in_field(&here))?);
    }
    if addresses.is_empty() && knows_all {
        return Err(InvalidValue::new(format!("the host `{name}` has no address"))
            .hinted("list the addresses that other hosts reach it by")
            .in_field(&at.field("addresses")));
    }
    let mut names = Vec::new();
    for (index, text) in raw.names.iter().enumerate() {
        names.push(host_domain(text, &at.field("names").item(index))?);
    }
    let pod_cidr = raw.pod_cidr.as_deref().map(cidr::parse).transpose();
    let pod_cidr = pod_cidr.map_err(|invalid| invalid.in_field(&at.field("podCIDR")))?;
    Ok(HostSpec { name, roles, addresses, names, pod_cidr })
}

fn users(
    raw: Vec<RawUser>,
    at: &FieldPath,
    masters: SystemMasters,
) -> Result<Vec<UserSpec>, Problem> {
    let mut names = HashMap::new();
    let mut users = Vec::<UserSpec>::new();
    for (index, raw) in raw.into_iter().enumerate() {
        let user = UserSpec::understand(raw, &at.item(index), masters)?;
        if let Some(first) = names.insert(fold(user.name.as_str()), index) {
            let at = at.item(index).field("name");
            let first = &users[first].name;
            return Err(if *first == user.name {
                listed_twice("the user", user.name.as_str()).in_field(&at)
            } else {
                InvalidValue::new(format!("`{}` and `{first}` differ in case alone", user.name))
                    .hinted("choose names that differ where a disk ignores case too")
                    .in_field(&at)
            });
        }
        users.push(user);
    }
    Ok(users)
}

fn check_networks(spec: &ClusterSpec) -> Result<(), Problem> {
    let root = FieldPath::root();
    let mut all = cidr::Disjoint::default();
    for (index, cidr) in spec.service_cidrs.iter().enumerate() {
        let at = root.field("serviceCIDRs").item(index);
        all.add(*cidr, at.to_string()).map_err(|invalid| invalid.in_field(&at))?;
    }
    for (index, host) in spec.hosts.iter().enumerate() {
        let at = root.field("hosts").item(index).field("podCIDR");
        if let Some(cidr) = host.pod_cidr {
            all.add(cidr, at.to_string()).map_err(|invalid| invalid.in_field(&at))?;
        }
    }
    Ok(())
}

/// The layouts of one control-plane host have one place for its files.
fn check_layout(spec: &ClusterSpec) -> Result<(), Problem> {
    let control_planes = spec.hosts.iter().filter(|host| host.has(HostRole::ControlPlane)).count();
    let (found, wanted) = match spec.layout {
        Layout::Custom | Layout::Hosts => return Ok(()),
        Layout::HardWay => (control_planes, "one control-plane host"),
        Layout::Kubeadm => (spec.hosts.len(), "one host"),
    };
    if found == 1 {
        return Ok(());
    }
    let message = format!("the layout `{}` is for {wanted}, and here are {found}", spec.layout);
    Err(InvalidValue::new(message)
        .hinted("use the layout `hosts`")
        .in_field(&FieldPath::root().field("layout")))
}

fn check_user_lifetimes(spec: &ClusterSpec) -> Result<(), Problem> {
    for (index, user) in spec.users.iter().enumerate() {
        let ca_lifetime = spec.certificates.ca_lifetime;
        if let Some(lifetime) = user.lifetime.filter(|lifetime| *lifetime > ca_lifetime) {
            let at = FieldPath::root().field("users").item(index).field("lifetime");
            return Err(certificates::beyond_ca(lifetime, ca_lifetime).in_field(&at));
        }
    }
    Ok(())
}
