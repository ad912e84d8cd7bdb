//! What each file's certificate has to be, written down a second time, by path. Uses no code of
//! the product.

use std::collections::BTreeSet;

use kubepki_testkit::Purpose;

use super::spec::{Host, Spec};

/// What a certificate has to be.
#[derive(Debug, PartialEq)]
pub(super) struct Expected {
    /// Which CA signed it: `kubernetes-ca`, `etcd-ca` or `front-proxy-ca`.
    pub(super) authority: &'static str,
    /// What it is good for; for a CA, neither of the two.
    pub(super) purposes: &'static [Purpose],
    /// The attributes of its subject in order, as `O=dev`.
    pub(super) subject: Vec<String>,
    /// The names and addresses it is good for.
    pub(super) names: BTreeSet<String>,
    /// Where its kubeconfig points, if it is in one.
    pub(super) server: String,
}

impl Expected {
    /// What has to be in the file at a path below the root; its extension does not count.
    pub(super) fn at(path: &str, spec: &Spec) -> Option<Self> {
        let path = path.rsplit_once('.')?.0;
        Self::of_user(path, spec).or_else(|| Self::of_host(path, spec))
    }

    fn of_user(path: &str, spec: &Spec) -> Option<Self> {
        let name = path.strip_prefix("users/").unwrap_or(path);
        let user = spec.users.iter().find(|user| user.name == name)?;
        let groups = user.groups.iter().map(|group| format!("O={group}"));
        Some(Self {
            authority: "kubernetes-ca",
            purposes: CLIENT,
            subject: groups.chain([format!("CN={name}")]).collect(),
            names: BTreeSet::new(),
            server: format!("https://{}", spec.endpoint),
        })
    }

    fn of_host(path: &str, spec: &Spec) -> Option<Self> {
        let (folder, path) = match path.strip_prefix("hosts/").and_then(|p| p.split_once('/')) {
            Some((host, path)) => {
                (Some(host), path.strip_prefix("etc/kubernetes/").unwrap_or(path))
            }
            None => (None, path),
        };
        let mut hosts: Vec<_> = spec.hosts.iter().collect();
        // A file that names no host is the control plane's.
        hosts.sort_by_key(|host| !host.is_control_plane);
        hosts.retain(|host| folder.is_none_or(|folder| folder == host.name));
        let mut pairs = ROWS.iter().flat_map(|row| hosts.iter().map(move |host| (row, *host)));
        let is_it = |(row, host): &(&Row, &Host)| {
            row.paths.iter().any(|pattern| pattern.replace("{host}", &host.name) == path)
        };
        let (row, host) = pairs.find(is_it)?;
        let subject = row.subject.iter();
        let subject =
            subject.map(|part| part.replace("{host}", &host.name).replace("{cluster}", &spec.name));
        let server = match row.paths[0].rsplit('/').next() {
            Some("controller-manager" | "scheduler") => format!("127.0.0.1:{}", spec.port),
            _ => spec.endpoint.clone(),
        };
        Some(Self {
            authority: row.authority,
            purposes: row.purposes,
            subject: subject.collect(),
            names: names(row.names, host, spec),
            server: format!("https://{server}"),
        })
    }
}

fn names(names: Names, host: &Host, spec: &Spec) -> BTreeSet<String> {
    let loopback = ["localhost", "127.0.0.1", "::1"].map(str::to_owned);
    let parts: &[&[String]] = match names {
        Names::None => &[],
        Names::Host => &[&host.names],
        Names::HostAndLoopback => &[&host.names, &loopback],
        Names::Apiserver => &[&host.names, &loopback, &spec.apiserver_names],
    };
    parts.concat().into_iter().collect()
}

#[derive(Clone, Copy)]
enum Names {
    None,
    Host,
    HostAndLoopback,
    Apiserver,
}

struct Row {
    /// Without the folder of the host; the names of the layouts `hosts` and `kubeadm`, and those of
    /// `hard-way` where the contents are the same.
    paths: &'static [&'static str],
    authority: &'static str,
    purposes: &'static [Purpose],
    subject: &'static [&'static str],
    names: Names,
}

const CA: &[Purpose] = &[];
const CLIENT: &[Purpose] = &[Purpose::ClientAuth];
const SERVER: &[Purpose] = &[Purpose::ServerAuth];
const BOTH: &[Purpose] = &[Purpose::ClientAuth, Purpose::ServerAuth];

