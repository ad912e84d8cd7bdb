//! TLS bootstrapping: a node with a token and no certificate gets both of its own and is Ready.

use kubepki_testkit::{network::OPERATOR, process, programs};

use super::rig::{DEADLINE, Machines};

const SPEC: &str = "\
apiVersion: kubepki/v1alpha1
kind: Cluster
name: joining
endpoint: 10.240.0.10:6443
serviceCIDRs: [10.32.0.0/24]
kubernetesVersion: v1.20.2
encryption: secretbox
kubelets: bootstrap
hosts:
  - {name: server, roles: [control-plane, etcd], addresses: [10.240.0.10]}
  - {name: node-0, roles: [worker], addresses: [10.240.0.20]}
";

/// What a node needs beside kubepki's files: a runtime, and a network for Pods.
const RUNTIME: &str = r#"mkdir -p /etc/containerd /etc/cni/net.d
cat >/etc/containerd/config.toml <<END
version = 2
[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "/usr/lib/cni"
[plugins."io.containerd.grpc.v1.cri".containerd]
snapshotter = "native"
END
"#;

const BRIDGE: &str = r#"cat >/etc/cni/net.d/10-bridge.conflist <<END
{"cniVersion": "0.4.0", "name": "bridge", "plugins": [{"type": "bridge", "bridge": "cni0",
 "ipam": {"type": "host-local", "ranges": [[{"subnet": "10.200.0.0/24"}]]}}]}
END
"#;

#[test]
fn a_node_joins_with_its_token_alone() {
    let Some(mut machines) = Machines::new("a_node_joins_with_its_token_alone", SPEC) else {
        return;
    };
    machines.start_apiserver("server");
    machines.start_controllers("server", "10.240.0.10");
    for manifest in ["rbac.yaml", "bootstrap-token.yaml"] {
        let path = machines.environment.path(manifest).display().to_string();
        machines.wait_for_kubectl("super-admin", &["apply", "-f", &path]);
    }
    machines.network.run("node-0", &["sh", "-ec", &format!("{RUNTIME}{BRIDGE}")]);
    let found =
        machines.network.run("node-0", &["sh", "-c", "ls /etc/kubernetes /var/lib/kubelet"]);
    assert!(found.contains("bootstrap-kubelet.conf") && !found.contains("kubelet.crt"), "{found}");
    let containerd = machines.network.command("node-0", "containerd");
    machines.start_command("node-0", "containerd", &containerd);
    machines.start("node-0", "kubelet", &[]);

    let ready = "jsonpath={.status.conditions[?(@.type=='Ready')].status}";
    let is_ready = || match machines.kubectl("admin", &["get", "node", "node-0", "-o", ready]) {
        output if output.stdout == "True" => Ok(()),
        output => Err(format!("{}{}", output.stdout, output.stderr)),
    };
    machines.process("node-0", "kubelet").wait_until(DEADLINE, "ready", is_ready);

    // Its serving certificate waits for a person; without it nobody can verify the kubelet.
    let healthz = ["get", "--raw", "/api/v1/nodes/node-0/proxy/healthz"];
    let early = machines.kubectl("admin", &healthz);
    assert!(early.stderr.contains("tls: internal error"), "{}{}", early.stdout, early.stderr);
    let pending = [
        "get",
        "csr",
        "-o",
        "jsonpath={range .items[?(@.spec.signerName=='kubernetes.io/kubelet-serving')]}{.metadata.name}{' '}{end}",
    ];
    let names = machines.wait_for_kubectl("admin", &pending);
    let kubeconfig = machines.environment.path("users/admin.conf");
    let mut approve = machines.network.command(OPERATOR, env!("CARGO_BIN_EXE_kubepki"));
    approve
        .args(["csr", "approve", "--kubeconfig"])
        .arg(&kubeconfig)
        .args(names.split_whitespace());
    approve.env("PATH", format!("{}:/usr/bin:/bin", programs::kube_assets().display()));
    programs::finish(approve, b"").expect_success();
    let answer = process::wait_until(DEADLINE, "verified", || {
        machines.kubectl("admin", &healthz).into_result()
    });
    assert_eq!(answer, "ok");
    let ask = ["-sk", "-o", "/dev/null", "-w", "%{http_code}", "https://10.240.0.20:10250/pods"];
    assert_eq!(machines.network.run(OPERATOR, &[&["curl"][..], &ask[..]].concat()), "401");
}
