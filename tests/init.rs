//! `kubepki init`: what it writes, from flags and from the tutorial's file, and that it applies.

use std::fs;

use kubepki_testkit::openssl;

use crate::{
    environment::{Environment, repository},
    golden,
};

#[test]
fn the_template_of_every_layout_applies_as_it_is() {
    for layout in ["hosts", "kubeadm", "hard-way"] {
        let environment = Environment::new();
        let output = environment.kubepki(&["init", "--layout", layout]);
        assert_eq!((output.code, output.stdout.as_str()), (Some(0), ""), "{output:#?}");
        golden::check("init/stderr.txt", &output.stderr);
        golden::check(&format!("init/template-{layout}.yaml"), &environment.read("cluster.yaml"));
        environment.apply();
        assert_eq!(environment.kubepki(&["plan", "--exit-code"]).code, Some(0), "{layout}");
    }
}

#[test]
fn the_tutorials_machines_become_a_spec_that_applies() {
    let environment = Environment::new();
    let machines = repository().join("examples/hard-way/machines.txt");
    fs::copy(machines, environment.path("machines.txt")).unwrap();
    environment.kubepki(&["init", "--machines", "machines.txt"]).expect_success();
    golden::check("init/machines.yaml", &environment.read("cluster.yaml"));
    environment.apply();
    let apiserver = environment.path("hosts/server/etc/kubernetes/pki/apiserver.crt");
    let text = openssl::text(&apiserver);
    assert!(text.contains("DNS:server.kubernetes.local, "), "{text}");
    assert!(environment.path("hosts/node-1/var/lib/kubelet/pki/kubelet.crt").exists());
}

#[test]
fn flags_become_a_spec_that_applies() {
    let environment = Environment::new();
    let mut args = vec!["init", "--name", "prod", "--endpoint", "lb.example.com:443"];
    args.extend(["--host", "cp-0=control-plane+etcd@10.0.0.10,fd00::10"]);
    args.extend(["--host", "node-0=worker@10.0.0.20"]);
    args.extend(["--service-cidr", "10.96.0.0/16", "--service-cidr", "fd00:96::/112"]);
    args.extend(["--key-algorithm", "ecdsa-p384"]);
    environment.kubepki(&args).expect_success();
    golden::check("init/flags.yaml", &environment.read("cluster.yaml"));
    environment.apply();
    let text = openssl::text(&environment.path("hosts/cp-0/etc/kubernetes/pki/apiserver.crt"));
    for name in ["DNS:lb.example.com", "IP Address:FD00:96:0:0:0:0:0:1", "(384 bit)"] {
        assert!(text.contains(name), "no {name} in {text}");
    }
}

#[test]
fn a_dry_run_prints_what_would_be_written_and_writes_nothing() {
    let environment = Environment::new();
    let printed = environment.kubepki(&["init", "--dry-run"]).expect_success();
    assert!(environment.snapshot().is_empty());
    environment.kubepki(&["init"]).expect_success();
    assert_eq!(printed, environment.read("cluster.yaml"));
}

#[test]
fn a_spec_goes_where_it_is_told() {
    let environment = Environment::new();
    fs::create_dir(environment.path("pki")).unwrap();
    let output = environment.kubepki(&["init", "--dir", "pki"]);
    assert!(output.stderr.starts_with("wrote `pki/cluster.yaml`\n"), "{output:#?}");
    let output = environment.kubepki(&["init", "-q", "--file", "other.yaml"]);
    assert_eq!((output.code, output.stderr.as_str()), (Some(0), ""), "{output:#?}");
    assert_eq!(environment.read("other.yaml"), environment.read("pki/cluster.yaml"));
    let names: Vec<_> = environment.snapshot().into_iter().map(|file| file.0).collect();
    assert_eq!(names, ["other.yaml", "pki", "pki/cluster.yaml"]);
}
