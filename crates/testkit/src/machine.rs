//! Whole machines below a folder, as peers: a control-plane node as kubeadm leaves it, and the two
//! kinds of machine of the tutorial. Certificates and kubeconfigs are made by the real programs;
//! manifests and units are written after kubeadm's and the tutorial's own.

use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::Path,
};

use crate::{kubeadm, programs, tutorial};

/// Makes what `kubeadm init` leaves on the host `server` below `root`: the PKI, kubeconfigs, static
/// pods, and a kubelet that has rotated once and shows a certificate of its own making.
///
/// # Panics
///
/// When a program or the file system refuses.
pub fn kubeadm_node(root: &Path) {
    kubeadm::make_pki(root, 6443);
    write(root, "etc/hostname", 0o644, "server\n");
    write(root, "etc/passwd", 0o644, "root:x:0:0:root:/root:/bin/sh\n");
    let manifests = [
        ("kube-apiserver", APISERVER, PKI_MOUNT),
        ("kube-controller-manager", CONTROLLER_MANAGER, MANAGER_MOUNTS),
        ("kube-scheduler", SCHEDULER, SCHEDULER_MOUNTS),
        ("etcd", ETCD, ETCD_MOUNTS),
    ];
    for (name, flags, mounts) in manifests {
        let path = format!("etc/kubernetes/manifests/{name}.yaml");
        write(root, &path, 0o600, &static_pod(name, flags, mounts));
    }
    write(root, "usr/lib/systemd/system/kubelet.service", 0o644, KUBELET_UNIT);
    let drop_in = "usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf";
    write(root, drop_in, 0o644, KUBELET_DROP_IN);
    write(root, "var/lib/kubelet/config.yaml", 0o644, KUBELET_CONFIGURATION);
    let variables = "KUBELET_KUBEADM_ARGS=\"--hostname-override=server --node-ip=10.240.0.10\"\n";
    write(root, "var/lib/kubelet/kubeadm-flags.env", 0o644, variables);
    rotate_kubelet(root);
    self_sign(&root.join("var/lib/kubelet/pki"), "kubelet", "server@1");
}

/// Makes the tutorial's machine `server` below `root`: units, and files in `/var/lib/kubernetes`
/// and `/etc/kubernetes/config`, with the defects that the tutorial has.
///
/// # Panics
///
/// When a program or the file system refuses.
pub fn tutorial_server(root: &Path) {
    let made = pki(root);
    write(root, "etc/hostname", 0o644, "server\n");
    for (name, mode) in [
        ("ca.crt", 0o644),
        ("ca.key", 0o600),
        ("kube-api-server.crt", 0o644),
        ("kube-api-server.key", 0o600),
        ("service-accounts.crt", 0o644),
        ("service-accounts.key", 0o600),
        ("kube-controller-manager.kubeconfig", 0o600),
        ("kube-scheduler.kubeconfig", 0o600),
    ] {
        copy(&made.join(name), root, &format!("var/lib/kubernetes/{name}"), mode);
    }
    let scheduler = "kind: KubeSchedulerConfiguration\nclientConnection:\n  \
                     kubeconfig: \"/var/lib/kubernetes/kube-scheduler.kubeconfig\"\n";
    write(root, "etc/kubernetes/config/kube-scheduler.yaml", 0o644, scheduler);
    for (name, start) in [
        ("etcd", TUTORIAL_ETCD),
        ("kube-apiserver", TUTORIAL_APISERVER),
        ("kube-controller-manager", TUTORIAL_CONTROLLER_MANAGER),
        ("kube-scheduler", TUTORIAL_SCHEDULER),
    ] {
        write(root, &format!("etc/systemd/system/{name}.service"), 0o644, &unit(start));
    }
    remove(&made);
}

