//! `kubepki issue`: one identity outside the spec, in every form, with the flags that danger needs.

use std::{fs, os::unix::fs::MetadataExt};

use kubepki_testkit::{
    openssl,
    programs::{self, Output},
};

use crate::environment::Environment;

#[test]
fn a_user_gets_a_kubeconfig_with_every_group_and_the_root_keeps_no_key() {
    let environment = applied();
    let before = environment.snapshot();
    let said = environment.kubepki(&[
        "issue",
        "user",
        "mia",
        "--group",
        "dev",
        "--group",
        "oncall",
        "--lifetime",
        "24h",
    ]);
    assert!(said.stderr.contains("wrote `mia.conf`"), "{}", said.stderr);
    said.expect_success();
    assert_eq!(mode(&environment, "mia.conf"), 0o600);
    let text = certificate_of(&environment, "mia.conf", "mia.crt");
    assert!(text.contains("Subject: O = dev, O = oncall, CN = mia"), "{text}");
    let after = environment.snapshot();
    let new: Vec<_> = after.iter().filter(|file| !before.contains(file)).collect();
    let names: Vec<_> = new.iter().map(|file| file.0.as_str()).collect();
    assert_eq!(names, [".kubepki/ledger.db", "mia.conf", "mia.crt"]);

    // A second one would replace her credential.
    let again = environment.kubepki(&["issue", "user", "mia"]);
    assert_eq!(again.code, Some(2));
    assert!(again.stderr.contains("`mia.conf` exists"), "{}", again.stderr);
}

#[test]
fn what_was_issued_is_on_the_ledger() {
    let environment = applied();
    environment.kubepki(&["issue", "user", "mia", "--as", "pair"]).expect_success();
    let serial = openssl::run(&["x509", "-in", &at(&environment, "mia.crt"), "-noout", "-serial"]);
    let serial = serial.expect_success().trim().trim_start_matches("serial=").to_lowercase();
    let found = environment.kubepki(&["ledger", "find", &serial]).expect_success();
    assert!(found.contains("mia"), "{found}");
    environment.kubepki(&["ledger", "check"]).expect_success();
}

#[test]
fn every_form_is_read_by_openssl() {
    let environment = applied();
    environment.write("passphrase", "geheim ä\nnot this line\n");
    for form in ["pair", "pem", "pkcs12"] {
        let mut args = vec!["issue", "client", "backup", "--issuer", "etcd-ca", "--as", form];
        args.push("--danger-etcd-client");
        if form == "pkcs12" {
            args.extend(["--passphrase-file", "passphrase"]);
        }
        let output = environment.kubepki(&args);
        // Java says "Password is not ASCII".
        assert_eq!(output.stderr.contains("Java"), form == "pkcs12", "{}", output.stderr);
        output.expect_success();
    }
    for (certificate, key) in [("backup.crt", "backup.key"), ("backup.pem", "backup.pem")] {
        assert!(openssl::key_matches(&environment.path(key), &environment.path(certificate)));
        let ca = at(&environment, "authorities/etcd-ca.crt");
        let certificate = at(&environment, certificate);
        let verified = openssl::run(&[
            "verify",
            "-x509_strict",
            "-purpose",
            "sslclient",
            "-CAfile",
            &ca,
            &certificate,
        ]);
        verified.expect_success();
    }
    for secret in ["backup.key", "backup.pem", "backup.p12"] {
        assert_eq!(mode(&environment, secret), 0o600, "{secret}");
    }
    assert_eq!(mode(&environment, "backup.crt"), 0o644);
    let p12 = at(&environment, "backup.p12");
    let info =
        openssl::run(&["pkcs12", "-info", "-in", &p12, "-nodes", "-passin", "pass:geheim ä"]);
    let info = info.expect_success();
    assert!(info.contains("subject=CN = backup") && info.contains("BEGIN PRIVATE KEY"));
    openssl::run(&["pkcs12", "-info", "-in", &p12, "-nodes", "-passin", "pass:x"]).expect_failure();
}

