//! Where a file goes on a host, by layout, and which of its readers run there.

use kubepki_cluster::{ClusterSpec, Component, HostRole, Slot, StorePath, spec::HostSpec};

use super::{HostFile, Part};

/// How the places of a host are found.
#[derive(Clone, Copy)]
pub(super) enum Placement<'a> {
    /// The root lies in this folder of its one host.
    Folder(&'a str),
    /// The tree of the root says what a host gets, and where.
    Tree,
    /// The folders and names of Kubernetes The Hard Way.
    Tutorial,
}

impl Placement<'_> {
    /// The places of a file on a host, each with the programs that read it there; none if the host
    /// does not get it.
    pub(super) fn targets(
        self,
        spec: &ClusterSpec,
        host: &HostSpec,
        file: &HostFile,
    ) -> Vec<(StorePath, Vec<Component>)> {
        let readers = file.readers.iter().copied().filter(|it| self.runs_on(*it, spec, host));
        let readers: Vec<_> = readers.collect();
        let source = file.source.as_str();
        match self {
            Self::Tree => {
                let below = source.strip_prefix("hosts/").and_then(|rest| rest.split_once('/'));
                let own = below.filter(|(owner, _)| *owner == host.name.as_str());
                own.map(|(_, target)| (path(target), readers)).into_iter().collect()
            }
            _ if readers.is_empty() || !is_shared_with_hosts(spec, file) => Vec::new(),
            Self::Folder(folder) => vec![(path(&format!("{folder}/{source}")), readers)],
            Self::Tutorial => tutorial(host, file, &readers),
        }
    }

    /// Whether a program runs on the host, and reads what the root has for it there.
    fn runs_on(self, component: Component, spec: &ClusterSpec, host: &HostSpec) -> bool {
        match component {
            // Only where the root is the host's own folder, as kubeadm's, does a host keep the
            // credential of a person.
            Component::Kubectl => {
                matches!(self, Self::Folder(_)) && host.has(HostRole::ControlPlane)
            }
            _ => component.runs_on(spec.layout, |role| host.has(role)),
        }
    }
}

/// In the layouts without a folder for each host, what the root holds for the cluster goes to a
/// host only if it has a row, and a CA's key only to sign requests with.
fn is_shared_with_hosts(spec: &ClusterSpec, file: &HostFile) -> bool {
    file.facts().is_some() && (!file.is_ca_key() || spec.csr_signing)
}

/// The folders and names of Kubernetes The Hard Way. A host with several roles may get a file twice.
///
/// Its first editions, with cfssl and `.pem` files, keep the names, and kubelets trust the CA in the
/// apiserver's folder.
fn tutorial(
    host: &HostSpec,
    file: &HostFile,
    readers: &[Component],
) -> Vec<(StorePath, Vec<Component>)> {
    let mut targets: Vec<(StorePath, Vec<Component>)> = Vec::new();
    let source = file.source.as_str();
    let is_first_edition = source.ends_with(".pem");
    for reader in readers {
        let folder = match reader {
            Component::Etcd | Component::Etcdctl => "etc/etcd",
            Component::Kubelet if is_first_edition && file.slot == Slot::ClusterCa => {
                "var/lib/kubernetes"
            }
            Component::Kubelet => "var/lib/kubelet",
            Component::KubeProxy => "var/lib/kube-proxy",
            _ => "var/lib/kubernetes",
        };
        let own = source.strip_prefix(host.name.as_str()).filter(|_| file.entry.host.is_some());
        let name = match (file.slot, file.part) {
            (Slot::Kubelet | Slot::KubeProxy, Part::Kubeconfig) => "kubeconfig".to_owned(),
            _ if is_first_edition => source.to_owned(),
            // `node-0.crt` becomes `kubelet.crt`, and `server-etcd-peer.crt` `peer.crt`.
            (Slot::Kubelet, _) => format!("kubelet{}", own.unwrap_or(source)),
            _ => match own {
                Some(rest) => rest.strip_prefix("-etcd-").unwrap_or(rest).to_owned(),
                None => source.to_owned(),
            },
        };
        let target = path(&format!("{folder}/{name}"));
        match targets.iter_mut().find(|(known, _)| *known == target) {
            Some((_, readers)) => readers.push(*reader),
            None => targets.push((target, vec![*reader])),
        }
    }
    targets
}

fn path(text: &str) -> StorePath {
    // Invariant: made of a valid path of the root and of constants.
    StorePath::new(text).expect("a part of a valid path is one")
}