/// Makes the tutorial's machine `node-0` below `root`.
///
/// # Panics
///
/// When a program or the file system refuses.
pub fn tutorial_node(root: &Path) {
    let made = pki(root);
    write(root, "etc/hostname", 0o644, "node-0\n");
    for (from, to, mode) in [
        ("ca.crt", "var/lib/kubelet/ca.crt", 0o644),
        ("node-0.crt", "var/lib/kubelet/kubelet.crt", 0o644),
        ("node-0.key", "var/lib/kubelet/kubelet.key", 0o600),
        ("node-0.kubeconfig", "var/lib/kubelet/kubeconfig", 0o600),
        ("kube-proxy.kubeconfig", "var/lib/kube-proxy/kubeconfig", 0o600),
    ] {
        copy(&made.join(from), root, to, mode);
    }
    write(root, "var/lib/kubelet/kubelet-config.yaml", 0o644, TUTORIAL_KUBELET);
    let proxy = "kind: KubeProxyConfiguration\nclientConnection:\n  \
                 kubeconfig: \"/var/lib/kube-proxy/kubeconfig\"\nmode: \"iptables\"\n";
    write(root, "var/lib/kube-proxy/kube-proxy-config.yaml", 0o644, proxy);
    let kubelet = "/usr/local/bin/kubelet \\\n  --config=/var/lib/kubelet/kubelet-config.yaml \\\n  \
                   --kubeconfig=/var/lib/kubelet/kubeconfig \\\n  --v=2";
    write(root, "etc/systemd/system/kubelet.service", 0o644, &unit(kubelet));
    let proxy =
        "/usr/local/bin/kube-proxy \\\n  --config=/var/lib/kube-proxy/kube-proxy-config.yaml";
    write(root, "etc/systemd/system/kube-proxy.service", 0o644, &unit(proxy));
    remove(&made);
}

/// Copies a machine with its modes and links.
///
/// # Panics
///
/// When `cp` refuses.
pub fn copy_of(machine: &Path, to: &Path) {
    let mut command = programs::command("cp");
    command.arg("-a").arg(machine.join(".")).arg(to);
    programs::finish(command, b"").expect_success();
}

/// The tutorial's files, to be distributed and removed.
fn pki(root: &Path) -> std::path::PathBuf {
    let made = root.join("made");
    fs::create_dir_all(&made).unwrap_or_else(|e| panic!("cannot make `{}`: {e}", made.display()));
    tutorial::make_pki(&made, 6443);
    made
}

/// What `kubeadm init` does last: the kubelet's certificate and key go to a file that rotates.
fn rotate_kubelet(root: &Path) {
    let kubeconfig = root.join("etc/kubernetes/kubelet.conf");
    let field = |field: &str| {
        let mut command = programs::command("kubectl");
        command.arg("--kubeconfig").arg(&kubeconfig).args(["config", "view", "--raw", "-o"]);
        command.arg(format!("jsonpath={{.users[0].user.{field}}}"));
        let encoded = programs::finish(command, b"").expect_success();
        let mut command = programs::command("base64");
        command.arg("-d");
        programs::finish(command, encoded.as_bytes()).expect_success()
    };
    let pem = field("client-certificate-data") + &field("client-key-data");
    let folder = "var/lib/kubelet/pki";
    write(root, &format!("{folder}/kubelet-client-1.pem"), 0o600, &pem);
    // Absolute, as the kubelet makes it.
    let current = root.join(folder).join("kubelet-client-current.pem");
    symlink("/var/lib/kubelet/pki/kubelet-client-1.pem", current).expect("a link");
    let current = "/var/lib/kubelet/pki/kubelet-client-current.pem";
    let mut command = programs::command("kubectl");
    command.arg("--kubeconfig").arg(&kubeconfig);
    command.args(["config", "set-credentials", "system:node:server"]);
    command.args(["--client-certificate", current, "--client-key", current]);
    programs::finish(command, b"").expect_success();
}

/// Makes a certificate that nobody signed but itself.
fn self_sign(folder: &Path, name: &str, common_name: &str) {
    let mut command = programs::command("openssl");
    command.args(["req", "-x509", "-newkey", "rsa:2048", "-noenc", "-days", "365"]);
    command.args(["-subj", &format!("/CN={common_name}"), "-addext", "subjectAltName=DNS:server"]);
    command.arg("-keyout").arg(folder.join(name).with_extension("key"));
    command.arg("-out").arg(folder.join(name).with_extension("crt"));
    programs::finish(command, b"").expect_success();
}

