//! The rig itself, proven on PKIs that kubeadm and the tutorial's programs made: what fails with
//! ours and not with these is ours to mend.

use std::net::Ipv4Addr;
use std::panic::{AssertUnwindSafe, catch_unwind};

use kubepki_testkit::{
    Component, ControlPlane, HostFiles, KeyedCertificate, Ports, Setup, kubeadm, openssl, tutorial,
};

/// One test of many things, because the start is what takes the time.
#[test]
fn a_control_plane_starts_from_kubeadms_files() {
    let root = tempfile::tempdir().unwrap();
    let ports = Ports::reserve();
    kubeadm::make_pki(root.path(), ports.apiserver.number());
    let files = HostFiles::of_kubeadm(root.path());
    let mut plane = ControlPlane::new(Setup::new(files.clone(), ports));
    plane.start();

    let admin = root.path().join("etc/kubernetes/admin.conf");
    let namespaces = plane.kubectl(&admin, &["get", "namespaces", "-o", "name"]).expect_success();
    assert!(namespaces.lines().any(|line| line == "namespace/kube-system"), "{namespaces}");
    let object = r#"{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "made"}}"#;
    plane.kubectl_with_input(&admin, &["create", "-f", "-"], object).expect_success();

    for component in [Component::ControllerManager, Component::Scheduler] {
        let ask = ["-n", "kube-system", "get", "lease", component.program()];
        let seen = plane.kubectl(&admin, &[&ask[..], &["-o", "yaml"]].concat()).expect_success();
        assert!(seen.contains(&plane.wait_for_lease(component)), "{seen}");
    }
    let denied = plane.kubectl(&files.scheduler_kubeconfig, &["get", "secrets"]).expect_failure();
    assert!(denied.contains("Forbidden"), "{denied}");

    let etcd = files.etcd.as_ref().unwrap();
    let list = ["member", "list"];
    let members = plane.etcdctl(Some(&etcd.apiserver_client), &list).expect_success();
    assert!(members.contains("server"), "{members}");
    // etcdctl says no more than that it waited in vain; etcd's log says why.
    let etcd_log = || plane.process(Component::Etcd).log();
    assert!(!etcd_log().contains("didn't provide a certificate"));
    plane.etcdctl(None, &list).expect_failure();
    assert!(etcd_log().contains("didn't provide a certificate"), "{}", etcd_log());
    plane.etcdctl(Some(&files.apiserver_kubelet_client), &list).expect_failure();
    assert!(etcd_log().contains("certificate signed by unknown authority"), "{}", etcd_log());

    let port = plane.setup().ports.apiserver.number();
    openssl::connect(port, &files.authority, "kubernetes").unwrap();
    openssl::connect(port, &files.authority, "elsewhere").unwrap_err();
    openssl::connect(port, &etcd.authority, "kubernetes").unwrap_err();

    // A restart keeps the data and reads the files anew.
    plane.start_component(Component::Apiserver);
    plane.wait_for_apiserver();
    plane.kubectl(&admin, &["get", "namespace", "made"]).expect_success();
}

/// Without TLS for etcd and without front-proxy certificates, on all addresses.
#[test]
fn a_control_plane_starts_from_the_tutorials_files() {
    let root = tempfile::tempdir().unwrap();
    let ports = Ports::reserve();
    tutorial::make_pki(root.path(), ports.apiserver.number());
    let files = HostFiles::of_tutorial(root.path());
    let bind_address = Ipv4Addr::UNSPECIFIED.into();
    let mut plane = ControlPlane::new(Setup { bind_address, ..Setup::new(files, ports) });
    plane.start();

    let kubeconfig = |name: &str| root.path().join(name).with_extension("kubeconfig");
    plane.kubectl(&kubeconfig("admin"), &["get", "namespaces"]).expect_success();
    // Every kubelet may read every Node; NodeRestriction lets it write its own alone.
    let register = |node: &str| {
        let object = format!("apiVersion: v1\nkind: Node\nmetadata: {{name: {node}}}\n");
        plane.kubectl_with_input(&kubeconfig("node-0"), &["create", "-f", "-"], &object)
    };
    register("node-0").expect_success();
    let other = register("node-1").expect_failure();
    assert!(other.contains("Forbidden") && other.contains("node-1"), "{other}");
}

#[test]
fn missing_files_are_all_named_before_anything_starts() {
    let root = tempfile::tempdir().unwrap();
    let files = HostFiles { etcd: None, ..HostFiles::of_host(root.path()) };
    let files = HostFiles { apiserver: KeyedCertificate::at("/etc/hostname"), ..files };
    let setup = AssertUnwindSafe(Setup::new(files, Ports::reserve()));
    let panic = catch_unwind(|| ControlPlane::new({ setup }.0)).unwrap_err();
    let message = panic.downcast::<String>().unwrap();
    for name in ["pki/ca.crt", "pki/sa.pub", "/etc/hostname.key", "scheduler.conf"] {
        assert!(message.contains(name), "{name} is not in {message}");
    }
    assert!(!message.contains("etcd"), "{message}");
}
