//! What a file is to the component that names it: the table of flags. Reads no file.
//!
//! After Kubernetes' page "PKI certificates and requirements" and the programs' own help.

use super::ComponentKind::{self, Etcd, KubeApiserver, KubeControllerManager, KubeProxy};
use super::ComponentKind::{KubeScheduler, Kubelet};
use crate::role::Role as ClusterRole;

/// What a file is to the component that uses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Role {
    /// The CA of an API server, in a kubeconfig.
    ApiserverCa,
    /// The kubeconfig with which a kubelet asks for its first certificate.
    BootstrapKubeconfig,
    /// The CAs whose clients are let in.
    ClientCa,
    /// The certificate in a kubeconfig.
    ClientCertificate,
    /// The private key in a kubeconfig.
    ClientKey,
    /// A configuration file of the component.
    Configuration,
    /// The CAs that may have signed etcd's serving certificate.
    EtcdCa,
    /// The API server's certificate for etcd.
    EtcdClientCertificate,
    /// The private key of the API server's certificate for etcd.
    EtcdClientKey,
    /// A kubeconfig.
    Kubeconfig,
    /// The CAs that may have signed a kubelet's serving certificate.
    KubeletCa,
    /// The API server's certificate for kubelets.
    KubeletClientCertificate,
    /// The private key of the API server's certificate for kubelets.
    KubeletClientKey,
    /// The CAs that may have signed the certificate of an OpenID Connect issuer.
    OidcCa,
    /// The CAs whose etcd members are let in.
    PeerCa,
    /// An etcd member's certificate for the others.
    PeerCertificate,
    /// The private key of an etcd member's certificate for the others.
    PeerKey,
    /// The API server's certificate for extension API servers.
    ProxyClientCertificate,
    /// The private key of the API server's certificate for extension API servers.
    ProxyClientKey,
    /// The CAs whose front proxies may say who the user is.
    RequestheaderCa,
    /// The CA that every pod is given to know the API server by.
    RootCa,
    /// A public key that tokens of service accounts are checked with.
    ServiceAccountKey,
    /// The private key that signs tokens of service accounts.
    ServiceAccountSigningKey,
    /// What the component shows to its clients.
    ServingCertificate,
    /// The private key of what the component shows to its clients.
    ServingKey,
    /// The CA certificate that signs requests of the Certificates API.
    SigningCertificate,
    /// The private key of the CA that signs requests of the Certificates API.
    SigningKey,
    /// What the component shows to clients that ask for certain names.
    SniCertificate,
    /// The private key of what the component shows to clients that ask for certain names.
    SniKey,
}

