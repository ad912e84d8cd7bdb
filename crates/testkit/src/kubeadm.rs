//! kubeadm's own PKI, as a peer: made by the real program, read by the tests of ours.

use std::fs;
use std::path::Path;

use crate::control_plane::point_kubeconfig_at;
use crate::programs::{self, Output};

/// The cluster's name in the kubeconfigs that [`make_pki`] makes.
pub const CLUSTER: &str = "kubeadm";

/// Makes what `kubeadm init` makes for the host `server` (10.240.0.10, services 10.32.0.0/24)
/// below `root/etc/kubernetes`, with kubeconfigs for an apiserver on 127.0.0.1 at `port`.
///
/// # Panics
///
/// When kubeadm or kubectl refuses.
pub fn make_pki(root: &Path, port: u16) {
    let kubernetes = root.join("etc/kubernetes");
    let pki = kubernetes.join("pki");
    fs::create_dir_all(&pki).unwrap_or_else(|e| panic!("cannot make `{}`: {e}", pki.display()));
    let config = root.join("kubeadm.yaml");
    fs::write(&config, configuration(&pki, port))
        .unwrap_or_else(|e| panic!("cannot write `{}`: {e}", config.display()));
    let phase = |phase: &str| {
        let mut command = programs::command("kubeadm");
        command.args(["init", "phase", phase, "all", "--config"]).arg(&config);
        command
    };
    programs::finish(phase("certs"), b"").expect_success();
    let mut kubeconfigs = phase("kubeconfig");
    kubeconfigs.arg("--kubeconfig-dir").arg(&kubernetes);
    programs::finish(kubeconfigs, b"").expect_success();
    // kubeadm points these two at the advertised address, which nobody listens on here.
    for file in ["controller-manager.conf", "scheduler.conf"] {
        let server = format!("https://127.0.0.1:{port}");
        point_kubeconfig_at(&kubernetes.join(file), CLUSTER, &server);
    }
}

/// Runs kubeadm with any arguments.
pub fn run(arguments: &[&str]) -> Output {
    programs::run("kubeadm", arguments.iter().copied())
}

/// `criSocket` and the version keep kubeadm from looking at this machine and at the internet.
fn configuration(pki: &Path, port: u16) -> String {
    format!(
        "apiVersion: kubeadm.k8s.io/v1beta2
kind: InitConfiguration
nodeRegistration:
  name: server
  criSocket: /run/containerd/containerd.sock
localAPIEndpoint:
  advertiseAddress: 10.240.0.10
  bindPort: {port}
---
apiVersion: kubeadm.k8s.io/v1beta2
kind: ClusterConfiguration
kubernetesVersion: v1.20.2
clusterName: {CLUSTER}
certificatesDir: {}
controlPlaneEndpoint: 127.0.0.1:{port}
networking:
  serviceSubnet: 10.32.0.0/24
  dnsDomain: cluster.local
apiServer:
  certSANs: [localhost, 127.0.0.1]
",
        pki.display()
    )
}
