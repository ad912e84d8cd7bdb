//! `/etc/kubernetes` as the real kubeadm makes it: nothing to mend, and from then on every verb works
//! on it; a real control plane runs on what they leave.

use kubepki_testkit::{ControlPlane, HostFiles, Ports, Setup, kubeadm, openssl};

use super::{adopt, defects};
use crate::{environment::Environment, golden};

const FOLDER: &str = "etc/kubernetes";

#[test]
fn kubeadms_folder_is_described_and_has_no_defect() {
    let environment = Environment::new();
    kubeadm::make_pki(environment.root(), 6443);
    adopt(&environment, FOLDER, &[]);
    assert_eq!(defects(&environment, FOLDER), [""; 0]);
    golden::check("adopt/kubeadm.yaml", &environment.read("etc/kubernetes/cluster.yaml"));
    let plan = environment.kubepki(&["plan", "--dir", FOLDER, "--exit-code"]).expect_success();
    assert_eq!(plan, "nothing to do: 15 entries match the spec\n");
}

#[test]
fn a_control_plane_runs_on_what_was_adopted_changed_and_renewed() {
    let ports = Ports::reserve();
    let port = ports.apiserver.number();
    let environment = Environment::new();
    kubeadm::make_pki(environment.root(), port);
    adopt(&environment, FOLDER, &["--service-cidr", "10.32.0.0/24"]);
    let authority = environment.read("etc/kubernetes/pki/ca.crt");
    let token_key = environment.read("etc/kubernetes/pki/sa.key");

    let spec = "etc/kubernetes/cluster.yaml";
    environment.edit(spec, "      - kubernetes\n", "      - api.example.com\n      - kubernetes\n");
    environment.edit(spec, "users: []", "users: [{name: jane, groups: [dev]}]");
    assert_eq!(
        environment.kubepki(&["plan", "--dir", FOLDER, "--exit-code"]).code,
        Some(3),
        "a change of the spec shows"
    );
    environment.kubepki(&["apply", "--dir", FOLDER]).expect_success();
    environment.kubepki(&["renew", "--dir", FOLDER, "--all"]).expect_success();
    assert_eq!(defects(&environment, FOLDER), [""; 0]);
    assert_eq!(authority, environment.read("etc/kubernetes/pki/ca.crt"));
    assert_eq!(token_key, environment.read("etc/kubernetes/pki/sa.key"));
    environment
        .kubepki(&["issue", "user", "joe", "--group", "dev", "--dir", FOLDER])
        .expect_success();
    let csr = environment.path("ann.csr");
    openssl::new_request(&environment.path("ann.key"), &csr, "/CN=ann", &[]);
    let sign = ["sign", "ann.csr", "--profile", "user", "--out", ".", "--dir", FOLDER];
    environment.kubepki(&sign).expect_success();

    let mut plane = ControlPlane::new(Setup::new(HostFiles::of_kubeadm(environment.root()), ports));
    plane.start();
    let served =
        openssl::connect(port, &environment.path("etc/kubernetes/pki/ca.crt"), "api.example.com");
    served.unwrap();
    let admin = environment.path("etc/kubernetes/admin.conf");
    plane.kubectl(&admin, &["get", "namespaces"]).expect_success();
    for (user, kubeconfig) in [("jane", "etc/kubernetes/users/jane.conf"), ("joe", "joe.conf")] {
        let asked = plane.kubectl(&environment.path(kubeconfig), &["get", "pods"]);
        assert!(asked.stderr.contains(&format!("User \"{user}\" cannot list")), "{}", asked.stderr);
    }
}

/// Who was in `system:masters` stays there; nobody new gets there by the spec alone.
#[test]
fn nobody_new_is_in_system_masters_without_the_flag() {
    let environment = Environment::new();
    kubeadm::make_pki(environment.root(), 6443);
    let said = adopt(&environment, FOLDER, &[]);
    assert!(said.contains("`user/admin`") && said.contains("system:masters"), "{said}");
    environment.kubepki(&["renew", "user/admin", "--dir", FOLDER]).expect_success();

    let spec = "etc/kubernetes/cluster.yaml";
    let before = environment.read(spec);
    let entry = "  - {name: user/eve, kubeconfig: eve.conf, commonName: eve, organizations: ['system:masters']}\n";
    let grown = "commonName: front-proxy-client\n    organizations: [x, 'system:masters']\n";
    for (changed, name) in [
        (before.clone() + entry, "user/eve"),
        (before.replace("commonName: front-proxy-client\n", grown), "front-proxy-client"),
    ] {
        assert_ne!(changed, before);
        environment.write(spec, &changed);
        for verb in [&["plan"][..], &["apply"], &["renew", name]] {
            let files = environment.snapshot();
            let output = environment.kubepki(&[verb, &["--dir", FOLDER]].concat());
            assert!(
                output.stderr.contains("--danger-system-masters"),
                "{verb:?}: {}",
                output.stderr
            );
            assert_eq!(output.code, Some(2));
            assert!(files == environment.snapshot());
        }
        let insist = ["plan", "--danger-system-masters", "--dir", FOLDER];
        environment.kubepki(&insist).expect_success();
    }
}
