//! The verbs that speak to a cluster, before an apiserver that is not there, hangs, refuses, or
//! talks nonsense: one error with the reason, a hint, exit code 1, and nothing half-written.

use std::{
    io::{self, Read, Write},
    net::{Ipv4Addr, Shutdown, TcpListener},
    thread,
    time::Duration,
};

use kubepki_testkit::{Output, ports::Port, programs};

use crate::environment::Environment;

/// Each verb with files that it would write, after which the same kubeconfig is named.
const VERBS: [&[&str]; 8] = [
    &["csr", "list"],
    &["csr", "approve", "jane"],
    &["csr", "deny", "jane", "--reason", "no"],
    &["csr", "fetch", "jane", "-o", "jane.crt"],
    &["csr", "fetch", "jane", "--key", "jane.key", "-o", "jane.conf"],
    &["csr", "submit", "jane.yaml"],
    &["csr", "request", "amy"],
    &["csr", "sign", "jane", "--profile", "user"],
];

#[test]
fn an_apiserver_that_is_not_there() {
    let port = Port::reserve();
    refused_by(&format!("https://127.0.0.1:{}", port.number()), "refused", "apiserver runs");
}

#[test]
fn a_server_whose_name_nobody_knows() {
    refused_by("https://apiserver.invalid:6443", "apiserver.invalid", "server in the kubeconfig");
}

#[test]
fn an_apiserver_that_never_answers() {
    // Bound and never accepted: the system takes the connection, and nobody the request.
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    // In some words or other: kubectl has several for it.
    refused_by(&url, "server", "can reach");
}

#[test]
fn an_apiserver_that_refuses() {
    for (code, reason, said, hint) in [
        (401, "Unauthorized", "Unauthorized", "kubepki kubeconfig check"),
        (403, "Forbidden", "orbidden", "whose user may do this"),
        (404, "NotFound", "(NotFound)", "kubepki csr list"),
        (429, "TooManyRequests", "(TooManyRequests)", "kubectl get csr"),
        (500, "InternalError", "(InternalError)", "kubectl get csr"),
        (503, "ServiceUnavailable", "(ServiceUnavailable)", "try again"),
    ] {
        let status = format!(
            r#"{{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"{reason}",
            "message":"so it is {reason}","code":{code}}}"#
        );
        refused_by(&serve(code, "application/json", status), said, hint);
    }
}

#[test]
fn a_server_that_is_no_apiserver() {
    let page = "<html><title>Welcome\u{1b}[2J</title></html>";
    refused_by(&serve(200, "text/html", page.to_owned()), "", "");
    for answer in ["", "null", "{}", "[]", r#"{"kind":"Pod"}"#, r#"{"items":[7]}"#] {
        refused_by(&serve(200, "application/json", answer.to_owned()), "", "");
    }
    // The answer of an apiserver without this version of the API.
    let missing = "404 page not found\n".to_owned();
    refused_by(&serve(404, "text/plain", missing), "could not find", "1.19 or newer");
    refused_by(&serve(403, "text/html", page.to_owned()), "orbidden", "whose user may do this");
}

/// Where there is no kubectl, or it dies.
#[test]
fn a_kubectl_that_is_not_there_or_dies() {
    let environment = ready("https://127.0.0.1:1");
    let before = environment.snapshot();
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("kubectl");
    for (text, said, hint) in
        [(None, "no `kubectl`", "install kubectl"), (Some("#!/bin/sh\nkill -9 $$\n"), "signal", "")]
    {
        if let Some(text) = text {
            use std::os::unix::fs::PermissionsExt;
            std::fs::write(&script, text).unwrap();
            std::fs::set_permissions(&script, PermissionsExt::from_mode(0o755)).unwrap();
        }
        for verb in VERBS {
            let mut command = environment.command(verb);
            command.env("PATH", folder.path());
            is_refusal(&programs::finish(command, b""), said, hint);
            assert_eq!(environment.snapshot(), before, "{verb:?}");
        }
    }
}

