//! A static Pod (`v1`) for a program, as kubeadm has them: on the host's network, with the files'
//! folders mounted, so that a renewed file is seen.

use std::collections::BTreeSet;

use kubepki_cluster::{Component, spec::KubernetesVersion};
use serde::Serialize;

use super::{ComponentConfiguration, ConfigurationFile, yaml};

pub(super) fn file(
    configuration: &ComponentConfiguration,
    host: &str,
    version: KubernetesVersion,
) -> ConfigurationFile {
    let component = configuration.component;
    let name = component.name();
    let mut command = vec![name.to_owned()];
    command.extend(configuration.arguments.iter().map(super::super::Argument::text));
    let has = |flag| configuration.arguments.iter().any(|argument| argument.name == flag);
    if component == Component::Etcd && !has("listen-metrics-urls") {
        // The kubelet, which probes it, has no certificate of etcd's CA.
        command.push(format!("--listen-metrics-urls=http://127.0.0.1:{ETCD_METRICS}"));
    }
    let mounts = mounts(configuration);
    let probe = |path| probe(configuration, path);
    let is_server = component == Component::KubeApiserver;
    let pod = Pod {
        api_version: "v1",
        kind: "Pod",
        metadata: Metadata {
            name,
            namespace: "kube-system",
            labels: Labels { component: name, tier: "control-plane" },
            annotations: Annotations { host },
        },
        spec: PodSpec {
            host_network: true,
            priority_class_name: "system-node-critical",
            containers: [Container {
                name,
                image: image(component, version),
                command,
                liveness_probe: probe(if is_server { "/livez" } else { "/healthz" }),
                readiness_probe: probe("/readyz").filter(|_| is_server),
                security_context: (component == Component::KubeProxy)
                    .then_some(SecurityContext { privileged: true }),
                volume_mounts: mounts.iter().map(Mount::in_container).collect(),
            }],
            volumes: mounts.iter().map(Mount::of_host).collect(),
        },
    };
    ConfigurationFile { path: format!("/etc/kubernetes/manifests/{name}.yaml"), text: yaml(&pod) }
}

/// The port that kubeadm has for this too.
const ETCD_METRICS: u16 = 2381;

/// Something of the host that the container sees.
struct Mount {
    name: String,
    path: String,
    kind: &'static str,
    read_only: bool,
}

impl Mount {
    fn in_container(&self) -> VolumeMount {
        let (name, mount_path) = (self.name.clone(), self.path.clone());
        VolumeMount { name, mount_path, read_only: self.read_only }
    }

    fn of_host(&self) -> Volume {
        let host_path = HostPath { path: self.path.clone(), r#type: self.kind };
        Volume { name: self.name.clone(), host_path }
    }
}

/// The folders of the files that the arguments name: a file that is mounted by itself stays the old
/// one when another takes its place. Kubeconfigs and configuration are mounted by themselves all the
/// same, because they are not read again, and their folders hold those of others.
fn mounts(configuration: &ComponentConfiguration) -> Vec<Mount> {
    let mut folders = BTreeSet::new();
    let mut files = BTreeSet::new();
    let named = configuration.arguments.iter().map(|argument| (&*argument.name, &*argument.value));
    let nested = configuration.file.iter().flat_map(|file| kubeconfigs(&file.text));
    let written = |(name, value): (&str, &str)| name == "data-dir" && value.starts_with('/');
    let data = named.clone().find(|pair| written(*pair)).map(|(_, value)| value.to_owned());
    let paths = named
        .filter(|(name, _)| *name != "data-dir")
        .map(|(name, value)| (name.ends_with("kubeconfig") || name.ends_with("config"), value));
    for (alone, path) in paths.chain(nested.map(|path| (true, path))) {
        let Some((folder, _)) = path.rsplit_once('/').filter(|_| path.starts_with('/')) else {
            continue;
        };
        if alone {
            files.insert(path)
        } else {
            folders.insert(folder)
        };
    }
    let nests = |folder: &str| {
        folders
            .iter()
            .any(|outer| folder.strip_prefix(*outer).is_some_and(|it| it.starts_with('/')))
    };
    let mut mounts = Vec::new();
    let mut push = |path: &str, kind, read_only| {
        let name = format!("volume-{}", mounts.len());
        mounts.push(Mount { name, path: path.to_owned(), kind, read_only });
    };
    folders.iter().filter(|folder| !nests(folder)).for_each(|it| push(it, "Directory", true));
    files.iter().for_each(|path| push(path, "File", true));
    data.iter().for_each(|path| push(path, "DirectoryOrCreate", false));
    if configuration.component == Component::KubeProxy {
        push("/lib/modules", "Directory", true);
        push("/run/xtables.lock", "FileOrCreate", false);
    }
    mounts
}

/// The kubeconfig that a configuration file names.
fn kubeconfigs(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| line.trim_start().strip_prefix("kubeconfig: "))
}

