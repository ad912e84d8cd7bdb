//! What a certificate is for: by the names that kubeadm, the tutorial with openssl or cfssl, and
//! k3s give its file, else by its subject. Facts only.

use kubepki_ca::{Certificate, ExtendedKeyUsage, SubjectAltName};

use super::{names::sanitized, pairs::base};
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
    /// What a certificate is for.
    pub(super) fn of(base: &str, certificate: &Certificate, in_kubeconfig: bool) -> Self {
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
        let stem = base.rsplit('/').next().unwrap_or(base);
        if serves && (is_apiserver || APISERVERS.contains(&stem)) {
            return Self::Apiserver;
        }
        if let Some((name, common_name, _)) =
            KNOWN.iter().find(|(_, _, files)| files.contains(&stem))
            && dials
        {
            return Self::Known(name, common_name);
        }
        if let Some((_, user)) = USERS.iter().find(|(file, _)| *file == stem)
            && dials
            && !serves
        {
            return Self::User((*user).to_owned());
        }
        let is_file = |ending: &str| {
            base == ending || base.strip_suffix(ending).is_some_and(|rest| rest.ends_with('/'))
        };
        if let Some((_, name)) = ETCD.iter().find(|(ending, _)| is_file(ending)) {
            return Self::Etcd(name);
        }
        if SERVICE_ACCOUNTS.contains(&stem) {
            return Self::ServiceAccount;
        }
        if let Some((_, name)) = NAMED.iter().find(|(ending, _)| is_file(ending)) {
            return Self::Named((*name).to_owned());
        }
        let name = sanitized(stem);
        if in_kubeconfig && dials && !serves && !common_name.starts_with("system:") {
            return Self::User(name);
        }
        Self::Named(name)
    }

    /// What a certificate is for by the name of its file alone, where the four tools agree on it.
    pub(super) fn of_file(base: &str) -> Option<Self> {
        let stem = base.rsplit('/').next().unwrap_or(base);
        let is_file = |ending: &str| {
            base == ending || base.strip_suffix(ending).is_some_and(|rest| rest.ends_with('/'))
        };
        if APISERVERS.contains(&stem) {
            return Some(Self::Apiserver);
        }
        if let Some((name, common_name, _)) = KNOWN.iter().find(|(.., files)| files.contains(&stem))
        {
            return Some(Self::Known(name, common_name));
        }
        if let Some((_, name)) = ETCD.iter().find(|(ending, _)| is_file(ending)) {
            return Some(Self::Etcd(name));
        }
        if SERVICE_ACCOUNTS.contains(&stem) {
            return Some(Self::ServiceAccount);
        }
        if let Some((_, name)) = NAMED.iter().find(|(ending, _)| is_file(ending)) {
            return Some(Self::Named((*name).to_owned()));
        }
        let user = USERS.iter().find(|(file, _)| *file == stem)?;
        Some(Self::User(user.1.to_owned()))
    }

    fn of_subject(common_name: &str, serves: bool, dials: bool) -> Option<Self> {
        if let Some(host) = common_name.strip_prefix("system:node:") {
            let host = host.parse().ok()?;
            return Some(if dials { Self::Kubelet(host) } else { Self::KubeletServer(host) });
        }
        let known = KNOWN.iter().find(|(_, name, _)| *name == common_name)?;
        (dials || !serves).then_some(Self::Known(known.0, known.1))
    }

    /// Whether a file's name says that it is the key that signs ServiceAccount tokens.
    pub(super) fn is_service_account(path: &StorePath) -> bool {
        let base = base(path);
        SERVICE_ACCOUNTS.contains(&base.rsplit('/').next().unwrap_or(&base))
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

/// The common names that Kubernetes' own ClusterRoleBindings are for, and the names of their files.
const KNOWN: [(&str, &str, &[&str]); 3] = [
    (
        "controller-manager",
        "system:kube-controller-manager",
        &["controller-manager", "kube-controller-manager", "client-controller"],
    ),
    ("scheduler", "system:kube-scheduler", &["scheduler", "kube-scheduler", "client-scheduler"]),
    ("kube-proxy", "system:kube-proxy", &["kube-proxy", "client-kube-proxy"]),
];

/// kubeadm's, the tutorial's, cfssl's, k3s's.
const APISERVERS: [&str; 6] = [
    "apiserver",
    "kube-apiserver",
    "kube-api-server",
    "kubernetes",
    "serving-kube-apiserver",
    "api-server",
];

/// kubeadm's, the tutorial's, k3s's, RKE's.
const SERVICE_ACCOUNTS: [&str; 5] =
    ["sa", "service-account", "service-accounts", "serviceaccount", "kube-service-account-token"];

/// kubeadm's and k3s's.
const ETCD: [(&str, &str); 8] = [
    ("etcd/server", "etcd-server"),
    ("etcd/server-client", "etcd-server"),
    ("etcd-server", "etcd-server"),
    ("kube-etcd", "etcd-server"),
    ("etcd/peer", "etcd-peer"),
    ("etcd/peer-server-client", "etcd-peer"),
    ("etcd-peer", "etcd-peer"),
    ("kube-etcd-peer", "etcd-peer"),
];

/// Other certificates of the table that are known by their files alone: kubeadm's, then k3s's.
const NAMED: [(&str, &str); 9] = [
    ("apiserver-etcd-client", "apiserver-etcd-client"),
    ("apiserver-kubelet-client", "apiserver-kubelet-client"),
    ("etcd/healthcheck-client", "etcd-healthcheck-client"),
    ("front-proxy-client", "front-proxy-client"),
    ("proxy-client", "front-proxy-client"),
    ("aggregator", "front-proxy-client"),
    ("etcd/client", "apiserver-etcd-client"),
    ("client-auth-proxy", "front-proxy-client"),
    ("client-kube-apiserver", "apiserver-kubelet-client"),
];

/// The files of users, and what the users are called.
const USERS: [(&str, &str); 5] = [
    ("admin", "admin"),
    ("super-admin", "super-admin"),
    ("client-admin", "admin"),
    ("k3s", "admin"),
    ("kube-admin", "admin"),
];
