//! Files that nobody here wrote: the tutorial's, kubeadm's, openssl's in every form, and broken ones.

use std::{collections::BTreeMap, fs, os::unix::fs::symlink, path::Path};

use kubepki_testkit::{kubeadm, openssl, tutorial};
use serde_json::Value;

use crate::environment::Environment;

use super::{entries, formats::promtool, status};

#[test]
fn the_tutorials_folder_is_shown() {
    let environment = Environment::new();
    tutorial::make_pki(&environment.path("tutorial"), 6443);
    let found = by_name(&status(&environment, &["--path", "tutorial"]));
    for name in ["ca.crt", "admin.crt", "node-0.crt", "kube-api-server.crt", "service-accounts.crt"]
    {
        let entry = &found[&format!("tutorial/{name}")];
        assert_eq!(entry["status"], "ok", "{entry:#}");
        assert_eq!(entry["hasPrivateKey"], true, "{name}");
        let authority = if name == "ca.crt" { Value::Null } else { "tutorial/ca.crt".into() };
        assert_eq!(entry["authority"], authority, "{name}");
    }
    assert_eq!(found["tutorial/ca.crt"]["kind"], "authority");
    assert_eq!(found["tutorial/node-0.kubeconfig/system:node:node-0"]["kind"], "kubeconfig");
    assert_eq!(found["tutorial/node-0.kubeconfig/system:node:node-0"]["hasPrivateKey"], true);
    let subject = found["tutorial/node-0.crt"]["subject"].as_str().unwrap();
    assert!(subject.contains("CN=system:node:node-0") && subject.contains("C=US"), "{subject}");
    let args = ["status", "--path", "tutorial", "-o", "prometheus"];
    let metrics = environment.kubepki(&args).expect_success();
    promtool(&metrics);
    assert!(metrics.contains("subject_C=\"US\"") && metrics.contains("subject_ST="), "{metrics}");
}

#[test]
fn kubeadms_folder_is_shown_and_a_kubelet_that_renews_itself_too() {
    let environment = Environment::new();
    kubeadm::make_pki(environment.root(), 6443);
    let pki = "etc/kubernetes/pki";
    // As the kubelet does: a certificate with its key in one file, a link to it, and a kubeconfig
    // that names the link.
    let both = [".crt", ".key"]
        .map(|end| environment.read(&format!("{pki}/apiserver-kubelet-client{end}")));
    environment.write("var/lib/kubelet/pki/kubelet-client-2026.pem", &both.concat());
    let link = environment.path("var/lib/kubelet/pki/kubelet-client-current.pem");
    symlink("kubelet-client-2026.pem", &link).unwrap();
    environment.write(
        "etc/kubernetes/kubelet.conf",
        &format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: c\nclusters: []\ncontexts: []\nusers:\n- name: node\n  user:\n    client-certificate: {0}\n    client-key: {0}\n",
            link.display()
        ),
    );
    let found = by_name(&status(&environment, &["--path", "etc/kubernetes"]));
    for name in ["ca.crt", "apiserver.crt", "etcd/server.crt", "front-proxy-client.crt"] {
        let entry = &found[&format!("{pki}/{name}")];
        assert_eq!((&entry["status"], &entry["hasPrivateKey"]), (&"ok".into(), &true.into()));
    }
    assert_eq!(found[&format!("{pki}/etcd/server.crt")]["authority"], format!("{pki}/etcd/ca.crt"));
    let kubelet = &found["etc/kubernetes/kubelet.conf/node"];
    assert_eq!(kubelet["subject"], "O=system:masters, CN=kube-apiserver-kubelet-client");
    assert_eq!((&kubelet["status"], &kubelet["hasPrivateKey"]), (&"ok".into(), &true.into()));
    // Once by its own name, and once by the link's: both are read by somebody.
    let found = by_name(&status(&environment, &["--path", "var/lib/kubelet"]));
    assert_eq!(found.len(), 2, "{found:#?}");
    assert!(found.values().all(|entry| entry["hasPrivateKey"] == true), "{found:#?}");
    // The link's target is gone: the kubelet cannot start.
    fs::remove_file(environment.path("var/lib/kubelet/pki/kubelet-client-2026.pem")).unwrap();
    let args = ["--kubeconfig", "etc/kubernetes/kubelet.conf"];
    let found = by_name(&status(&environment, &args));
    let status = &found["etc/kubernetes/kubelet.conf/node"]["status"];
    assert!(status == "missing" || status == "unreadable", "{found:#?}");
}

