//! A real control plane on the loopback addresses: etcd, kube-apiserver,
//! kube-controller-manager and kube-scheduler. Never listens where other machines can reach it,
//! unless a test binds the apiserver elsewhere.

mod files;
mod flags;

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;

pub use files::{EtcdFiles, FrontProxyFiles, HostFiles, KeyedCertificate};

use crate::ports::Port;
use crate::process::{self, Process};
use crate::programs::{self, Output};

/// How long a component may take: several times what it takes on two busy cores.
const DEADLINE: Duration = Duration::from_secs(120);

/// A program of the control plane.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Component {
    /// `kube-apiserver`.
    Apiserver,
    /// `kube-controller-manager`.
    ControllerManager,
    /// `etcd`.
    Etcd,
    /// `kube-scheduler`.
    Scheduler,
}

impl Component {
    /// The program's name, which is the name of its leader lease too.
    pub fn program(self) -> &'static str {
        match self {
            Self::Apiserver => "kube-apiserver",
            Self::ControllerManager => "kube-controller-manager",
            Self::Etcd => "etcd",
            Self::Scheduler => "kube-scheduler",
        }
    }
}

/// The ports of one host's components. Reserved before the PKI is made, because kubeconfigs name
/// the apiserver's.
#[derive(Debug)]
#[allow(missing_docs, reason = "the fields are the components' names")]
pub struct Ports {
    pub apiserver: Port,
    pub controller_manager: Port,
    pub etcd_client: Port,
    pub etcd_peer: Port,
    pub scheduler: Port,
}

impl Ports {
    /// Reserves five ports.
    pub fn reserve() -> Self {
        Self {
            apiserver: Port::reserve(),
            controller_manager: Port::reserve(),
            etcd_client: Port::reserve(),
            etcd_peer: Port::reserve(),
            scheduler: Port::reserve(),
        }
    }
}

/// What a control plane is started from. Every field may be changed between [`Setup::new`] and
/// [`ControlPlane::new`].
#[derive(Debug)]
pub struct Setup {
    /// The host's certificates, keys and kubeconfigs.
    pub files: HostFiles,
    /// Where the components listen.
    pub ports: Ports,
    /// The host's name, which becomes that of its etcd member.
    pub host: String,
    /// The apiserver's `--bind-address`.
    pub bind_address: IpAddr,
    /// The apiserver's `--advertise-address`; may not be loopback, and nothing is sent to it.
    pub advertise_address: IpAddr,
    /// The `--service-cluster-ip-range`; two, joined by a comma, for dual stack.
    pub service_cidrs: String,
    /// The other members of etcd and their peer ports on 127.0.0.1; none for a single host.
    pub etcd_peers: Vec<(String, u16)>,
    /// More flags for a component, after ours, so that for a single-valued flag they win.
    pub more_flags: BTreeMap<Component, Vec<String>>,
}

impl Setup {
    /// The single host `server` on 127.0.0.1 with the services of the spec's examples
    /// (10.32.0.0/24) and the host's address there (10.240.0.10).
    pub fn new(files: HostFiles, ports: Ports) -> Self {
        Self {
            files,
            ports,
            host: "server".to_owned(),
            bind_address: Ipv4Addr::LOCALHOST.into(),
            advertise_address: Ipv4Addr::new(10, 240, 0, 10).into(),
            service_cidrs: "10.32.0.0/24".to_owned(),
            etcd_peers: Vec::new(),
            more_flags: BTreeMap::new(),
        }
    }
}

/// A host's control plane: its programs run until they are stopped or the value goes.
#[derive(Debug)]
pub struct ControlPlane {
    setup: Setup,
    running: BTreeMap<Component, Process>,
    // Last, so that the programs are gone when their folder is removed.
    folder: TempDir,
}

impl ControlPlane {
    /// Takes the description; starts nothing.
    ///
    /// # Panics
    ///
    /// When files of `setup.files` do not exist; the message names them all.
    pub fn new(setup: Setup) -> Self {
        setup.files.expect_present();
        let folder = tempfile::tempdir().expect("a temporary folder");
        Self { setup, running: BTreeMap::new(), folder }
    }

    /// Starts all four components and waits until the apiserver is ready and the controller
    /// manager and the scheduler lead.
    ///
    /// # Panics
    ///
    /// When a component ends or is not ready in time; the message holds the end of its log.
    pub fn start(&mut self) {
        // The order is measured: the apiserver may wait for etcd (a second saved), but the other two,
        // started before the apiserver is ready, take its processor time and then back off.
        self.start_component(Component::Etcd);
        self.start_component(Component::Apiserver);
        self.wait_for_apiserver();
        for component in [Component::ControllerManager, Component::Scheduler] {
            self.start_component(component);
        }
        for component in [Component::ControllerManager, Component::Scheduler] {
            self.wait_for_lease(component);
        }
    }

    /// Starts a component and returns at once. One that runs already is killed first, so that the
    /// new one reads its files anew; data and log are kept.
    pub fn start_component(&mut self, component: Component) {
        self.stop_component(component);
        let mut command = programs::command(component.program());
        command.args(flags::of(component, &self.setup, self.folder.path()));
        command.args(self.setup.more_flags.get(&component).into_iter().flatten());
        command.current_dir(self.folder.path()).env("HOME", self.folder.path());
        let process = Process::start(component.program(), &command, self.log_path(component));
        self.running.insert(component, process);
    }

    /// Kills a component, if it runs, and waits for its end.
    pub fn stop_component(&mut self, component: Component) {
        self.running.remove(&component);
    }

