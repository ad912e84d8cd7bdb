//! `kubepki sign`: what each profile gives, where certificates go, and what bad input leaves behind:
//! nothing.

use std::{fs, net::IpAddr, os::unix::fs::PermissionsExt};

use kubepki_testkit::{Purpose, Verification, openssl};

use crate::environment::Environment;

fn ready() -> Environment {
    let environment = Environment::of_example("hard-way");
    environment.apply();
    environment
}

#[test]
fn openssl_takes_what_each_profile_gives() {
    let environment = ready();
    let run = |args: &[&str]| environment.kubepki(args).expect_success();
    let address: IpAddr = "10.240.0.20".parse().unwrap();
    for (name, profile, more, san, purpose, hosts, addresses) in [
        (
            "joe",
            "user",
            &["--group", "dev", "--group", "on call"][..],
            &[][..],
            Purpose::ClientAuth,
            &[][..],
            &[][..],
        ),
        ("node-0", "node-client", &[], &[], Purpose::ClientAuth, &[], &[]),
        (
            "node-0",
            "node-server",
            &["--san", "node-0", "--san", "10.240.0.20"],
            &[],
            Purpose::ServerAuth,
            &["node-0"],
            &[address],
        ),
        (
            "hook.web.svc",
            "server",
            &["--san", "*.web.example"],
            &["--san", "*.web.example"],
            Purpose::ServerAuth,
            &["hook.web.svc", "a.web.example"],
            &[],
        ),
        ("node-1", "client", &[], &[], Purpose::ClientAuth, &[], &[]),
    ] {
        for algorithm in ["ecdsa-p256", "ecdsa-p384", "rsa-2048", "ed25519"] {
            let out = format!("{profile}-{algorithm}");
            fs::create_dir(environment.path(&out)).unwrap();
            run(&[
                &[
                    "csr",
                    "new",
                    name,
                    "--profile",
                    profile,
                    "--key-algorithm",
                    algorithm,
                    "--out",
                    &out,
                ],
                more,
            ]
            .concat());
            let path = |end: &str| environment.path(&format!("{out}/{name}.{end}"));
            let mode = fs::metadata(path("key")).unwrap().permissions().mode() & 0o7777;
            assert_eq!(mode, 0o600);
            let text = openssl::request_text(&path("csr")).unwrap();
            assert!(text.contains("Subject: "), "{text}");
            run(&[
                &["sign", &format!("{out}/{name}.csr"), "--profile", profile, "--out", &out],
                san,
            ]
            .concat());
            // `openssl pkey -check` knows no Ed25519, so the public halves are compared alone.
            let shown = |args: &[&str], end: &str| {
                let file = path(end).display().to_string();
                openssl::run(&[args, &["-in", &file]].concat()).expect_success()
            };
            assert_eq!(
                shown(&["pkey", "-pubout"], "key"),
                shown(&["x509", "-noout", "-pubkey"], "crt")
            );
            let question = Verification {
                certificate: &path("crt"),
                authority: &environment.path("authorities/ca.crt"),
                purpose,
                hosts,
                addresses,
            };
            openssl::verify(&question).unwrap();
        }
    }
    let text = openssl::text(&environment.path("user-ed25519/joe.crt"));
    assert!(text.contains("Subject: O = dev, O = on call, CN = joe"), "{text}");
}

#[test]
fn groups_and_lifetimes_are_the_operators_to_say() {
    let environment = ready();
    environment.kubepki(&["csr", "new", "joe", "--group", "dev"]).expect_success();
    let pem = environment
        .kubepki(&["sign", "joe.csr", "--profile", "user", "--group", "view", "--lifetime", "1h"])
        .expect_success();
    environment.write("joe.crt", &pem);
    let text = openssl::text(&environment.path("joe.crt"));
    assert!(text.contains("Subject: O = view, CN = joe"), "{text}");
    let path = environment.path("joe.crt").display().to_string();
    let is_good_for = |seconds: &str| {
        openssl::run(&["x509", "-noout", "-checkend", seconds, "-in", &path]).succeeded()
    };
    assert!(is_good_for("3500") && !is_good_for("3700"));

    environment.kubepki(&["csr", "new", "root", "--group", "system:masters"]).expect_failure();
    let insist = "--danger-system-masters";
    environment
        .kubepki(&["csr", "new", "root", "--group", "system:masters", insist])
        .expect_success();
    let refused = environment.kubepki(&["sign", "root.csr", "--profile", "user"]);
    assert_eq!(refused.code, Some(2));
    assert_eq!(
        refused.stderr,
        "error: the rule `system-masters` refuses `root.csr`\n  \
         caused by: `system:masters` bypasses RBAC and cannot be revoked\n\
         hint: use `kubepki:cluster-admins`, or insist with `--danger-system-masters`\n"
    );
    environment.kubepki(&["sign", "root.csr", "--profile", "user", insist]).expect_success();
}

