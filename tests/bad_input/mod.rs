//! Bad input: each gives one error that names the place, and a hint; nothing is printed as a
//! result and no file changes. What is said is in tests/golden/bad-input/.

mod arguments;
mod credentials;
mod root;
mod spec;
mod text;

use kubepki_testkit::programs::Output;

use crate::{environment::Environment, golden};

/// Wrong usage or bad input.
const USAGE: i32 = 2;
/// The work failed.
const FAILED: i32 = 1;

/// A small cluster whose keys are cheap.
const SPEC: &str = "\
apiVersion: kubepki/v1alpha1
kind: Cluster
name: demo
endpoint: api.demo.example:6443
domain: cluster.local
serviceCIDRs: [10.32.0.0/24]
layout: hosts
csrSigning: true
certificates:
  keyAlgorithm: ecdsa-p256
  serviceAccountKeyAlgorithm: ecdsa-p256
  lifetime: 365d
  caLifetime: 3650d
  renewBefore: 30d
  apiserverSANs: [203.0.113.10]
hosts:
  - name: server
    roles: [control-plane, etcd]
    addresses: [10.240.0.10]
  - name: node-0
    roles: [worker]
    addresses: [10.240.0.20]
    podCIDR: 10.200.0.0/24
users:
  - name: admin
    groups: [kubepki:cluster-admins]
  - name: jane
    groups: [dev, oncall]
    lifetime: 24h
";

/// Runs the command, which has to refuse, and compares what it says.
#[track_caller]
fn refuses(name: &str, code: i32, environment: &Environment, args: &[&str]) {
    let before = environment.snapshot();
    let output = environment.kubepki(args);
    is_unchanged(&before, &environment.snapshot());
    is_refusal(name, code, &output);
}

/// Names the files that differ, and not their bytes.
#[track_caller]
fn is_unchanged(before: &[(String, u32, Vec<u8>)], after: &[(String, u32, Vec<u8>)]) {
    let only_in = |these: &[(String, u32, Vec<u8>)], those: &[(String, u32, Vec<u8>)]| -> Vec<_> {
        these.iter().filter(|file| !those.contains(file)).map(|file| file.0.clone()).collect()
    };
    assert_eq!((only_in(before, after), only_in(after, before)), (vec![], vec![]), "files changed");
}

/// What every refusal looks like.
#[track_caller]
fn is_refusal(name: &str, code: i32, output: &Output) {
    assert_eq!(output.code, Some(code), "{output:#?}");
    assert_eq!(output.stdout, "", "a result beside an error");
    let beginning =
        |word: &str| output.stderr.lines().filter(|line| line.starts_with(word)).count();
    assert_eq!(beginning("error: "), 1, "{}", output.stderr);
    assert!(output.stderr.starts_with("error: "), "{}", output.stderr);
    assert!(beginning("hint: ") >= 1, "{}", output.stderr);
    assert!(!output.stderr.contains('\u{1b}'), "{}", output.stderr);
    golden::check(&format!("bad-input/{name}.txt"), &output.stderr);
}
