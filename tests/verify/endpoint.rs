//! Real servers against their files.

use std::{
    net::TcpStream,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use kubepki_testkit::{openssl, ports::Port};

use super::{checks, json, set};
use crate::environment::Environment;

const PKI: &str = "hosts/server/etc/kubernetes/pki";

pub(super) struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Serves the apiserver's pair of a fresh root.
fn serve(environment: &Environment) -> (Server, String) {
    serve_pair(&environment.path(PKI), "apiserver", &[])
}

/// Serves a pair of a folder, with more options.
pub(super) fn serve_pair(folder: &Path, name: &str, options: &[&str]) -> (Server, String) {
    let address = format!("127.0.0.1:{}", Port::reserve().number());
    let child = Command::new("openssl")
        .args(["s_server", "-www", "-accept", &address, "-cert"])
        .arg(folder.join(format!("{name}.crt")))
        .arg("-key")
        .arg(folder.join(format!("{name}.key")))
        .args(options)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let server = Server(child);
    let begun = Instant::now();
    while TcpStream::connect(&address).is_err() {
        assert!(begun.elapsed() < Duration::from_secs(20), "s_server does not listen");
        thread::sleep(Duration::from_millis(20));
    }
    (server, address)
}

#[test]
fn renewed_but_not_reloaded() {
    let environment = Environment::of_example("hard-way");
    environment.apply();
    let (_server, address) = serve(&environment);
    let endpoint = format!("{address}={PKI}/apiserver.crt");
    let (document, code) = json(&environment, &["--endpoint", &endpoint]);
    assert_eq!((&document["findings"], code), (&serde_json::json!([]), 0));
    assert_eq!(document["endpoints"], 1);

    let file = |name: &str| environment.path(PKI).join(name);
    let subject = "/CN=kube-apiserver";
    let key = file("apiserver.key");
    let names = openssl::text(&file("apiserver.crt"));
    assert!(names.contains("IP Address:127.0.0.1"), "the address that is called");
    std::fs::remove_file(file("apiserver.crt")).unwrap();
    std::fs::remove_file(&key).unwrap();
    environment.apply();
    let (document, code) = json(&environment, &["--endpoint", &endpoint]);
    assert_eq!((checks(&document, "error"), code), (set(&["served-differs"]), 3), "{subject}");
    assert_eq!(document["findings"][0]["endpoint"], address);
}

#[test]
fn a_server_by_itself_is_checked_too() {
    let environment = Environment::of_example("hard-way");
    environment.apply();
    let (_server, address) = serve(&environment);
    let elsewhere = Environment::new();
    let (document, code) = json(&elsewhere, &["--endpoint", &address]);
    assert_eq!((checks(&document, "note"), code), (set(&["issuer-not-given"]), 0));
    let authority = environment.path("authorities/ca.crt").display().to_string();
    let (document, code) = json(&elsewhere, &[&authority, "--endpoint", &address]);
    assert_eq!((&document["findings"], code), (&serde_json::json!([]), 0));
}

/// Whoever answers can make a CA and send it along: what is served vouches for nothing.
#[test]
fn an_impostor_is_found_whatever_it_sends_along() {
    let environment = Environment::of_example("hard-way");
    environment.apply();
    let evil = tempfile::tempdir().unwrap();
    let path = |name: &str| evil.path().join(name).display().to_string();
    let (ca, ca_key) = (path("ca.crt"), path("ca.key"));
    let new = |name: &str, more: &[&str]| {
        let (key, certificate) = (path(&format!("{name}.key")), path(&format!("{name}.crt")));
        let subject = format!("/CN={name}");
        let mut arguments = vec!["req", "-x509", "-nodes", "-newkey", "rsa:2048", "-days", "9999"];
        arguments.extend(["-subj", &subject, "-addext", "subjectAltName=IP:127.0.0.1"]);
        arguments.extend(["-keyout", &key, "-out", &certificate]);
        arguments.extend(more);
        openssl::run(&arguments).expect_success();
    };
    new("ca", &[]);
    new("below", &["-CA", &ca, "-CAkey", &ca_key]);
    new("alone", &[]);
    let authority = environment.path("authorities/ca.crt").display().to_string();
    let elsewhere = Environment::new();
    for (name, options) in [("below", vec!["-cert_chain", &ca]), ("alone", vec![])] {
        let (_server, address) = serve_pair(evil.path(), name, &options);
        let (document, code) = json(&environment, &["--endpoint", &address]);
        assert_eq!((checks(&document, "error"), code), (set(&["unknown-authority"]), 3), "{name}");
        let (document, code) = json(&elsewhere, &[&authority, "--endpoint", &address]);
        assert_eq!((checks(&document, "error"), code), (set(&["unknown-authority"]), 3), "{name}");
        let (document, code) = json(&elsewhere, &["--endpoint", &address]);
        assert_eq!((checks(&document, "note"), code), (set(&["issuer-not-given"]), 0), "{name}");
    }
}

#[test]
fn etcds_certificate_is_not_the_apiservers() {
    let environment = Environment::of_example("hard-way");
    environment.apply();
    let folder = environment.path(PKI);
    let (_server, address) = serve_pair(&folder, "etcd/server", &[]);
    let (document, code) = json(&environment, &["--endpoint", &address]);
    assert_eq!(
        (&document["findings"], code),
        (&serde_json::json!([]), 0),
        "what it is nobody said"
    );
    let endpoint = format!("{address}={PKI}/apiserver.crt");
    let (document, code) = json(&environment, &["--endpoint", &endpoint]);
    let expected = set(&["served-differs", "wrong-authority"]);
    assert_eq!((checks(&document, "error"), code), (expected, 3));
}

#[test]
fn a_server_that_is_not_there_or_hangs_is_named_in_time() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let hanging = listener.local_addr().unwrap().to_string();
    let nobody = format!("127.0.0.1:{}", Port::reserve().number());
    let args = ["--timeout", "1s", "--endpoint", &hanging, "--endpoint", &nobody];
    let begun = Instant::now();
    let (document, code) = json(&Environment::new(), &args);
    assert!(begun.elapsed() < Duration::from_secs(30));
    assert_eq!((checks(&document, "error"), code), (set(&["unreachable"]), 3));
    let said = document["findings"].to_string();
    assert!(said.contains("did not answer in time") && said.contains("refused"), "{said}");
}
