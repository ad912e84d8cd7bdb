//! A real kubelet that has nothing but a bootstrap token gets its client certificate. It finds no
//! container runtime and so never starts to manage this machine.

use std::path::{Path, PathBuf};

use kubepki_testkit::{
    KeyedCertificate, Verification, openssl, ports::Port, process::Process, programs, wait_for,
};

use super::running::Cluster;

const NODE: &str = "node-9";

pub(super) fn a_token_gets_a_kubelet_its_certificate(cluster: &Cluster) {
    let folder = cluster.scratch("join");
    std::fs::create_dir(&folder).unwrap();
    let token = ["token", "bootstrap", "--file", "cluster.yaml", "--dir", "pki"];
    cluster
        .kubepki(&[&token[..], &["--expiration", "1h", "--out", "join"]].concat())
        .expect_success();
    let manifest = made(&folder, "bootstrap-token-");
    let bootstrap = made(&folder, "bootstrap-kubelet-");
    let apply = ["apply", "-f", manifest.to_str().unwrap()];

    // A token that the cluster does not know yet is nobody's.
    let stranger = cluster.plane.kubectl(&bootstrap, &["get", "csr"]).expect_failure();
    assert!(stranger.contains("Unauthorized") || stranger.contains("logged in"), "{stranger}");
    cluster.as_user("super-admin", &apply).expect_success();
    // It may ask for a certificate, and look at nothing.
    let refused = wait_for("the token", || {
        let said = cluster.plane.kubectl(&bootstrap, &["get", "nodes"]).expect_failure();
        if said.contains("Forbidden") { Ok(said) } else { Err(said) }
    });
    assert!(refused.contains(r#"User "system:bootstrap:"#), "{refused}");

    is_the_nodes(&folder, &bootstrap, &cluster.files.authority);

    // The kubeconfig that the kubelet wrote is that node's: RBAC and the Node authorizer know it.
    let kubelet = folder.join("kubelet.conf");
    let refused = cluster.plane.kubectl(&kubelet, &["get", "secrets"]).expect_failure();
    assert!(refused.contains(&format!(r#"User "system:node:{NODE}""#)), "{refused}");
    let node = format!("apiVersion: v1\nkind: Node\nmetadata: {{name: {NODE}}}\n");
    cluster.plane.kubectl_with_input(&kubelet, &["create", "-f", "-"], &node).expect_success();
}

/// A kubelet with this bootstrap kubeconfig gets a certificate that is its node's.
pub(super) fn is_the_nodes(folder: &Path, bootstrap: &Path, authority: &Path) {
    let pair = certificate_of_a_kubelet(folder, bootstrap);
    let subject = openssl::run(&[
        "x509",
        "-in",
        pair.certificate.to_str().unwrap(),
        "-noout",
        "-subject",
        "-nameopt",
        "RFC2253",
    ]);
    let subject = subject.expect_success();
    assert_eq!(subject.trim(), format!("subject=CN=system:node:{NODE},O=system:nodes"));
    openssl::verify(&Verification::of_client(&pair.certificate, authority)).unwrap();
}

/// Runs a kubelet until it has its certificate. It asks before it looks for its container runtime,
/// and ends for want of one.
fn certificate_of_a_kubelet(folder: &Path, bootstrap: &Path) -> KeyedCertificate {
    let port = Port::reserve();
    let below = |name: &str| folder.join(name).display().to_string();
    let mut kubelet = programs::command("kubelet");
    kubelet.current_dir(folder).env("HOME", folder);
    for (flag, value) in [
        ("bootstrap-kubeconfig", bootstrap.display().to_string()),
        ("kubeconfig", below("kubelet.conf")),
        ("cert-dir", below("certificates")),
        ("root-dir", below("kubelet")),
        ("volume-plugin-dir", below("plugins")),
        ("hostname-override", NODE.to_owned()),
        ("container-runtime", "remote".to_owned()),
        ("container-runtime-endpoint", format!("unix://{}", below("no-runtime.sock"))),
        ("address", "127.0.0.1".to_owned()),
        ("port", port.number().to_string()),
        ("healthz-port", "0".to_owned()),
        ("read-only-port", "0".to_owned()),
        ("fail-swap-on", "false".to_owned()),
    ] {
        kubelet.arg(format!("--{flag}={value}"));
    }
    let process = Process::start("kubelet", &kubelet, folder.join("kubelet.log"));
    let both = folder.join("certificates/kubelet-client-current.pem");
    // The kubeconfig comes after the certificate, and is the last that is wanted of it.
    wait_for("the kubelet's certificate", || {
        let done = both.exists() && folder.join("kubelet.conf").exists();
        if done { Ok(()) } else { Err(process.log_tail()) }
    });
    KeyedCertificate { certificate: both.clone(), key: both }
}

/// The one file of a folder whose name begins so.
fn made(folder: &Path, prefix: &str) -> PathBuf {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut found = entries.filter(|path| {
        path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(prefix))
    });
    let path = found.next().unwrap_or_else(|| panic!("no {prefix}* in {}", folder.display()));
    assert_eq!(found.next(), None);
    path
}
