//! The real `kubeadm certs check-expiration` reads the same files, and says the same, line by line.

use std::{fs, process::Command};

use jiff::Timestamp;
use kubepki_testkit::{kubeadm, programs};
use serde_json::Value;

use crate::{clock::kubepki_at, environment::Environment};

/// What kubeadm lists beside its own files: nothing.
const OURS_ALONE: [&str; 2] = ["kubelet.conf", "super-admin.conf"];

#[test]
fn kubeadm_agrees_on_a_fresh_root() {
    let host = Host::new();
    host.apply_at(None);
    host.agrees(&["--dir", "etc/kubernetes"]);
    // Without a spec, by the names of the files alone.
    fs::remove_file(host.0.path("cluster.yaml")).unwrap();
    host.agrees(&["--path", "etc/kubernetes"]);
}

#[test]
fn kubeadm_agrees_on_what_is_missing_and_what_is_managed_elsewhere() {
    let host = Host::new();
    host.apply_at(None);
    for file in ["etcd/peer.crt", "apiserver.crt", "front-proxy-ca.key"] {
        fs::remove_file(host.0.path(&format!("etc/kubernetes/pki/{file}"))).unwrap();
    }
    let lines = host.agrees(&["--dir", "etc/kubernetes"]);
    let is = |what: fn(&Line) -> bool| lines.iter().filter(|line| what(line)).count();
    assert_eq!(is(|line| line.date.is_none()), 2, "{lines:?}");
    assert_eq!(is(|line| line.is_external), 2, "the CA and its client: {lines:?}");
}

#[test]
fn kubeadm_agrees_on_what_has_expired() {
    let host = Host::new();
    host.apply_at(Some("2020-01-01 00:00:00"));
    let lines = host.agrees(&["--dir", "etc/kubernetes"]);
    assert!(lines.iter().any(|line| line.residual == "<invalid>"), "{lines:?}");
}

#[test]
fn kubeadm_agrees_on_what_it_made_itself() {
    let host = Host::new();
    kubeadm::make_pki(host.0.root(), 6443);
    fs::remove_file(host.0.path("cluster.yaml")).unwrap();
    host.agrees(&["--path", "etc/kubernetes"]);
}

/// A machine's root folder.
struct Host(Environment);

/// What kubeadm says of one certificate.
#[derive(Debug)]
struct Line {
    name: String,
    /// As kubeadm writes it; none when it is missing.
    date: Option<String>,
    residual: String,
    /// None for a CA; empty where this kubeadm does not say.
    authority: Option<String>,
    is_external: bool,
}

impl Host {
    fn new() -> Self {
        let host = Self(Environment::of_example("kubeadm"));
        fs::create_dir_all(host.0.path("etc/kubernetes")).unwrap();
        // The version and the socket keep kubeadm from looking at the internet and this machine.
        host.0.write(
            "check.yaml",
            "apiVersion: kubeadm.k8s.io/v1beta2
kind: InitConfiguration
nodeRegistration: {name: server, criSocket: /run/containerd/containerd.sock}
localAPIEndpoint: {advertiseAddress: 10.240.0.10}
---
apiVersion: kubeadm.k8s.io/v1beta2
kind: ClusterConfiguration
kubernetesVersion: v1.20.2
",
        );
        host
    }

    fn apply_at(&self, time: Option<&str>) {
        let args = ["apply", "--dir", "etc/kubernetes", "-f", "cluster.yaml"];
        match time {
            Some(time) => kubepki_at(time, &self.0, &args).expect_success(),
            None => self.0.kubepki(&args).expect_success(),
        };
    }

