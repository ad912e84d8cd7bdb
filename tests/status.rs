//! `kubepki status`: what it says of roots, files and servers, and that others who read the same
//! agree: openssl, kubeadm, promtool and the plan. The tables are in tests/golden/status/.

mod clock;
mod elsewhere;
mod formats;
mod kubeadm;
mod kubelet;
mod next;
mod servers;
mod trouble;

use kubepki_testkit::programs::{self, Output};
use serde_json::Value;

use crate::{clock::kubepki_at, environment::Environment, golden};

/// Of two hosts, and with a user whose certificate lives for three days.
const SPEC: &str = "\
apiVersion: kubepki/v1alpha1
kind: Cluster
name: demo
endpoint: api.demo.example:6443
serviceCIDRs: [10.32.0.0/24]
certificates:
  serviceAccountKeyAlgorithm: ecdsa-p256
hosts:
  - name: server
    roles: [control-plane, etcd]
    addresses: [10.240.0.10]
  - name: node-0
    roles: [worker]
    addresses: [10.240.0.20]
users:
  - name: jane
    groups: [dev, oncall]
    lifetime: 72h
";

const BEGIN: &str = "2026-01-01 00:00:00";

#[test]
fn the_hard_way_example_day_by_day() {
    let environment = Environment::of_example("hard-way");
    kubepki_at(BEGIN, &environment, &["apply"]).expect_success();
    let before = environment.snapshot();
    for (name, at, code) in [
        ("fresh", "2026-01-01", 0),
        ("jane-is-due", "2026-01-01T20:00:00Z", 3),
        ("all-are-due", "2026-12-10", 3),
        ("all-have-expired", "2027-03-01", 3),
        ("too-early", "2025-12-31", 3),
        ("the-cas-have-expired", "2036-01-01", 3),
    ] {
        let args = ["status", "--at", at];
        shows(name, 0, &environment.kubepki(&args));
        let check = environment.kubepki(&[&args[..], &["--check"]].concat());
        assert_eq!(check.code, Some(code), "{name}");
    }
    shows("copies", 0, &environment.kubepki(&["status", "--at", "2026-01-01", "-v"]));
    assert_eq!(environment.snapshot(), before, "it writes nothing");
}

#[test]
fn the_flat_layout_and_kubeadms() {
    let environment = Environment::of_example("hard-way");
    environment.edit("cluster.yaml", "layout: hosts", "layout: hard-way");
    kubepki_at(BEGIN, &environment, &["apply"]).expect_success();
    shows("flat", 0, &environment.kubepki(&["status", "--at", "2026-01-01"]));
    let environment = Environment::of_example("kubeadm");
    kubepki_at(BEGIN, &environment, &["apply"]).expect_success();
    shows("kubeadm", 0, &environment.kubepki(&["status", "--at", "2026-01-01"]));
}

#[test]
fn a_root_in_which_nothing_was_made() {
    let environment = Environment::of_spec(SPEC);
    shows("nothing-made", 3, &environment.kubepki(&["status", "--check"]));
}

#[test]
fn due_is_what_the_spec_or_the_option_says() {
    let environment = Environment::of_spec(SPEC);
    kubepki_at(BEGIN, &environment, &["apply"]).expect_success();
    let due = |args: &[&str]| -> Vec<String> {
        let status = status(&environment, args);
        let due = entries(&status).iter().filter(|entry| entry["status"] == "due");
        due.map(|entry| entry["entry"].as_str().unwrap().to_owned()).collect()
    };
    // In its last third, where that is later than 30 days before its end.
    assert_eq!(due(&["--at", "2026-01-02T23:59:59Z"]), [""; 0]);
    assert_eq!(due(&["--at", "2026-01-03T00:10:00Z"]), ["user/jane"]);
    assert_eq!(due(&["--at", "2026-01-01", "--within", "73h"]), ["user/jane"]);
    assert_eq!(due(&["--at", "2026-01-01", "--within", "71h"]), [""; 0]);
    // The CAs, by the same option.
    assert_eq!(due(&["--at", "2035-12-01", "--within", "1d"]), [""; 0]);
    let authorities = ["ca", "etcd-ca", "front-proxy-ca"];
    assert_eq!(due(&["--at", "2035-12-01"]), authorities);
    assert!(due(&["--at", "2026-01-01", "--within", "3650d"]).len() > 15);
}

