//! The flags of the kubelet and its KubeletConfiguration (`kubelet.config.k8s.io/v1beta1`).

use kubepki_cluster::{Component::Kubelet, HostRole, Slot};
use serde::Serialize;

use super::{
    ConfigurationFile,
    cluster::Facts,
    flag::{
        Flag, Table,
        Value::{Fact, OptionalFile, Text},
    },
    render::yaml,
};
use crate::{
    config::ConfigError,
    share::Part::{Certificate, Key, Kubeconfig},
};

/// kubeadm's file.
const PATH: &str = "/var/lib/kubelet/config.yaml";

/// containerd's socket, which kubeadm takes too.
const RUNTIME: &str = "unix:///run/containerd/containerd.sock";

/// The version whose KubeletConfiguration has `containerRuntimeEndpoint`, and deprecates the flag.
const RUNTIME_IN_FILE: u16 = 27;

#[rustfmt::skip]
const FLAGS: &[Flag] = &[
    Flag::new("bootstrap-kubeconfig", OptionalFile(Slot::BootstrapKubelet, Kubeconfig), "asks for its certificate with a token"),
    Flag::new("config", Text(PATH), "most settings are no flags any more"),
    // Other than `remote` was dockershim, which went with 1.24.
    Flag::new("container-runtime", Text("remote"), "containerd, and no Docker").until(24),
    Flag::new("container-runtime-endpoint", Text(RUNTIME), "containerd").until(RUNTIME_IN_FILE),
    Flag::new("hostname-override", Fact(|it| it.host_name()), "the name in its certificate is the Node's"),
    Flag::new("kubeconfig", Fact(|it| Some(kubeconfig(it))), "who it is for the apiserver"),
    Flag::new("node-ip", Fact(|it| it.node_addresses()), "the Node's addresses are those of the certificate"),
];

pub(super) const TABLE: Table =
    Table { flags: FLAGS, file: Some(file), in_file: &[ROTATE, ROTATE_SERVING] };

/// Two settings by choice, named as the flags that they once were.
const ROTATE: &str = "rotate-certificates";
const ROTATE_SERVING: &str = "rotate-server-certificates";

/// The host's kubeconfig, or where a kubelet that bootstraps writes its own.
fn kubeconfig(facts: &Facts<'_>) -> String {
    let own = facts.share.find(Kubelet, Slot::Kubelet, Kubeconfig).map(|file| file.path());
    own.unwrap_or_else(|| "/etc/kubernetes/kubelet.conf".to_owned())
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct KubeletConfiguration {
    api_version: &'static str,
    kind: &'static str,
    authentication: Authentication,
    authorization: Authorization,
    #[serde(rename = "clusterDNS")]
    cluster_dns: Vec<String>,
    cluster_domain: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    container_runtime_endpoint: Option<&'static str>,
    rotate_certificates: bool,
    #[serde(rename = "serverTLSBootstrap")]
    server_tls_bootstrap: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    static_pod_path: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tls_cert_file: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tls_private_key_file: Option<String>,
}

#[derive(Serialize)]
struct Authentication {
    anonymous: Enabled,
    webhook: Enabled,
    x509: X509,
}

#[derive(Serialize)]
struct Enabled {
    enabled: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct X509 {
    #[serde(rename = "clientCAFile")]
    client_ca_file: String,
}

#[derive(Serialize)]
struct Authorization {
    mode: &'static str,
}

fn file(facts: &Facts<'_>) -> Result<ConfigurationFile, ConfigError> {
    let bootstraps = facts.share.find(Kubelet, Slot::BootstrapKubelet, Kubeconfig).is_some();
    let server_tls_bootstrap = chosen(facts, ROTATE_SERVING)?.unwrap_or(bootstraps);
    let serving =
        |kind| facts.share.find(Kubelet, Slot::KubeletServer, kind).map(|file| file.path());
    // A kubelet that asks for its serving certificate must not be given one.
    let serving = |kind| serving(kind).filter(|_| !server_tls_bootstrap);
    let has_static_pods =
        [HostRole::ControlPlane, HostRole::Etcd].iter().any(|role| facts.host.has(*role));
    let minor = facts.minor();
    let configuration = KubeletConfiguration {
        api_version: "kubelet.config.k8s.io/v1beta1",
        kind: "KubeletConfiguration",
        authentication: Authentication {
            anonymous: Enabled { enabled: false },
            webhook: Enabled { enabled: true },
            x509: X509 {
                client_ca_file: facts.file(Kubelet, Slot::ClusterCa, Certificate)?.path(),
            },
        },
        authorization: Authorization { mode: "Webhook" },
        cluster_dns: facts.dns_addresses(),
        cluster_domain: facts.spec.domain.to_string(),
        container_runtime_endpoint: (minor >= RUNTIME_IN_FILE).then_some(RUNTIME),
        // A certificate that kubepki made is renewed by kubepki: one that the kubelet asked for, by
        // the kubelet.
        rotate_certificates: chosen(facts, ROTATE)?.unwrap_or(bootstraps),
        server_tls_bootstrap,
        // A folder that is not there is an error in every kubelet's log.
        static_pod_path: has_static_pods.then_some("/etc/kubernetes/manifests"),
        tls_cert_file: serving(Certificate),
        tls_private_key_file: serving(Key),
    };
    Ok(ConfigurationFile { path: PATH.to_owned(), text: yaml(&configuration) })
}

fn chosen(facts: &Facts<'_>, flag: &'static str) -> Result<Option<bool>, ConfigError> {
    let value = facts.spec.extra_args.get(&Kubelet).and_then(|flags| flags.get(flag));
    match value.map(String::as_str) {
        None => Ok(None),
        Some("true") => Ok(Some(true)),
        Some("false") => Ok(Some(false)),
        Some(_) => Err(ConfigError::NoBoolean { component: Kubelet, flag }),
    }
}
