//! THE TABLE: every certificate of a cluster, one row each. Facts only; docs/certificates.md
//! shows the same table with its sources.

use kubepki_ca::{CLIENT, PEER, Profile, SERVER};

use crate::reserved::{NODES, SYSTEM_MASTERS};

/// The CAs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Authority {
    Cluster,
    Etcd,
    FrontProxy,
}

impl Authority {
    pub(crate) const ALL: [Self; 3] = [Self::Cluster, Self::Etcd, Self::FrontProxy];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Cluster => "ca",
            Self::Etcd => "etcd-ca",
            Self::FrontProxy => "front-proxy-ca",
        }
    }

    /// The middle of its common name, `<cluster>-<this>-<generation>`.
    pub(crate) const fn subject(self) -> &'static str {
        match self {
            Self::Cluster => "kubernetes-ca",
            Self::Etcd => "etcd-ca",
            Self::FrontProxy => "front-proxy-ca",
        }
    }
}

/// The kinds of certificates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Apiserver,
    ApiserverEtcdClient,
    ApiserverKubeletClient,
    ControllerManager,
    ControllerManagerServer,
    EtcdHealthcheckClient,
    EtcdPeer,
    EtcdServer,
    FrontProxyClient,
    KubeProxy,
    Kubelet,
    KubeletServer,
    Scheduler,
    SchedulerServer,
}

/// How a common name is formed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum CommonName {
    Fixed(&'static str),
    /// The host's name.
    Host,
    /// `system:node:` and the host's name, as the Node authorizer wants it.
    Node,
}

/// Which names and addresses a certificate is good for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Names {
    None,
    /// The host's own names and addresses.
    Host,
    /// Those, and the loopback names.
    HostAndLoopback,
    /// Everything that leads to the apiserver.
    Apiserver,
}

/// For whom a row is made.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Each {
    ControlPlane,
    Etcd,
    Kubelet,
}

/// Where a row's certificate is kept.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Form {
    /// Beside its key.
    Pair,
    /// In a kubeconfig that points at the endpoint.
    Kubeconfig,
    /// In a kubeconfig that points at the apiserver of the same host.
    LocalKubeconfig,
}

pub(crate) struct Row {
    pub(crate) kind: Kind,
    pub(crate) name: &'static str,
    pub(crate) issuer: Authority,
    pub(crate) profile: Profile,
    pub(crate) common_name: CommonName,
    pub(crate) organization: Option<&'static str>,
    pub(crate) names: Names,
    pub(crate) each: Each,
    pub(crate) form: Form,
}

#[rustfmt::skip]
pub(crate) const ROWS: &[Row] = &[
    Row { kind: Kind::Apiserver, name: "apiserver", issuer: Authority::Cluster, profile: SERVER,
          common_name: CommonName::Fixed("kube-apiserver"), organization: None,
          names: Names::Apiserver, each: Each::ControlPlane, form: Form::Pair },
    // No organization: its rights come from a ClusterRoleBinding in rbac.yaml.
    Row { kind: Kind::ApiserverKubeletClient, name: "apiserver-kubelet-client", issuer: Authority::Cluster, profile: CLIENT,
          common_name: CommonName::Fixed("kube-apiserver-kubelet-client"), organization: None,
          names: Names::None, each: Each::ControlPlane, form: Form::Pair },
    Row { kind: Kind::ApiserverEtcdClient, name: "apiserver-etcd-client", issuer: Authority::Etcd, profile: CLIENT,
          common_name: CommonName::Fixed("kube-apiserver-etcd-client"), organization: None,
          names: Names::None, each: Each::ControlPlane, form: Form::Pair },
    Row { kind: Kind::FrontProxyClient, name: "front-proxy-client", issuer: Authority::FrontProxy, profile: CLIENT,
          common_name: CommonName::Fixed("front-proxy-client"), organization: None,
          names: Names::None, each: Each::ControlPlane, form: Form::Pair },
    Row { kind: Kind::ControllerManager, name: "controller-manager", issuer: Authority::Cluster, profile: CLIENT,
          common_name: CommonName::Fixed("system:kube-controller-manager"), organization: None,
          names: Names::None, each: Each::ControlPlane, form: Form::LocalKubeconfig },
    Row { kind: Kind::Scheduler, name: "scheduler", issuer: Authority::Cluster, profile: CLIENT,
          common_name: CommonName::Fixed("system:kube-scheduler"), organization: None,
          names: Names::None, each: Each::ControlPlane, form: Form::LocalKubeconfig },
    Row { kind: Kind::ControllerManagerServer, name: "controller-manager-server", issuer: Authority::Cluster, profile: SERVER,
          common_name: CommonName::Fixed("kube-controller-manager"), organization: None,
          names: Names::HostAndLoopback, each: Each::ControlPlane, form: Form::Pair },
    Row { kind: Kind::SchedulerServer, name: "scheduler-server", issuer: Authority::Cluster, profile: SERVER,
          common_name: CommonName::Fixed("kube-scheduler"), organization: None,
          names: Names::HostAndLoopback, each: Each::ControlPlane, form: Form::Pair },
    // PEER and not SERVER: etcd's gRPC gateway dials its own server certificate's listener.
    Row { kind: Kind::EtcdServer, name: "etcd-server", issuer: Authority::Etcd, profile: PEER,
          common_name: CommonName::Host, organization: None,
          names: Names::HostAndLoopback, each: Each::Etcd, form: Form::Pair },
    Row { kind: Kind::EtcdPeer, name: "etcd-peer", issuer: Authority::Etcd, profile: PEER,
          common_name: CommonName::Host, organization: None,
          names: Names::HostAndLoopback, each: Each::Etcd, form: Form::Pair },
    Row { kind: Kind::EtcdHealthcheckClient, name: "etcd-healthcheck-client", issuer: Authority::Etcd, profile: CLIENT,
          common_name: CommonName::Fixed("kube-etcd-healthcheck-client"), organization: None,
          names: Names::None, each: Each::Etcd, form: Form::Pair },
    Row { kind: Kind::Kubelet, name: "kubelet", issuer: Authority::Cluster, profile: CLIENT,
          common_name: CommonName::Node, organization: Some(NODES),
          names: Names::None, each: Each::Kubelet, form: Form::Kubeconfig },
    Row { kind: Kind::KubeletServer, name: "kubelet-server", issuer: Authority::Cluster, profile: SERVER,
          common_name: CommonName::Node, organization: Some(NODES),
          names: Names::Host, each: Each::Kubelet, form: Form::Pair },
    Row { kind: Kind::KubeProxy, name: "kube-proxy", issuer: Authority::Cluster, profile: CLIENT,
          common_name: CommonName::Fixed("system:kube-proxy"), organization: None,
          names: Names::None, each: Each::Kubelet, form: Form::Kubeconfig },
];

/// The token with which kubelets ask for their certificates, and the kubeconfig that has it.
pub(crate) const BOOTSTRAP_TOKEN: &str = "bootstrap-token";
pub(crate) const BOOTSTRAP_KUBELET: &str = "bootstrap-kubelet";

/// The keys that encrypt Secrets in etcd.
pub(crate) const ENCRYPTION_CONFIG: &str = "encryption-config";

/// The user of the break-glass credential, and its group, which is above RBAC.
pub(crate) const SUPER_ADMIN: (&str, &str) = ("super-admin", SYSTEM_MASTERS);
