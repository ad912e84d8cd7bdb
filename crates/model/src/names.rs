//! THE TABLE of the names that tools give to the files of a Kubernetes PKI. A tool that is not here
//! yet is some more rows. Whoever has to know what a file is for by its name looks it up here.

use crate::slot::Slot::{self, *};

/// How one tool or more call the files of a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileName {
    /// What the files are for.
    pub slot: Slot,
    /// Whether they lie in a folder of etcd's.
    pub in_etcd: bool,
    /// The name without what tells a certificate from its key; `*` stands for a host's name.
    pub name: &'static str,
    /// What such files are; none for certificates, keys and kubeconfigs alike.
    pub form: Option<Ending>,
    /// Who calls them so.
    pub tools: &'static str,
}

/// What a file is by the ending of its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// A certificate, a private key or a public key.
    Files,
    /// A kubeconfig.
    Kubeconfig,
    /// YAML, kubeconfigs among it.
    Yaml,
}

const fn any(slot: Slot, name: &'static str, tools: &'static str) -> FileName {
    FileName { slot, in_etcd: false, name, form: None, tools }
}

const fn files(slot: Slot, name: &'static str, tools: &'static str) -> FileName {
    FileName { slot, in_etcd: false, name, form: Some(Ending::Files), tools }
}

const fn etcds(slot: Slot, name: &'static str, tools: &'static str) -> FileName {
    FileName { slot, in_etcd: true, name, form: Some(Ending::Files), tools }
}

const fn kubeconfig(slot: Slot, name: &'static str, tools: &'static str) -> FileName {
    FileName { slot, in_etcd: false, name, form: Some(Ending::Kubeconfig), tools }
}

const fn yaml(slot: Slot, name: &'static str, tools: &'static str) -> FileName {
    FileName { slot, in_etcd: false, name, form: Some(Ending::Yaml), tools }
}