fn static_pod(name: &str, flags: &[&str], mounts: &[&str]) -> String {
    let flags: String = flags.iter().map(|flag| format!("    - --{flag}\n")).collect();
    let volume = |path: &str| path.trim_start_matches('/').replace(['/', '.'], "-");
    let mounted: String = mounts
        .iter()
        .map(|path| format!("    - mountPath: {path}\n      name: {}\n", volume(path)))
        .collect();
    let volumes: String = mounts
        .iter()
        .map(|path| format!("  - hostPath:\n      path: {path}\n    name: {}\n", volume(path)))
        .collect();
    format!(
        "apiVersion: v1
kind: Pod
metadata:
  labels:
    component: {name}
    tier: control-plane
  name: {name}
  namespace: kube-system
spec:
  containers:
  - command:
    - {name}
{flags}    image: registry.example/{name}:v1.30.2
    name: {name}
    volumeMounts:
{mounted}  hostNetwork: true
  priorityClassName: system-node-critical
  volumes:
{volumes}status: {{}}
"
    )
}

fn unit(start: &str) -> String {
    format!("[Unit]\nDescription=Kubernetes\n\n[Service]\nExecStart={start}\nRestart=on-failure\n")
}

fn write(root: &Path, path: &str, mode: u32, text: &str) {
    let path = root.join(path);
    let folder = path.parent().expect("a folder");
    fs::create_dir_all(folder).unwrap_or_else(|e| panic!("cannot make `{}`: {e}", path.display()));
    fs::write(&path, text).unwrap_or_else(|e| panic!("cannot write `{}`: {e}", path.display()));
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("a mode");
}

fn copy(from: &Path, root: &Path, to: &str, mode: u32) {
    let text = fs::read_to_string(from).unwrap_or_else(|e| panic!("{}: {e}", from.display()));
    write(root, to, mode, &text);
}

fn remove(made: &Path) {
    fs::remove_dir_all(made).unwrap_or_else(|e| panic!("cannot remove `{}`: {e}", made.display()));
}

const PKI_MOUNT: &[&str] = &["/etc/ssl/certs", "/etc/kubernetes/pki"];
const MANAGER_MOUNTS: &[&str] =
    &["/etc/ssl/certs", "/etc/kubernetes/pki", "/etc/kubernetes/controller-manager.conf"];
const SCHEDULER_MOUNTS: &[&str] = &["/etc/kubernetes/scheduler.conf"];
const ETCD_MOUNTS: &[&str] = &["/var/lib/etcd", "/etc/kubernetes/pki/etcd"];

const APISERVER: &[&str] = &[
    "advertise-address=10.240.0.10",
    "allow-privileged=true",
    "authorization-mode=Node,RBAC",
    "client-ca-file=/etc/kubernetes/pki/ca.crt",
    "enable-admission-plugins=NodeRestriction",
    "enable-bootstrap-token-auth=true",
    "etcd-cafile=/etc/kubernetes/pki/etcd/ca.crt",
    "etcd-certfile=/etc/kubernetes/pki/apiserver-etcd-client.crt",
    "etcd-keyfile=/etc/kubernetes/pki/apiserver-etcd-client.key",
    "etcd-servers=https://127.0.0.1:2379",
    "kubelet-client-certificate=/etc/kubernetes/pki/apiserver-kubelet-client.crt",
    "kubelet-client-key=/etc/kubernetes/pki/apiserver-kubelet-client.key",
    "proxy-client-cert-file=/etc/kubernetes/pki/front-proxy-client.crt",
    "proxy-client-key-file=/etc/kubernetes/pki/front-proxy-client.key",
    "requestheader-allowed-names=front-proxy-client",
    "requestheader-client-ca-file=/etc/kubernetes/pki/front-proxy-ca.crt",
    "requestheader-extra-headers-prefix=X-Remote-Extra-",
    "requestheader-group-headers=X-Remote-Group",
    "requestheader-username-headers=X-Remote-User",
    "secure-port=6443",
    "service-account-issuer=https://kubernetes.default.svc.cluster.local",
    "service-account-key-file=/etc/kubernetes/pki/sa.pub",
    "service-account-signing-key-file=/etc/kubernetes/pki/sa.key",
    "service-cluster-ip-range=10.32.0.0/24",
    "tls-cert-file=/etc/kubernetes/pki/apiserver.crt",
    "tls-private-key-file=/etc/kubernetes/pki/apiserver.key",
];