impl Role {
    /// Its name in words.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ApiserverCa => "API server's CA",
            Self::BootstrapKubeconfig => "bootstrap kubeconfig",
            Self::ClientCa => "client CA",
            Self::ClientCertificate => "client certificate",
            Self::ClientKey => "client key",
            Self::Configuration => "configuration",
            Self::EtcdCa => "etcd's CA",
            Self::EtcdClientCertificate => "etcd client certificate",
            Self::EtcdClientKey => "etcd client key",
            Self::Kubeconfig => "kubeconfig",
            Self::KubeletCa => "kubelets' CA",
            Self::KubeletClientCertificate => "kubelet client certificate",
            Self::KubeletClientKey => "kubelet client key",
            Self::OidcCa => "OpenID Connect issuer's CA",
            Self::PeerCa => "peer CA",
            Self::PeerCertificate => "peer certificate",
            Self::PeerKey => "peer key",
            Self::ProxyClientCertificate => "front proxy's certificate",
            Self::ProxyClientKey => "front proxy's key",
            Self::RequestheaderCa => "front proxy's CA",
            Self::RootCa => "pods' CA",
            Self::ServiceAccountKey => "service account key",
            Self::ServiceAccountSigningKey => "service account signing key",
            Self::ServingCertificate => "serving certificate",
            Self::ServingKey => "serving key",
            Self::SigningCertificate => "signing certificate",
            Self::SigningKey => "signing key",
            Self::SniCertificate => "serving certificate for some names",
            Self::SniKey => "serving key for some names",
        }
    }

    /// The part that the file plays in the cluster, as the other checks know it.
    pub(crate) const fn in_cluster(self, kind: ComponentKind) -> Option<ClusterRole> {
        Some(match (kind, self) {
            (Etcd, Self::ClientCa | Self::PeerCa) | (_, Self::EtcdCa) => ClusterRole::EtcdCa,
            (Etcd, Self::ServingCertificate | Self::ServingKey) => ClusterRole::EtcdServer,
            (_, Self::PeerCertificate | Self::PeerKey) => ClusterRole::EtcdPeer,
            (_, Self::EtcdClientCertificate | Self::EtcdClientKey) => {
                ClusterRole::ApiserverEtcdClient
            }
            (_, Self::KubeletClientCertificate | Self::KubeletClientKey) => {
                ClusterRole::ApiserverKubeletClient
            }
            (_, Self::ProxyClientCertificate | Self::ProxyClientKey) => {
                ClusterRole::FrontProxyClient
            }
            (_, Self::RequestheaderCa) => ClusterRole::FrontProxyCa,
            (
                _,
                Self::ApiserverCa
                | Self::ClientCa
                | Self::RootCa
                | Self::SigningCertificate
                | Self::SigningKey,
            ) => ClusterRole::ClusterCa,
            (_, Self::ServiceAccountKey | Self::ServiceAccountSigningKey) => {
                ClusterRole::ServiceAccount
            }
            (KubeApiserver, Self::ServingCertificate | Self::ServingKey) => ClusterRole::Apiserver,
            (KubeControllerManager, Self::ServingCertificate | Self::ServingKey) => {
                ClusterRole::ControllerManagerServer
            }
            (KubeScheduler, Self::ServingCertificate | Self::ServingKey) => {
                ClusterRole::SchedulerServer
            }
            (Kubelet, Self::ServingCertificate | Self::ServingKey) => ClusterRole::KubeletServer,
            (KubeControllerManager, Self::Kubeconfig | Self::ClientCertificate) => {
                ClusterRole::ControllerManager
            }
            (KubeScheduler, Self::Kubeconfig | Self::ClientCertificate) => ClusterRole::Scheduler,
            (KubeProxy, Self::Kubeconfig | Self::ClientCertificate) => ClusterRole::KubeProxy,
            (Kubelet, Self::Kubeconfig | Self::ClientCertificate) => ClusterRole::Kubelet,
            _ => return None,
        })
    }

    /// What the file has to hold.
    pub const fn wants(self) -> Wants {
        match self {
            Self::BootstrapKubeconfig | Self::Kubeconfig => Wants::Kubeconfig,
            Self::ClientKey
            | Self::EtcdClientKey
            | Self::KubeletClientKey
            | Self::PeerKey
            | Self::ProxyClientKey
            | Self::ServiceAccountSigningKey
            | Self::ServingKey
            | Self::SigningKey
            | Self::SniKey => Wants::PrivateKey,
            Self::Configuration => Wants::Anything,
            Self::ServiceAccountKey => Wants::PublicKey,
            _ => Wants::Certificate,
        }
    }
}

/// What a file has to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wants {
    /// Whatever: somebody else reads it.
    Anything,
    /// A certificate.
    Certificate,
    /// A kubeconfig.
    Kubeconfig,
    /// A private key.
    PrivateKey,
    /// A public key, or what has one: a certificate or a private key.
    PublicKey,
}

