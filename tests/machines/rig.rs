//! A cluster on machines of its own: files by `kubepki apply`, command lines by `kubepki config`.

use std::{collections::BTreeMap, io::Write, net::IpAddr, process::Command, time::Duration};

use kubepki_testkit::{
    Network, Output,
    network::OPERATOR,
    process::{self, Process},
    programs,
};
use serde_json::Value;

use crate::environment::Environment;

/// How long a program may take: several times what it takes on two busy cores.
pub(super) const DEADLINE: Duration = Duration::from_secs(120);

/// The operator's address in the machines' network.
pub(super) const OPERATORS: [IpAddr; 2] = [
    IpAddr::V4(std::net::Ipv4Addr::new(10, 240, 0, 1)),
    IpAddr::V4(std::net::Ipv4Addr::new(10, 240, 0, 100)),
];

/// Machines and what runs on them. The programs are gone before the machines and their files.
pub(super) struct Machines {
    running: BTreeMap<(String, String), Process>,
    pub(super) network: Network,
    pub(super) environment: Environment,
    /// Host, program and arguments, as `kubepki config` says.
    commands: BTreeMap<(String, String), Vec<String>>,
}

/// Says, where everybody sees it, why a test did not run.
pub(super) fn cannot_run(test: &str, reason: &str) {
    // Not by `eprintln!`, which the test harness keeps to itself.
    let _ = writeln!(std::io::stderr(), "NOT RUN: {test}: {reason}");
}

impl Machines {
    /// Makes the files of `spec`, gives each host its bundle and its configuration, and starts
    /// nothing yet. None where this machine cannot have others inside, which is said.
    pub(super) fn new(test: &str, spec: &str) -> Option<Self> {
        if let Some(reason) = Network::missing() {
            cannot_run(test, &reason);
            return None;
        }
        let environment = Environment::of_spec(spec);
        environment.apply();
        let config = environment.kubepki(&["config", "--form", "flags", "-o", "json"]);
        let config: Value = serde_json::from_str(&config.expect_success()).unwrap();
        let config = config.as_array().unwrap();
        let names: Vec<_> = config.iter().map(|host| host["host"].as_str().unwrap()).collect();
        let addresses: Vec<_> = names.iter().map(|name| (*name, address_of(spec, name))).collect();
        let network = Network::new(&addresses, &OPERATORS, environment.root());
        environment.kubepki(&["config", "--out", "config"]).expect_success();
        let mut commands = BTreeMap::new();
        for (host, name) in config.iter().zip(names) {
            let archive = environment.path(&format!("{name}.tar.gz")).display().to_string();
            environment.kubepki(&["host", "bundle", name, "-o", &archive]).expect_success();
            network.run(name, &[env!("CARGO_BIN_EXE_kubepki"), "host", "install", &archive]);
            let files = environment.path(&format!("config/{name}/.")).display().to_string();
            network.run(name, &["cp", "-r", &files, "/"]);
            for component in host["components"].as_array().unwrap() {
                let program = component["component"].as_str().unwrap().to_owned();
                let arguments = component["arguments"].as_array().unwrap().iter().map(|it| {
                    format!("--{}={}", it["name"].as_str().unwrap(), it["value"].as_str().unwrap())
                });
                commands.insert((name.to_owned(), program), arguments.collect());
            }
        }
        Some(Self { running: BTreeMap::new(), network, environment, commands })
    }

    /// Starts a program as its command line says, with `more` after it.
    pub(super) fn start(&mut self, host: &str, program: &str, more: &[&str]) {
        let key = (host.to_owned(), program.to_owned());
        let arguments = self.commands.get(&key).unwrap_or_else(|| panic!("no {program} on {host}"));
        let mut command = self.network.command(host, program);
        command.args(arguments).args(more);
        self.start_command(host, program, &command);
    }

    /// Starts any program on a host.
    pub(super) fn start_command(&mut self, host: &str, program: &str, command: &Command) {
        let log = self.environment.path(&format!("{host}-{program}.log"));
        let process = Process::start(&format!("{program} of {host}"), command, log);
        self.running.insert((host.to_owned(), program.to_owned()), process);
    }

    /// Kills everything that runs on a host.
    pub(super) fn stop(&mut self, host: &str) {
        self.running.retain(|(on, _), _| on != host);
    }

    /// A running program.
    pub(super) fn process(&self, host: &str, program: &str) -> &Process {
        &self.running[&(host.to_owned(), program.to_owned())]
    }

    /// Starts etcd and the apiserver of a host.
    pub(super) fn start_apiserver(&mut self, host: &str) {
        self.start(host, "etcd", &[]);
        self.start(host, "kube-apiserver", &[]);
    }

    /// Waits until the apiserver of a host is ready, and starts what depends on it. systemd would
    /// start those that give up again and again instead.
    #[track_caller]
    pub(super) fn start_controllers(&mut self, host: &str, address: &str) {
        let server = format!("https://{address}:6443");
        let ask = ["--server", &server, "get", "--raw", "/readyz"];
        let ready = || self.kubectl("super-admin", &ask).into_result();
        self.process(host, "kube-apiserver").wait_until(DEADLINE, "ready", ready);
        for program in ["kube-controller-manager", "kube-scheduler"] {
            self.start(host, program, &[]);
        }
    }

    /// kubectl on the operator's machine with the kubeconfig of a user, as it lies in the root.
    pub(super) fn kubectl(&self, user: &str, arguments: &[&str]) -> Output {
        let mut command = self.network.command(OPERATOR, "kubectl");
        command.env("HOME", self.environment.root());
        command.arg("--kubeconfig").arg(self.environment.path(&format!("users/{user}.conf")));
        command.arg("--request-timeout=10s").args(arguments);
        programs::finish(command, b"")
    }

    /// Asks again until kubectl succeeds.
    #[track_caller]
    pub(super) fn wait_for_kubectl(&self, user: &str, arguments: &[&str]) -> String {
        process::wait_until(DEADLINE, "answered", || self.kubectl(user, arguments).into_result())
    }
}

/// The first address of a host in the text of a spec of one line a host.
pub(super) fn address_of(spec: &str, host: &str) -> IpAddr {
    let line = spec.lines().find(|line| line.contains(&format!("name: {host},"))).unwrap();
    let (_, rest) = line.split_once("addresses: [").unwrap();
    rest.split([',', ']']).next().unwrap().parse().unwrap()
}