fn image(component: Component, version: KubernetesVersion) -> String {
    match component {
        Component::Etcd => {
            // Those that kubeadm of the version takes, or of an earlier one.
            let known = ETCD_IMAGES.iter().rev().find(|(minor, _)| *minor <= version.minor());
            format!("registry.k8s.io/etcd:{}", known.map_or(ETCD_IMAGES[0].1, |(_, tag)| tag))
        }
        _ => format!("registry.k8s.io/{component}:{}", version.release()),
    }
}

/// From which minor version of Kubernetes on which etcd (`SupportedEtcdVersion` of kubeadm).
const ETCD_IMAGES: &[(u16, &str)] = &[
    (20, "3.4.13-0"),
    (22, "3.5.0-0"),
    (24, "3.5.3-0"),
    (26, "3.5.6-0"),
    (28, "3.5.9-0"),
    (30, "3.5.12-0"),
    (32, "3.5.16-0"),
    (34, "3.6.4-0"),
];

fn probe(configuration: &ComponentConfiguration, path: &'static str) -> Option<Probe> {
    let argument = |name: &str| {
        let found = configuration.arguments.iter().find(|argument| argument.name == name);
        found.map(|argument| argument.value.clone())
    };
    let port =
        |default| argument("secure-port").and_then(|port| port.parse().ok()).unwrap_or(default);
    let address = || argument("bind-address").filter(|it| it != "0.0.0.0" && it != "::");
    let (host, path, port, scheme) = match configuration.component {
        Component::Etcd => (None, "/health", ETCD_METRICS, "HTTP"),
        Component::KubeApiserver => {
            (address().or_else(|| argument("advertise-address")), path, port(6443), "HTTPS")
        }
        Component::KubeControllerManager => (address(), path, port(10257), "HTTPS"),
        Component::KubeScheduler => (address(), path, port(10259), "HTTPS"),
        _ => return None,
    };
    let host = host.unwrap_or_else(|| "127.0.0.1".to_owned());
    let http_get = HttpGet { host, path, port, scheme };
    Some(Probe {
        http_get,
        failure_threshold: 8,
        initial_delay_seconds: 10,
        period_seconds: 10,
        timeout_seconds: 15,
    })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Pod<'a> {
    api_version: &'static str,
    kind: &'static str,
    metadata: Metadata<'a>,
    spec: PodSpec,
}

#[derive(Serialize)]
struct Metadata<'a> {
    name: &'static str,
    namespace: &'static str,
    labels: Labels,
    annotations: Annotations<'a>,
}

#[derive(Serialize)]
struct Labels {
    component: &'static str,
    tier: &'static str,
}

#[derive(Serialize)]
struct Annotations<'a> {
    #[serde(rename = "kubepki/host")]
    host: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PodSpec {
    containers: [Container; 1],
    host_network: bool,
    priority_class_name: &'static str,
    volumes: Vec<Volume>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Container {
    name: &'static str,
    image: String,
    command: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    liveness_probe: Option<Probe>,
    #[serde(skip_serializing_if = "Option::is_none")]
    readiness_probe: Option<Probe>,
    #[serde(skip_serializing_if = "Option::is_none")]
    security_context: Option<SecurityContext>,
    volume_mounts: Vec<VolumeMount>,
}

#[derive(Serialize)]
struct SecurityContext {
    privileged: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Probe {
    http_get: HttpGet,
    failure_threshold: u16,
    initial_delay_seconds: u16,
    period_seconds: u16,
    timeout_seconds: u16,
}

#[derive(Serialize)]
struct HttpGet {
    host: String,
    path: &'static str,
    port: u16,
    scheme: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct VolumeMount {
    name: String,
    mount_path: String,
    read_only: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Volume {
    name: String,
    host_path: HostPath,
}

#[derive(Serialize)]
struct HostPath {
    path: String,
    r#type: &'static str,
}
