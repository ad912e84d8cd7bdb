//! Where everything lies: from an entry to its path, for each layout that has a rule. In `custom`
//! the spec says where things are; only its new users lie where they do in `hosts`.

use crate::{
    catalog::table::{Authority, Kind},
    spec::Layout,
};

/// Where a certificate is kept in a layout.
pub(crate) enum Place {
    /// `<base>.crt` and `<base>.key`.
    Pair(String),
    /// A kubeconfig.
    Kubeconfig(String),
    /// `<base>.crt`, `<base>.key`, and `<base>.kubeconfig` that embeds both.
    PairAndKubeconfig(String),
}

/// The base name of a CA's certificate and key.
pub(crate) fn authority(layout: Layout, authority: Authority) -> String {
    let name = authority.name();
    match (layout, authority) {
        (Layout::Custom | Layout::Hosts, _) => format!("authorities/{name}"),
        (Layout::HardWay, _) => name.to_owned(),
        (Layout::Kubeadm, Authority::Etcd) => "pki/etcd/ca".to_owned(),
        (Layout::Kubeadm, _) => format!("pki/{name}"),
    }
}

/// The ServiceAccount key: private and public file. The tutorial keeps a certificate instead.
pub(crate) fn service_account(layout: Layout) -> (&'static str, &'static str) {
    match layout {
        Layout::Custom | Layout::Hosts => {
            ("authorities/service-account.key", "authorities/service-account.pub")
        }
        Layout::HardWay => ("service-accounts.key", "service-accounts.crt"),
        Layout::Kubeadm => ("pki/sa.key", "pki/sa.pub"),
    }
}

/// The keys that encrypt Secrets in etcd. kubeadm's apiserver sees the folder `pki` only.
pub(crate) fn encryption_config(layout: Layout) -> &'static str {
    match layout {
        Layout::Custom | Layout::Hosts => "authorities/encryption-config.yaml",
        Layout::HardWay => "encryption-config.yaml",
        Layout::Kubeadm => "pki/encryption-config.yaml",
    }
}

/// Where a host's certificate is kept; `None` where the layout has no such certificate.
pub(crate) fn certificate(layout: Layout, kind: Kind, host: &str) -> Option<Place> {
    match layout {
        Layout::Custom | Layout::Hosts => Some(below_kubernetes(kind).under(&host_folder(host))),
        Layout::HardWay => tutorial(kind, host),
        // kubeadm makes no serving certificates for these, and runs kube-proxy in a pod.
        Layout::Kubeadm => match kind {
            Kind::ControllerManagerServer
            | Kind::KubeProxy
            | Kind::KubeletServer
            | Kind::SchedulerServer => None,
            _ => Some(below_kubernetes(kind).under("")),
        },
    }
}

/// Where a user's credential is kept.
pub(crate) fn user(layout: Layout, name: &str) -> Place {
    match layout {
        Layout::Custom | Layout::Hosts => Place::Kubeconfig(format!("users/{name}.conf")),
        Layout::HardWay => Place::PairAndKubeconfig(name.to_owned()),
        Layout::Kubeadm if matches!(name, "admin" | "super-admin") => {
            Place::Kubeconfig(format!("{name}.conf"))
        }
        Layout::Kubeadm => Place::Kubeconfig(format!("users/{name}.conf")),
    }
}

/// The folder that holds what one host gets, in the layout that has such folders.
pub(crate) fn host_folder(host: &str) -> String {
    format!("hosts/{host}/")
}

/// kubeadm's names, below the folder that stands for `/etc/kubernetes` (or for `/`).
enum Below {
    /// In `/etc/kubernetes`.
    Kubernetes(Place),
    /// Elsewhere on the host.
    Root(Place),
}

impl Below {
    /// The place for a host whose root is `folder`; with no folder, `/etc/kubernetes` is the root.
    fn under(self, folder: &str) -> Place {
        let (prefix, place) = match self {
            Self::Kubernetes(place) if folder.is_empty() => (String::new(), place),
            Self::Kubernetes(place) => (format!("{folder}etc/kubernetes/"), place),
            Self::Root(place) => (folder.to_owned(), place),
        };
        match place {
            Place::Pair(base) => Place::Pair(prefix + &base),
            Place::Kubeconfig(path) => Place::Kubeconfig(prefix + &path),
            Place::PairAndKubeconfig(base) => Place::PairAndKubeconfig(prefix + &base),
        }
    }
}

fn below_kubernetes(kind: Kind) -> Below {
    let pair = |base: &str| Below::Kubernetes(Place::Pair(format!("pki/{base}")));
    let kubeconfig = |path: &str| Below::Kubernetes(Place::Kubeconfig(path.to_owned()));
    match kind {
        Kind::Apiserver => pair("apiserver"),
        Kind::ApiserverEtcdClient => pair("apiserver-etcd-client"),
        Kind::ApiserverKubeletClient => pair("apiserver-kubelet-client"),
        Kind::ControllerManager => kubeconfig("controller-manager.conf"),
        Kind::ControllerManagerServer => pair("controller-manager-server"),
        Kind::EtcdHealthcheckClient => pair("etcd/healthcheck-client"),
        Kind::EtcdPeer => pair("etcd/peer"),
        Kind::EtcdServer => pair("etcd/server"),
        Kind::FrontProxyClient => pair("front-proxy-client"),
        Kind::KubeProxy => kubeconfig("kube-proxy.conf"),
        Kind::Kubelet => kubeconfig("kubelet.conf"),
        Kind::KubeletServer => Below::Root(Place::Pair("var/lib/kubelet/pki/kubelet".to_owned())),
        Kind::Scheduler => kubeconfig("scheduler.conf"),
        Kind::SchedulerServer => pair("scheduler-server"),
    }
}

/// The flat names of the tutorial, and names in the same manner for what it does without.
fn tutorial(kind: Kind, host: &str) -> Option<Place> {
    Some(match kind {
        Kind::Apiserver => Place::Pair("kube-api-server".to_owned()),
        Kind::ApiserverEtcdClient => Place::Pair("kube-api-server-etcd-client".to_owned()),
        Kind::ControllerManager => Place::PairAndKubeconfig("kube-controller-manager".to_owned()),
        Kind::EtcdHealthcheckClient => Place::Pair(format!("{host}-etcd-healthcheck-client")),
        Kind::EtcdPeer => Place::Pair(format!("{host}-etcd-peer")),
        Kind::EtcdServer => Place::Pair(format!("{host}-etcd-server")),
        Kind::FrontProxyClient => Place::Pair("front-proxy-client".to_owned()),
        Kind::KubeProxy => Place::PairAndKubeconfig("kube-proxy".to_owned()),
        Kind::Kubelet => Place::PairAndKubeconfig(host.to_owned()),
        Kind::Scheduler => Place::PairAndKubeconfig("kube-scheduler".to_owned()),
        // The apiserver's own certificate and the kubelet's serve for these; the controller
        // manager and the scheduler make serving certificates of their own.
        Kind::ApiserverKubeletClient
        | Kind::ControllerManagerServer
        | Kind::KubeletServer
        | Kind::SchedulerServer => return None,
    })
}
