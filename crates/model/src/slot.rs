//! What a file of a Kubernetes PKI is for. Facts only.

/// What a certificate, key pair or kubeconfig is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Slot {
    /// An administrator.
    Admin,
    /// The apiserver's serving certificate.
    Apiserver,
    /// What the apiserver shows to etcd.
    ApiserverEtcdClient,
    /// What the apiserver shows to kubelets.
    ApiserverKubeletClient,
    /// The kubeconfig with which a kubelet asks for its first certificate.
    BootstrapKubelet,
    /// The CA of clients, where servers have another.
    ClientCa,
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
    /// The CA of what etcd members show to each other, where their clients know another.
    EtcdPeerCa,
    /// etcd's serving certificate.
    EtcdServer,
    /// The CA of etcd's clients and serving certificates, where its peers have another.
    EtcdServerCa,
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
    /// The CA of servers, where clients have another.
    ServerCa,
    /// The key that signs ServiceAccount tokens.
    ServiceAccount,
    /// The CA's certificate in a file of its own, with which a controller manager signs requests.
    SigningCertificate,
    /// The break-glass administrator, whose group is above RBAC.
    SuperAdmin,
    /// Somebody or something that speaks to the apiserver.
    User,
}

impl Slot {
    /// Returns what an entry of a spec for it is called; none for a user, whose entry has a name of its
    /// own, and for the certificate that signs requests, which is a copy.
    pub const fn entry(self) -> Option<&'static str> {
        Some(match self {
            Self::Admin => "user/admin",
            Self::Apiserver => "apiserver",
            Self::ApiserverEtcdClient => "apiserver-etcd-client",
            Self::ApiserverKubeletClient => "apiserver-kubelet-client",
            Self::BootstrapKubelet => "bootstrap-kubelet",
            Self::ClientCa | Self::ClusterCa => "ca",
            Self::ControllerManager => "controller-manager",
            Self::ControllerManagerServer => "controller-manager-server",
            Self::EncryptionConfig => "encryption-config",
            Self::EtcdCa | Self::EtcdServerCa => "etcd-ca",
            Self::EtcdHealthcheckClient => "etcd-healthcheck-client",
            Self::EtcdPeer => "etcd-peer",
            Self::EtcdPeerCa => "etcd-peer-ca",
            Self::EtcdServer => "etcd-server",
            Self::FrontProxyCa => "front-proxy-ca",
            Self::FrontProxyClient => "front-proxy-client",
            Self::KubeProxy => "kube-proxy",
            Self::Kubelet => "kubelet",
            Self::KubeletServer => "kubelet-server",
            Self::Scheduler => "scheduler",
            Self::SchedulerServer => "scheduler-server",
            Self::ServerCa => "server-ca",
            Self::ServiceAccount => "service-account",
            Self::SuperAdmin => "user/super-admin",
            Self::SigningCertificate | Self::User => return None,
        })
    }

    /// The slot of an entry of a spec by its name. Of an administrator's, who is a user like any other,
    /// there is none.
    pub fn of_entry(name: &str) -> Option<Self> {
        Self::ENTRIES.iter().copied().find(|slot| slot.entry() == Some(name))
    }

    const ENTRIES: &[Self] = &[
        Self::Apiserver,
        Self::ApiserverEtcdClient,
        Self::ApiserverKubeletClient,
        Self::ClusterCa,
        Self::ControllerManager,
        Self::ControllerManagerServer,
        Self::EncryptionConfig,
        Self::EtcdCa,
        Self::EtcdHealthcheckClient,
        Self::EtcdPeer,
        Self::EtcdServer,
        Self::FrontProxyCa,
        Self::FrontProxyClient,
        Self::KubeProxy,
        Self::Kubelet,
        Self::KubeletServer,
        Self::Scheduler,
        Self::SchedulerServer,
        Self::ServiceAccount,
        Self::SuperAdmin,
    ];

    /// Returns the user of Kubernetes' own ClusterRoleBindings that it has to be.
    pub const fn component(self) -> Option<&'static str> {
        match self {
            Self::ControllerManager => Some("system:kube-controller-manager"),
            Self::KubeProxy => Some("system:kube-proxy"),
            Self::Scheduler => Some("system:kube-scheduler"),
            _ => None,
        }
    }

    /// Whether it is a CA.
    pub const fn is_authority(self) -> bool {
        matches!(
            self,
            Self::ClientCa
                | Self::ClusterCa
                | Self::EtcdCa
                | Self::EtcdPeerCa
                | Self::EtcdServerCa
                | Self::FrontProxyCa
                | Self::ServerCa
        )
    }

    /// The CA that issues it; none for CAs and for what is no certificate.
    pub const fn authority(self) -> Option<Self> {
        match self {
            Self::BootstrapKubelet
            | Self::ClientCa
            | Self::ClusterCa
            | Self::EncryptionConfig
            | Self::EtcdCa
            | Self::EtcdPeerCa
            | Self::EtcdServerCa
            | Self::FrontProxyCa
            | Self::ServerCa
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
            Self::BootstrapKubelet => "a kubelet's bootstrap kubeconfig",
            Self::ClientCa => "the CA of clients",
            Self::ClusterCa => "the cluster's CA",
            Self::ControllerManager => "the controller manager's client certificate",
            Self::ControllerManagerServer => "the controller manager's serving certificate",
            Self::EncryptionConfig => "the file of the keys that encrypt Secrets",
            Self::EtcdCa => "etcd's CA",
            Self::EtcdHealthcheckClient => "the client certificate of etcd's health check",
            Self::EtcdPeer => "an etcd member's peer certificate",
            Self::EtcdPeerCa => "the CA of etcd's peers",
            Self::EtcdServer => "etcd's serving certificate",
            Self::EtcdServerCa => "the CA of etcd's clients and servers",
            Self::FrontProxyCa => "the front proxy's CA",
            Self::FrontProxyClient => "the front proxy's client certificate",
            Self::KubeProxy => "kube-proxy's client certificate",
            Self::Kubelet => "a kubelet's client certificate",
            Self::KubeletServer => "a kubelet's serving certificate",
            Self::Scheduler => "the scheduler's client certificate",
            Self::SchedulerServer => "the scheduler's serving certificate",
            Self::ServerCa => "the CA of servers",
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