#[test]
fn every_form_is_read_and_every_broken_one_is_named() {
    let environment = Environment::new();
    certificate(&environment, "good", &[]);
    let (crt, key) = (environment.read("good.crt"), environment.read("good.key"));
    fs::create_dir(environment.path("pki")).unwrap();
    let write = |name: &str, text: &str| environment.write(&format!("pki/{name}"), text);
    let crt_of = |name: &str| environment.path(&format!("pki/{name}")).display().to_string();
    write("plain.crt", &crt);
    write("twice.crt", &crt.repeat(2));
    write("windows.crt", &crt.replace('\n', "\r\n"));
    write("marked.crt", &format!("\u{feff}{crt}"));
    write("chatty.crt", &format!("Subject: somebody\n{crt}"));
    let good = environment.path("good.crt").display().to_string();
    openssl::run(&["x509", "-in", &good, "-outform", "DER", "-out", &crt_of("der.crt")])
        .expect_success();
    // These are wrong.
    write("empty.crt", "");
    write("truncated.crt", &crt[..crt.len() / 2]);
    write("double.crt", &base64(crt.as_bytes()));
    write("words.pem", "this is no certificate\n");
    write("broken.key", &key.replace("MIG", "!!!"));
    write("admin.conf", "apiVersion: v1\nkind: Conf");
    symlink("nowhere", environment.path("pki/dangling.crt")).unwrap();
    write("large.crt", &"x".repeat(2 << 20));
    write("cut.conf", "apiVersion: v1\nclusters:\n- cluster:\n    certificate-auth");
    write("all.p7b", "-----BEGIN PKCS7-----\nMAA=\n-----END PKCS7-----\n");
    let pipe = std::process::Command::new("mkfifo").arg(crt_of("pipe.crt")).status().unwrap();
    assert!(pipe.success());
    // These are nobody's business.
    write("README", "hello\n");
    write("script.sh", "#!/bin/sh\n");
    write("nginx.conf", "server {}\n");
    write("key-in-a.crt", &key);
    let found = by_name(&status(&environment, &["--path", "pki"]));
    for name in ["plain.crt", "windows.crt", "marked.crt", "chatty.crt", "der.crt"] {
        let entry = &found[&format!("pki/{name}")];
        assert_eq!(
            (&entry["status"], &entry["subject"]),
            (&"ok".into(), &"CN=good".into()),
            "{name}"
        );
    }
    let broken = [
        "empty.crt",
        "truncated.crt",
        "double.crt",
        "words.pem",
        "broken.key",
        "admin.conf",
        "dangling.crt",
        "large.crt",
        "cut.conf",
        "all.p7b",
        "pipe.crt",
    ];
    for name in broken {
        let entry = &found[&format!("pki/{name}")];
        assert_eq!(entry["status"], "unreadable", "{name}: {entry:#}");
    }
    assert_eq!(found["pki/key-in-a.crt"]["kind"], "keyPair");
    assert_eq!(found["pki/key-in-a.crt"]["status"], "no certificate");
    assert_eq!(found.len(), 5 + 2 + broken.len() + 1, "{:?}", found.keys());
    let output = environment.kubepki(&["status", "--path", "pki", "--check"]);
    assert_eq!(output.code, Some(3));
    let text = output.stdout;
    assert!(!text.contains("MIG") && !text.contains("MII"), "no byte of a key: {text}");
    let metrics = environment.kubepki(&["status", "--path", "pki", "-o", "prometheus"]);
    let metrics = metrics.expect_success();
    promtool(&metrics);
    assert!(metrics.contains(&format!("\nx509_read_errors {}\n", broken.len())), "{metrics}");
}

