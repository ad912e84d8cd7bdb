//! What a cluster or a machine answers: objects of the API, and what kubectl and ssh say.

use serde_json::{Value, json};

use super::*;

#[test]
fn no_answer_reaches_the_terminal() {
    let environment = Environment::of_example("hard-way");
    environment.apply();
    environment.kubepki(&["csr", "new", "jane"]).expect_success();
    let mut found = Found::default();
    let request = environment.path("jane.csr").into_os_string();
    let request = programs::run("base64", ["-w0".into(), request]).expect_success();
    let object = |condition: Value, certificate: &str| {
        json!({
            "apiVersion": "certificates.k8s.io/v1", "kind": "CertificateSigningRequest",
            "metadata": { "name": hostile("name"), "creationTimestamp": hostile("time") },
            "spec": {
                "request": request.trim(), "signerName": hostile("signer"),
                "username": hostile("user"), "usages": [hostile("usage")],
                "groups": [hostile("group")], "uid": hostile("uid"),
            },
            "status": { "certificate": certificate, "conditions": [condition] },
        })
    };
    let condition =
        |kind: &str| json!({ "type": kind, "reason": hostile("r"), "message": hostile("m") });
    let hidden = hostile("-----BEGIN CERTIFICATE-----");
    environment.write("hidden", &hidden);
    let certificate = environment.path("hidden").into_os_string();
    let certificate = programs::run("base64", ["-w0".into(), certificate]).expect_success();
    let mut objects = Vec::new();
    for kind in ["Denied", "Failed", "Approved", &hostile("kind")] {
        objects.push(object(condition(kind), ""));
        objects.push(object(condition(kind), certificate.trim()));
    }
    for mut answer in objects {
        answer["items"] = json!([answer.clone()]);
        environment.write("answer", &answer.to_string());
        let path = environment.path("answer");
        program(&environment, "kubectl", &format!("#!/bin/sh\ncat '{}'\n", path.display()));
        every_verb(&environment, &mut found);
    }
    // An answer that is none, and an error.
    environment.write("answer", &hidden);
    every_verb(&environment, &mut found);
    let path = environment.path("answer");
    program(&environment, "kubectl", &format!("#!/bin/sh\ncat '{}' >&2\nexit 1\n", path.display()));
    every_verb(&environment, &mut found);
    for code in [0, 1, 255] {
        for stream in [1, 2] {
            let script = format!("#!/bin/sh\ncat '{}' >&{stream}\nexit {code}\n", path.display());
            program(&environment, "ssh", &script);
            for more in [&[][..], &["--diff"]] {
                found.run(&environment, &[&["host", "push", "node-0"], more].concat());
            }
        }
    }
    found.finish(90);
}

fn every_verb(environment: &Environment, found: &mut Found) {
    for format in ["text", "json", "yaml"] {
        found.run(environment, &["csr", "list", "-o", format]);
    }
    let signer = "--signer=kubernetes.io/kube-apiserver-client";
    let manifest = environment.kubepki(&["csr", "manifest", "jane.csr", signer]).expect_success();
    environment.write("jane.yaml", &manifest);
    for args in [
        &["csr", "fetch", "jane"][..],
        &["csr", "fetch", "jane", "--key", "jane.key"],
        &["csr", "approve", "jane"],
        &["csr", "deny", "jane", "--reason", "no"],
        &["csr", "sign", "jane", "--profile", "user"],
        &["csr", "submit", "jane.yaml"],
        &["csr", "request", "kim"],
    ] {
        found.run(environment, args);
    }
}
