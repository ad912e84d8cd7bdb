//! `kubepki csr new` and `csr manifest`: no cluster is asked.

use std::os::unix::fs::PermissionsExt;

use crate::environment::Environment;

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
