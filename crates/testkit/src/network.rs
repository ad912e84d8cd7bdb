//! Several machines on this one: a network namespace each, joined by a switch, with addresses that
//! no other test sees. Made and removed by the test; needs root.

use std::net::IpAddr;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::programs;

/// Machines with addresses of their own, and one more, the operator's, that reaches them all.
///
/// Each has a loopback of its own, so that fixed ports do not meet. Removed when the value goes;
/// the programs that run there must have been stopped.
#[derive(Debug)]
pub struct Network {
    prefix: String,
    machines: Vec<String>,
}

/// The operator's machine, which is also the switch.
pub const OPERATOR: &str = "operator";

impl Network {
    /// Why this machine cannot have one; none when it can.
    pub fn missing() -> Option<String> {
        if !is_root() {
            return Some("network namespaces need root".to_owned());
        }
        let name = format!("{}-try", unique());
        let made = programs::run("ip", ["netns", "add", &name]).into_result().err();
        drop(programs::run("ip", ["netns", "delete", &name]));
        made.map(|reason| format!("`ip netns add`: {reason}"))
    }

    /// Makes the machines, each with its addresses, all in 10.240.0.0/24, and the operator's with
    /// `operators` in the same network.
    ///
    /// # Panics
    ///
    /// When `ip` refuses; [`Network::missing`] says so in advance.
    pub fn new(machines: &[(&str, IpAddr)], operators: &[IpAddr]) -> Self {
        let mut network = Self { prefix: unique(), machines: vec![] };
        network.add(OPERATOR);
        network.ip(OPERATOR, &["link", "add", "switch", "type", "bridge"]);
        network.ip(OPERATOR, &["link", "set", "switch", "up"]);
        for address in operators {
            network.ip(OPERATOR, &["address", "add", &format!("{address}/24"), "dev", "switch"]);
        }
        for (number, (machine, address)) in machines.iter().enumerate() {
            let port = format!("port{number}");
            let there = network.namespace(machine);
            network.add(machine);
            network.ip(
                OPERATOR,
                &["link", "add", &port, "type", "veth", "peer", "name", "eth0", "netns", &there],
            );
            network.ip(OPERATOR, &["link", "set", &port, "master", "switch", "up"]);
            network.ip(machine, &["address", "add", &format!("{address}/24"), "dev", "eth0"]);
            network.ip(machine, &["link", "set", "eth0", "up"]);
            if let Some(operator) = operators.first() {
                let via = operator.to_string();
                // A kubelet and an apiserver want to know by which way the world is reached.
                network.ip(machine, &["route", "add", "default", "via", &via]);
            }
        }
        network
    }

    /// A program that is to run on a machine.
    pub fn command(&self, machine: &str, program: &str) -> Command {
        let mut command = programs::command("ip");
        command.args(["netns", "exec", &self.namespace(machine)]).arg(programs::find(program));
        command
    }

    fn add(&mut self, machine: &str) {
        let namespace = self.namespace(machine);
        programs::run("ip", ["netns", "add", &namespace]).expect_success();
        self.machines.push(namespace);
        self.ip(machine, &["link", "set", "lo", "up"]);
    }

    fn ip(&self, machine: &str, arguments: &[&str]) {
        let namespace = self.namespace(machine);
        let here = ["-n", &namespace];
        programs::run("ip", here.iter().chain(arguments).copied()).expect_success();
    }

    fn namespace(&self, machine: &str) -> String {
        format!("{}-{machine}", self.prefix)
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        for namespace in &self.machines {
            drop(programs::run("ip", ["netns", "delete", namespace]));
        }
    }
}

/// A name that no other test has: not in this process, and not beside it.
fn unique() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("kubepki-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

fn is_root() -> bool {
    programs::run("id", ["-u"]).expect_success().trim() == "0"
}