/// Every name. The first that fits counts: those in a folder of etcd's, then whole names, then those
/// with a host's name in them.
#[rustfmt::skip]
pub const NAMES: &[FileName] = &[
    etcds(EtcdCa, "ca", "kubeadm, Kubespray"),
    etcds(ApiserverEtcdClient, "client", "k3s"),
    etcds(EtcdHealthcheckClient, "healthcheck-client", "kubeadm"),
    etcds(EtcdPeer, "peer", "kubeadm"),
    etcds(EtcdPeerCa, "peer-ca", "k3s"),
    etcds(EtcdPeer, "peer-server-client", "k3s"),
    etcds(EtcdServer, "server", "kubeadm"),
    etcds(EtcdServerCa, "server-ca", "k3s"),
    etcds(EtcdServer, "server-client", "k3s"),

    any(Admin, "admin", "kubeadm, the tutorial, cfssl"),
    any(Admin, "client-admin", "k3s"),
    any(Admin, "k3s", "k3s"),
    any(Admin, "kube-admin", "RKE"),
    files(Apiserver, "api-server", "cfssl"),
    files(Apiserver, "apiserver", "kubeadm"),
    files(Apiserver, "kube-api-server", "the tutorial"),
    files(Apiserver, "kube-apiserver", "RKE, cfssl"),
    files(Apiserver, "kubernetes", "the tutorial with cfssl"),
    files(Apiserver, "serving-kube-apiserver", "k3s"),
    files(ApiserverEtcdClient, "apiserver-etcd-client", "kubeadm"),
    files(ApiserverEtcdClient, "kube-api-server-etcd-client", "the layout hard-way"),
    files(ApiserverKubeletClient, "apiserver-kubelet-client", "kubeadm"),
    files(ApiserverKubeletClient, "client-kube-apiserver", "k3s"),
    kubeconfig(BootstrapKubelet, "bootstrap-kubelet", "kubeadm"),
    files(ClientCa, "client-ca", "k3s"),
    files(ClusterCa, "ca", "kubeadm, the tutorial, cfssl, easy-rsa"),
    files(ClusterCa, "kube-ca", "RKE"),
    files(ClusterCa, "kubernetes-ca", "kubernetes.io"),
    any(ControllerManager, "client-controller", "k3s"),
    any(ControllerManager, "controller-manager", "kubeadm"),
    any(ControllerManager, "kube-controller-manager", "the tutorial, RKE"),
    files(ControllerManagerServer, "controller-manager-server", "the layout hosts"),
    yaml(EncryptionConfig, "encryption-config", "the tutorial"),
    yaml(EncryptionConfig, "encryption-provider-config", "kubernetes.io"),
    files(EtcdCa, "ca-etcd", "cfssl"),
    files(EtcdCa, "etcd-ca", "kubernetes.io"),
    files(EtcdCa, "etcd-root-ca", "cfssl"),
    files(EtcdHealthcheckClient, "etcd-healthcheck-client", "kubernetes.io"),
    files(EtcdPeer, "etcd-peer", "kubernetes.io"),
    files(EtcdPeer, "kube-etcd-peer", "kubernetes.io"),
    files(EtcdServer, "etcd-server", "cfssl"),
    files(EtcdServer, "kube-etcd", "kubernetes.io"),
    files(FrontProxyCa, "aggregator-ca", "cfssl"),
    files(FrontProxyCa, "front-proxy-ca", "kubeadm"),
    files(FrontProxyCa, "kube-apiserver-requestheader-ca", "RKE"),
    files(FrontProxyCa, "proxy-ca", "cfssl"),
    files(FrontProxyCa, "request-header-ca", "k3s"),
    files(FrontProxyCa, "requestheader-ca", "cfssl"),
    files(FrontProxyClient, "aggregator", "cfssl"),
    files(FrontProxyClient, "client-auth-proxy", "k3s"),
    files(FrontProxyClient, "front-proxy-client", "kubeadm"),
    files(FrontProxyClient, "kube-apiserver-proxy-client", "RKE"),
    files(FrontProxyClient, "proxy-client", "cfssl"),
    any(KubeProxy, "client-kube-proxy", "k3s"),
    any(KubeProxy, "kube-proxy", "the tutorial, RKE"),
    any(Kubelet, "client-kubelet", "k3s"),
    kubeconfig(Kubelet, "kubelet", "kubeadm"),
    files(Kubelet, "kubelet-client-current", "kubelets"),
    files(KubeletServer, "kubelet", "kubelets"),
    files(KubeletServer, "kubelet-server-current", "kubelets"),
    files(KubeletServer, "serving-kubelet", "k3s"),
    any(Scheduler, "client-scheduler", "k3s"),
    any(Scheduler, "kube-scheduler", "the tutorial, RKE"),
    any(Scheduler, "scheduler", "kubeadm"),
    files(SchedulerServer, "scheduler-server", "the layout hosts"),
    files(ServerCa, "server-ca", "k3s"),
    files(ServiceAccount, "kube-service-account-token", "RKE"),
    files(ServiceAccount, "sa", "kubeadm"),
    files(ServiceAccount, "service-account", "the tutorial with cfssl"),
    files(ServiceAccount, "service-accounts", "the tutorial"),
    files(ServiceAccount, "serviceaccount", "MicroK8s"),
    any(SuperAdmin, "super-admin", "kubeadm"),

    files(EtcdHealthcheckClient, "*-etcd-healthcheck-client", "the layout hard-way"),
    files(EtcdPeer, "*-etcd-peer", "the layout hard-way"),
    files(EtcdServer, "*-etcd-server", "the layout hard-way"),
    files(EtcdServer, "kube-etcd-*", "RKE"),
];

/// What the ending of a file's name says that it is.
const ENDINGS: &[(&str, Ending)] = &[
    (".cer", Ending::Files),
    (".cert", Ending::Files),
    (".crt", Ending::Files),
    (".key", Ending::Files),
    (".pem", Ending::Files),
    (".pub", Ending::Files),
    (".conf", Ending::Kubeconfig),
    (".kubeconfig", Ending::Kubeconfig),
    (".yaml", Ending::Yaml),
    (".yml", Ending::Yaml),
];

/// What tells a certificate from its key before the ending: cfssl's `ca-key.pem`, `ca.key.pem`.
const PARTS: &[&str] = &["-cert", "-key", ".cert", ".crt", ".key", ".pub"];

