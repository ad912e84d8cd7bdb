//! `kubepki rotate encryption-key`: every step by itself, its order, and what it refuses. What an
//! apiserver makes of it is a test of `cluster`.

use std::os::unix::fs::PermissionsExt;

use crate::environment::Environment;

const SOURCE: &str = "authorities/encryption-config.yaml";
const COPIES: [&str; 2] = [
    "hosts/a/etc/kubernetes/encryption-config.yaml",
    "hosts/b/etc/kubernetes/encryption-config.yaml",
];
const SPEC: &str = "\
apiVersion: kubepki/v1alpha1
kind: Cluster
name: demo
endpoint: api.demo.example
serviceCIDRs: [10.32.0.0/24]
encryption: secretbox
certificates: {serviceAccountKeyAlgorithm: ecdsa-p256}
hosts:
- {name: a, roles: [control-plane, etcd], addresses: [10.240.0.10]}
- {name: b, roles: [control-plane], addresses: [10.240.0.11]}
- {name: c, roles: [worker], addresses: [10.240.0.12]}
";

fn rotate(environment: &Environment, arguments: &[&str]) -> kubepki_testkit::Output {
    environment.kubepki(&[&["rotate", "encryption-key"][..], arguments].concat())
}

/// The secrets of a configuration, in its order.
fn secrets(text: &str) -> Vec<&str> {
    let lines = text.lines().filter_map(|line| line.trim().strip_prefix("secret: \""));
    lines.map(|line| line.trim_end_matches('"')).collect()
}

