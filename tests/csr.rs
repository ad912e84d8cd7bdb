//! `kubepki csr new` and `csr manifest`: no cluster is asked.

use std::os::unix::fs::PermissionsExt;

use kubepki_testkit::programs::{self, Output};
use serde_json::json;

use crate::{apiserver::serve, environment::Environment};

#[test]
fn names_that_are_no_names_make_no_file() {
    let environment = Environment::new();
    let long = "x".repeat(300);
    for profile in ["user", "node-client", "node-server", "server", "client"] {
        for name in [
            "",
            "..",
            ".",
            "../x",
            "a/b",
            "/etc/x",
            "a\\b/c",
            &long,
            "a b",
            "a\nb",
            "-",
            "-rf",
            "system:masters",
            "System:masters",
            "аdmin",
            "*.example.com",
            "a..b",
            "x.",
            "super-admin/",
        ] {
            let output = environment.kubepki(&[
                "csr",
                "new",
                "--profile",
                profile,
                "--san",
                "a",
                "--",
                name,
            ]);
            assert_eq!(output.code, Some(2), "{profile} {name:?}: {}", output.stderr);
        }
    }
    assert_eq!(environment.snapshot(), []);
    // What begins with a hyphen is an option to clap, and an unknown one.
    assert_eq!(environment.kubepki(&["csr", "new", "-rf"]).code, Some(2));
}

#[test]
fn files_that_exist_are_left_alone() {
    let environment = Environment::new();
    environment.kubepki(&["csr", "new", "joe"]).expect_success();
    let before = environment.snapshot();
    let output = environment.kubepki(&["csr", "new", "joe"]);
    assert_eq!(output.code, Some(2));
    assert!(output.stderr.contains("`./joe.key` exists"), "{}", output.stderr);
    assert_eq!(environment.snapshot(), before);
    let mode = |name: &str| {
        std::fs::metadata(environment.path(name)).unwrap().permissions().mode() & 0o7777
    };
    assert_eq!((mode("joe.key"), mode("joe.csr")), (0o600, 0o644));
    let output = environment.kubepki(&["csr", "new", "joe", "--out", "-"]).expect_success();
    assert!(output.starts_with("-----BEGIN PRIVATE KEY-----\n"), "{output}");
    assert!(output.contains("-----END PRIVATE KEY-----\n-----BEGIN CERTIFICATE REQUEST-----\n"));
    let output = environment.kubepki(&["csr", "new", "jim", "--out", "absent"]);
    assert_eq!(output.code, Some(1));
    assert_eq!(environment.snapshot(), before);
}

#[test]
fn a_manifest_is_what_the_api_takes() {
    let environment = Environment::new();
    environment.kubepki(&["csr", "new", "jane", "--group", "dev"]).expect_success();
    let signer = "kubernetes.io/kube-apiserver-client";
    let args = ["csr", "manifest", "jane.csr", "--signer", signer, "--expiration", "24h"];
    let yaml = environment.kubepki(&args).expect_success();
    for line in [
        "apiVersion: certificates.k8s.io/v1",
        "kind: CertificateSigningRequest",
        "  name: jane",
        "  expirationSeconds: 86400",
        "  signerName: kubernetes.io/kube-apiserver-client",
        "  - client auth",
        "  - digital signature",
    ] {
        assert!(yaml.lines().any(|l| l == line), "{line:?} is not in\n{yaml}");
    }
    for (more, part) in [
        (&["--usages", "server-auth"][..], "by its rule `usages`"),
        (&["--expiration", "9m"], "by its rule `expiration`"),
        (&["--name", "Jane"], "by its rule `name`"),
        (&["--signer", "kubernetes.io/legacy-unknown"], "no longer"),
        (
            &["--signer", "kubernetes.io/kube-apiserver-client-kubelet"],
            "by its rule `organization`",
        ),
        (&["--usages", "cook"], "`cook` is no usage"),
    ] {
        let base = ["csr", "manifest", "jane.csr"];
        let own = if more[0] == "--signer" { &[][..] } else { &["--signer", signer] };
        let output = environment.kubepki(&[&base, own, more].concat());
        assert_eq!(output.code, Some(2), "{more:?}");
        assert!(output.stderr.contains(part), "{more:?}: {}", output.stderr);
        assert!(output.stderr.contains("hint:"), "{more:?}: {}", output.stderr);
    }
}