const CONTROLLER_MANAGER: &[&str] = &[
    "allocate-node-cidrs=true",
    "authentication-kubeconfig=/etc/kubernetes/controller-manager.conf",
    "authorization-kubeconfig=/etc/kubernetes/controller-manager.conf",
    "bind-address=127.0.0.1",
    "client-ca-file=/etc/kubernetes/pki/ca.crt",
    "cluster-cidr=10.200.0.0/16",
    "cluster-name=kubeadm",
    "cluster-signing-cert-file=/etc/kubernetes/pki/ca.crt",
    "cluster-signing-key-file=/etc/kubernetes/pki/ca.key",
    "controllers=*,bootstrapsigner,tokencleaner",
    "kubeconfig=/etc/kubernetes/controller-manager.conf",
    "leader-elect=true",
    "requestheader-client-ca-file=/etc/kubernetes/pki/front-proxy-ca.crt",
    "root-ca-file=/etc/kubernetes/pki/ca.crt",
    "service-account-private-key-file=/etc/kubernetes/pki/sa.key",
    "service-cluster-ip-range=10.32.0.0/24",
    "use-service-account-credentials=true",
];

const SCHEDULER: &[&str] = &[
    "authentication-kubeconfig=/etc/kubernetes/scheduler.conf",
    "authorization-kubeconfig=/etc/kubernetes/scheduler.conf",
    "bind-address=127.0.0.1",
    "kubeconfig=/etc/kubernetes/scheduler.conf",
    "leader-elect=true",
];

const ETCD: &[&str] = &[
    "advertise-client-urls=https://10.240.0.10:2379",
    "cert-file=/etc/kubernetes/pki/etcd/server.crt",
    "client-cert-auth=true",
    "data-dir=/var/lib/etcd",
    "initial-advertise-peer-urls=https://10.240.0.10:2380",
    "initial-cluster=server=https://10.240.0.10:2380",
    "key-file=/etc/kubernetes/pki/etcd/server.key",
    "listen-client-urls=https://127.0.0.1:2379,https://10.240.0.10:2379",
    "listen-metrics-urls=http://127.0.0.1:2381",
    "listen-peer-urls=https://10.240.0.10:2380",
    "name=server",
    "peer-cert-file=/etc/kubernetes/pki/etcd/peer.crt",
    "peer-client-cert-auth=true",
    "peer-key-file=/etc/kubernetes/pki/etcd/peer.key",
    "peer-trusted-ca-file=/etc/kubernetes/pki/etcd/ca.crt",
    "snapshot-count=10000",
    "trusted-ca-file=/etc/kubernetes/pki/etcd/ca.crt",
];

const KUBELET_UNIT: &str = "\
[Unit]
Description=kubelet: The Kubernetes Node Agent
[Service]
ExecStart=/usr/bin/kubelet
Restart=always
[Install]
WantedBy=multi-user.target
";

const KUBELET_DROP_IN: &str = r#"# Runs what kubeadm has written.
[Service]
Environment="KUBELET_KUBECONFIG_ARGS=--bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf --kubeconfig=/etc/kubernetes/kubelet.conf"
Environment="KUBELET_CONFIG_ARGS=--config=/var/lib/kubelet/config.yaml"
EnvironmentFile=-/var/lib/kubelet/kubeadm-flags.env
EnvironmentFile=-/etc/default/kubelet
ExecStart=
ExecStart=/usr/bin/kubelet $KUBELET_KUBECONFIG_ARGS $KUBELET_CONFIG_ARGS $KUBELET_KUBEADM_ARGS $KUBELET_EXTRA_ARGS
"#;