#[test]
fn goes_step_by_step_and_says_what_is_next() {
    let environment = Environment::of_spec(SPEC);
    environment.apply();
    let shown = rotate(&environment, &[]);
    assert!(shown.stdout.contains("key1  secretbox  encrypts and decrypts\n"), "{}", shown.stdout);
    assert!(shown.stderr.contains("rotate encryption-key add"), "{}", shown.stderr);
    let first = environment.read(SOURCE);
    let old = secrets(&first)[0];

    for (step, more, order, next) in [
        ("add", None, &["key1", "key2"][..], "rotate encryption-key promote"),
        ("promote", None, &["key2", "key1"], "rotate encryption-key drop --secrets-rewritten"),
        ("drop", Some("--secrets-rewritten"), &["key2"], ""),
    ] {
        let arguments: Vec<_> = std::iter::once(step).chain(more).collect();
        let before = environment.snapshot();
        let dry = rotate(&environment, &[&arguments[..], &["--dry-run"]].concat());
        assert_eq!(environment.snapshot(), before, "{step}");
        let done = rotate(&environment, &arguments);
        assert_eq!(done.stdout.replace("done:", "plan:"), dry.expect_success(), "{step}");
        assert!(done.stdout.ends_with("done: 3 files\n"), "{}", done.stdout);
        assert!(done.stderr.contains("kube-apiserver"), "{}", done.stderr);
        assert!(done.stderr.contains("host push <host>"), "{}", done.stderr);
        assert!(done.stderr.contains(next), "{}", done.stderr);
        let text = environment.read(SOURCE);
        let names = text.lines().filter_map(|line| line.trim().strip_prefix("- name: \""));
        assert!(names.map(|line| line.trim_end_matches('"')).eq(order.iter().copied()), "{step}");
        for copy in COPIES {
            assert_eq!(environment.read(copy), text);
            let mode = std::fs::metadata(environment.path(copy)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        for said in [&done.stdout, &done.stderr] {
            assert!(secrets(&text).iter().all(|secret| !said.contains(secret)), "{said}");
            assert!(said.lines().all(|line| line.len() <= 80), "{said}");
        }
    }
    assert!(!environment.read(SOURCE).contains(old));
    // All that is a plan's business is as it was.
    environment.kubepki(&["plan", "--exit-code"]).expect_success();
    // The last step can be taken back like anything else.
    environment.kubepki(&["undo"]).expect_success();
    assert!(environment.read(SOURCE).contains(old));
}

#[test]
fn refuses_a_step_that_is_not_the_next() {
    let environment = Environment::of_spec(SPEC);
    environment.apply();
    let refused = |arguments: &[&str], wanted: &str| {
        let before = environment.snapshot();
        let output = rotate(&environment, arguments);
        assert_eq!(output.code, Some(1), "{}", output.stderr);
        assert!(output.stderr.contains(wanted), "{}", output.stderr);
        assert!(output.stderr.contains("hint: "), "{}", output.stderr);
        assert_eq!(environment.snapshot(), before);
    };
    refused(&["drop", "--secrets-rewritten"], "cannot drop a key: there is one key");
    refused(&["promote"], "cannot promote a key: there is one key");
    rotate(&environment, &["add"]).expect_success();
    refused(&["add"], "cannot add a key: the newest key has been added");
    refused(&["drop", "--secrets-rewritten"], "cannot drop a key: the newest key has been added");
    rotate(&environment, &["promote"]).expect_success();
    refused(&["promote"], "cannot promote a key: the newest key writes");
    // What nobody says was written again.
    refused(&["drop"], "kubectl get secrets -A -o json | kubectl replace -f -");
}

#[test]
fn begins_nothing_on_files_that_are_not_well() {
    let refused = |environment: &Environment, wanted: &str| {
        let before = environment.snapshot();
        let output = rotate(environment, &["add"]);
        assert_eq!(output.code, Some(1), "{}", output.stderr);
        assert!(output.stderr.contains(wanted), "{}", output.stderr);
        assert_eq!(environment.snapshot(), before);
    };
    let environment = Environment::of_spec(SPEC);
    let shown = rotate(&environment, &[]).expect_failure();
    assert!(shown.contains("there is no `authorities/encryption-config.yaml`"), "{shown}");
    environment.apply();
    let good = environment.read(SOURCE);
    let secret = secrets(&good)[0];
    for (bad, wanted) in [
        (good.replacen("key1", "key:1", 1), "the name of key 1"),
        (good.replacen(secret, "AAAA", 1), "the key `key1` has 3 octets"),
        (good.replacen("secretbox", "kms", 1), "which kubepki does not make"),
        (good[..good.len() / 2].to_owned(), "no EncryptionConfiguration"),
        (String::new(), "no EncryptionConfiguration"),
        ("[".repeat(100_000), "no EncryptionConfiguration"),
    ] {
        environment.write(SOURCE, &bad);
        refused(&environment, wanted);
        let plan = environment.kubepki(&["plan"]);
        assert!(plan.stdout.contains("refuse"), "{}", plan.stdout);
        let apply = environment.kubepki(&["apply"]);
        assert_eq!(apply.code, Some(1));
        for output in [plan, apply] {
            assert!(!output.stdout.contains(secret) && !output.stderr.contains(secret));
        }
    }
    environment.write(SOURCE, &good);
    environment.write(COPIES[1], "other");
    refused(&environment, "is not a copy of");
    environment.apply();
    assert_eq!(environment.read(COPIES[1]), good);

    environment.edit("cluster.yaml", "encryption: secretbox\n", "");
    refused(&environment, "the spec has no `encryption`");
}

#[test]
fn prints_for_programs_too() {
    let environment = Environment::of_spec(SPEC);
    environment.apply();
    let output = rotate(&environment, &["add", "-o", "json"]).expect_success();
    let found: serde_json::Value = serde_json::from_str(&output).unwrap();
    assert_eq!((&found["phase"], &found["next"]), (&"added".into(), &"promote".into()));
    assert_eq!(found["keys"][1]["name"], "key2");
    assert_eq!(found["keys"][1]["provider"], "secretbox");
    assert_eq!(found["files"].as_array().unwrap().len(), 3);
    assert_eq!(found["afterwards"]["hosts"][1]["restart"], serde_json::json!(["kube-apiserver"]));
    assert!(secrets(&environment.read(SOURCE)).iter().all(|secret| !output.contains(secret)));
}

#[test]
fn a_new_provider_in_the_spec_comes_with_the_next_key() {
    let environment = Environment::of_spec(SPEC);
    environment.apply();
    environment.edit("cluster.yaml", "secretbox", "aesgcm");
    let before = environment.read(SOURCE);
    environment.apply();
    assert_eq!(environment.read(SOURCE), before);
    rotate(&environment, &["add"]).expect_success();
    rotate(&environment, &["promote"]).expect_success();
    let shown = rotate(&environment, &[]).expect_success();
    assert!(
        shown.contains("key2  aesgcm     encrypts and decrypts\n  key1  secretbox  decrypts\n"),
        "{shown}"
    );
}
