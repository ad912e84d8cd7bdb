//! Every command of docs/kubeadm.md and docs/migrating-from-cfssl.md, as it stands, on folders that
//! the real kubeadm and the real cfssl made.

use std::fs;

use kubepki_testkit::{
    Network, kubeadm,
    network::OPERATOR,
    programs::{self, Output},
};

use super::rig::{OPERATORS, cannot_run};
use crate::environment::{Environment, repository};

/// The commands of a page: its blocks of `sh`.
pub(super) fn commands(page: &str) -> String {
    let page = fs::read_to_string(repository().join("docs").join(page)).unwrap();
    page.split("```sh\n").skip(1).map(|block| block.split("```").next().unwrap()).collect()
}

/// Runs a page's commands in `folder` on a machine of their own, after `prepare`.
fn run(page: &str, environment: &Environment, folder: &str, prepare: &str) -> Option<Output> {
    if let Some(reason) = Network::missing() {
        cannot_run(page, &reason);
        return None;
    }
    let network = Network::new(&[], &OPERATORS, environment.root());
    let kubepki = env!("CARGO_BIN_EXE_kubepki");
    let commands = commands(page);
    let mut shell = network.command(OPERATOR, "bash");
    shell.args([
        "-euxc",
        &format!("ln -sf {kubepki} /usr/local/bin/\n{prepare}\ncd {folder}\n{commands}"),
    ]);
    shell.env("HOME", "/root");
    Some(programs::finish(shell, b""))
}

#[test]
fn kubeadms_folder_is_taken_over() {
    let environment = Environment::new();
    kubeadm::make_pki(environment.root(), 6443);
    let shared = environment.root().display();
    let prepare = format!("cp -a {shared}/etc/kubernetes /etc/");
    let Some(output) = run("kubeadm.md", &environment, "/", &prepare) else { return };
    assert!(output.succeeded(), "{}\n{}", output.stdout, output.stderr);
    for text in
        ["kube-apiserver", "+DNS:api.example.com", "OnCalendar", "x509_cert_not_after", "CN=jane"]
    {
        assert!(output.stdout.contains(text), "no {text} in {}", output.stdout);
    }
}

#[test]
fn cfssls_folder_is_taken_over() {
    let environment = Environment::new();
    let script = repository().join("tests/adopt/cfssl.sh");
    let folder = environment.path("pki");
    let arguments = [script.into_os_string(), folder.clone().into_os_string()];
    programs::run("bash", arguments).expect_success();
    let folder = folder.display().to_string();
    let Some(output) = run("migrating-from-cfssl.md", &environment, &folder, "true") else {
        return;
    };
    assert!(output.succeeded(), "{}\n{}", output.stdout, output.stderr);
    for text in ["+DNS:kubernetes.default.svc.cluster.local", "nothing to do"] {
        assert!(output.stdout.contains(text), "no {text} in {}", output.stdout);
    }
}
