//! What a certificate is for: by its subject, else by the name of its file, which the model knows.

use kubepki_ca::{Certificate, ExtendedKeyUsage, SubjectAltName};
use kubepki_model::Slot;

use super::names::sanitized;
use crate::{reserved::NODES, spec::HostName, store::StorePath};

/// What a certificate is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Apiserver,
    /// An etcd member's: `etcd-server` or `etcd-peer`, which dials with it too.
    Etcd(&'static str),
    /// A kubelet's client certificate, which may serve too, and its host.
    Kubelet(HostName),
    /// A kubelet's serving certificate, and its host.
    KubeletServer(HostName),
    /// A client that Kubernetes knows by its common name, which is the second.
    Known(&'static str, &'static str),
    /// A client or server of a name, about which no more is known.
    Named(String),
    /// A certificate around the key that signs ServiceAccount tokens.
    ServiceAccount,
    /// A client certificate of a person.
    User(String),
}

impl Role {
    /// What a certificate is for, by its subject, its names and its file.
    pub(super) fn of(path: &str, certificate: &Certificate, in_kubeconfig: bool) -> Self {
        let usages = certificate.extended_key_usage();
        let serves = usages.contains(&ExtendedKeyUsage::ServerAuth);
        let dials = usages.contains(&ExtendedKeyUsage::ClientAuth);
        let common_name = certificate.subject().common_name.as_str();
        if let Some(role) = Self::of_subject(common_name, serves, dials) {
            return role;
        }
        let is_apiserver = certificate.subject_alt_names().iter().any(
            |name| matches!(name, SubjectAltName::Dns(dns) if dns.as_str() == "kubernetes.default"),
        );
        if serves && is_apiserver {
            return Self::Apiserver;
        }
        let fits = |role: &Self| match role {
            Self::Apiserver => serves,
            Self::Known(..) => dials,
            Self::User(_) => dials && !serves,
            _ => true,
        };
        if let Some(role) = Self::of_file(path).filter(fits) {
            return role;
        }
        let base = kubepki_model::base(path);
        let name = sanitized(base.rsplit('/').next().unwrap_or(base));
        if in_kubeconfig && dials && !serves && !common_name.starts_with("system:") {
            return Self::User(name);
        }
        Self::Named(name)
    }

    /// What a certificate is for by the name of its file alone.
    pub(super) fn of_file(path: &str) -> Option<Self> {
        let slot = kubepki_model::slot_of(path)?;
        let name = slot.adopted().name();
        Some(match slot {
            Slot::Apiserver => Self::Apiserver,
            Slot::EtcdPeer | Slot::EtcdServer => Self::Etcd(name),
            Slot::ServiceAccount => Self::ServiceAccount,
            Slot::Admin | Slot::SuperAdmin => Self::User(name.strip_prefix("user/")?.to_owned()),
            Slot::ApiserverEtcdClient
            | Slot::ApiserverKubeletClient
            | Slot::ControllerManagerServer
            | Slot::EtcdHealthcheckClient
            | Slot::FrontProxyClient
            | Slot::SchedulerServer => Self::Named(name.to_owned()),
            _ => Self::Known(name, slot.component()?),
        })
    }

    fn of_subject(common_name: &str, serves: bool, dials: bool) -> Option<Self> {
        if let Some(host) = common_name.strip_prefix("system:node:") {
            let host = host.parse().ok()?;
            return Some(if dials { Self::Kubelet(host) } else { Self::KubeletServer(host) });
        }
        let slot = COMPONENTS.iter().find(|slot| slot.component() == Some(common_name))?;
        (dials || !serves).then_some(Self::Known(slot.name(), slot.component()?))
    }

    /// Whether a file's name says that it is the key that signs ServiceAccount tokens.
    pub(super) fn is_service_account(path: &StorePath) -> bool {
        kubepki_model::slot_of(path.as_str()) == Some(Slot::ServiceAccount)
    }

    /// What the entry is called.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Apiserver => "apiserver".to_owned(),
            Self::Etcd(name) | Self::Known(name, _) => (*name).to_owned(),
            Self::Kubelet(_) => "kubelet".to_owned(),
            Self::KubeletServer(_) => "kubelet-server".to_owned(),
            Self::Named(name) => name.clone(),
            Self::ServiceAccount => "service-account".to_owned(),
            Self::User(name) => format!("user/{name}"),
        }
    }

    /// The host that its certificate is for, where the subject says so.
    pub(super) fn host(&self, certificate: &Certificate) -> Option<HostName> {
        match self {
            Self::Kubelet(host) | Self::KubeletServer(host) => Some(host.clone()),
            // kubeadm's and ours; those of others are called `kube-etcd` or so on every host.
            Self::Etcd(_) => {
                let host: HostName = certificate.subject().common_name.parse().ok()?;
                let own = SubjectAltName::Dns(host.dns_name().clone());
                certificate.subject_alt_names().contains(&own).then_some(host)
            }
            _ => None,
        }
    }

    /// Whether it has to serve, whatever the certificate says.
    pub(super) const fn serves(&self) -> bool {
        matches!(self, Self::Apiserver | Self::Etcd(_) | Self::KubeletServer(_))
    }

    /// Whether it has to dial, whatever the certificate says.
    pub(super) const fn dials(&self) -> bool {
        matches!(self, Self::Etcd(_) | Self::Kubelet(_) | Self::Known(..) | Self::User(_))
    }

    /// The common name that it has to have.
    pub(super) const fn common_name(&self) -> Option<&'static str> {
        match self {
            Self::Known(_, name) => Some(name),
            _ => None,
        }
    }

    /// The group that it has to be in.
    pub(super) const fn group(&self) -> Option<&'static str> {
        match self {
            Self::Kubelet(_) => Some(NODES),
            _ => None,
        }
    }
}

/// What Kubernetes' own ClusterRoleBindings are for.
const COMPONENTS: [Slot; 3] = [Slot::ControllerManager, Slot::KubeProxy, Slot::Scheduler];