    /// Compares each line of kubeadm's with ours, and both with nothing left over.
    #[track_caller]
    fn agrees(&self, args: &[&str]) -> Vec<Line> {
        let args = [&["status", "-o", "kubeadm"], args].concat();
        let ours: Value = serde_json::from_str(&self.0.kubepki(&args).expect_success()).unwrap();
        assert_eq!(ours["kind"], "CertificateExpirationInfo");
        assert_eq!(ours["apiVersion"], "output.kubeadm.k8s.io/v1alpha3");
        let lines = self.kubeadm();
        for line in &lines {
            let list = match &line.authority {
                Some(_) => "certificates",
                None => "certificateAuthorities",
            };
            let list = ours[list].as_array().unwrap();
            let entry = list.iter().find(|entry| entry["name"] == line.name.as_str());
            let entry = entry.unwrap_or_else(|| panic!("{line:?} in {ours:#}"));
            assert_eq!(entry["missing"], line.date.is_none(), "{line:?}");
            let date = entry["expirationDate"].as_str().map(|date| {
                let date: Timestamp = date.parse().unwrap();
                date.strftime("%b %d, %Y %H:%M UTC").to_string()
            });
            assert_eq!(date, line.date, "{line:?}");
            if line.date.is_some() {
                let seconds = entry["residualTime"].as_i64().unwrap();
                assert_eq!(residual(seconds), line.residual, "{line:?}");
                assert_eq!(entry["externallyManaged"], line.is_external, "{line:?}");
                let authority = line.authority.as_deref().filter(|name| !name.is_empty());
                assert!(authority.is_none_or(|name| entry["caName"] == name), "{entry} {line:?}");
            }
        }
        let mut names: Vec<_> = lines.iter().map(|line| line.name.clone()).collect();
        names.extend(OURS_ALONE.map(str::to_owned));
        for entry in ["certificates", "certificateAuthorities"].map(|list| &ours[list]) {
            for entry in entry.as_array().unwrap() {
                let name = entry["name"].as_str().unwrap();
                assert!(names.iter().any(|it| it == name), "kubeadm does not list {name}");
            }
        }
        lines
    }

    fn kubeadm(&self) -> Vec<Line> {
        let kubeadm = programs::find("kubeadm");
        // It changes its root folder, which takes root's rights, or a user namespace.
        let mut command = match rustix::process::geteuid().is_root() {
            true => Command::new(kubeadm),
            false => {
                let mut command = Command::new(programs::find("unshare"));
                command.arg("--map-root-user").arg(kubeadm);
                command
            }
        };
        command.arg("--rootfs").arg(self.0.root());
        command.args(["certs", "check-expiration", "--config", "/check.yaml"]);
        let text = programs::finish(command, b"").expect_success();
        let mut lines = Vec::new();
        let mut columns = Vec::new();
        for line in text.lines().filter(|line| !line.is_empty()) {
            if line.starts_with("CERTIFICATE") {
                columns = ["EXPIRES", "RESIDUAL TIME", "CERTIFICATE AUTHORITY", "EXTERNALLY"]
                    .map(|title| line.rfind(title).filter(|at| *at > 0))
                    .to_vec();
                continue;
            }
            let end = line.len();
            let [Some(expires), Some(residual), authority, Some(external)] = columns[..] else {
                panic!("unknown columns in {text}");
            };
            let cell = |from: usize, to: usize| line.get(from..to).unwrap_or_default().trim();
            let name = cell(0, expires).to_owned();
            let missing = line.strip_prefix("!MISSING! ").map(|name| name.trim().to_owned());
            lines.push(Line {
                date: missing.is_none().then(|| cell(expires, residual).to_owned()),
                residual: cell(residual, authority.unwrap_or(external)).to_owned(),
                authority: authority.map(|at| cell(at, external).to_owned()),
                is_external: cell(external, end) == "yes",
                name: missing.unwrap_or(name),
            });
        }
        assert_eq!(lines.len(), 13, "{text}");
        lines
    }
}

/// As `duration.ShortHumanDuration` of apimachinery writes it.
fn residual(seconds: i64) -> String {
    const DAY: i64 = 86400;
    match seconds {
        ..-1 => "<invalid>".to_owned(),
        -1..60 => format!("{seconds}s"),
        60..3600 => format!("{}m", seconds / 60),
        3600..DAY => format!("{}h", seconds / 3600),
        _ if seconds < 365 * DAY => format!("{}d", seconds / DAY),
        _ => format!("{}y", seconds / (365 * DAY)),
    }
}
