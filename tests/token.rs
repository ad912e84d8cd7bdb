//! `kubepki token bootstrap` and `token static`: no cluster is asked.

use std::os::unix::fs::PermissionsExt;

use kubepki_testkit::programs;

use crate::environment::Environment;

#[test]
fn a_bootstrap_token_lies_in_two_private_files_and_is_never_printed() {
    let environment = Environment::of_example("hard-way");
    environment.apply();
    std::fs::create_dir(environment.path("join")).unwrap();
    let output =
        environment.kubepki(&["token", "bootstrap", "--out", "join", "--expiration", "1h"]);
    assert!(output.succeeded(), "{}", output.stderr);
    let mut files: Vec<_> = std::fs::read_dir(environment.path("join"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let [kubeconfig, manifest] = &files[..] else { panic!("{files:?}") };
    for file in &files {
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o7777, 0o600);
    }
    let manifest = std::fs::read_to_string(manifest).unwrap();
    let field = |name: &str| {
        let line = manifest.lines().find_map(|line| line.trim().strip_prefix(name));
        line.unwrap_or_else(|| panic!("no {name} in\n{manifest}"))
            .trim_matches([' ', '"'])
            .to_owned()
    };
    let (id, secret) = (field("token-id:"), field("token-secret:"));
    assert_eq!((id.len(), secret.len()), (6, 16));
    assert!(!output.stdout.contains(&secret) && !output.stderr.contains(&secret));
    assert_eq!(field("type:"), "bootstrap.kubernetes.io/token");
    assert_eq!(field("namespace:"), "kube-system");
    assert_eq!(field("usage-bootstrap-authentication:"), "true");
    assert_eq!(field("auth-extra-groups:"), "system:bootstrappers:kubepki");
    assert!(field("expiration:").ends_with('Z'));
    assert_eq!(manifest.matches("kind: ClusterRoleBinding\n").count(), 3);

    let mut command = programs::command("kubectl");
    command.arg("--kubeconfig").arg(kubeconfig).args(["config", "view", "--raw", "--minify"]);
    command.args(["-o", "jsonpath={.users[0].user.token} {.clusters[0].cluster.server}"]);
    let seen = programs::finish(command, b"").expect_success();
    assert_eq!(seen, format!("{id}.{secret} https://server.kubernetes.local:6443"));

    let bad = environment.kubepki(&["token", "bootstrap", "--group", "system:masters"]);
    assert_eq!(bad.code, Some(2));
    let bad = environment.kubepki(&["token", "bootstrap", "--out", "absent"]);
    assert_eq!(bad.code, Some(1));
}

#[test]
fn a_static_token_is_a_line_of_csv_with_a_warning() {
    let environment = Environment::new();
    let output =
        environment.kubepki(&["token", "static", "ci", "--group", "dev", "--group", "o\"k"]);
    let line = output.stdout.strip_suffix('\n').unwrap();
    let (token, rest) = line.split_once(',').unwrap();
    assert!(token.len() == 40 && rest == "ci,ci,\"dev,o\"\"k\"", "{line}");
    assert!(
        output.stderr.starts_with("warning: a static token never expires"),
        "{}",
        output.stderr
    );
    for args in [
        &["token", "static", "ci", "--group", "system:masters"][..],
        &["token", "static", "system:admin"],
        &["token", "static", "a,b"],
        &["token", "static", "a\nb"],
        &["token", "static", ""],
    ] {
        let output = environment.kubepki(args);
        assert_eq!((output.code, output.stdout.as_str()), (Some(2), ""), "{args:?}");
    }
}
