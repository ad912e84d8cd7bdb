//! The components' flags, as of Kubernetes v1.20 and etcd 3.4. Starts nothing.

use std::path::Path;

use super::{Component, EtcdFiles, KeyedCertificate, Setup};

/// The flags of a component whose data lies in `folder`.
pub(super) fn of(component: Component, setup: &Setup, folder: &Path) -> Vec<String> {
    match component {
        Component::Apiserver => apiserver(setup, folder),
        Component::ControllerManager => controller_manager(setup),
        Component::Etcd => etcd(setup, folder),
        Component::Scheduler => scheduler(setup),
    }
}

/// The URL of a port of etcd.
pub(super) fn etcd_url(setup: &Setup, port: u16) -> String {
    let scheme = if setup.files.etcd.is_some() { "https" } else { "http" };
    format!("{scheme}://127.0.0.1:{port}")
}

fn etcd(setup: &Setup, folder: &Path) -> Vec<String> {
    let client = etcd_url(setup, setup.ports.etcd_client.number());
    let peer = etcd_url(setup, setup.ports.etcd_peer.number());
    let others = setup.etcd_peers.iter();
    let others = others.map(|(name, port)| format!(",{name}={}", etcd_url(setup, *port)));
    let members = format!("{}={peer}{}", setup.host, others.collect::<String>());
    let mut flags = Flags::default()
        .with("name", &setup.host)
        .with("data-dir", folder.join("etcd").display())
        .with("listen-client-urls", &client)
        .with("advertise-client-urls", client)
        .with("listen-peer-urls", &peer)
        .with("initial-advertise-peer-urls", peer)
        .with("initial-cluster", members)
        .with("logger", "zap")
        .with("log-outputs", "stderr");
    if let Some(EtcdFiles { authority, server, peer, .. }) = &setup.files.etcd {
        flags = flags
            .with_pair("cert-file", "key-file", server)
            .with("trusted-ca-file", authority.display())
            .with("client-cert-auth", true)
            .with_pair("peer-cert-file", "peer-key-file", peer)
            .with("peer-trusted-ca-file", authority.display())
            .with("peer-client-cert-auth", true);
    }
    flags.0
}

fn apiserver(setup: &Setup, folder: &Path) -> Vec<String> {
    let files = &setup.files;
    let mut flags = Flags::default()
        .with("bind-address", setup.bind_address)
        .with("secure-port", setup.ports.apiserver.number())
        .with("advertise-address", setup.advertise_address)
        // Nobody can reach the advertised address, so it must not become an end point.
        .with("endpoint-reconciler-type", "none")
        .with("cert-dir", folder.join("apiserver").display())
        .with("etcd-servers", etcd_url(setup, setup.ports.etcd_client.number()))
        .with("client-ca-file", files.authority.display())
        .with_pair("tls-cert-file", "tls-private-key-file", &files.apiserver)
        .with_pair(
            "kubelet-client-certificate",
            "kubelet-client-key",
            &files.apiserver_kubelet_client,
        )
        .with("kubelet-certificate-authority", files.authority.display())
        .with("service-account-key-file", files.service_account_public_key.display())
        .with("service-account-signing-key-file", files.service_account_key.display())
        .with("service-account-issuer", "https://kubernetes.default.svc")
        .with("service-cluster-ip-range", &setup.service_cidrs)
        .with("authorization-mode", "Node,RBAC")
        .with("enable-admission-plugins", "NodeRestriction")
        .with("enable-bootstrap-token-auth", true);
    if let Some(etcd) = &files.etcd {
        flags = flags.with("etcd-cafile", etcd.authority.display()).with_pair(
            "etcd-certfile",
            "etcd-keyfile",
            &etcd.apiserver_client,
        );
    }
    if let Some(front_proxy) = &files.front_proxy {
        flags = flags
            .with("requestheader-client-ca-file", front_proxy.authority.display())
            .with("requestheader-allowed-names", "front-proxy-client")
            .with("requestheader-username-headers", "X-Remote-User")
            .with("requestheader-group-headers", "X-Remote-Group")
            .with("requestheader-extra-headers-prefix", "X-Remote-Extra-")
            .with_pair("proxy-client-cert-file", "proxy-client-key-file", &front_proxy.client);
    }
    flags.0
}

fn controller_manager(setup: &Setup) -> Vec<String> {
    let files = &setup.files;
    let mut flags = follower(setup, &files.controller_manager_kubeconfig)
        .with("secure-port", setup.ports.controller_manager.number())
        .with("root-ca-file", files.authority.display())
        .with("service-account-private-key-file", files.service_account_key.display())
        .with("service-cluster-ip-range", &setup.service_cidrs)
        .with("use-service-account-credentials", true);
    if let Some(signing) = &files.cluster_signing {
        flags = flags.with_pair("cluster-signing-cert-file", "cluster-signing-key-file", signing);
    }
    flags.with_serving(files.controller_manager_server.as_ref()).0
}

fn scheduler(setup: &Setup) -> Vec<String> {
    let files = &setup.files;
    follower(setup, &files.scheduler_kubeconfig)
        .with("secure-port", setup.ports.scheduler.number())
        .with_serving(files.scheduler_server.as_ref())
        .0
}

/// The flags that the controller manager and the scheduler have in common.
fn follower(setup: &Setup, kubeconfig: &Path) -> Flags {
    let kubeconfig = kubeconfig.display();
    let mut flags = Flags::default()
        .with("kubeconfig", &kubeconfig)
        .with("authentication-kubeconfig", &kubeconfig)
        .with("authorization-kubeconfig", kubeconfig)
        .with("client-ca-file", setup.files.authority.display())
        .with("bind-address", "127.0.0.1")
        // No port without TLS: v1.20 opens one unless told not to.
        .with("port", 0)
        .with("leader-elect", true);
    if let Some(front_proxy) = &setup.files.front_proxy {
        flags = flags.with("requestheader-client-ca-file", front_proxy.authority.display());
    }
    flags
}

#[derive(Default)]
struct Flags(Vec<String>);

impl Flags {
    fn with(mut self, name: &str, value: impl std::fmt::Display) -> Self {
        self.0.push(format!("--{name}={value}"));
        self
    }

    fn with_pair(self, certificate: &str, key: &str, files: &KeyedCertificate) -> Self {
        self.with(certificate, files.certificate.display()).with(key, files.key.display())
    }

    fn with_serving(self, files: Option<&KeyedCertificate>) -> Self {
        match files {
            Some(files) => self.with_pair("tls-cert-file", "tls-private-key-file", files),
            None => self,
        }
    }
}