/// Flags that name a file, by component, with what the file is to it.
pub const FILES: &[(ComponentKind, &str, Role)] = &[
    (Etcd, "cert-file", Role::ServingCertificate),
    (Etcd, "config-file", Role::Configuration),
    (Etcd, "key-file", Role::ServingKey),
    (Etcd, "peer-cert-file", Role::PeerCertificate),
    (Etcd, "peer-key-file", Role::PeerKey),
    (Etcd, "peer-trusted-ca-file", Role::PeerCa),
    (Etcd, "trusted-ca-file", Role::ClientCa),
    (KubeApiserver, "client-ca-file", Role::ClientCa),
    (KubeApiserver, "etcd-cafile", Role::EtcdCa),
    (KubeApiserver, "etcd-certfile", Role::EtcdClientCertificate),
    (KubeApiserver, "etcd-keyfile", Role::EtcdClientKey),
    (KubeApiserver, "kubelet-certificate-authority", Role::KubeletCa),
    (KubeApiserver, "kubelet-client-certificate", Role::KubeletClientCertificate),
    (KubeApiserver, "kubelet-client-key", Role::KubeletClientKey),
    (KubeApiserver, "oidc-ca-file", Role::OidcCa),
    (KubeApiserver, "proxy-client-cert-file", Role::ProxyClientCertificate),
    (KubeApiserver, "proxy-client-key-file", Role::ProxyClientKey),
    (KubeApiserver, "requestheader-client-ca-file", Role::RequestheaderCa),
    (KubeApiserver, "service-account-key-file", Role::ServiceAccountKey),
    (KubeApiserver, "service-account-signing-key-file", Role::ServiceAccountSigningKey),
    (KubeApiserver, "tls-cert-file", Role::ServingCertificate),
    (KubeApiserver, "tls-private-key-file", Role::ServingKey),
    (KubeApiserver, "tls-sni-cert-key", Role::SniCertificate),
    (KubeControllerManager, "authentication-kubeconfig", Role::Kubeconfig),
    (KubeControllerManager, "authorization-kubeconfig", Role::Kubeconfig),
    (KubeControllerManager, "client-ca-file", Role::ClientCa),
    (KubeControllerManager, "cluster-signing-cert-file", Role::SigningCertificate),
    (KubeControllerManager, "cluster-signing-key-file", Role::SigningKey),
    (
        KubeControllerManager,
        "cluster-signing-kube-apiserver-client-cert-file",
        Role::SigningCertificate,
    ),
    (KubeControllerManager, "cluster-signing-kube-apiserver-client-key-file", Role::SigningKey),
    (KubeControllerManager, "cluster-signing-kubelet-client-cert-file", Role::SigningCertificate),
    (KubeControllerManager, "cluster-signing-kubelet-client-key-file", Role::SigningKey),
    (KubeControllerManager, "cluster-signing-kubelet-serving-cert-file", Role::SigningCertificate),
    (KubeControllerManager, "cluster-signing-kubelet-serving-key-file", Role::SigningKey),
    (KubeControllerManager, "cluster-signing-legacy-unknown-cert-file", Role::SigningCertificate),
    (KubeControllerManager, "cluster-signing-legacy-unknown-key-file", Role::SigningKey),
    (KubeControllerManager, "kubeconfig", Role::Kubeconfig),
    (KubeControllerManager, "requestheader-client-ca-file", Role::RequestheaderCa),
    (KubeControllerManager, "root-ca-file", Role::RootCa),
    (KubeControllerManager, "service-account-private-key-file", Role::ServiceAccountSigningKey),
    (KubeControllerManager, "tls-cert-file", Role::ServingCertificate),
    (KubeControllerManager, "tls-private-key-file", Role::ServingKey),
    (KubeControllerManager, "tls-sni-cert-key", Role::SniCertificate),
    (KubeProxy, "config", Role::Configuration),
    (KubeProxy, "kubeconfig", Role::Kubeconfig),
    (KubeScheduler, "authentication-kubeconfig", Role::Kubeconfig),
    (KubeScheduler, "authorization-kubeconfig", Role::Kubeconfig),
    (KubeScheduler, "client-ca-file", Role::ClientCa),
    (KubeScheduler, "config", Role::Configuration),
    (KubeScheduler, "kubeconfig", Role::Kubeconfig),
    (KubeScheduler, "requestheader-client-ca-file", Role::RequestheaderCa),
    (KubeScheduler, "tls-cert-file", Role::ServingCertificate),
    (KubeScheduler, "tls-private-key-file", Role::ServingKey),
    (KubeScheduler, "tls-sni-cert-key", Role::SniCertificate),
    (Kubelet, "bootstrap-kubeconfig", Role::BootstrapKubeconfig),
    (Kubelet, "client-ca-file", Role::ClientCa),
    (Kubelet, "config", Role::Configuration),
    (Kubelet, "kubeconfig", Role::Kubeconfig),
    (Kubelet, "tls-cert-file", Role::ServingCertificate),
    (Kubelet, "tls-private-key-file", Role::ServingKey),
];

/// Flags of one component that have to be given together: a certificate and its key.
pub const PAIRS: &[(ComponentKind, &str, &str)] = &[
    (Etcd, "cert-file", "key-file"),
    (Etcd, "peer-cert-file", "peer-key-file"),
    (KubeApiserver, "etcd-certfile", "etcd-keyfile"),
    (KubeApiserver, "kubelet-client-certificate", "kubelet-client-key"),
    (KubeApiserver, "proxy-client-cert-file", "proxy-client-key-file"),
    (KubeApiserver, "tls-cert-file", "tls-private-key-file"),
    (KubeControllerManager, "cluster-signing-cert-file", "cluster-signing-key-file"),
    (
        KubeControllerManager,
        "cluster-signing-kube-apiserver-client-cert-file",
        "cluster-signing-kube-apiserver-client-key-file",
    ),
    (
        KubeControllerManager,
        "cluster-signing-kubelet-client-cert-file",
        "cluster-signing-kubelet-client-key-file",
    ),
    (
        KubeControllerManager,
        "cluster-signing-kubelet-serving-cert-file",
        "cluster-signing-kubelet-serving-key-file",
    ),
    (
        KubeControllerManager,
        "cluster-signing-legacy-unknown-cert-file",
        "cluster-signing-legacy-unknown-key-file",
    ),
    (KubeControllerManager, "tls-cert-file", "tls-private-key-file"),
    (KubeScheduler, "tls-cert-file", "tls-private-key-file"),
    (Kubelet, "tls-cert-file", "tls-private-key-file"),
];