#[test]
fn a_folder_is_signed_beside_or_elsewhere_all_or_none() {
    let environment = ready();
    fs::create_dir(environment.path("in")).unwrap();
    fs::create_dir(environment.path("out")).unwrap();
    for name in ["a", "b", "c"] {
        environment.kubepki(&["csr", "new", name, "--out", "in"]).expect_success();
    }
    environment.write("in/broken.csr", "no request\n");
    environment.write("in/notes.txt", "not a request, and not named like one\n");
    let before = environment.snapshot();
    let output = environment.kubepki(&["sign", "in", "--profile", "user"]);
    assert_eq!(output.code, Some(2));
    assert!(output.stderr.contains("refused `in/broken.csr`: malformed: "), "{}", output.stderr);
    assert!(output.stderr.contains("refused 1 of 4 requests; nothing was signed"));
    assert_eq!(environment.snapshot(), before);

    let output = environment.kubepki(&["sign", "in", "--profile", "user", "--keep-going"]);
    assert_eq!(output.code, Some(2));
    assert!(output.stderr.contains("signed the others"), "{}", output.stderr);
    for name in ["a", "b", "c"] {
        assert!(environment.read(&format!("in/{name}.crt")).starts_with("-----BEGIN CERTIFICATE"));
    }
    fs::remove_file(environment.path("in/broken.csr")).unwrap();

    let before = environment.snapshot();
    let output = environment.kubepki(&["sign", "in", "--profile", "user"]);
    assert_eq!(output.code, Some(2));
    assert!(output.stderr.contains("`in/a.crt` exists"), "{}", output.stderr);
    assert_eq!(environment.snapshot(), before);
    environment.kubepki(&["sign", "in", "--profile", "user", "--overwrite"]).expect_success();
    assert_ne!(environment.snapshot(), before);
    environment.kubepki(&["sign", "in", "--profile", "user", "--out", "out"]).expect_success();
    assert_eq!(fs::read_dir(environment.path("out")).unwrap().count(), 3);
    let all = environment.kubepki(&["sign", "in", "--profile", "user", "--out", "-"]);
    assert_eq!(all.expect_success().matches("-----BEGIN CERTIFICATE").count(), 3);
    environment.write("x/a.csr", &environment.read("in/a.csr"));
    let both = environment.kubepki(&[
        "sign",
        "in/a.csr",
        "x/a.csr",
        "--profile",
        "user",
        "--out",
        "out",
        "--overwrite",
    ]);
    assert!(both.stderr.contains("would both be written to `out/a.crt`"), "{}", both.stderr);
}

/// The whole judgement, and nothing written: no certificate, and no row of the ledger.
#[test]
fn a_dry_run_judges_and_writes_nothing() {
    let environment = ready();
    environment.kubepki(&["csr", "new", "joe", "--group", "dev"]).expect_success();
    let insist = ["csr", "new", "root", "--group", "system:masters", "--danger-system-masters"];
    environment.kubepki(&insist).expect_success();
    let before = environment.snapshot();
    let sign = ["sign", "--profile", "user", "--dry-run"];
    let said = environment.kubepki(&[&sign[..], &["joe.csr"]].concat());
    assert!(said.stderr.contains("would sign O=dev, CN=joe"), "{}", said.stderr);
    assert_eq!(said.expect_success(), "");
    let refused = environment.kubepki(&[&sign[..], &["joe.csr", "root.csr"]].concat());
    assert_eq!(refused.code, Some(2), "{}", refused.stderr);
    assert!(refused.stderr.contains("system-masters"), "{}", refused.stderr);
    assert_eq!(environment.snapshot(), before);
    fs::remove_file(environment.path("authorities/ca.key")).unwrap();
    assert_eq!(environment.kubepki(&[&sign[..], &["joe.csr"]].concat()).code, Some(1));
}

#[test]
fn stdin_to_stdout() {
    let environment = ready();
    environment.kubepki(&["csr", "new", "joe"]).expect_success();
    let csr = environment.read("joe.csr");
    let command = environment.command(&["sign", "-", "--profile", "user"]);
    let output = kubepki_testkit::programs::finish(command, csr.as_bytes());
    assert!(output.expect_success().starts_with("-----BEGIN CERTIFICATE-----\n"));
}