/// Java has a PKCS#12 of its own: the chain as `keytool -list` prints it, and the key as it takes
/// it over into a store that it writes itself.
#[test]
fn java_reads_the_pkcs12() {
    let environment = applied();
    for (user, passphrase, algorithm) in [
        ("backup", "Pass phrase", "ecdsa-p256"),
        ("ci@example.com", r#"it's "$5" \ %"#, "rsa-2048"),
    ] {
        environment.write("passphrase", passphrase);
        let p12 = at(&environment, &format!("{algorithm}.p12"));
        let pem = at(&environment, &format!("{algorithm}.pem"));
        let issue = ["issue", "user", user, "--key-algorithm", algorithm];
        let pack = ["--as", "pkcs12", "--passphrase-file", "passphrase", "--output", &p12];
        environment.kubepki(&[&issue[..], &pack].concat()).expect_success();

        let list = ["-list", "-keystore", &p12, "-storetype", "PKCS12"];
        let shown = keytool(passphrase, &list).expect_success();
        assert!(shown.contains(&format!("{user}, ")), "{shown}");
        assert!(shown.contains("PrivateKeyEntry"), "{shown}");
        let chain = keytool(passphrase, &[&list[..], &["-rfc"]].concat()).expect_success();
        assert!(chain.contains("Certificate chain length: 2"), "{chain}");
        let ca = environment.read("authorities/ca.crt");
        assert!(chain.replace('\r', "").contains(ca.trim_end()), "{chain}\n{ca}");

        let taken = at(&environment, &format!("{algorithm}-of-java.p12"));
        let import = ["-importkeystore", "-srckeystore", &p12, "-destkeystore", &taken];
        let into = ["-deststoretype", "PKCS12", "-srcstorepass:env", "STOREPASS"];
        let into = [&into[..], &["-deststorepass", "javas own", "-noprompt"]].concat();
        let import = [&import[..], &into].concat();
        keytool_command(passphrase, &import).expect_success();
        let own = ["pkcs12", "-in", &taken, "-nodes", "-passin", "pass:javas own", "-out", &pem];
        openssl::run(&own).expect_success();
        let pem = environment.path(&format!("{algorithm}.pem"));
        assert!(openssl::key_matches(&pem, &pem));

        keytool("another one", &list).expect_failure();
    }
}

/// Runs keytool on a store that this passphrase opens.
fn keytool(passphrase: &str, arguments: &[&str]) -> Output {
    keytool_command(passphrase, &[arguments, &["-storepass:env", "STOREPASS"]].concat())
}

fn keytool_command(passphrase: &str, arguments: &[&str]) -> Output {
    let mut command = programs::command("keytool");
    // Java takes the characters of arguments and variables by the locale, and speaks its language.
    command.env("LC_ALL", "C.UTF-8").env("STOREPASS", passphrase).args(arguments);
    programs::finish(command, b"")
}

#[test]
fn rights_that_bypass_rbac_need_their_own_flag() {
    let environment = applied();
    for (args, flag) in [
        (["mia", "system:masters"], "--danger-system-masters"),
        (["mia", "system:monitoring"], "--system-identity"),
        (["kube-apiserver-kubelet-client", "dev"], "--system-identity"),
        (["system:kube-scheduler", "dev"], "--system-identity"),
        (["mia", "kubepki:cluster-admins"], "--cluster-admin"),
    ] {
        let issue = ["issue", "user", args[0], "--group", args[1], "--as", "pem", "-o", "-"];
        let refused = environment.kubepki(&issue);
        assert_eq!((refused.code, refused.stdout.as_str()), (Some(2), ""), "{args:?}");
        assert!(refused.stderr.contains(flag), "{}", refused.stderr);
        let said = environment.kubepki(&[&issue[..], &[flag]].concat()).expect_success();
        assert!(said.contains("BEGIN CERTIFICATE"));
    }
}

#[test]
fn names_that_could_lead_elsewhere_are_refused() {
    let environment = applied();
    let before = environment.snapshot();
    let long = "a".repeat(300);
    for name in ["a/b", "..", "../x", "", "a b", "a\nb", long.as_str(), "--", "system:"] {
        for kind in ["user", "node", "server"] {
            let refused = environment.kubepki(&["issue", kind, "--system-identity", "--", name]);
            let refused = match kind {
                "user" => refused,
                _ => environment.kubepki(&["issue", kind, "--", name]),
            };
            assert_eq!(refused.code, Some(2), "{kind} {name:?}: {}", refused.stderr);
            assert!(!refused.stderr.contains("ask for"), "nobody asked: {}", refused.stderr);
        }
    }
    assert_eq!(environment.snapshot(), before);
}

#[test]
fn a_node_of_the_spec_gets_its_names_and_two_certificates() {
    let environment = applied();
    environment.kubepki(&["issue", "node", "NODE-0", "--overwrite"]).expect_success();
    let client = certificate_of(&environment, "node-0.conf", "client.crt");
    assert!(client.contains("Subject: O = system:nodes, CN = system:node:node-0"), "{client}");
    let serving = openssl::text(&environment.path("node-0.crt"));
    assert!(serving.contains("DNS:node-0, DNS:node-0.kubernetes.local, IP Address:10.240.0.20"));
    let stranger = environment.kubepki(&["issue", "node", "node-9"]);
    assert!(stranger.stderr.contains("--san"), "{}", stranger.stderr);
    assert_eq!(stranger.code, Some(2));
}

#[test]
fn a_role_binding_goes_with_it_and_kubectl_reads_it() {
    let environment = applied();
    let args = ["issue", "user", "mia", "--role", "view", "--namespace", "web"];
    environment.kubepki(&args).expect_success();
    let file = at(&environment, "mia.rbac.yaml");
    let read =
        kubectl(&["create", "--dry-run=client", "--validate=false", "-o", "name", "-f", &file]);
    // Without a cluster kubectl cannot map the kind; what it says then proves that it was read.
    let said = read.stdout + &read.stderr;
    assert!(said.contains("kubepki-mia-view") || said.contains("refused"), "{said}");
    let yaml = environment.read("mia.rbac.yaml");
    assert!(yaml.contains("kind: RoleBinding") && yaml.contains("namespace: web"), "{yaml}");
}

#[test]
fn merge_into_keeps_what_is_there() {
    let environment = applied();
    let mine = "apiVersion: v1\nkind: Config\ncurrent-context: work\nx-mine: 0123\n\
                clusters: [{name: work, cluster: {server: 'https://work:6443'}}]\n\
                users: [{name: me, user: {token: abc}}]\n\
                contexts: [{name: work, context: {cluster: work, user: me}}]\n";
    environment.write("config", mine);
    environment.kubepki(&["issue", "user", "mia", "--merge-into", "config"]).expect_success();
    let merged = environment.read("config");
    assert!(merged.contains("x-mine: 0123") && merged.contains("token: abc"), "{merged}");
    let contexts = kubectl(&[
        "config",
        "get-contexts",
        "-o",
        "name",
        "--kubeconfig",
        &at(&environment, "config"),
    ]);
    assert_eq!(contexts.expect_success(), "mia@hard-way\nwork\n");
    let current =
        kubectl(&["config", "current-context", "--kubeconfig", &at(&environment, "config")]);
    assert_eq!(current.expect_success(), "work\n");
    let backups = fs::read_dir(environment.root()).unwrap();
    let backup = backups.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let backup = backup.into_iter().find(|name| name.starts_with("config.bak-")).expect("a backup");
    assert_eq!(environment.read(&backup), mine);
}

/// Then neither the ledger nor anything else has changed.
#[test]
fn what_could_not_be_written_is_not_signed() {
    let environment = applied();
    fs::create_dir(environment.path("folder.conf")).unwrap();
    environment.write("file", "mine\n");
    // The cluster of this name is another one.
    let foreign = "clusters: [{name: hard-way, cluster: {server: 'https://other'}}]\n";
    environment.write("config", foreign);
    let before = environment.snapshot();
    for (more, code, part) in [
        (&["--output", "absent/mia"][..], 1, "there is no directory `absent`"),
        (&["--output", "file/mia"], 1, "`file` is not a directory"),
        (&["--output", "folder"], 2, "`folder.conf` exists"),
        (&["--output", "folder", "--overwrite"], 2, "it is a directory"),
        (&["--cluster-role", "view", "--rbac-output", "absent/x"], 1, "no directory `absent`"),
        (&["--merge-into", "config"], 2, "cluster \"hard-way\" is there already"),
        (&["--merge-into", "file"], 2, "is not a kubeconfig"),
        (&["--merge-into", "folder.conf"], 2, "directory"),
    ] {
        let output = environment.kubepki(&[&["issue", "user", "mia"], more].concat());
        assert_eq!(output.code, Some(code), "{more:?}: {}", output.stderr);
        assert!(output.stderr.contains(part), "{more:?}: {}", output.stderr);
        assert!(environment.snapshot() == before, "{more:?}: something has changed");
    }
}

#[test]
fn without_a_ca_nothing_is_issued_and_nothing_left_behind() {
    let environment = Environment::of_example("hard-way");
    let before = environment.snapshot();
    let refused = environment.kubepki(&["issue", "user", "mia"]);
    assert_eq!(refused.code, Some(1));
    assert!(refused.stderr.contains("kubepki apply"), "{}", refused.stderr);
    assert_eq!(environment.snapshot(), before);
}

fn applied() -> Environment {
    let environment = Environment::of_example("hard-way");
    environment.edit(
        "cluster.yaml",
        "serviceAccountKeyAlgorithm: rsa-2048",
        "serviceAccountKeyAlgorithm: ecdsa-p256",
    );
    environment.apply();
    environment
}

fn at(environment: &Environment, name: &str) -> String {
    environment.path(name).display().to_string()
}

fn mode(environment: &Environment, name: &str) -> u32 {
    fs::metadata(environment.path(name)).unwrap().mode() & 0o777
}

fn kubectl(args: &[&str]) -> Output {
    programs::run("kubectl", args.iter().copied())
}

/// Takes the client certificate out of a kubeconfig, and has openssl print it.
fn certificate_of(environment: &Environment, kubeconfig: &str, certificate: &str) -> String {
    let data = "-o=jsonpath={.users[0].user.client-certificate-data}";
    let file = at(environment, kubeconfig);
    let shown = kubectl(&["config", "view", "--raw", data, "--kubeconfig", &file]).expect_success();
    let mut decode = programs::command("base64");
    decode.arg("-d");
    environment.write(certificate, &programs::finish(decode, shown.as_bytes()).expect_success());
    openssl::text(&environment.path(certificate))
}