/// Before anybody is asked: here is no kubectl that could.
#[test]
fn names_and_manifests_that_are_none() {
    let environment = ready("https://127.0.0.1:1");
    let yaml = environment.read("jane.yaml");
    for (name, text) in [
        ("empty", String::new()),
        ("cut", yaml[..yaml.len() / 3].to_owned()),
        ("secret", yaml.replace("CertificateSigningRequest", "Secret")),
        ("usages", yaml.replace("client auth", "server auth")),
        ("bent", yaml.replace("request: ", "request: AAAA")),
        ("deep", "[".repeat(100_000)),
        ("huge", format!("{yaml}# {}", "x".repeat(1 << 20))),
        ("two", format!("{yaml}---\n{yaml}")),
    ] {
        environment.write(&format!("{name}.yaml"), &text);
    }
    let before = environment.snapshot();
    let refused = |args: &[&str]| {
        let mut command = environment.command(args);
        command.env("PATH", "");
        let output = programs::finish(command, b"");
        assert_eq!((output.code, output.stdout.as_str()), (Some(2), ""), "{args:?} {output:?}");
        assert_eq!(output.stderr.matches("error: ").count(), 1, "{args:?} {output:?}");
        assert!(environment.snapshot() == before, "{args:?}");
        output.stderr
    };
    let long = "a".repeat(300);
    for name in ["", ".", "..", "../jane", "a/b", "a b", "a\nb", "Jane", "-jane", &long, "a%2e"] {
        for verb in [&["approve"][..], &["deny", "--reason", "no"], &["fetch"]] {
            refused(&[&["csr"], verb, &["--", name]].concat());
        }
        refused(&["csr", "sign", "--profile", "user", "--", name]);
        if name != "Jane" {
            refused(&["csr", "request", "--", name]);
        }
    }
    for name in ["empty", "cut", "secret", "usages", "bent", "deep", "huge", "two", "absent"] {
        let said = refused(&["csr", "submit", &format!("{name}.yaml")]);
        assert!(said.contains("hint: "), "{name}: {said}");
    }
}

/// Runs every verb against a server; none may leave anything behind.
fn refused_by(url: &str, said: &str, hint: &str) {
    let environment = ready(url);
    let home = tempfile::tempdir().unwrap();
    let before = environment.snapshot();
    for verb in VERBS {
        let more = ["--kubeconfig", "config", "--request-timeout", "2"];
        let mut command = environment.command(&[verb, &more].concat());
        command.env("HOME", home.path());
        is_refusal(&programs::finish(command, b""), said, hint);
        assert_eq!(environment.snapshot(), before, "{url} {verb:?}");
    }
}

fn is_refusal(output: &Output, said: &str, hint: &str) {
    assert_eq!((output.code, output.stdout.as_str()), (Some(1), ""), "{output:?}");
    let stderr = &output.stderr;
    assert_eq!(stderr.lines().filter(|line| line.starts_with("error: ")).count(), 1, "{stderr}");
    assert!(stderr.contains("  caused by: ") && stderr.contains(said), "{stderr}");
    let is_hint = |line: &str| line.starts_with("hint: ") && line.contains(hint);
    assert!(stderr.lines().any(is_hint), "{stderr}");
    assert!(!stderr.contains(['\u{1b}', '\u{7}']), "{stderr:?}");
}

/// A root, a request with its key and manifest, and a kubeconfig for the server.
fn ready(url: &str) -> Environment {
    let environment = Environment::of_example("hard-way");
    environment.apply();
    environment.kubepki(&["csr", "new", "jane"]).expect_success();
    let signer = ["--signer", "kubernetes.io/kube-apiserver-client"];
    let manifest = environment.kubepki(&[&["csr", "manifest", "jane.csr"][..], &signer].concat());
    environment.write("jane.yaml", &manifest.expect_success());
    environment.write(
        "config",
        &format!(
            "clusters: [{{name: c, cluster: {{server: '{url}'}}}}]\n\
             users: [{{name: u, user: {{token: abc}}}}]\n\
             contexts: [{{name: x, context: {{cluster: c, user: u}}}}]\ncurrent-context: x\n"
        ),
    );
    environment
}

/// A server that has one answer for everything; its URL.
pub(crate) fn serve(code: u16, content_type: &'static str, body: String) -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            // One read holds a small request's head; its body is taken after the answer.
            let _ = stream.read(&mut [0; 65_536]);
            let length = body.len();
            let _ = write!(
                stream,
                "HTTP/1.1 {code} Status\r\nContent-Type: {content_type}\r\n\
                 Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
            );
            // A client that is still writing must not find the door shut.
            let _ = stream.shutdown(Shutdown::Write);
            let _ = stream.set_read_timeout(Some(Duration::from_secs(1)));
            let _ = io::copy(&mut stream, &mut io::sink());
        }
    });
    url
}