const CLUSTER: &str = "kubernetes-ca";
const ETCD: &str = "etcd-ca";
const PROXY: &str = "front-proxy-ca";

#[rustfmt::skip]
const ROWS: &[Row] = &[
    Row { paths: &["authorities/ca", "pki/ca", "pki/cluster-signing", "ca"], authority: CLUSTER, purposes: CA,
          subject: &["CN={cluster}-kubernetes-ca-1"], names: Names::None },
    Row { paths: &["authorities/etcd-ca", "pki/etcd/ca", "etcd-ca"], authority: ETCD, purposes: CA,
          subject: &["CN={cluster}-etcd-ca-1"], names: Names::None },
    Row { paths: &["authorities/front-proxy-ca", "pki/front-proxy-ca", "front-proxy-ca"], authority: PROXY, purposes: CA,
          subject: &["CN={cluster}-front-proxy-ca-1"], names: Names::None },

    Row { paths: &["pki/apiserver"], authority: CLUSTER, purposes: SERVER,
          subject: &["CN=kube-apiserver"], names: Names::Apiserver },
    Row { paths: &["pki/apiserver-kubelet-client"], authority: CLUSTER, purposes: CLIENT,
          subject: &["CN=kube-apiserver-kubelet-client"], names: Names::None },
    Row { paths: &["pki/apiserver-etcd-client", "kube-api-server-etcd-client"], authority: ETCD, purposes: CLIENT,
          subject: &["CN=kube-apiserver-etcd-client"], names: Names::None },
    Row { paths: &["pki/front-proxy-client", "front-proxy-client"], authority: PROXY, purposes: CLIENT,
          subject: &["CN=front-proxy-client"], names: Names::None },
    Row { paths: &["controller-manager", "kube-controller-manager"], authority: CLUSTER, purposes: CLIENT,
          subject: &["CN=system:kube-controller-manager"], names: Names::None },
    Row { paths: &["scheduler", "kube-scheduler"], authority: CLUSTER, purposes: CLIENT,
          subject: &["CN=system:kube-scheduler"], names: Names::None },
    Row { paths: &["pki/controller-manager-server"], authority: CLUSTER, purposes: SERVER,
          subject: &["CN=kube-controller-manager"], names: Names::HostAndLoopback },
    Row { paths: &["pki/scheduler-server"], authority: CLUSTER, purposes: SERVER,
          subject: &["CN=kube-scheduler"], names: Names::HostAndLoopback },

    Row { paths: &["pki/etcd/server", "{host}-etcd-server"], authority: ETCD, purposes: BOTH,
          subject: &["CN={host}"], names: Names::HostAndLoopback },
    Row { paths: &["pki/etcd/peer", "{host}-etcd-peer"], authority: ETCD, purposes: BOTH,
          subject: &["CN={host}"], names: Names::HostAndLoopback },
    Row { paths: &["pki/etcd/healthcheck-client", "{host}-etcd-healthcheck-client"], authority: ETCD, purposes: CLIENT,
          subject: &["CN=kube-etcd-healthcheck-client"], names: Names::None },

    Row { paths: &["kubelet"], authority: CLUSTER, purposes: CLIENT,
          subject: &["O=system:nodes", "CN=system:node:{host}"], names: Names::None },
    Row { paths: &["var/lib/kubelet/pki/kubelet"], authority: CLUSTER, purposes: SERVER,
          subject: &["O=system:nodes", "CN=system:node:{host}"], names: Names::Host },
    Row { paths: &["kube-proxy"], authority: CLUSTER, purposes: CLIENT,
          subject: &["CN=system:kube-proxy"], names: Names::None },

    // The tutorial has one certificate where others have two, and one for a key without need.
    Row { paths: &["kube-api-server"], authority: CLUSTER, purposes: BOTH,
          subject: &["CN=kubernetes"], names: Names::Apiserver },
    Row { paths: &["{host}"], authority: CLUSTER, purposes: BOTH,
          subject: &["O=system:nodes", "CN=system:node:{host}"], names: Names::HostAndLoopback },
    Row { paths: &["service-accounts"], authority: CLUSTER, purposes: CLIENT,
          subject: &["CN=service-accounts"], names: Names::None },
];
