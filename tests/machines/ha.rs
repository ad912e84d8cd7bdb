//! Three control-plane hosts with stacked etcd behind a TCP load balancer: any one may go.

use std::fs;

use kubepki_testkit::{network::OPERATOR, process::Process};

use super::rig::{DEADLINE, Machines};

const SPEC: &str = "\
apiVersion: kubepki/v1alpha1
kind: Cluster
name: ha
endpoint: 10.240.0.100:443
serviceCIDRs: [10.96.0.0/16]
kubernetesVersion: v1.20.2
hosts:
  - {name: cp-0, roles: [control-plane, etcd], addresses: [10.240.0.10]}
  - {name: cp-1, roles: [control-plane, etcd], addresses: [10.240.0.11]}
  - {name: cp-2, roles: [control-plane, etcd], addresses: [10.240.0.12]}
users:
  - name: admin
    groups: [kubepki:cluster-admins]
";

const HOSTS: [&str; 3] = ["cp-0", "cp-1", "cp-2"];

const HAPROXY: &str = "\
defaults
  mode tcp
  timeout connect 2s
  timeout client 1m
  timeout server 1m
  option redispatch
listen apiservers
  bind 10.240.0.100:443
  balance roundrobin
  default-server check inter 500ms fall 2 rise 1
  server cp-0 10.240.0.10:6443
  server cp-1 10.240.0.11:6443
  server cp-2 10.240.0.12:6443
";

#[test]
fn any_one_of_three_hosts_may_go() {
    let Some(mut machines) = Machines::new("any_one_of_three_hosts_may_go", SPEC) else { return };
    for host in HOSTS {
        machines.start_apiserver(host);
    }
    for host in HOSTS {
        machines.start_controllers(host, &address(host));
    }
    let config = machines.environment.path("haproxy.cfg");
    fs::write(&config, HAPROXY).unwrap();
    let mut command = machines.network.command(OPERATOR, "haproxy");
    command.arg("-db").arg("-f").arg(&config);
    let log = machines.environment.path("haproxy.log");
    let balancer = Process::start("haproxy", &command, log);
    let ready = || machines.kubectl("super-admin", &["get", "--raw", "/readyz"]).into_result();
    balancer.wait_until(DEADLINE, "leading to an apiserver", ready);
    let rbac = machines.environment.path("rbac.yaml");
    machines.wait_for_kubectl("super-admin", &["apply", "-f", rbac.to_str().unwrap()]);

    for host in HOSTS {
        machines.stop(host);
        let name = format!("without-{host}");
        machines.wait_for_kubectl("admin", &["create", "configmap", &name]);
        let found = machines.wait_for_kubectl("admin", &["get", "configmap", &name, "-o", "name"]);
        assert_eq!(found.trim(), format!("configmap/{name}"));
        // The next one may go only when this one is back: two of three members are needed.
        machines.start_apiserver(host);
        machines.start_controllers(host, &address(host));
    }
}

fn address(host: &str) -> String {
    let number = host.bytes().last().unwrap() - b'0';
    format!("10.240.0.{}", 10 + number)
}
