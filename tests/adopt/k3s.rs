//! k3s's folder: five CAs, chains behind every leaf, a CA for clients and another for servers.

use std::fs;

use kubepki_cluster::Certificate;
use kubepki_testkit::{Verification, openssl};

use super::{adopt, defects, made_by};

#[test]
fn k3s_has_no_defect_and_new_certificates_are_like_the_old_ones() {
    let environment = made_by("k3s.sh");
    let said = adopt(&environment, "pki", &[]);
    for left_out in ["tls/service.key", "tls/client-ca.nochain.crt", "cred/scheduler.kubeconfig"] {
        assert!(said.contains(left_out), "{left_out} is not in {said}");
    }
    assert_eq!(defects(&environment, "pki"), [""; 0]);
    let spec = environment.read("pki/cluster.yaml");
    for text in [
        "\ntrust: server-ca\n",
        "name: etcd-peer-ca\n    certificate: tls/etcd/peer-ca.crt\n",
        "name: front-proxy-ca\n    certificate: tls/request-header-ca.crt\n",
        "name: user/admin\n    certificate: tls/client-admin.crt\n",
        "serviceCIDRs: [10.43.0.0/16]\n",
        "keyAlgorithm: ecdsa-p256\n",
    ] {
        assert!(spec.contains(text), "{text:?} is not in {spec}");
    }

    let verify = |code: i32, error: &str| {
        let output = environment.kubepki(&["verify", "--dir", "pki"]);
        assert_eq!(output.code, Some(code), "{output:?}");
        let errors = output.stdout.lines().filter(|line| line.starts_with("error "));
        assert_eq!(errors.collect::<Vec<_>>().join(" "), error, "{}", output.stdout);
        output.stdout
    };
    verify(0, "");

    environment.edit("pki/cluster.yaml", "users: []", "users: [{name: jane}]");
    environment.kubepki(&["apply", "--dir", "pki"]).expect_success();
    environment.kubepki(&["renew", "--all", "--dir", "pki"]).expect_success();
    assert_eq!(defects(&environment, "pki"), [""; 0]);
    verify(0, "");
    // The CA still follows the certificate, in files and in kubeconfigs.
    let serving = environment.path("pki/tls/serving-kube-apiserver.crt");
    let chain = Certificate::all_from_pem(&fs::read(&serving).unwrap()).unwrap();
    let server_ca = environment.path("pki/tls/server-ca.crt");
    let ca = Certificate::from_pem(&fs::read(&server_ca).unwrap()).unwrap();
    assert_eq!(chain[1..], [ca]);
    let addresses = ["10.43.0.1".parse().unwrap()];
    let question = Verification::of_server(&serving, &server_ca, &["cp-0"], &addresses);
    openssl::verify(&question).unwrap();
    // A new user is the client CA's, and trusts the server's.
    environment.kubepki(&["issue", "user", "joe", "--dir", "pki"]).expect_success();
    for file in ["pki/users/jane.conf", "joe.conf"] {
        let raw = environment.kubepki(&[
            "kubeconfig",
            "view",
            "--raw",
            "--kubeconfig",
            file,
            "-o",
            "json",
        ]);
        let raw: serde_json::Value = serde_json::from_str(&raw.expect_success()).unwrap();
        let data = |pointer: &str, name: &str| {
            let path = environment.path(name);
            let text = raw.pointer(pointer).unwrap().as_str().unwrap();
            fs::write(&path, openssl_base64(text)).unwrap();
            path
        };
        let trusted = data("/clusters/0/cluster/certificate-authority-data", "trusted.crt");
        assert_eq!(fs::read(trusted).unwrap(), fs::read(&server_ca).unwrap());
        let user = data("/users/0/user/client-certificate-data", "user.crt");
        let client_ca = environment.path("pki/tls/client-ca.crt");
        openssl::verify(&Verification::of_client(&user, &client_ca)).unwrap();
    }

    // Each CA of the spec issues, by its own name, and nobody else's does.
    let issue = |issuer: &str| {
        let args = ["issue", "server", "web.example.com", "--issuer", issuer, "--dir", "pki"];
        environment.kubepki(&args)
    };
    issue("server-ca").expect_success();
    let web = environment.path("web.example.com.crt");
    openssl::verify(&Verification::of_server(&web, &server_ca, &["web.example.com"], &[])).unwrap();
    let refused = issue("kubelet-ca");
    assert_eq!(refused.code, Some(2), "{refused:?}");
    let hint = "hint: one of `ca`, `";
    assert!(refused.stderr.contains(hint), "{refused:?}");

    // What the spec says otherwise is found.
    environment.edit("pki/cluster.yaml", "issuer: server-ca", "issuer: etcd-peer-ca");
    let said = verify(3, "error wrong-authority");
    assert!(said.contains("but the spec has the CA in"), "{said}");
    environment.edit("pki/cluster.yaml", "trust: server-ca", "trust: etcd-ca");
    verify(3, "error stale-authority error wrong-authority");
}

fn openssl_base64(text: &str) -> Vec<u8> {
    use std::process::Command;

    let mut command = Command::new(kubepki_testkit::programs::find("openssl"));
    command.args(["base64", "-d", "-A"]);
    kubepki_testkit::programs::finish(command, text.as_bytes()).expect_success().into_bytes()
}