const KUBELET_CONFIGURATION: &str = "\
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
authentication:
  anonymous:
    enabled: false
  webhook:
    cacheTTL: 0s
    enabled: true
  x509:
    clientCAFile: /etc/kubernetes/pki/ca.crt
authorization:
  mode: Webhook
clusterDNS:
- 10.32.0.10
clusterDomain: cluster.local
rotateCertificates: true
staticPodPath: /etc/kubernetes/manifests
";

const TUTORIAL_ETCD: &str = "/usr/local/bin/etcd \\
  --name controller \\
  --initial-advertise-peer-urls http://127.0.0.1:2380 \\
  --listen-peer-urls http://127.0.0.1:2380 \\
  --listen-client-urls http://127.0.0.1:2379 \\
  --advertise-client-urls http://127.0.0.1:2379 \\
  --initial-cluster controller=http://127.0.0.1:2380 \\
  --data-dir=/var/lib/etcd";

const TUTORIAL_APISERVER: &str = "/usr/local/bin/kube-apiserver \\
  --allow-privileged=true \\
  --authorization-mode=Node,RBAC \\
  --bind-address=0.0.0.0 \\
  --client-ca-file=/var/lib/kubernetes/ca.crt \\
  --enable-admission-plugins=NamespaceLifecycle,NodeRestriction,ServiceAccount \\
  --etcd-servers=http://127.0.0.1:2379 \\
  --kubelet-certificate-authority=/var/lib/kubernetes/ca.crt \\
  --kubelet-client-certificate=/var/lib/kubernetes/kube-api-server.crt \\
  --kubelet-client-key=/var/lib/kubernetes/kube-api-server.key \\
  --runtime-config='api/all=true' \\
  --service-account-key-file=/var/lib/kubernetes/service-accounts.crt \\
  --service-account-signing-key-file=/var/lib/kubernetes/service-accounts.key \\
  --service-account-issuer=https://server.kubernetes.local:6443 \\
  --service-node-port-range=30000-32767 \\
  --tls-cert-file=/var/lib/kubernetes/kube-api-server.crt \\
  --tls-private-key-file=/var/lib/kubernetes/kube-api-server.key \\
  --v=2";

const TUTORIAL_CONTROLLER_MANAGER: &str = "/usr/local/bin/kube-controller-manager \\
  --bind-address=0.0.0.0 \\
  --cluster-cidr=10.200.0.0/16 \\
  --cluster-name=kubernetes \\
  --cluster-signing-cert-file=/var/lib/kubernetes/ca.crt \\
  --cluster-signing-key-file=/var/lib/kubernetes/ca.key \\
  --kubeconfig=/var/lib/kubernetes/kube-controller-manager.kubeconfig \\
  --root-ca-file=/var/lib/kubernetes/ca.crt \\
  --service-account-private-key-file=/var/lib/kubernetes/service-accounts.key \\
  --service-cluster-ip-range=10.32.0.0/24 \\
  --use-service-account-credentials=true \\
  --v=2";

const TUTORIAL_SCHEDULER: &str = "/usr/local/bin/kube-scheduler \\
  --config=/etc/kubernetes/config/kube-scheduler.yaml \\
  --v=2";

const TUTORIAL_KUBELET: &str = "\
kind: KubeletConfiguration
apiVersion: kubelet.config.k8s.io/v1beta1
address: \"0.0.0.0\"
authentication:
  anonymous:
    enabled: false
  webhook:
    enabled: true
  x509:
    clientCAFile: \"/var/lib/kubelet/ca.crt\"
authorization:
  mode: Webhook
cgroupDriver: systemd
registerNode: true
tlsCertFile: \"/var/lib/kubelet/kubelet.crt\"
tlsPrivateKeyFile: \"/var/lib/kubelet/kubelet.key\"
";
