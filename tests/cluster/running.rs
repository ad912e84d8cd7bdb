//! A running control plane and the files it was started from.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, TcpListener},
    path::{Path, PathBuf},
};

use kubepki_testkit::{
    ControlPlane, EtcdFiles, FrontProxyFiles, HostFiles, KeyedCertificate, Output, Ports, Setup,
};

use crate::environment::Environment;

/// A control plane on this machine's loopback addresses, started from one layout's files.
pub(super) struct Cluster {
    // The programs first, so that they are gone when their files go.
    pub(super) plane: ControlPlane,
    pub(super) files: HostFiles,
    pub(super) spec: String,
    layout: &'static str,
    environment: Environment,
}

impl Cluster {
    /// Makes the files with `kubepki apply`, and starts a control plane from them.
    pub(super) fn start(layout: &'static str) -> Self {
        Self::start_named(layout, "loopback")
    }

    /// The same, for a cluster of this name.
    pub(super) fn start_named(layout: &'static str, name: &str) -> Self {
        let ports = Ports::reserve();
        let spec = spec(layout, name, ports.apiserver.number());
        let environment = applied(&spec);
        let root = environment.root();
        let files = match layout {
            "hosts" => HostFiles::of_host(&root.join("pki/hosts/server")),
            "kubeadm" => HostFiles::of_kubeadm(root),
            _ => of_hard_way(&root.join("pki")),
        };
        let setup = Setup { bind_address: everywhere(), ..Setup::new(files.clone(), ports) };
        let mut plane = ControlPlane::new(setup);
        plane.start();
        Self { plane, files, spec, layout, environment }
    }

    /// The kubeconfig of a user of the spec, or of `super-admin`.
    pub(super) fn user(&self, name: &str) -> PathBuf {
        self.environment.path(&match self.layout {
            "hosts" => format!("pki/users/{name}.conf"),
            "kubeadm" => format!("etc/kubernetes/{name}.conf"),
            _ => format!("pki/{name}.kubeconfig"),
        })
    }

    /// The name and the kubeconfig of a kubelet.
    pub(super) fn kubelet(&self) -> (&'static str, PathBuf) {
        let (name, path) = match self.layout {
            "hosts" => ("node-0", "pki/hosts/node-0/etc/kubernetes/kubelet.conf"),
            "kubeadm" => ("server", "etc/kubernetes/kubelet.conf"),
            _ => ("node-0", "pki/node-0.kubeconfig"),
        };
        (name, self.environment.path(path))
    }

    /// A file below the environment's folder that did not exist before.
    pub(super) fn scratch(&self, name: &str) -> PathBuf {
        self.environment.path(name)
    }

    /// Runs kubepki in the folder of the scratch files.
    pub(super) fn kubepki(&self, arguments: &[&str]) -> Output {
        self.environment.kubepki(arguments)
    }

    /// The file that `apply` leaves for the operator to apply.
    pub(super) fn rbac_manifest(&self) -> PathBuf {
        let folder = if self.layout == "kubeadm" { "etc/kubernetes" } else { "pki" };
        self.environment.path(folder).join("rbac.yaml")
    }

    /// Runs kubectl as a user of the spec.
    pub(super) fn as_user(&self, name: &str, arguments: &[&str]) -> Output {
        self.plane.kubectl(&self.user(name), arguments)
    }

    /// Has `super-admin` create objects.
    pub(super) fn create(&self, objects: &str) {
        let super_admin = self.user("super-admin");
        self.plane
            .kubectl_with_input(&super_admin, &["create", "-f", "-"], objects)
            .expect_success();
    }

    /// Runs kubectl with a certificate and its key, trusting the cluster's CA.
    pub(super) fn as_certificate(&self, pair: &KeyedCertificate, arguments: &[&str]) -> Output {
        let path = |path: &Path| path.to_str().expect("a UTF-8 path").to_owned();
        let flags = [
            format!("--server={}", self.url("127.0.0.1")),
            format!("--certificate-authority={}", path(&self.files.authority)),
            format!("--client-certificate={}", path(&pair.certificate)),
            format!("--client-key={}", path(&pair.key)),
        ];
        let flags: Vec<_> = flags.iter().map(String::as_str).collect();
        self.plane.kubectl("/dev/null".as_ref(), &[&flags[..], arguments].concat())
    }

    /// The apiserver's URL at a name or address.
    pub(super) fn url(&self, host: &str) -> String {
        let port = self.plane.setup().ports.apiserver.number();
        match host.contains(':') {
            true => format!("https://[{host}]:{port}"),
            false => format!("https://{host}:{port}"),
        }
    }
}

/// A folder in which a spec of this module was applied, to where its layout wants it.
pub(super) fn applied(spec: &str) -> Environment {
    let environment = Environment::of_spec(spec);
    let kubeadm = spec.contains("layout: kubeadm");
    let folder = if kubeadm { "etc/kubernetes" } else { "pki" };
    std::fs::create_dir_all(environment.path(folder)).unwrap();
    let apply = ["apply", "--file", "cluster.yaml", "--dir", folder];
    environment.kubepki(&apply).expect_success();
    environment
}

/// Whether this machine has the loopback address of IPv6.
pub(super) fn has_ipv6() -> bool {
    TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_ok()
}

/// All addresses, because the point is to be dialled at many of them.
fn everywhere() -> IpAddr {
    if has_ipv6() { Ipv6Addr::UNSPECIFIED.into() } else { Ipv4Addr::UNSPECIFIED.into() }
}

/// The hard-way layout keeps the tutorial's names, and has TLS for etcd and a front proxy too.
fn of_hard_way(folder: &Path) -> HostFiles {
    let pair = |name: &str| KeyedCertificate::at(folder.join(name));
    let etcd = EtcdFiles {
        authority: folder.join("etcd-ca.crt"),
        server: pair("server-etcd-server"),
        peer: pair("server-etcd-peer"),
        healthcheck_client: pair("server-etcd-healthcheck-client"),
        apiserver_client: pair("kube-api-server-etcd-client"),
    };
    let front_proxy = FrontProxyFiles {
        authority: folder.join("front-proxy-ca.crt"),
        client: pair("front-proxy-client"),
    };
    HostFiles { etcd: Some(etcd), front_proxy: Some(front_proxy), ..HostFiles::of_tutorial(folder) }
}

/// One control-plane host at addresses that are all this machine's.
fn spec(layout: &str, name: &str, port: u16) -> String {
    let (roles, workers) = match layout {
        "kubeadm" => ("control-plane, etcd, worker", ""),
        _ => ("control-plane, etcd", "- {name: node-0, roles: [worker], addresses: [127.0.0.3]}"),
    };
    format!(
        "apiVersion: kubepki/v1alpha1
kind: Cluster
name: {name}
endpoint: 127.0.0.2:{port}
serviceCIDRs: [10.32.0.0/24]
layout: {layout}
apiserverPort: {port}
certificates: {{apiserverSANs: [api.example.com, 203.0.113.10]}}
hosts:
- {{name: server, roles: [{roles}], addresses: [127.0.0.2], names: [server.example.com]}}
{workers}
users:
- {{name: admin, groups: ['kubepki:cluster-admins']}}
- {{name: jane, groups: [dev, oncall]}}
"
    )
}