#[test]
fn a_file_that_was_named_is_never_passed_over() {
    let environment = Environment::new();
    certificate(&environment, "good", &[]);
    let path = |name: &str| environment.path(name).display().to_string();
    openssl::new_request(&environment.path("r.key"), &environment.path("r.csr"), "/CN=r", &[]);
    let (crt, key) = (path("good.crt"), path("good.key"));
    let container = path("good.p12");
    let export = ["pkcs12", "-export", "-in", &crt, "-inkey", &key, "-out", &container];
    openssl::run(&[&export[..], &["-passout", "pass:secret"]].concat()).expect_success();
    environment.write("request.crt", &environment.read("r.csr"));
    for (name, code, said) in [
        ("r.csr", 0, "holds a certificate request, in which nothing expires"),
        ("good.p12", 3, "it is a PKCS#12 container, which `kubepki inspect`"),
        ("request.crt", 3, "its name promises a certificate, and it holds a certificate request"),
    ] {
        let output = environment.kubepki(&["status", "--check", "--path", name]);
        assert_eq!(output.code, Some(code), "{name}: {output:#?}");
        assert!(output.stdout.contains(said), "{name}: {}", output.stdout);
        assert!(output.stdout.contains("1 in total: "), "{name}: {}", output.stdout);
    }
    // In a folder, requests are nobody's business, and a container is no defect.
    fs::create_dir(environment.path("pki")).unwrap();
    for name in ["r.csr", "good.p12"] {
        fs::copy(environment.path(name), environment.path(&format!("pki/{name}"))).unwrap();
    }
    let output = environment.kubepki(&["status", "--check", "--path", "pki"]);
    let text = output.expect_success();
    assert!(text.contains("holds a PKCS#12 container") && text.contains("1 in total"), "{text}");
}

#[test]
fn half_a_pair_in_a_kubeconfig_is_missing_the_other() {
    let environment = Environment::new();
    certificate(&environment, "good", &[]);
    let data = |end: &str| base64(environment.read(&format!("good.{end}")).as_bytes());
    let (crt, key) = (data("crt"), data("key"));
    let certificate = format!("client-certificate-data: {crt}");
    let (key, named) = (format!("client-key-data: {key}"), "client-certificate: good.crt");
    for (user, status, said) in [
        (vec![&*certificate, &key], "ok", ""),
        (vec![&certificate], "missing", "its user has no `client-key-data`"),
        (vec![&certificate, "token: t"], "missing", "its user has no `client-key-data`"),
        (vec![&key], "missing", "its user has no `client-certificate-data`"),
        (vec![&key, "client-certificate-data: ''"], "missing", "no `client-certificate-data`"),
        (vec![&key, "token: t"], "ok", ""),
        (vec!["token: t"], "ok", ""),
        (vec![&key, named], "ok", ""),
        (vec![named, "client-key: gone.key"], "missing", "`gone.key` is missing"),
        (vec![named, "client-key: good.crt"], "unreadable", "it holds no private key"),
        (vec![&certificate, "client-key-data: AAAA"], "unreadable", "it is neither PEM nor DER"),
    ] {
        let user = user.join("\n    ");
        environment.write(
            "some.conf",
            &format!("apiVersion: v1\nkind: Config\ncurrent-context: ''\nclusters: []\ncontexts: []\nusers:\n- name: u\n  user:\n    {user}\n"),
        );
        let found = super::status(&environment, &["--kubeconfig", "some.conf"]);
        let [entry] = entries(&found).as_slice() else { panic!("{found:#}") };
        assert_eq!(entry["status"], status, "{user}: {entry:#}");
        let message = entry["attention"][0]["message"].as_str().unwrap_or_default();
        assert!(message.contains(said), "{user}: {message}");
        let check = environment.kubepki(&["status", "--check", "--kubeconfig", "some.conf"]);
        assert_eq!(check.code, Some(if status == "ok" { 0 } else { 3 }), "{user}");
    }
}

