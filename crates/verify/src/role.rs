//! The parts that files play in a Kubernetes PKI: known from a root's catalog, else guessed from
//! the names that kubeadm and the tutorials give. Judges nothing.

mod guess;

pub(crate) use self::guess::{of_path, of_port, of_subject, stem};

/// What a certificate, key pair or kubeconfig is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Role {
    /// An administrator.
    Admin,
    /// The apiserver's serving certificate.
    Apiserver,
    /// What the apiserver shows to etcd.
    ApiserverEtcdClient,
    /// What the apiserver shows to kubelets.
    ApiserverKubeletClient,
    /// The CA of clients, kubelets and the apiserver.
    ClusterCa,
    /// What the controller manager shows to the apiserver.
    ControllerManager,
    /// The controller manager's serving certificate.
    ControllerManagerServer,
    /// The CA of etcd.
    EtcdCa,
    /// The file with the keys that encrypt Secrets in etcd.
    EncryptionConfig,
    /// What a health check shows to etcd.
    EtcdHealthcheckClient,
    /// What etcd members show to each other.
    EtcdPeer,
    /// etcd's serving certificate.
    EtcdServer,
    /// The CA of the front proxy.
    FrontProxyCa,
    /// What the front proxy shows to aggregated API servers.
    FrontProxyClient,
    /// What kube-proxy shows to the apiserver.
    KubeProxy,
    /// What a kubelet shows to the apiserver.
    Kubelet,
    /// A kubelet's serving certificate.
    KubeletServer,
    /// What the scheduler shows to the apiserver.
    Scheduler,
    /// The scheduler's serving certificate.
    SchedulerServer,
    /// The key that signs ServiceAccount tokens.
    ServiceAccount,
    /// The CA's certificate in a file of its own, with which a controller manager signs requests.
    SigningCertificate,
    /// The break-glass administrator, whose group is above RBAC.
    SuperAdmin,
    /// Somebody or something that speaks to the apiserver.
    User,
}

impl Role {
    /// Whether it is a CA.
    pub const fn is_authority(self) -> bool {
        matches!(self, Self::ClusterCa | Self::EtcdCa | Self::FrontProxyCa)
    }

    /// The CA that issues it; none for CAs and for what is no certificate.
    pub const fn authority(self) -> Option<Self> {
        match self {
            Self::ClusterCa
            | Self::EncryptionConfig
            | Self::EtcdCa
            | Self::FrontProxyCa
            | Self::ServiceAccount
            | Self::SigningCertificate => None,
            Self::ApiserverEtcdClient
            | Self::EtcdHealthcheckClient
            | Self::EtcdPeer
            | Self::EtcdServer => Some(Self::EtcdCa),
            Self::FrontProxyClient => Some(Self::FrontProxyCa),
            _ => Some(Self::ClusterCa),
        }
    }

    /// Whether it is shown to a server, and so needs `clientAuth`.
    pub const fn is_client(self) -> bool {
        self.authority().is_some() && !self.is_server_only()
    }

    /// Whether it serves, and so needs `serverAuth`.
    pub const fn is_server(self) -> bool {
        self.is_server_only() || matches!(self, Self::EtcdPeer | Self::EtcdServer)
    }

    /// The name in words, such as `the apiserver's serving certificate`.
    pub const fn described(self) -> &'static str {
        match self {
            Self::Admin => "an administrator's certificate",
            Self::Apiserver => "the apiserver's serving certificate",
            Self::ApiserverEtcdClient => "the apiserver's client certificate for etcd",
            Self::ApiserverKubeletClient => "the apiserver's client certificate for kubelets",
            Self::ClusterCa => "the cluster's CA",
            Self::ControllerManager => "the controller manager's client certificate",
            Self::ControllerManagerServer => "the controller manager's serving certificate",
            Self::EncryptionConfig => "the file of the keys that encrypt Secrets",
            Self::EtcdCa => "etcd's CA",
            Self::EtcdHealthcheckClient => "the client certificate of etcd's health check",
            Self::EtcdPeer => "an etcd member's peer certificate",
            Self::EtcdServer => "etcd's serving certificate",
            Self::FrontProxyCa => "the front proxy's CA",
            Self::FrontProxyClient => "the front proxy's client certificate",
            Self::KubeProxy => "kube-proxy's client certificate",
            Self::Kubelet => "a kubelet's client certificate",
            Self::KubeletServer => "a kubelet's serving certificate",
            Self::Scheduler => "the scheduler's client certificate",
            Self::SchedulerServer => "the scheduler's serving certificate",
            Self::ServiceAccount => "the ServiceAccount key",
            Self::SigningCertificate => "the certificate that signs requests",
            Self::SuperAdmin => "the break-glass administrator's certificate",
            Self::User => "a user's certificate",
        }
    }

    const fn is_server_only(self) -> bool {
        matches!(
            self,
            Self::Apiserver
                | Self::ControllerManagerServer
                | Self::KubeletServer
                | Self::SchedulerServer
        )
    }
}
