//! Several machines on this one: each with processes, a network, a host name and a file system of its
//! own, joined by a switch. What a machine writes is gone with it. Made by namespaces and overlays;
//! needs root.

use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

use crate::process::{self, Process};
use crate::programs;

/// How long a machine may take to come up.
const DEADLINE: Duration = Duration::from_secs(30);

/// The machine of the operator, which is also the switch.
pub const OPERATOR: &str = "operator";

/// Machines with addresses of their own in 10.240.0.0/24, and the operator's, which reaches them all.
///
/// Each sees this machine's files as they were when it was made, and changes none of them: its own
/// changes lie in an overlay. The folder `shared` is the same for all. Everything ends with the value.
#[derive(Debug)]
pub struct Network {
    // Processes first: what they have mounted ends with them.
    machines: Vec<Machine>,
    folder: TempDir,
}

#[derive(Debug)]
struct Machine {
    name: String,
    /// The number of its first process.
    init: u32,
    /// The parent of that: when it ends, so does all that runs on the machine.
    _parent: Process,
}

impl Network {
    /// Why this machine cannot have one; none when it can.
    pub fn missing() -> Option<String> {
        if programs::run("id", ["-u"]).expect_success().trim() != "0" {
            return Some("namespaces and overlays need root".to_owned());
        }
        let folder = tempfile::tempdir().expect("a temporary folder");
        let script = mounts(folder.path(), None) + "true";
        prepare(folder.path());
        programs::finish(unshared(&script), b"").into_result().err()
    }

    /// Makes the machines, each with its address, and the operator's with `operators`. `shared` is a
    /// folder that all see under its own path.
    ///
    /// # Panics
    ///
    /// When the system refuses; [`Network::missing`] says so in advance.
    pub fn new(machines: &[(&str, IpAddr)], operators: &[IpAddr], shared: &Path) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut network = Self { machines: Vec::new(), folder };
        network.add(OPERATOR, shared);
        network.run(OPERATOR, &["ip", "link", "add", "switch", "type", "bridge"]);
        network.run(OPERATOR, &["ip", "link", "set", "switch", "up"]);
        for address in operators {
            let address = format!("{address}/24");
            network.run(OPERATOR, &["ip", "address", "add", &address, "dev", "switch"]);
        }
        for (number, (machine, address)) in machines.iter().enumerate() {
            network.add(machine, shared);
            let port = format!("port{number}");
            // The program that plugs it in must see both, and so all processes.
            let (here, there) =
                (network.init(OPERATOR).to_string(), network.init(machine).to_string());
            let plug = ["--target", &here, "--net", "ip", "link", "add", &port];
            let veth = ["type", "veth", "peer", "name", "eth0", "netns", &there];
            programs::run("nsenter", plug.into_iter().chain(veth)).expect_success();
            network.run(OPERATOR, &["ip", "link", "set", &port, "master", "switch", "up"]);
            let address = format!("{address}/24");
            network.run(machine, &["ip", "address", "add", &address, "dev", "eth0"]);
            network.run(machine, &["ip", "link", "set", "eth0", "up"]);
            if let Some(operator) = operators.first() {
                // A kubelet and an apiserver want to know by which way the world is reached.
                let via = operator.to_string();
                network.run(machine, &["ip", "route", "add", "default", "via", &via]);
            }
        }
        network
    }

    /// A program that is to run on a machine, in its folder `/`.
    pub fn command(&self, machine: &str, program: &str) -> Command {
        let mut command = programs::command("nsenter");
        command.args(["--target", &self.init(machine).to_string()]);
        command.args(["--mount", "--net", "--uts", "--pid", "--root", "--"]);
        // What enters waits for it outside, and takes it along. `--wd` would be a folder out there.
        command
            .args(["env", "--chdir=/", "setpriv", "--pdeathsig", "KILL", "--"])
            .arg(programs::find(program));
        command
    }

    /// Runs a program on a machine, which has to succeed; what it printed.
    ///
    /// # Panics
    ///
    /// When it fails.
    #[track_caller]
    pub fn run(&self, machine: &str, command: &[&str]) -> String {
        let mut described = self.command(machine, command[0]);
        described.args(&command[1..]);
        programs::finish(described, b"").expect_success()
    }

    /// The machine's first process, as it is called out here.
    fn init(&self, machine: &str) -> u32 {
        let found = self.machines.iter().find(|it| it.name == machine);
        found.unwrap_or_else(|| panic!("there is no machine {machine}")).init
    }

    fn add(&mut self, name: &str, shared: &Path) {
        let folder = self.folder.path().join(name);
        prepare(&folder);
        let ready = folder.join("ready");
        let script = format!(
            "{}hostname {name} && ip link set lo up && touch {} && exec chroot {} sleep infinity",
            mounts(&folder, Some(shared)),
            ready.display(),
            folder.join("root").display(),
        );
        let parent = Process::start(name, &unshared(&script), folder.join("log"));
        let is_ready = || if ready.exists() { Ok(()) } else { Err("not mounted yet".to_owned()) };
        parent.wait_until(DEADLINE, "up", is_ready);
        let children = format!("/proc/{0}/task/{0}/children", parent.id());
        let children = fs::read_to_string(&children).unwrap_or_else(|e| panic!("{children}: {e}"));
        let init = children.trim().parse().expect("one process, the first of its namespace");
        self.machines.push(Machine { name: name.to_owned(), init, _parent: parent });
        process::wait_until(DEADLINE, "entered", || {
            programs::finish(self.command(name, "true"), b"").into_result()
        });
    }
}

/// The folders of a machine's overlay.
fn prepare(folder: &Path) {
    for name in ["changes", "work", "root"] {
        fs::create_dir_all(folder.join(name)).expect("a folder");
    }
}

/// What mounts a machine's file system: commands for a shell, each with `&&` behind it.
fn mounts(folder: &Path, shared: Option<&Path>) -> String {
    let at = |name: &str| -> String { folder.join(name).display().to_string() };
    let (changes, work, root) = (at("changes"), at("work"), at("root"));
    let mut script = format!(
        "mount -t overlay overlay -o lowerdir=/,upperdir={changes},workdir={work} {root} && \
         mount -t proc proc {root}/proc && mount --rbind /sys {root}/sys && \
         mount --rbind /dev {root}/dev && mount -t tmpfs tmpfs {root}/run && "
    );
    if let Some(shared) = shared {
        let shared: PathBuf = fs::canonicalize(shared).expect("the shared folder");
        let shared = shared.display();
        script += &format!("mkdir -p {root}{shared} && mount --bind {shared} {root}{shared} && ");
    }
    script
}

fn unshared(script: &str) -> Command {
    let mut command = programs::command("unshare");
    command.args(["--mount", "--net", "--uts", "--pid", "--fork", "--kill-child"]);
    command.args(["--propagation", "private", "sh", "-c", script]);
    command
}
