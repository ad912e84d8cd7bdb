//! `kubepki config`: the flags follow the version and the layout, and systemd takes the units.

use std::{fs, os::unix::fs::PermissionsExt};

use kubepki_testkit::programs;
use serde_json::Value;

use crate::environment::Environment;

fn configuration(environment: &Environment) -> Value {
    let output = environment.kubepki(&["config", "-o", "json"]).expect_success();
    serde_json::from_str(&output).unwrap()
}

/// Host, program and argument of everything.
fn arguments(configuration: &Value) -> Vec<(String, String, String)> {
    let mut all = Vec::new();
    for host in configuration.as_array().unwrap() {
        for component in host["components"].as_array().unwrap() {
            for argument in component["arguments"].as_array().unwrap() {
                let text = |value: &Value| value.as_str().unwrap().to_owned();
                let argument_text =
                    format!("--{}={}", text(&argument["name"]), text(&argument["value"]));
                all.push((text(&host["host"]), text(&component["component"]), argument_text));
            }
        }
    }
    all
}

fn spec(more: &str) -> String {
    let text =
        fs::read_to_string(crate::environment::repository().join("examples/hard-way/cluster.yaml"));
    format!("{more}\n{}", text.unwrap())
}

#[test]
fn flags_come_and_go_with_the_version() {
    for (version, runtime_flag, remote, port, in_file) in [
        ("1.20", true, true, true, false),
        ("v1.22.17", true, true, true, false),
        ("1.23", true, true, false, false),
        ("1.24", true, false, false, false),
        ("1.26", true, false, false, false),
        ("1.27", false, false, false, true),
        ("1.36", false, false, false, true),
        ("1.99", false, false, false, true),
    ] {
        let environment = Environment::of_spec(&spec(&format!("kubernetesVersion: '{version}'")));
        let configuration = configuration(&environment);
        let all = arguments(&configuration);
        let has = |program: &str, flag: &str| {
            all.iter().any(|(_, of, argument)| of == program && argument.starts_with(flag))
        };
        assert_eq!(has("kubelet", "--container-runtime-endpoint="), runtime_flag, "{version}");
        assert_eq!(has("kubelet", "--container-runtime=remote"), remote, "{version}");
        assert_eq!(has("kube-scheduler", "--port=0"), port, "{version}");
        assert_eq!(has("kube-controller-manager", "--port=0"), port, "{version}");
        assert_eq!(
            configuration.to_string().contains("containerRuntimeEndpoint"),
            in_file,
            "{version}"
        );
        assert!(!all.iter().any(|(_, _, argument)| argument.starts_with("--insecure")));
    }
}

/// The kubeconfig is then where the kubelet writes its own, and it asks for its serving
/// certificate too: the apiserver trusts no other than the cluster's CA.
#[test]
fn secrets_of_the_spec_have_their_flags() {
    for (layout, config, bootstrap) in [
        (
            "hosts",
            "/etc/kubernetes/encryption-config.yaml",
            "/etc/kubernetes/bootstrap-kubelet.conf",
        ),
        (
            "hard-way",
            "/var/lib/kubernetes/encryption-config.yaml",
            "/var/lib/kubelet/bootstrap-kubelet.conf",
        ),
    ] {
        let text = spec("encryption: secretbox\nkubelets: bootstrap");
        let text = text.replace("layout: hosts", &format!("layout: {layout}"));
        let configuration = configuration(&Environment::of_spec(&text));
        let all = arguments(&configuration);
        let has = |host: &str, program: &str, argument: &str| {
            all.contains(&(host.to_owned(), program.to_owned(), argument.to_owned()))
        };
        let flag = format!("--encryption-provider-config={config}");
        assert!(has("server", "kube-apiserver", &flag), "{all:#?}");
        for node in ["node-0", "node-1"] {
            assert!(
                has(node, "kubelet", &format!("--bootstrap-kubeconfig={bootstrap}")),
                "{all:#?}"
            );
            assert!(has(node, "kubelet", "--kubeconfig=/etc/kubernetes/kubelet.conf"), "{all:#?}");
        }
        let text = configuration.to_string();
        assert!(
            text.contains("serverTLSBootstrap: true") && text.contains("rotateCertificates: true")
        );
        assert!(!text.contains("tlsCertFile"));
    }
    let without = arguments(&configuration(&Environment::of_spec(&spec(""))));
    let is_theirs = |argument: &str| {
        argument.contains("encryption-provider") || argument.contains("bootstrap-k")
    };
    assert!(!without.iter().any(|(_, _, argument)| is_theirs(argument)));
}

#[test]
fn every_file_that_is_named_is_one_that_the_host_gets() {
    for layout in ["hosts", "hard-way", "kubeadm"] {
        let mut text = spec("").replace("layout: hosts", &format!("layout: {layout}"));
        if layout == "kubeadm" {
            let (before, _) = text.split_once("hosts:\n  - name: server").unwrap();
            text = format!(
                "{before}hosts:\n  - {{name: server, roles: [control-plane, etcd, worker], addresses: [10.240.0.10]}}\n"
            );
        }
        let environment = Environment::of_spec(&text);
        let configuration = configuration(&environment);
        let mut seen = 0;
        for (host, program, argument) in arguments(&configuration) {
            let (flag, value) = argument.split_once('=').unwrap();
            if !value.starts_with('/') || matches!(flag, "--data-dir" | "--config") {
                continue;
            }
            seen += 1;
            let shown =
                environment.kubepki(&["host", "show", &host, "-o", "json"]).expect_success();
            assert!(
                shown.contains(&format!("\"{value}\"")),
                "{layout}: {program} of {host}: {argument}"
            );
        }
        assert!(seen > 20, "{layout}: {seen}");
    }
}

