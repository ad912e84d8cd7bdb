//! A cluster on machines of its own: files by `kubepki apply`, command lines by `kubepki config`.

use std::{
    collections::BTreeMap,
    fs,
    io::Write,
    net::IpAddr,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

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

/// Machines and what runs on them. The programs are gone before their network and their files.
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
    /// Makes the files of `spec`, gives each host its own, and starts nothing yet. None where the
    /// machine cannot have network namespaces, which is said.
    pub(super) fn new(test: &str, spec: &str) -> Option<Self> {
        if let Some(reason) = Network::missing() {
            cannot_run(test, &reason);
            return None;
        }
        let environment = Environment::of_spec(spec);
        environment.apply();
        let config = environment.kubepki(&["config", "--form", "flags", "-o", "json"]);
        let config: Value = serde_json::from_str(&config.expect_success()).unwrap();
        let mut commands = BTreeMap::new();
        let mut hosts = Vec::new();
        for host in config.as_array().unwrap() {
            let name = host["host"].as_str().unwrap();
            let root = environment.path(&format!("machines/{name}"));
            copy(&environment.path(&format!("hosts/{name}")), &root);
            hosts.push((name.to_owned(), address_of(spec, name)));
            for component in host["components"].as_array().unwrap() {
                let program = component["component"].as_str().unwrap().to_owned();
                if let Some(file) = component.get("file") {
                    let path = under(&root, file["path"].as_str().unwrap());
                    fs::create_dir_all(path.parent().unwrap()).unwrap();
                    let text = moved(file["text"].as_str().unwrap(), &root);
                    fs::write(path, text).unwrap();
                }
                let arguments = component["arguments"].as_array().unwrap().iter().map(|it| {
                    let (name, value) =
                        (it["name"].as_str().unwrap(), it["value"].as_str().unwrap());
                    format!("--{name}={}", moved(value, &root))
                });
                commands.insert((name.to_owned(), program), arguments.collect());
            }
        }
        let addresses: Vec<_> =
            hosts.iter().map(|(name, address)| (name.as_str(), *address)).collect();
        let network = Network::new(&addresses, &OPERATORS);
        Some(Self { running: BTreeMap::new(), network, environment, commands })
    }

    /// The root folder of a host.
    pub(super) fn root(&self, host: &str) -> PathBuf {
        self.environment.path(&format!("machines/{host}"))
    }

    /// Starts a program as its command line says, with `more` after it.
    pub(super) fn start(&mut self, host: &str, program: &str, more: &[String]) {
        let key = (host.to_owned(), program.to_owned());
        let arguments = self.commands.get(&key).unwrap_or_else(|| panic!("no {program} on {host}"));
        let mut command = self.network.command(host, program);
        command.args(arguments).args(more);
        let home = self.root(host);
        command.current_dir(&home).env("HOME", &home);
        let log = home.join(format!("{program}.log"));
        let process = Process::start(&format!("{program} of {host}"), &command, log);
        self.running.insert(key, process);
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

/// The text with every path of a host below its root folder.
fn moved(text: &str, root: &Path) -> String {
    let mut text = text.to_owned();
    for top in ["/etc/kubernetes", "/var/lib/"] {
        text = text.replace(top, &format!("{}{top}", root.display()));
    }
    text
}

fn under(root: &Path, path: &str) -> PathBuf {
    root.join(path.trim_start_matches('/'))
}

/// The first address of a host in the text of a spec of one line a host.
fn address_of(spec: &str, host: &str) -> IpAddr {
    let line = spec.lines().find(|line| line.contains(&format!("name: {host},"))).unwrap();
    let (_, rest) = line.split_once("addresses: [").unwrap();
    rest.split([',', ']']).next().unwrap().parse().unwrap()
}

/// Copies a folder with its modes.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), &target).unwrap();
            let mode = entry.metadata().unwrap().permissions().mode();
            assert_eq!(fs::metadata(&target).unwrap().permissions().mode(), mode);
        }
    }
}
