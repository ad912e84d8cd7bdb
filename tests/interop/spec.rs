//! What a spec means, read by a YAML library and by hand. Uses no code of the product.

use std::{fs, net::IpAddr};

use serde_yaml::Value;

use crate::environment::repository;

/// The text of `examples/<name>/cluster.yaml`.
pub(super) fn example(name: &str) -> String {
    fs::read_to_string(repository().join("examples").join(name).join("cluster.yaml")).unwrap()
}

/// The parts of a spec that can be seen in certificates and kubeconfigs.
pub(super) struct Spec {
    pub(super) name: String,
    pub(super) layout: String,
    pub(super) key_algorithm: String,
    pub(super) token_algorithm: String,
    /// `host:port`, without brackets around an IPv6 address in the examples.
    pub(super) endpoint: String,
    pub(super) port: String,
    pub(super) hosts: Vec<Host>,
    pub(super) users: Vec<User>,
    /// What every apiserver is called beside its host's names.
    pub(super) apiserver_names: Vec<String>,
}

/// A host of the spec.
pub(super) struct Host {
    pub(super) name: String,
    pub(super) is_control_plane: bool,
    /// Its name, its other names and its addresses.
    pub(super) names: Vec<String>,
}

/// A user of the spec, or `super-admin`, which no spec names.
pub(super) struct User {
    pub(super) name: String,
    pub(super) groups: Vec<String>,
}

impl Spec {
    pub(super) fn read(text: &str) -> Self {
        let spec: Value = serde_yaml::from_str(text).unwrap();
        let text_or = |field: &str, default: &str| match &spec[field] {
            Value::Null => default.to_owned(),
            value => scalar(value),
        };
        let endpoint = scalar(&spec["endpoint"]);
        let domain = text_or("domain", "cluster.local");
        let mut names = ["kubernetes", "kubernetes.default", "kubernetes.default.svc"]
            .map(str::to_owned)
            .to_vec();
        names.push(format!("kubernetes.default.svc.{domain}"));
        names.push(endpoint.rsplit_once(':').unwrap().0.to_owned());
        names.extend(list(&spec["serviceCIDRs"]).iter().map(|cidr| first_address(cidr)));
        names.extend(list(&spec["certificates"]["apiserverSANs"]));
        let mut users: Vec<_> = sequence(&spec["users"]).iter().map(User::read).collect();
        users.push(User {
            name: "super-admin".to_owned(),
            groups: vec!["system:masters".to_owned()],
        });
        Self {
            name: scalar(&spec["name"]),
            layout: text_or("layout", "hosts"),
            key_algorithm: scalar(&spec["certificates"]["keyAlgorithm"]),
            token_algorithm: match &spec["certificates"]["serviceAccountKeyAlgorithm"] {
                Value::Null => "rsa-2048".to_owned(),
                name => scalar(name),
            },
            endpoint,
            port: text_or("apiserverPort", "6443"),
            hosts: sequence(&spec["hosts"]).iter().map(Host::read).collect(),
            users,
            apiserver_names: names,
        }
    }
}

impl Host {
    fn read(value: &Value) -> Self {
        let name = scalar(&value["name"]);
        let mut names = vec![name.clone()];
        names.extend(list(&value["names"]));
        names.extend(list(&value["addresses"]));
        let is_control_plane = list(&value["roles"]).iter().any(|role| role == "control-plane");
        Self { name, is_control_plane, names }
    }
}

impl User {
    fn read(value: &Value) -> Self {
        Self { name: scalar(&value["name"]), groups: list(&value["groups"]) }
    }
}

/// The address of the Service `kubernetes`: in the examples, a last 0 becomes a 1.
fn first_address(cidr: &str) -> String {
    let network = cidr.split_once('/').unwrap().0;
    let first = match network.strip_suffix(".0") {
        Some(start) => format!("{start}.1"),
        None => format!("{network}1"),
    };
    first.parse::<IpAddr>().unwrap().to_string()
}

fn list(value: &Value) -> Vec<String> {
    sequence(value).iter().map(scalar).collect()
}

fn sequence(value: &Value) -> &[Value] {
    value.as_sequence().map_or(&[], Vec::as_slice)
}

fn scalar(value: &Value) -> String {
    value.as_str().map_or_else(|| value.as_u64().unwrap().to_string(), str::to_owned)
}