/// What a file is for by its path; `None` for a name that says nothing.
pub fn slot_of(path: &str) -> Option<Slot> {
    let form = form_of(path)?;
    let (folders, _) = path.rsplit_once('/').unwrap_or_default();
    let (_, stem) = base(path).rsplit_once('/').unwrap_or(("", base(path)));
    // `/etc/ssl/etcd/ssl` is etcd's, but nothing that a folder of Kubernetes' own takes back.
    let nearest = folders.rsplit('/').find(|it| matches!(*it, "etcd" | "kubernetes"));
    let row = NAMES.iter().find(|row| {
        (!row.in_etcd || nearest == Some("etcd")) && row.has(form) && row.is_called(stem)
    });
    row.map(|row| row.slot)
}

/// What a file is by the ending of its name; `None` for an ending that no file of a PKI has.
pub fn form_of(path: &str) -> Option<Ending> {
    ENDINGS.iter().find(|(ending, _)| path.ends_with(ending)).map(|(_, form)| *form)
}

/// The path without what tells a certificate from its key: `ca.crt`, `ca.key`, `ca.pem` and
/// `ca-key.pem` are all `ca`.
pub fn base(path: &str) -> &str {
    let cut = |path| {
        move |ending: &&str| {
            let short: &str = str::strip_suffix(path, ending)?;
            (!short.is_empty() && !short.ends_with('/')).then_some(short)
        }
    };
    let endings = || ENDINGS.iter().map(|(ending, _)| ending);
    let path = endings().find_map(cut(path)).unwrap_or(path);
    PARTS.iter().find_map(cut(path)).unwrap_or(path)
}

impl FileName {
    fn has(&self, form: Ending) -> bool {
        match (self.form, form) {
            (None, _) | (Some(Ending::Kubeconfig), Ending::Yaml) => true,
            (Some(wanted), form) => wanted == form,
        }
    }

    fn is_called(&self, stem: &str) -> bool {
        match (self.name.strip_prefix('*'), self.name.strip_suffix('*')) {
            (Some(end), _) => stem.ends_with(end),
            (_, Some(beginning)) => stem.starts_with(beginning),
            (None, None) => stem == self.name,
        }
    }

    /// A path of such a file: of a certificate, or where it is none of a kubeconfig or text.
    pub fn example(&self) -> String {
        let folder = if self.in_etcd { "etcd/" } else { "" };
        let ending = match self.form {
            None | Some(Ending::Files) => "crt",
            Some(Ending::Kubeconfig) => "conf",
            Some(Ending::Yaml) => "yaml",
        };
        format!("{folder}{}.{ending}", self.name.replace('*', "node-0"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_is_there_once_and_found() {
        for (index, row) in NAMES.iter().enumerate() {
            assert_eq!(slot_of(&row.example()), Some(row.slot), "{}", row.name);
            let same = NAMES[..index].iter().find(|other| {
                (other.name, other.in_etcd, other.form) == (row.name, row.in_etcd, row.form)
            });
            assert_eq!(same, None);
        }
    }

    #[test]
    fn names_say_what_a_file_is_for() {
        for (path, slot) in [
            ("/etc/kubernetes/pki/ca.crt", Some(ClusterCa)),
            ("/etc/kubernetes/pki/etcd/ca.crt", Some(EtcdCa)),
            // Kubespray's.
            ("/etc/ssl/etcd/ssl/ca.pem", Some(EtcdCa)),
            ("/srv/etcd/kubernetes/pki/ca.crt", Some(ClusterCa)),
            ("etcd/peer-server-client.crt", Some(EtcdPeer)),
            ("tls/server-client.crt", None),
            ("server/tls/client-auth-proxy.crt", Some(FrontProxyClient)),
            ("server/tls/server-ca.crt", Some(ServerCa)),
            ("kubelet.conf", Some(Kubelet)),
            ("kubelet.crt", Some(KubeletServer)),
            // OpenSSL's configuration in the tutorial, and a static Pod.
            ("ca.conf", None),
            ("manifests/kube-apiserver.yaml", None),
            ("ca", None),
            (".crt", None),
            ("", None),
        ] {
            assert_eq!(slot_of(path), slot, "{path}");
        }
    }

    #[test]
    fn a_base_is_shared_by_a_certificate_and_its_key() {
        for name in
            ["ca.crt", "ca.key", "ca.pem", "ca-key.pem", "ca.key.pem", "ca.cert.pem", "ca.pub"]
        {
            assert_eq!(base(&format!("pki/{name}")), "pki/ca");
        }
        assert_eq!((base("pki/.crt"), base("-key.pem"), base("")), ("pki/.crt", "-key", ""));
    }
}
