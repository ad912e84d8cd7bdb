//! Every command of docs/hard-way.md, as it stands, on three machines with their own ssh.

use std::fs;

use kubepki_testkit::{network::OPERATOR, programs};

use super::pages;
use super::rig::{OPERATORS, address_of, cannot_run};
use crate::environment::Environment;
use kubepki_testkit::Network;

const MACHINES: &str = "\
  - {name: server, addresses: [10.240.0.10]}
  - {name: node-0, addresses: [10.240.0.20]}
  - {name: node-1, addresses: [10.240.0.21]}
";

/// Stands in for systemd, which no namespace can have: starts what a unit says, again when it ends.
const SYSTEMCTL: &str = r#"#!/bin/bash
verb=$1; shift
[ "$verb" != daemon-reload ] || exit 0
[ "$verb $1" = "enable --now" ] || { echo "systemctl: only enable --now" >&2; exit 1; }
shift
for unit; do
  case $unit in
    containerd) start=containerd ;;
    *) start=$(sed -n '/^ExecStart=/,/[^\\]$/p' /etc/systemd/system/$unit.service | sed 's/^ExecStart=//; s/\\$//' | tr '\n' ' ') ;;
  esac
  setsid bash -c "while :; do $start; sleep 1; done" >>/var/log/$unit.log 2>&1 </dev/null &
done
"#;

#[test]
fn the_page_works_as_it_stands() {
    let test = "the_page_works_as_it_stands";
    if let Some(reason) = Network::missing() {
        return cannot_run(test, &reason);
    }
    let environment = Environment::new();
    let commands = pages::commands("hard-way.md");
    let names = ["server", "node-0", "node-1"];
    let addresses: Vec<_> = names.iter().map(|name| (*name, address_of(MACHINES, name))).collect();
    let network = Network::new(&addresses, &OPERATORS, environment.root());
    let assets = programs::kube_assets().display().to_string();
    let kubepki = env!("CARGO_BIN_EXE_kubepki");
    environment.write("systemctl", SYSTEMCTL);
    let shared = environment.root().display().to_string();
    // What the page says you have.
    let here = format!(
        "ln -sf {assets}/kubectl {kubepki} /usr/local/bin/ && rm -rf /root/.ssh && mkdir -m 700 /root/.ssh && \
         ssh-keygen -q -t ed25519 -N '' -f /root/.ssh/id_ed25519 && cp /root/.ssh/id_ed25519.pub {shared}/ && \
         printf 'StrictHostKeyChecking no\nLogLevel ERROR\n' >/root/.ssh/config"
    );
    network.run(OPERATOR, &["sh", "-c", &here]);
    let there = format!(
        "ln -sf {assets}/* /usr/local/bin/ && install -m 755 {shared}/systemctl /usr/local/bin/systemctl && \
         rm -rf /root/.ssh && mkdir -m 700 /root/.ssh && cp {shared}/id_ed25519.pub /root/.ssh/authorized_keys && \
         mkdir -p /run/sshd /etc/containerd && rm -f /etc/ssh/ssh_host_* && ssh-keygen -q -A && \
         printf 'version = 2\n[plugins.\"io.containerd.grpc.v1.cri\"]\n[plugins.\"io.containerd.grpc.v1.cri\".cni]\nbin_dir = \"/usr/lib/cni\"\n[plugins.\"io.containerd.grpc.v1.cri\".containerd]\nsnapshotter = \"native\"\n' \
         >/etc/containerd/config.toml && /usr/sbin/sshd -o PermitRootLogin=yes -o UsePAM=no"
    );
    for name in names {
        network.run(name, &["sh", "-c", &there]);
        let address = address_of(MACHINES, name);
        network.run(OPERATOR, &["sh", "-c", &format!("echo {address} {name} >>/etc/hosts")]);
    }
    let mut shell = network.command(OPERATOR, "bash");
    shell.args(["-euxc", &format!("cd {shared}/work\n{commands}")]);
    shell.env("HOME", "/root");
    fs::create_dir(environment.path("work")).unwrap();
    let output = programs::finish(shell, b"");
    let logs = || -> String {
        let log = |name: &&str| {
            network.run(name, &["sh", "-c", "tail -n 15 /var/log/kube*.log /var/log/etcd.log /var/log/containerd.log 2>/dev/null || true"])
        };
        names.iter().map(log).collect()
    };
    assert!(output.succeeded(), "{}\n{}\n{}", logs(), output.stdout, output.stderr);
    for name in ["node-0", "node-1"] {
        let ready =
            output.stdout.lines().any(|line| line.starts_with(name) && line.contains(" Ready "));
        assert!(ready, "{}", output.stdout);
    }
    assert!(output.stdout.ends_with("ok"), "{}", output.stdout);
    // A stranger gets nothing from a kubelet.
    let code = network.run(
        OPERATOR,
        &["curl", "-sk", "-o", "/dev/null", "-w", "%{http_code}", "https://10.240.0.20:10250/pods"],
    );
    assert_eq!(code, "401");
}
