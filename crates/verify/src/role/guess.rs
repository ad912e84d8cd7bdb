//! Names of files and subjects, as kubeadm, k3s, the tutorial, its older cfssl variant and kubelets give them.

use std::path::Path;

use kubepki_ca::Subject;

use super::Role;

/// The role of a certificate or key file by its name; `None` for a name that says nothing.
pub(crate) fn of_path(path: &Path) -> Option<Role> {
    if path.file_name().is_some_and(|name| ENCRYPTION_CONFIGS.iter().any(|it| name == *it)) {
        return Some(Role::EncryptionConfig);
    }
    let stem = stem(path)?;
    let of_etcd = || ETCD.iter().find(|(name, _)| *name == stem).map(|(_, role)| *role);
    is_etcds(path).then(of_etcd).flatten().or_else(|| of_stem(stem))
}

/// Whether a file lies in a folder of etcd's: `/etc/ssl/etcd/ssl` too, but nothing that a folder of
/// Kubernetes' own below it takes back.
fn is_etcds(path: &Path) -> bool {
    let folders = path.ancestors().skip(1).filter_map(|folder| folder.file_name()?.to_str());
    folders.into_iter().find(|folder| matches!(*folder, "etcd" | "kubernetes")) == Some("etcd")
}

/// Names in a folder of etcd's: kubeadm's and k3s's.
///
/// k3s's two CAs of etcd, and its two of the cluster, have no role here: a role has one CA.
const ETCD: &[(&str, Role)] = &[
    ("ca", Role::EtcdCa),
    ("client", Role::ApiserverEtcdClient),
    ("healthcheck-client", Role::EtcdHealthcheckClient),
    ("peer", Role::EtcdPeer),
    ("peer-server-client", Role::EtcdPeer),
    ("server", Role::EtcdServer),
    ("server-client", Role::EtcdServer),
];

/// The names that the tutorial and the Kubernetes documentation give to the keys of Secrets.
const ENCRYPTION_CONFIGS: [&str; 3] =
    ["encryption-config.yaml", "encryption-config.yml", "encryption-provider-config.yaml"];

fn of_stem(stem: &str) -> Option<Role> {
    Some(match stem {
        "admin" => Role::Admin,
        "apiserver" | "kube-api-server" | "kube-apiserver" | "kubernetes" => Role::Apiserver,
        "apiserver-etcd-client" | "kube-api-server-etcd-client" => Role::ApiserverEtcdClient,
        "apiserver-kubelet-client" => Role::ApiserverKubeletClient,
        "ca" => Role::ClusterCa,
        "controller-manager" | "kube-controller-manager" => Role::ControllerManager,
        "controller-manager-server" => Role::ControllerManagerServer,
        "etcd-ca" => Role::EtcdCa,
        "etcd-healthcheck-client" => Role::EtcdHealthcheckClient,
        "etcd-peer" => Role::EtcdPeer,
        "etcd-server" => Role::EtcdServer,
        "front-proxy-ca" => Role::FrontProxyCa,
        "front-proxy-client" => Role::FrontProxyClient,
        "kube-proxy" => Role::KubeProxy,
        "kube-scheduler" | "scheduler" => Role::Scheduler,
        "kubelet" => Role::KubeletServer,
        "kubelet-client-current" => Role::Kubelet,
        "kubelet-server-current" => Role::KubeletServer,
        "sa" | "service-account" | "service-accounts" => Role::ServiceAccount,
        "scheduler-server" => Role::SchedulerServer,
        "super-admin" => Role::SuperAdmin,
        // k3s's.
        "client-admin" => Role::Admin,
        "client-auth-proxy" => Role::FrontProxyClient,
        "client-controller" => Role::ControllerManager,
        "client-kube-apiserver" => Role::ApiserverKubeletClient,
        "client-kube-proxy" => Role::KubeProxy,
        "client-kubelet" => Role::Kubelet,
        "client-scheduler" => Role::Scheduler,
        "request-header-ca" => Role::FrontProxyCa,
        "serving-kube-apiserver" => Role::Apiserver,
        "serving-kubelet" => Role::KubeletServer,
        // The tutorial's layout with a host's name in front.
        _ if stem.ends_with("-etcd-server") => Role::EtcdServer,
        _ if stem.ends_with("-etcd-peer") => Role::EtcdPeer,
        _ if stem.ends_with("-etcd-healthcheck-client") => Role::EtcdHealthcheckClient,
        _ => return None,
    })
}

/// What listens on a port, by the defaults of the components; `apiserver` is its port where a spec
/// says it.
pub(crate) fn of_port(port: u16, apiserver: Option<u16>) -> Option<Role> {
    if port == apiserver.unwrap_or(6443) {
        return Some(Role::Apiserver);
    }
    Some(match port {
        2379 => Role::EtcdServer,
        2380 => Role::EtcdPeer,
        10250 => Role::KubeletServer,
        10257 => Role::ControllerManagerServer,
        10259 => Role::SchedulerServer,
        _ => return None,
    })
}

/// The role of a client by the name and groups that it has for Kubernetes.
pub(crate) fn of_subject(subject: &Subject) -> Option<Role> {
    let is_node = subject.common_name.starts_with("system:node:");
    Some(match subject.common_name.as_str() {
        "system:kube-controller-manager" => Role::ControllerManager,
        "system:kube-proxy" => Role::KubeProxy,
        "system:kube-scheduler" => Role::Scheduler,
        _ if is_node || subject.organizations.iter().any(|it| it == "system:nodes") => {
            Role::Kubelet
        }
        _ => return None,
    })
}

/// The name without its ending, and without cfssl's `-key`.
pub(crate) fn stem(path: &Path) -> Option<&str> {
    let name = path.file_name()?.to_str()?;
    let (stem, ending) = name.rsplit_once('.')?;
    let is_one = matches!(ending, "conf" | "crt" | "key" | "kubeconfig" | "pem" | "pub" | "cer");
    is_one.then(|| stem.strip_suffix("-key").unwrap_or(stem))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_what_a_file_is_for() {
        for (path, role) in [
            ("/etc/kubernetes/pki/ca.crt", Some(Role::ClusterCa)),
            ("/etc/kubernetes/pki/etcd/ca.crt", Some(Role::EtcdCa)),
            // kubespray's.
            ("/etc/ssl/etcd/ssl/ca.pem", Some(Role::EtcdCa)),
            ("/srv/etcd/kubernetes/pki/ca.crt", Some(Role::ClusterCa)),
            ("etcd/peer-server-client.crt", Some(Role::EtcdPeer)),
            ("tls/server-client.crt", None),
            ("/var/lib/rancher/k3s/server/tls/client-auth-proxy.crt", Some(Role::FrontProxyClient)),
            ("/var/lib/rancher/k3s/server/tls/server-ca.crt", None),
        ] {
            assert_eq!(of_path(Path::new(path)), role, "{path}");
        }
    }
}