#[test]
fn bad_input_is_one_error_with_a_hint_and_changes_nothing() {
    let environment = ready();
    environment.kubepki(&["csr", "new", "joe"]).expect_success();
    fs::create_dir(environment.path("none")).unwrap();
    let csr = environment.read("joe.csr");
    for (name, contents) in [
        ("empty", String::new()),
        ("truncated", csr[..csr.len() / 2].to_owned()),
        ("key", environment.read("joe.key")),
        ("certificate", environment.read("authorities/ca.crt")),
        ("huge", "x".repeat(5_000_000)),
        ("bent", csr.replacen("\nA", "\nB", 1).replacen("\nM", "\nN", 1).replacen('A', "B", 3)),
        ("long", csr.clone()),
    ] {
        environment.write(&format!("bad/{name}.csr"), &contents);
    }
    let before = environment.snapshot();
    let user = ["--profile", "user"];
    for (args, part) in [
        (&["sign", "bad/empty.csr"][..], "`malformed`"),
        (&["sign", "bad/truncated.csr"], "`malformed`"),
        (&["sign", "bad/key.csr"], "it holds PRIVATE KEY"),
        (&["sign", "bad/certificate.csr"], "it holds CERTIFICATE"),
        (&["sign", "bad/huge.csr"], "`size`"),
        (&["sign", "bad/bent.csr"], "the rule `malformed` refuses"),
        (&["sign", "absent.csr"], "No such file"),
        (&["sign", "none"], "no `*.csr` in `none`"),
        (&["sign", "joe.csr", "--out", "absent"], "cannot write `absent/joe.crt`"),
        (&["sign", "joe.csr", "--group", "system:masters"], "bypasses RBAC"),
        (&["sign", "joe.csr", "--group", "a,b"], "comma"),
        (&["sign", "joe.csr", "--san", "a.example"], "no name can be added"),
        (&["sign", "joe.csr", "--lifetime", "9999d"], "longer than the CA's"),
        (&["sign", "-"], "`malformed`"),
        (&["sign", "-", "joe.csr"], "stdin has no file name"),
    ] {
        let output = environment.kubepki(&[args, &user].concat());
        let code = if part.starts_with("cannot write") { 1 } else { 2 };
        assert_eq!(output.code, Some(code), "{args:?}: {}", output.stderr);
        assert!(output.stderr.contains(part), "{args:?}: {}", output.stderr);
        assert_eq!(output.stderr.matches("error:").count(), 1, "{args:?}: {}", output.stderr);
        assert_eq!(output.stdout, "", "{args:?}");
        assert!(!output.stderr.contains("BEGIN"), "{}", output.stderr);
    }
    for (args, part) in [
        (&["sign", "joe.csr", "--profile", "admin"][..], "write one of user, node-client"),
        (&["sign", "joe.csr"], "--profile"),
        (
            &["sign", "joe.csr", "--profile", "node-client", "--group", "dev"],
            "goes with the profile user",
        ),
    ] {
        let output = environment.kubepki(args);
        assert_eq!(output.code, Some(2));
        assert!(output.stderr.contains(part), "{args:?}: {}", output.stderr);
    }
    assert_eq!(environment.snapshot(), before);
    fs::remove_file(environment.path("authorities/ca.key")).unwrap();
    let output = environment.kubepki(&["sign", "joe.csr", "--profile", "user"]);
    assert_eq!((output.code, output.stdout.as_str()), (Some(1), ""));
    assert!(output.stderr.contains("hint: restore `authorities/ca.key`"), "{}", output.stderr);
}

/// A spec without a root is nothing to sign with.
#[test]
fn without_a_ca_nothing_is_signed() {
    let environment = Environment::of_spec(
        "apiVersion: kubepki/v1alpha1\nkind: Cluster\nname: demo\nendpoint: a.example\n\
         serviceCIDRs: [10.32.0.0/24]\nhosts: [{name: a, roles: [control-plane], addresses: [10.0.0.1]}]\n",
    );
    environment.kubepki(&["csr", "new", "joe"]).expect_success();
    let before = environment.snapshot();
    let output = environment.kubepki(&["sign", "joe.csr", "--profile", "user"]);
    assert_eq!(output.code, Some(1));
    assert!(output.stderr.contains("there is no `authorities/ca.crt`"), "{}", output.stderr);
    assert_eq!(environment.snapshot(), before);
}
