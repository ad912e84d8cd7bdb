//! PKIs that other programs and people made, and that work: adopted and renewed, they still work.

use kubepki_testkit::{kubeadm, openssl, programs};

use super::{adopt, defects};
use crate::environment::{Environment, repository};

fn made(kind: &str) -> Environment {
    let environment = Environment::new();
    let mut command = programs::command("bash");
    command.arg(repository().join("tests/adopt/foreign.sh")).arg(kind).arg(environment.path("pki"));
    programs::finish(command, b"").expect_success();
    environment
}

#[track_caller]
fn assert_pair(environment: &Environment, certificate: &str, key: &str) {
    assert!(openssl::key_matches(&environment.path(key), &environment.path(certificate)), "{key}");
}

/// A program that archives what it signs has an old copy of every certificate, with the same key.
#[test]
fn what_a_ca_program_has_archived_is_no_entry() {
    let environment = made("easy-rsa");
    let said = adopt(&environment, "pki", &[]);
    let spec = environment.read("pki/cluster.yaml");
    for name in ["server", "admin"] {
        let pair = format!("certificate: issued/{name}.crt\n    key: private/{name}.key\n");
        assert!(spec.contains(&pair), "{spec}");
    }
    let is_archive = |line: &str| {
        ["certs_by_serial/", "renewed/", "revoked/"].iter().any(|it| line.contains(it))
    };
    assert!(!spec.lines().any(|line| !line.starts_with('#') && is_archive(line)), "{spec}");
    assert!(said.contains("renewed/issued/server.crt"), "{said}");
    environment.kubepki(&["renew", "--dir", "pki", "--all"]).expect_success();
    for name in ["server", "admin"] {
        let (certificate, key) =
            (format!("pki/issued/{name}.crt"), format!("pki/private/{name}.key"));
        assert_pair(&environment, &certificate, &key);
    }
    environment.kubepki(&["verify", "pki"]).expect_success();
}

/// The flags of the programs say which key signs tokens; its file may have any name and another job.
#[test]
fn the_key_of_tokens_is_kept_whatever_it_is_called() {
    let with = |flags: &str| {
        format!(
            "    - --etcd-servers=https://127.0.0.1:2379\n    - --tls-private-key-file=/etc/kubernetes/pki/apiserver.key\n{flags}"
        )
    };
    let own = "    - --service-account-key-file=/etc/kubernetes/pki/apiserver.key\n    - --service-account-signing-key-file=/etc/kubernetes/pki/apiserver.key\n";
    for flags in [with(own), with("")] {
        let environment = Environment::new();
        kubeadm::make_pki(environment.root(), 6443);
        for file in ["sa.key", "sa.pub"] {
            std::fs::remove_file(environment.path("etc/kubernetes/pki").join(file)).unwrap();
        }
        environment.write("etc/kubernetes/manifests/kube-apiserver.yaml", &flags);
        let said = adopt(&environment, "etc/kubernetes", &[]);
        assert!(
            said.contains("`pki/apiserver.key` is also a key of ServiceAccount tokens"),
            "{said}"
        );
        let before = environment.read("etc/kubernetes/pki/apiserver.key");
        let other = environment.read("etc/kubernetes/pki/front-proxy-client.key");
        environment.kubepki(&["renew", "--dir", "etc/kubernetes", "--all"]).expect_success();
        assert_eq!(before, environment.read("etc/kubernetes/pki/apiserver.key"));
        assert_ne!(other, environment.read("etc/kubernetes/pki/front-proxy-client.key"));
        assert_pair(
            &environment,
            "etc/kubernetes/pki/apiserver.crt",
            "etc/kubernetes/pki/apiserver.key",
        );
        assert_eq!(defects(&environment, "etc/kubernetes"), [""; 0]);
    }
}

#[test]
fn names_outside_the_alphabet_of_hosts_are_kept_or_shown_as_lost() {
    let environment = made("names");
    let said = adopt(&environment, "pki", &[]);
    let lost = r"DNS:comma\u{ff0c}example";
    assert!(said.contains(&format!("`comma.crt` has the name `{lost}`")), "{said}");
    // As JSON has it.
    let lost = lost.replace('\\', "\\\\");
    assert_eq!(defects(&environment, "pki"), [format!("comma: +[] -[{lost}]")]);
    let names = |file: &str| {
        let file = environment.path(file);
        let arguments = ["x509", "-noout", "-ext", "subjectAltName", "-in", file.to_str().unwrap()];
        openssl::run(&arguments).expect_success()
    };
    let before = [names("pki/peer.crt"), names("pki/server.crt")];
    environment.kubepki(&["renew", "--dir", "pki", "--all"]).expect_success();
    let sorted = |text: &String| {
        let mut names: Vec<_> =
            text.split([',', '\n']).map(|name| name.trim().to_owned()).collect();
        names.sort();
        names
    };
    let after = [names("pki/peer.crt"), names("pki/server.crt")];
    assert_eq!(before.each_ref().map(sorted), after.each_ref().map(sorted));
    assert_eq!(defects(&environment, "pki"), [""; 0]);
}
