//! The secrets of a spec: what is written through the apiserver is ciphertext in etcd, and can be
//! read before, during and after a rotation of its key. A kubelet joins with its token.

use std::collections::BTreeMap;

use kubepki_testkit::{Component, ControlPlane, HostFiles, Ports, Setup};

use super::{bootstrap, running::applied};
use crate::environment::Environment;

const PLAIN: &str = "nobody-reads-this-in-etcd";
const CONFIG: &str = "pki/hosts/server/etc/kubernetes/encryption-config.yaml";

struct Running {
    plane: ControlPlane,
    environment: Environment,
}

impl Running {
    fn start() -> Self {
        let ports = Ports::reserve();
        let port = ports.apiserver.number();
        let environment = applied(&format!(
            "apiVersion: kubepki/v1alpha1
kind: Cluster
name: encrypted
endpoint: 127.0.0.1:{port}
serviceCIDRs: [10.32.0.0/24]
apiserverPort: {port}
encryption: secretbox
kubelets: bootstrap
hosts:
- {{name: server, roles: [control-plane, etcd], addresses: [127.0.0.1]}}
- {{name: node-9, roles: [worker], addresses: [127.0.0.9]}}
"
        ));
        let files = HostFiles::of_host(&environment.path("pki/hosts/server"));
        let flag = format!("--encryption-provider-config={}", environment.path(CONFIG).display());
        let more_flags = BTreeMap::from([(Component::Apiserver, vec![flag])]);
        let mut plane = ControlPlane::new(Setup { more_flags, ..Setup::new(files, ports) });
        plane.start();
        Self { plane, environment }
    }

    fn restart(&mut self) {
        self.plane.start_component(Component::Apiserver);
        self.plane.wait_for_apiserver();
    }

    fn kubectl(&self, arguments: &[&str]) -> String {
        let admin = self.environment.path("pki/users/super-admin.conf");
        self.plane.kubectl(&admin, arguments).expect_success()
    }

    fn write(&self, name: &str) {
        self.kubectl(&["create", "secret", "generic", name, &format!("--from-literal=it={PLAIN}")]);
    }

    fn read(&self, name: &str) {
        let get = ["get", "secret", name, "-o", "go-template={{.data.it | base64decode}}"];
        assert_eq!(self.kubectl(&get), PLAIN, "{name}");
    }

    /// What etcd has of a Secret begins with this, and shows nothing.
    fn is_kept_as(&self, name: &str, prefix: &str) {
        let client = self.plane.setup().files.etcd.as_ref().map(|etcd| &etcd.healthcheck_client);
        let key = format!("/registry/secrets/default/{name}");
        let value = self.plane.etcdctl(client, &["get", &key, "--print-value-only"]);
        let value = value.expect_success();
        assert!(value.starts_with(prefix), "{name}: {}", value.escape_debug());
        assert!(value.len() > prefix.len() + PLAIN.len() && !value.contains(PLAIN), "{name}");
    }

    fn rotate(&self, arguments: &[&str]) {
        let rotate = ["rotate", "encryption-key", "--file", "cluster.yaml", "--dir", "pki"];
        self.environment.kubepki(&[&rotate[..], arguments].concat()).expect_success();
    }
}

#[test]
fn a_control_plane_lives_with_the_secrets_of_its_spec() {
    let mut cluster = Running::start();
    a_kubelet_joins_with_its_token(&cluster);
    secrets_are_ciphertext_before_during_and_after_a_rotation(&mut cluster);
}

fn a_kubelet_joins_with_its_token(cluster: &Running) {
    let token = cluster.environment.path("pki/bootstrap-token.yaml");
    cluster.kubectl(&["apply", "-f", token.to_str().unwrap()]);
    let node = "pki/hosts/node-9/etc/kubernetes/bootstrap-kubelet.conf";
    let folder = cluster.environment.path("node-9");
    std::fs::create_dir(&folder).unwrap();
    let files = &cluster.plane.setup().files;
    let bootstrap = cluster.environment.path(node);
    bootstrap::is_the_nodes(&folder, &bootstrap, &files.authority);
}

fn secrets_are_ciphertext_before_during_and_after_a_rotation(cluster: &mut Running) {
    let (one, two) = ("k8s:enc:secretbox:v1:key1:", "k8s:enc:secretbox:v1:key2:");
    cluster.write("before");
    cluster.is_kept_as("before", one);
    cluster.read("before");

    // The new key reads. What the old one writes goes on.
    cluster.rotate(&["add"]);
    cluster.restart();
    cluster.write("added");
    cluster.is_kept_as("added", one);
    ["before", "added"].iter().for_each(|name| cluster.read(name));

    // It writes; what is there stays as it was until it is written again.
    cluster.rotate(&["promote"]);
    cluster.restart();
    cluster.write("promoted");
    cluster.is_kept_as("promoted", two);
    cluster.is_kept_as("before", one);
    ["before", "added", "promoted"].iter().for_each(|name| cluster.read(name));

    // The very line that is printed.
    let admin = cluster.environment.path("pki/users/super-admin.conf");
    let all = cluster.kubectl(&["get", "secrets", "-A", "-o", "json"]);
    cluster.plane.kubectl_with_input(&admin, &["replace", "-f", "-"], &all).expect_success();
    ["before", "added", "promoted"].iter().for_each(|name| cluster.is_kept_as(name, two));

    cluster.rotate(&["drop", "--secrets-rewritten"]);
    assert!(!cluster.environment.read(CONFIG).contains("key1"));
    cluster.restart();
    cluster.write("after");
    for name in ["before", "added", "promoted", "after"] {
        cluster.is_kept_as(name, two);
        cluster.read(name);
    }
}