    /// The running program of a component, for its log and exit status.
    ///
    /// # Panics
    ///
    /// When the component was not started.
    #[track_caller]
    pub fn process(&self, component: Component) -> &Process {
        let process = self.running.get(&component);
        process.unwrap_or_else(|| panic!("{} was not started", component.program()))
    }

    /// Waits until etcd says it is healthy, with the health check's certificate.
    #[track_caller]
    pub fn wait_for_etcd(&self) {
        let client = self.setup.files.etcd.as_ref().map(|etcd| &etcd.healthcheck_client);
        let healthy = || self.etcdctl(client, &["endpoint", "health"]).into_result();
        self.process(Component::Etcd).wait_until(DEADLINE, "healthy", healthy);
    }

    /// Waits until the apiserver says it is ready, with the controller manager's credential.
    #[track_caller]
    pub fn wait_for_apiserver(&self) {
        // The readiness of the server, not the truth of the kubeconfig, is asked for here: every
        // apiserver certificate names `kubernetes`, and not all name the address it is bound to.
        let server = self.url();
        let ready = || {
            let there = ["--server", &server, "--tls-server-name", "kubernetes"];
            let ask = ["get", "--raw", "/readyz"];
            let kubeconfig = &self.setup.files.controller_manager_kubeconfig;
            self.kubectl(kubeconfig, &[&there[..], &ask[..]].concat()).into_result()
        };
        self.process(Component::Apiserver).wait_until(DEADLINE, "ready", ready);
    }

    /// Waits until the controller manager or the scheduler holds its leader lease, read with its
    /// own kubeconfig as it lies in the files, and returns the holder's identity.
    #[track_caller]
    pub fn wait_for_lease(&self, component: Component) -> String {
        let kubeconfig = match component {
            Component::Scheduler => &self.setup.files.scheduler_kubeconfig,
            _ => &self.setup.files.controller_manager_kubeconfig,
        };
        let ask = ["-n", "kube-system", "get", "lease", component.program()];
        let holder = ["-o", "jsonpath={.spec.holderIdentity}"];
        self.process(component).wait_until(DEADLINE, "leading", || {
            let holder =
                self.kubectl(kubeconfig, &[&ask[..], &holder[..]].concat()).into_result()?;
            if holder.is_empty() { Err("the lease has no holder".to_owned()) } else { Ok(holder) }
        })
    }

    /// Runs kubectl with a kubeconfig, in a home folder of its own.
    pub fn kubectl(&self, kubeconfig: &Path, arguments: &[&str]) -> Output {
        self.kubectl_with_input(kubeconfig, arguments, "")
    }

    /// Runs kubectl with a kubeconfig and text on its standard input, as for `apply -f -`.
    pub fn kubectl_with_input(&self, kubeconfig: &Path, arguments: &[&str], input: &str) -> Output {
        let mut command = programs::command("kubectl");
        command.env("HOME", self.folder.path()).current_dir(self.folder.path());
        command.arg("--kubeconfig").arg(absolute(kubeconfig)).arg("--request-timeout=10s");
        command.args(arguments);
        programs::finish(command, input.as_bytes())
    }

    /// Runs etcdctl (API 3) against this host's etcd with a client's certificate and key, or with
    /// none, trusting the files' etcd authority.
    pub fn etcdctl(&self, client: Option<&KeyedCertificate>, arguments: &[&str]) -> Output {
        let mut command = programs::command("etcdctl");
        command.env("ETCDCTL_API", "3").args(["--endpoints", &self.etcd_url()]);
        command.args(["--dial-timeout=2s", "--command-timeout=3s"]);
        if let Some(etcd) = &self.setup.files.etcd {
            command.arg("--cacert").arg(&etcd.authority);
        }
        if let Some(client) = client {
            command.arg("--cert").arg(&client.certificate).arg("--key").arg(&client.key);
        }
        command.args(arguments);
        programs::finish(command, b"")
    }

    /// The apiserver's URL at the address it is bound to, or at 127.0.0.1 if that is all of them.
    pub fn url(&self) -> String {
        let address = match self.setup.bind_address {
            address if address.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
            address => address,
        };
        format!(
            "https://{}",
            std::net::SocketAddr::new(address, self.setup.ports.apiserver.number())
        )
    }

    /// etcd's URL for clients.
    pub fn etcd_url(&self) -> String {
        flags::etcd_url(&self.setup, self.setup.ports.etcd_client.number())
    }

    /// What the control plane was started from.
    pub fn setup(&self) -> &Setup {
        &self.setup
    }

    fn log_path(&self, component: Component) -> PathBuf {
        self.folder.path().join(component.program()).with_extension("log")
    }
}

impl Drop for ControlPlane {
    /// Shows the ends of the logs when a test fails while the programs run.
    #[expect(clippy::print_stderr, reason = "cargo shows a failed test's output")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            for process in self.running.values() {
                eprintln!("{}", process.log_tail());
            }
        }
    }
}

/// Changes where a kubeconfig's cluster is, with kubectl; the file's other contents stay.
///
/// # Panics
///
/// When kubectl refuses.
pub fn point_kubeconfig_at(kubeconfig: &Path, cluster: &str, server: &str) {
    let mut command = programs::command("kubectl");
    command.arg("--kubeconfig").arg(kubeconfig);
    command.args(["config", "set-cluster", cluster, "--server", server]);
    programs::finish(command, b"").expect_success();
}

/// Waits for a state of the cluster that no single component answers for.
///
/// # Panics
///
/// When it does not come in time; the message holds the probe's last complaint.
#[track_caller]
pub fn wait_for<T>(what: &str, probe: impl FnMut() -> Result<T, String>) -> T {
    process::wait_until(DEADLINE, what, probe)
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|e| panic!("no current folder: {e}"))
}