/// A request of the API for `NAME.csr`, as an apiserver shows it to `kubepki csr ...`.
fn against(
    environment: &Environment,
    name: &str,
    spec: serde_json::Value,
    args: &[&str],
) -> Output {
    let mut encode = programs::command("base64");
    encode.arg("-w0");
    let request = environment.read(&format!("{name}.csr"));
    let request = programs::finish(encode, request.as_bytes()).expect_success();
    let mut object = json!({
        "metadata": {"name": name},
        "spec": spec,
        "status": {"conditions": [{"type": "Approved", "status": "True"}]},
    });
    object["spec"]["request"] = json!(request);
    let url = serve(200, "application/json", object.to_string());
    let config = tempfile::NamedTempFile::new().unwrap();
    let text = format!(
        "clusters: [{{name: c, cluster: {{server: '{url}'}}}}]\n\
         users: [{{name: u, user: {{token: abc}}}}]\n\
         contexts: [{{name: x, context: {{cluster: c, user: u}}}}]\ncurrent-context: x\n"
    );
    std::fs::write(config.path(), text).unwrap();
    let home = tempfile::tempdir().unwrap();
    let config = config.path().display().to_string();
    let mut command = environment.command(&[args, &["--kubeconfig", &config]].concat());
    command.env("HOME", home.path());
    programs::finish(command, b"")
}

#[test]
fn a_request_of_the_api_is_judged_by_usages_life_and_requester() {
    let environment = Environment::of_example("hard-way");
    environment.apply();
    environment.kubepki(&["csr", "new", "erin", "--group", "dev"]).expect_success();
    let before = environment.snapshot();
    let sign = ["csr", "sign", "erin", "--profile", "user"];
    let spec = |usages: &[&str], seconds| {
        json!({"signerName": "example.com/users", "username": "admin", "groups": ["ops"],
               "usages": usages, "expirationSeconds": seconds})
    };
    let dry = [&sign[..], &["--dry-run"]].concat();
    let said = against(&environment, "erin", spec(&["client auth"], 600), &dry);
    let expected = "would sign `erin` as O=dev, CN=erin, requested by `admin`, for 10m at most";
    assert!(said.stderr.contains(expected), "{}", said.stderr);
    assert!(said.stderr.contains("requests a certificate for another user"), "{}", said.stderr);
    said.expect_success();
    for (usages, seconds, rule) in [
        (&["server auth"][..], 600, "usages"),
        (&["client auth", "any"], 600, "usages"),
        (&["client auth"], 60, "expiration"),
    ] {
        for args in [&sign[..], &dry] {
            let refused = against(&environment, "erin", spec(usages, seconds), args);
            assert_eq!(refused.code, Some(2), "{usages:?}: {}", refused.stderr);
            assert!(refused.stderr.contains(&format!("the rule `{rule}`")), "{}", refused.stderr);
        }
    }
    assert_eq!(environment.snapshot(), before);
    let signed = against(&environment, "erin", spec(&["client auth"], 600), &sign);
    assert!(signed.stderr.contains("for 10m at most"), "{}", signed.stderr);
    let shown = environment.kubepki(&["ledger", "find", "erin", "-o", "json"]).expect_success();
    let time = |name: &str| {
        let value =
            shown.split(&format!("\"{name}\":")).nth(1).unwrap_or_else(|| panic!("{shown}"));
        value.split('"').nth(1).unwrap().parse::<jiff::Timestamp>().unwrap()
    };
    let life = time("notAfter").duration_since(time("notBefore"));
    // Backdated five minutes.
    assert_eq!(life.as_mins(), 15, "{shown}");
}

#[test]
fn an_approval_says_who_asks_for_what_and_passes_the_gate() {
    let environment = Environment::new();
    let admins = ["--group", "kubeadm:cluster-admins", "--cluster-admin"];
    environment.kubepki(&[&["csr", "new", "erin"][..], &admins].concat()).expect_success();
    let spec = |usages: &[&str]| {
        json!({"signerName": "kubernetes.io/kube-apiserver-client", "username": "mallory",
               "usages": usages})
    };
    let approve = ["csr", "approve", "erin"];
    let refused = against(&environment, "erin", spec(&["client auth"]), &approve);
    assert_eq!(refused.code, Some(2), "{}", refused.stderr);
    assert!(refused.stderr.contains("--cluster-admin"), "{}", refused.stderr);
    let insist = [&approve[..], &["--cluster-admin"]].concat();
    let refused = against(&environment, "erin", spec(&["server auth"]), &insist);
    assert_eq!(refused.code, Some(2), "{}", refused.stderr);
    let approved = against(&environment, "erin", spec(&["client auth"]), &insist);
    assert!(approved.stderr.contains("`mallory` requests"), "{}", approved.stderr);
    assert!(approved.stderr.contains("kubeadm:cluster-admins"), "{}", approved.stderr);
    approved.expect_success();
}