#[test]
fn what_cannot_be_asked_is_said() {
    let environment = Environment::new();
    for (args, said) in [
        (&["status"][..], "there is no spec at `cluster.yaml`"),
        (&["status", "--path", "nowhere"], "there is no such file or folder"),
        (&["status", "--path", ".", "--dir", "nowhere"], "cannot read the root `nowhere`"),
        (&["status", "--kubeconfig", "nowhere"], "there is no such file or folder"),
        (&["status", "--path", ".", "-f", "no.yaml"], "there is no spec at `no.yaml`"),
        (&["status", "--endpoint", "server"], "is no HOST:PORT"),
        (&["status", "--at", "tomorrow"], "write a day"),
        (&["status", "--at", "9999-12-31"], "and 9999-12-30 22:00:00Z"),
        (&["status", "--within", "1 month"], "more than one length"),
        (&["status", "--within", "99999999d"], "longer than 100 years"),
        (&["status", "--timeout", "0s"], "`0s` is no duration: it is not more than 0s"),
        (&["status", "--textfile", "a.prom", "-o", "json"], "cannot be used with"),
    ] {
        let output = environment.kubepki(args);
        assert_eq!(output.code, Some(2), "{args:?}: {output:#?}");
        assert!(output.stderr.contains(said), "{args:?}: {}", output.stderr);
        assert_eq!(output.stdout, "", "{args:?}");
    }
}

#[test]
fn a_root_that_was_named_is_not_passed_over() {
    let environment = Environment::of_spec(SPEC);
    environment.apply();
    environment.write("other/README", "\n");
    let shown = |args: &[&str]| {
        let ca = ["status", "--path", "authorities/ca.crt"];
        let output = environment.kubepki(&[&ca[..], args].concat());
        let lines = output.stdout.lines().filter(|line| line.ends_with("  ok")).count();
        (output.code, lines, output.stderr)
    };
    let (code, lines, said) = shown(&["--dir", "other"]);
    assert_eq!((code, lines), (Some(0), 1));
    assert!(said.contains("warning: there is no spec in `other`"), "{said}");
    let (code, lines, said) = shown(&["--dir", "othr", "--check"]);
    assert_eq!((code, lines), (Some(2), 0));
    assert!(said.contains("there is no such folder"), "{said}");
    // The working folder was named by nobody.
    environment.write("other/ca.crt", &environment.read("authorities/ca.crt"));
    let mut command = environment.command(&["status", "--path", "ca.crt"]);
    command.current_dir(environment.path("other"));
    let output = programs::finish(command, b"");
    assert_eq!((output.code, output.stderr.as_str()), (Some(0), ""), "{output:#?}");
}

/// `kubepki status -o json` with more options.
fn status(environment: &Environment, args: &[&str]) -> Value {
    let args = [&["status", "-o", "json"], args].concat();
    serde_json::from_str(&environment.kubepki(&args).expect_success()).unwrap()
}

fn entries(status: &Value) -> &Vec<Value> {
    status["entries"].as_array().unwrap()
}

/// Compares stdout, then stderr, with `tests/golden/status/<name>.txt`.
#[track_caller]
fn shows(name: &str, code: i32, output: &Output) {
    assert_eq!(output.code, Some(code), "{output:#?}");
    let wide: Vec<_> = output.stdout.lines().filter(|line| line.chars().count() > 80).collect();
    assert!(wide.is_empty(), "wider than 80 columns: {wide:#?}");
    golden::check(&format!("status/{name}.txt"), &format!("{}{}", output.stdout, output.stderr));
}