#[test]
fn what_the_operator_adds_wins_but_for_the_files() {
    let extra = "extraArgs: {kube-apiserver: {audit-log-maxage: 30, authorization-mode: RBAC}, kubelet: {rotate-server-certificates: true}}";
    let environment = Environment::of_spec(&spec(extra));
    let configuration = configuration(&environment);
    let all = arguments(&configuration);
    let apiserver: Vec<_> =
        all.iter().filter(|(_, of, _)| of == "kube-apiserver").map(|(_, _, it)| &**it).collect();
    assert!(apiserver.contains(&"--audit-log-maxage=30"));
    assert!(apiserver.contains(&"--authorization-mode=RBAC"));
    assert!(!apiserver.contains(&"--authorization-mode=Node,RBAC"));
    let text = configuration.to_string();
    assert!(text.contains("serverTLSBootstrap: true") && !text.contains("tlsCertFile"), "{text}");

    for (extra, message) in [
        (
            "extraArgs: {kube-apiserver: {tls-cert-file: /x}}",
            "`extraArgs.kube-apiserver.tls-cert-file` names a file of the PKI",
        ),
        ("extraArgs: {kubelet: {rotate-certificates: maybe}}", "neither `true` nor `false`"),
        ("extraArgs: {kube-dns: {a: b}}", "`kube-dns` is no component"),
        ("extraArgs: {etcd: {--a: b}}", "`--a` is no flag's name"),
        ("extraArgs: {etcd: {a: [b]}}", "expected the value of a flag"),
        ("extraArgs: {etcd: {a: \"b\\nc\"}}", "control character"),
        ("kubernetesVersion: '1.19'", "`1.19` is older than 1.20"),
    ] {
        let refused = Environment::of_spec(&spec(extra)).kubepki(&["config"]);
        assert_eq!(refused.code, Some(2), "{extra}: {}", refused.stderr);
        assert!(refused.stderr.contains(message), "{extra}: {}", refused.stderr);
        assert!(refused.stderr.contains("hint: "), "{extra}: {}", refused.stderr);
        assert_eq!(refused.stdout, "");
    }
    let unknown = Environment::of_spec(&spec("")).kubepki(&["config", "--host", "nobody"]);
    assert_eq!(unknown.code, Some(2));
    assert!(unknown.stderr.contains("the spec has no host `nobody`"), "{}", unknown.stderr);
}

#[test]
fn systemd_takes_the_units() {
    let environment =
        Environment::of_spec(&spec("extraArgs: {etcd: {log-level: \"a 100% $ 'b'\"}}"));
    environment.kubepki(&["config", "--out", "machines"]).expect_success();
    let again = environment.kubepki(&["config", "--out", "machines"]);
    assert_eq!(again.code, Some(2), "{}", again.stderr);
    let mut seen = 0;
    for host in ["server", "node-0"] {
        let root = environment.path(&format!("machines/{host}"));
        let units = root.join("etc/systemd/system");
        for entry in fs::read_dir(&units).unwrap() {
            let unit = entry.unwrap().file_name().into_string().unwrap();
            let program = root.join("usr/local/bin").join(unit.trim_end_matches(".service"));
            fs::create_dir_all(program.parent().unwrap()).unwrap();
            fs::write(&program, "#!/bin/sh\n").unwrap();
            fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
            // The units themselves, and not what they may depend on.
            let text = fs::read_to_string(units.join(&unit)).unwrap();
            let moved = text.replace("/usr/local/bin", program.parent().unwrap().to_str().unwrap());
            fs::write(units.join(&unit), moved).unwrap();
            let unit = units.join(&unit).into_os_string();
            let check = ["verify".into(), "--man=no".into(), "--recursive-errors=no".into(), unit];
            let output = programs::run("systemd-analyze", check);
            assert!(output.succeeded() && output.stderr.is_empty(), "{}", output.stderr);
            seen += 1;
        }
    }
    assert_eq!(seen, 6);
}

/// The flags against the files: a machine that has what `host` and `config` give it is without fault in
/// the eyes of `audit`, which knows neither.
#[test]
fn what_a_machine_gets_is_as_audit_wants_it() {
    for form in ["systemd", "static-pod"] {
        let environment = Environment::of_spec(&spec("encryption: secretbox"));
        environment.apply();
        fs::create_dir(environment.path("machines")).unwrap();
        for host in ["server", "node-0"] {
            let (archive, root) = (format!("{host}.tar.gz"), format!("machines/{host}"));
            environment.kubepki(&["host", "bundle", host, "-o", &archive]).expect_success();
            environment.kubepki(&["host", "install", &archive, "--root", &root]).expect_success();
        }
        environment.kubepki(&["config", "--form", form, "--out", "machines"]).expect_success();
        for (host, least) in [("server", 25), ("node-0", 5)] {
            let root = format!("machines/{host}");
            let audit = environment.kubepki(&["audit", "--root", &root, "-o", "json"]);
            let audit: Value = serde_json::from_str(&audit.expect_success()).unwrap();
            let findings = audit["findings"].as_array().unwrap();
            let severe = findings.iter().filter(|finding| finding["severity"] != "note");
            assert_eq!(severe.count(), 0, "{form}, {host}: {findings:#?}");
            assert!(audit["files"].as_array().unwrap().len() >= least, "{form}, {host}");
        }
    }
}
