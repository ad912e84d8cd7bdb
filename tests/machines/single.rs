//! One control-plane host, started with the flags that `kubepki config` prints, unchanged.

use super::rig::{DEADLINE, Machines};

const SPEC: &str = "\
apiVersion: kubepki/v1alpha1
kind: Cluster
name: single
endpoint: 10.240.0.10:6443
serviceCIDRs: [10.32.0.0/24]
kubernetesVersion: v1.20.2
hosts:
  - {name: server, roles: [control-plane, etcd], addresses: [10.240.0.10]}
users:
  - name: admin
    groups: [kubepki:cluster-admins]
";

#[test]
fn the_flags_alone_start_a_control_plane() {
    let test = "the_flags_alone_start_a_control_plane";
    let Some(mut machines) = Machines::new(test, SPEC) else { return };
    machines.start_apiserver("server");
    machines.start_controllers("server", "10.240.0.10");
    let rbac = machines.environment.path("rbac.yaml");
    machines.wait_for_kubectl("super-admin", &["apply", "-f", rbac.to_str().unwrap()]);
    let namespaces = machines.wait_for_kubectl("admin", &["get", "namespaces", "-o", "name"]);
    assert!(namespaces.contains("namespace/kube-system"), "{namespaces}");
    for program in ["kube-controller-manager", "kube-scheduler"] {
        let ask =
            ["-n", "kube-system", "get", "lease", program, "-o", "jsonpath={.spec.holderIdentity}"];
        let leads = || match machines.kubectl("admin", &ask).into_result()? {
            holder if holder.is_empty() => Err("nobody leads".to_owned()),
            holder => Ok(holder),
        };
        machines.process("server", program).wait_until(DEADLINE, "leading", leads);
    }
    // The controller manager makes it, with a token that it signs and the apiserver checks.
    machines.wait_for_kubectl("admin", &["-n", "kube-system", "get", "serviceaccount", "default"]);
    let pods = ["config", "--form", "static-pod", "--out", "pods"];
    machines.environment.kubepki(&pods).expect_success();
    for program in ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"] {
        let manifest = format!("pods/server/etc/kubernetes/manifests/{program}.yaml");
        let manifest = machines.environment.path(&manifest);
        let create = ["create", "--dry-run=server", "-f", manifest.to_str().unwrap()];
        let answer = machines.kubectl("admin", &create).expect_success();
        assert_eq!(answer.trim(), format!("pod/{program} created (server dry run)"));
    }
}