#[test]
fn one_bad_file_of_ten_thousand_is_named_and_the_rest_is_shown() {
    let environment = Environment::new();
    certificate(&environment, "good", &[]);
    let text = environment.read("good.crt");
    for number in 0..10_000 {
        let text = if number == 5_000 { "no certificate" } else { &text };
        environment.write(&format!("many/{}/{number}.crt", number % 100), text);
    }
    let output = environment.kubepki(&["status", "--path", "many", "--check"]);
    assert_eq!(output.code, Some(3));
    let lines: Vec<_> = output.stdout.lines().collect();
    assert!(
        lines[1].starts_with("many/0/5000.crt") && lines[1].contains("unreadable"),
        "{lines:?}"
    );
    assert_eq!(*lines.last().unwrap(), "10000 in total: 1 unreadable, 9999 ok");
    assert_eq!(lines.iter().filter(|line| line.ends_with("  ok")).count(), 9_999);
}

#[test]
fn what_belongs_together_is_found_among_strangers() {
    let environment = Environment::new();
    authority(&environment, "ca", "3650");
    authority(&environment, "short", "10");
    authority(&environment, "old", "3650");
    issue(&environment, "ca", "leaf", "365");
    issue(&environment, "short", "outliving", "365");
    issue(&environment, "old", "orphan", "365");
    // Another CA of the same name takes its place.
    authority(&environment, "old", "3650");
    issue(&environment, "ca", "mismatched", "365");
    environment.write("mismatched.key", &environment.read("leaf.key"));
    // As cfssl names them.
    environment.write("named.pem", &environment.read("leaf.crt"));
    environment.write("named-key.pem", &environment.read("leaf.key"));
    // A chain in a file: its second certificate is one of its own.
    let chain = environment.read("leaf.crt") + &environment.read("ca.crt");
    environment.write("chain.crt", &chain);
    let found = by_name(&status(&environment, &["--path", "."]));
    let is = |name: &str, status: &str| {
        let entry = &found[name];
        assert_eq!(entry["status"], status, "{entry:#}");
    };
    is("ca.crt", "ok");
    is("leaf.crt", "ok");
    is("short.crt", "due");
    is("outliving.crt", "outlives its CA");
    is("orphan.crt", "issuer changed");
    is("mismatched.crt", "key mismatch");
    is("named.pem", "ok");
    assert_eq!(found["named.pem"]["hasPrivateKey"], true);
    assert_eq!(found["chain.crt/2"]["subject"], "CN=ca");
    // Behind their CA's end, too.
    let late =
        by_name(&status(&environment, &["--path", ".", "--within", "1d", "--at", &days(20)]));
    assert_eq!(late["short.crt"]["status"], "expired");
    assert_eq!(late["outliving.crt"]["status"], "CA expired");
}

#[test]
fn names_that_somebody_chose_move_no_cursor() {
    let environment = Environment::new();
    let subject = ["-subj", "/CN=evil\x1b[2J\"\\name"];
    certificate(&environment, "evil", &subject);
    for format in ["table", "wide", "csv", "json", "yaml", "prometheus", "kubeadm"] {
        let args = ["status", "--path", "evil.crt", "-o", format];
        let text = environment.kubepki(&args).expect_success();
        assert!(format == "prometheus" || !text.contains('\x1b'), "{format}: {text:?}");
        if format == "prometheus" {
            promtool(&text);
        }
    }
}

#[test]
fn a_root_is_shown_with_what_lies_elsewhere() {
    let environment = Environment::of_spec(super::SPEC);
    environment.apply();
    let copied = environment.read("hosts/server/etc/kubernetes/pki/apiserver.crt");
    environment.write("elsewhere/apiserver.crt", &copied);
    let status = status(&environment, &["--path", "elsewhere"]);
    assert!(entries(&status).len() > 20);
    assert_eq!(by_name(&status)["elsewhere/apiserver.crt"]["authority"], "ca");
    // What is in the root and is looked for there, too, is shown once.
    let both = super::status(&environment, &["--path", "."]);
    let paths: Vec<_> = entries(&both).iter().map(|entry| entry["path"].to_string()).collect();
    let of = |path: &str| paths.iter().filter(|it| **it == format!("\"{path}\"")).count();
    assert_eq!((of("authorities/ca.crt"), of("elsewhere/apiserver.crt")), (1, 1), "{paths:?}");
}

