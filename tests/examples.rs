//! The library examples run and do what they say.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};

use kubepki_testkit::{
    openssl,
    programs::{self, Output},
};

use crate::environment::{Environment, repository};

#[test]
fn bootstrap_makes_and_lists_every_file_of_the_hard_way() {
    let environment = Environment::of_example("hard-way");
    let said = example("bootstrap", &[environment.root()], "").expect_success();
    assert_eq!(said.lines().count(), 49, "{said}");
    for line in said.lines() {
        let mode = fs::metadata(environment.path(line)).unwrap().permissions().mode();
        assert!([0o600, 0o644].contains(&(mode & 0o7777)), "{line}: {mode:o}");
    }
    // The command takes it from there.
    assert_eq!(environment.kubepki(&["plan", "--exit-code"]).code, Some(0));
}

#[test]
fn renew_renews_what_is_due_and_names_its_hosts() {
    let environment = Environment::of_example("hard-way");
    environment.edit("cluster.yaml", "lifetime: 365d", "lifetime: 40d");
    environment.apply();
    assert_eq!(example("renew", &[environment.root()], "").expect_success(), "");
    environment.edit("cluster.yaml", "renewBefore: 30d", "renewBefore: 60d");
    environment.edit("cluster.yaml", "lifetime: 40d", "lifetime: 365d");
    let said = example("renew", &[environment.root()], "").expect_success();
    for host in ["server: ", "node-0: ", "node-1: "] {
        assert!(said.lines().any(|line| line.starts_with(host)), "{said}");
    }
}

#[test]
fn issue_prints_a_kubeconfig_that_the_cluster_would_take() {
    let environment = Environment::of_example("hard-way");
    environment.apply();
    let carol = [environment.root(), Path::new("carol")];
    let kubeconfig = example("issue", &carol, "").expect_success();
    environment.write("carol.conf", &kubeconfig);
    let carol = environment.path("carol.conf");
    let shown = programs::run(
        "kubectl",
        [
            "config",
            "view",
            "--raw",
            "-o=jsonpath={.users[0].user.client-certificate-data}",
            "--kubeconfig",
            &carol.display().to_string(),
        ],
    );
    let certificate = programs::finish(base64_decode(), shown.expect_success().as_bytes());
    environment.write("carol.crt", &certificate.expect_success());
    let text = openssl::text(&environment.path("carol.crt"));
    assert!(text.contains("Subject: O = kubepki:cluster-admins, CN = carol"), "{text}");
}

#[test]
fn sign_csr_takes_the_key_and_nothing_else() {
    let environment = Environment::new();
    let key = environment.path("jane.key").display().to_string();
    let request = programs::run(
        "openssl",
        [
            "req",
            "-new",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-keyout",
            &key,
            "-subj",
            "/O=system:masters/CN=jane",
        ],
    );
    let signed = example("sign_csr", &[], &request.expect_success());
    assert!(signed.stderr.contains("asked for: O=system:masters, CN=jane"), "{}", signed.stderr);
    environment.write("jane.crt", &signed.expect_success());
    let certificate = environment.path("jane.crt");
    assert!(openssl::text(&certificate).contains("Subject: O = dev, O = oncall, CN = jane"));
    assert!(openssl::key_matches(Path::new(&key), &certificate));
}

fn example(name: &str, args: &[&Path], input: &str) -> Output {
    // `cargo test --test tests` alone does not build the examples.
    let mut build = Command::new(env!("CARGO"));
    build.args(["build", "--quiet", "--offline", "--package", "kubepki", "--examples"]);
    programs::finish(build, b"").expect_success();
    let tests = std::env::current_exe().unwrap();
    let program: PathBuf = tests.parent().unwrap().parent().unwrap().join("examples").join(name);
    let mut command = Command::new(program);
    command.args(args).current_dir(repository());
    programs::finish(command, input.as_bytes())
}

fn base64_decode() -> Command {
    let mut command = programs::command("base64");
    command.arg("-d");
    command
}
