//! The flag of kube-proxy and its KubeProxyConfiguration (`kubeproxy.config.k8s.io/v1alpha1`).

use kubepki_cluster::{Component::KubeProxy, Slot};
use serde::Serialize;

use super::{
    ConfigurationFile,
    cluster::Facts,
    flag::{
        Flag, Table,
        Value::{Fact, Text},
    },
    render::yaml,
};
use crate::{config::ConfigError, share::Part::Kubeconfig};

/// The folder that its image has too.
const PATH: &str = "/var/lib/kube-proxy/config.conf";

#[rustfmt::skip]
const FLAGS: &[Flag] = &[
    Flag::new("config", Text(PATH), "most settings are no flags any more"),
    // A flag, because it is one of the few that count beside a file.
    Flag::new("hostname-override", Fact(|it| it.host_name()), "the Node's name"),
];

pub(super) const TABLE: Table = Table { flags: FLAGS, file: Some(file), in_file: &[] };

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct KubeProxyConfiguration {
    api_version: &'static str,
    kind: &'static str,
    client_connection: ClientConnection,
    mode: &'static str,
}

#[derive(Serialize)]
struct ClientConnection {
    kubeconfig: String,
}

fn file(facts: &Facts<'_>) -> Result<ConfigurationFile, ConfigError> {
    let configuration = KubeProxyConfiguration {
        api_version: "kubeproxy.config.k8s.io/v1alpha1",
        kind: "KubeProxyConfiguration",
        client_connection: ClientConnection {
            kubeconfig: facts.file(KubeProxy, Slot::KubeProxy, Kubeconfig)?.path(),
        },
        mode: "iptables",
    };
    Ok(ConfigurationFile { path: PATH.to_owned(), text: yaml(&configuration) })
}
