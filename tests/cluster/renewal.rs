//! Everything is renewed under a running control plane: nobody notices, and it starts again from the
//! renewed files.

use std::{
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

use kubepki_testkit::{Component, process, programs};

use super::running::Cluster;

/// v1.20 looks at its files once a minute.
const DEADLINE: Duration = Duration::from_secs(100);

pub(super) fn happens_under_a_running_control_plane(cluster: &Cluster) {
    let old = cluster.scratch("old-admin.conf");
    std::fs::copy(cluster.user("admin"), &old).unwrap();
    let apiserver = cluster.plane.setup().ports.apiserver.number();
    let etcd = cluster.plane.setup().ports.etcd_client.number();
    let etcd_files = cluster.files.etcd.as_ref().unwrap();
    let before = served(apiserver);
    assert_eq!(before, of_file(&cluster.files.apiserver.certificate));
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let client = scope.spawn(|| calls(cluster, &old, &done));
        let renew = ["renew", "--all", "--file", "cluster.yaml", "--dir", "etc/kubernetes"];
        let renewed = cluster.kubepki(&[&renew[..], &["-o", "json"]].concat());
        let reloaded = [
            ("the new etcd certificate", etcd, of_file(&etcd_files.server.certificate)),
            ("the new certificate", apiserver, of_file(&cluster.files.apiserver.certificate)),
        ]
        .map(|(what, port, wanted)| {
            process::poll(DEADLINE, || match served(port) {
                now if now == wanted => Ok(()),
                now => Err(format!("{what} is not served, but {now}")),
            })
        });
        // The old certificate of a client, and the new one.
        let renewed_admin = cluster.as_user("admin", &["get", "namespaces"]);
        done.store(true, Ordering::Relaxed);
        let (count, failures) = client.join().unwrap();
        let said = renewed.expect_success();
        for component in ["kube-controller-manager", "kube-scheduler", "kubelet"] {
            assert!(said.contains(component), "{component} has to be restarted: {said}");
        }
        assert_eq!(reloaded, [Ok(()), Ok(())]);
        renewed_admin.expect_success();
        assert!(count > 20, "{count} calls only");
        assert!(failures.is_empty(), "{} of {count} calls failed: {failures:#?}", failures.len());
    });
    assert_ne!(served(apiserver), before);
    for component in [Component::Apiserver, Component::Etcd] {
        assert_eq!(cluster.plane.process(component).exit_status(), None);
    }
}

/// The API has `batch/v1beta1` at v1.20; it is asked whether it would take the job.
pub(super) fn a_cron_job_is_accepted(cluster: &Cluster) {
    let print = [
        "renew",
        "--print-timer",
        "cron",
        "--kubernetes-version",
        "v1.20",
        "--dir",
        "etc/kubernetes",
    ];
    let manifest = cluster.kubepki(&print).expect_success();
    let admin = cluster.user("super-admin");
    for kind in ["client", "server"] {
        let create = ["create", &format!("--dry-run={kind}"), "-f", "-"];
        let said = cluster.plane.kubectl_with_input(&admin, &create, &manifest).expect_success();
        assert!(said.contains("cronjob.batch/kubepki-renew created"), "{said}");
    }
}

/// Calls the apiserver until it is `done`, each time anew; how often, and what went wrong.
fn calls(cluster: &Cluster, kubeconfig: &Path, done: &AtomicBool) -> (usize, Vec<String>) {
    let (mut count, mut failures) = (0, Vec::new());
    while !done.load(Ordering::Relaxed) {
        count += 1;
        let call = cluster.plane.kubectl(kubeconfig, &["get", "namespaces", "default"]);
        if !call.succeeded() {
            failures.push(call.stderr);
        }
    }
    (count, failures)
}

/// The serial number of the certificate that is served at a port.
fn served(port: u16) -> String {
    let mut command = programs::command("openssl");
    command.args(["s_client", "-connect", &format!("127.0.0.1:{port}")]);
    let said = programs::finish(command, b"").stdout;
    let mut command = programs::command("openssl");
    command.args(["x509", "-noout", "-serial"]);
    programs::finish(command, said.as_bytes()).stdout
}

fn of_file(certificate: &Path) -> String {
    let mut command = programs::command("openssl");
    command.args(["x509", "-noout", "-serial", "-in"]).arg(certificate);
    programs::finish(command, b"").expect_success()
}