/// A self-signed certificate of a new P-256 key, `<name>.crt` and `<name>.key`.
pub(super) fn certificate(environment: &Environment, name: &str, more: &[&str]) {
    let path = |end: &str| environment.path(&format!("{name}{end}")).display().to_string();
    let (crt, key, subject) = (path(".crt"), path(".key"), format!("/CN={name}"));
    let csr = path(".csr");
    if more.contains(&"-not_after") {
        // OpenSSL 3.0 sets both dates in `ca` alone.
        openssl::new_request(Path::new(&key), Path::new(&csr), &subject, &[]);
        let config = path(".cnf");
        let folder = environment.root().display();
        fs::write(
            &config,
            format!("[ca]\ndefault_ca=d\n[d]\ndatabase={folder}/index.txt\nserial={folder}/serial\nnew_certs_dir={folder}\npolicy=p\ndefault_md=sha256\n[p]\ncommonName=supplied\n"),
        )
        .unwrap();
        environment.write("index.txt", "");
        environment.write("serial", "01\n");
        let dates: Vec<_> = more
            .iter()
            .map(|it| match *it {
                "-not_before" => "-startdate",
                "-not_after" => "-enddate",
                other => other,
            })
            .collect();
        let args = [
            "ca",
            "-batch",
            "-config",
            &config,
            "-selfsign",
            "-keyfile",
            &key,
            "-in",
            &csr,
            "-out",
            &crt,
            "-notext",
        ];
        openssl::run(&[&args[..], &dates].concat()).expect_success();
        for name in [".csr", ".cnf"] {
            fs::remove_file(path(name)).unwrap();
        }
        return;
    }
    let new = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
    let rest = ["-days", "365", "-keyout", &key, "-out", &crt, "-subj", &subject];
    openssl::run(&[&new[..], &rest, more].concat()).expect_success();
}

fn authority(environment: &Environment, name: &str, days: &str) {
    let constraints = "basicConstraints=critical,CA:TRUE";
    certificate(environment, name, &["-addext", constraints, "-days", days]);
}

fn issue(environment: &Environment, authority: &str, name: &str, days: &str) {
    let path = |name: &str, end: &str| environment.path(&format!("{name}{end}"));
    let (key, csr) = (path(name, ".key"), path(name, ".csr"));
    openssl::new_request(&key, &csr, &format!("/CN={name}"), &[]);
    let text = |path: &Path| path.display().to_string();
    let config = path(name, ".ext");
    fs::write(&config, "authorityKeyIdentifier=keyid\nsubjectKeyIdentifier=hash\n").unwrap();
    openssl::run(&[
        "x509",
        "-req",
        "-in",
        &text(&csr),
        "-CA",
        &text(&path(authority, ".crt")),
        "-CAkey",
        &text(&path(authority, ".key")),
        "-CAcreateserial",
        "-days",
        days,
        "-extfile",
        &text(&config),
        "-out",
        &text(&path(name, ".crt")),
    ])
    .expect_success();
    fs::remove_file(csr).unwrap();
}

/// The entries by their path, and the part of it.
fn by_name(status: &Value) -> BTreeMap<String, Value> {
    let name = |entry: &Value| {
        let path = entry["path"].as_str().unwrap();
        match entry["embedded"]["key"].as_str() {
            Some(key) => format!("{path}/{key}"),
            None => path.to_owned(),
        }
    };
    let only = entries(status).iter().filter(|entry| entry["embedded"]["kind"] != "cluster");
    only.map(|entry| (name(entry), entry.clone())).collect()
}

/// The day so many days from now.
fn days(days: i64) -> String {
    let then = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(24 * days);
    then.strftime("%F").to_string()
}

fn base64(bytes: &[u8]) -> String {
    let mut command = kubepki_testkit::programs::command("base64");
    command.arg("-w0");
    kubepki_testkit::programs::finish(command, bytes).expect_success()
}
