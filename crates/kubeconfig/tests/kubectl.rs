//! The real kubectl reads our output and finds in it what we meant.

use std::{io::Write, process::Command};

use kubepki_kubeconfig::{ClientConfig, Kubeconfig, SecretSource, Source, Value};
use serde_json::{Value as Json, json};

#[test]
fn kubectl_reads_a_new_kubeconfig() {
    let config = Kubeconfig::from(jane());
    assert_eq!(
        kubectl_view(&config.to_yaml()),
        json!({
            "apiVersion": "v1",
            "kind": "Config",
            "preferences": {},
            "clusters": [{ "name": "prod", "cluster": {
                "server": "https://lb.example.com:6443", "certificate-authority-data": "Q0EK",
            }}],
            "users": [{ "name": "jane", "user": {
                "client-certificate-data": "Q0VSVAo=", "client-key-data": "S0VZCg==",
            }}],
            "contexts": [{ "name": "jane@prod", "context": {
                "cluster": "prod", "user": "jane", "namespace": "team-a",
            }}],
            "current-context": "jane@prod",
        })
    );
}

#[test]
fn kubectl_sees_nothing_else_changed_in_a_foreign_file() {
    let mut expected = kubectl_view(FOREIGN);
    let mut config = Kubeconfig::parse(FOREIGN).unwrap();
    assert_eq!(kubectl_view(&config.to_yaml()), expected, "changed by reading and writing alone");

    config.set_client(jane());

    // Changed in place: what an older kubectl does not know, it does not show.
    let cluster = expected["clusters"][0]["cluster"].as_object_mut().unwrap();
    cluster.insert("server".to_owned(), json!("https://lb.example.com:6443"));
    cluster.insert("certificate-authority-data".to_owned(), json!("Q0EK"));
    cluster.remove("insecure-skip-tls-verify");
    let kept = config.clusters[0].cluster.other.get("disable-compression");
    assert!(kept.is_some(), "a field that this kubectl may not know was lost");
    let exec = expected["users"][0]["user"]["exec"].clone();
    assert_eq!(exec["provideClusterInfo"], json!(true), "the sample lost its YAML 1.1 boolean");
    expected["users"][0]["user"] = json!({
        "client-certificate-data": "Q0VSVAo=", "client-key-data": "S0VZCg==",
        "token": "0123", "exec": exec,
    });
    // kubectl lists by name: `jane@prod` comes before `yes`.
    let contexts = expected["contexts"].as_array_mut().unwrap();
    let context = json!({ "cluster": "prod", "user": "jane", "namespace": "team-a" });
    contexts.insert(0, json!({ "name": "jane@prod", "context": context }));
    expected["current-context"] = json!("jane@prod");
    assert_eq!(kubectl_view(&config.to_yaml()), expected);
}

#[test]
fn kubectl_reads_the_same_text_for_every_awkward_string() {
    for text in [
        "yes",
        "Y",
        "off",
        "null",
        "~",
        "0123",
        "0x1f",
        "1e3",
        "1_000",
        "12:30:45",
        "2001-12-14",
        ".inf",
        ".NaN",
        "<<",
        "=",
        " a ",
        "a: b",
        "a #b",
        "- a",
        "*a",
        "&a",
        "!a",
        "%a",
        "@a",
        "a\nb\n",
        "\ttab",
        "\"'\\",
        "é\u{85}\u{2028}\u{feff}",
        "\u{1f600}",
        "\u{7f}\u{1}",
    ] {
        let mut config = Kubeconfig::from(jane());
        config.current_context = text.into();
        config.clusters[0].name = text.into();
        config.clusters[0].cluster.server = text.into();
        config.users[0].user.token = Some(text.into());
        config.users[0].user.other.insert("as-groups", Value::from(vec![text.into()]));
        let seen = kubectl_view(&config.to_yaml());
        assert_eq!(seen["current-context"], text, "{text:?}");
        assert_eq!(seen["clusters"][0]["name"], text, "{text:?}");
        assert_eq!(seen["clusters"][0]["cluster"]["server"], text, "{text:?}");
        assert_eq!(seen["users"][0]["user"]["token"], text, "{text:?}");
        assert_eq!(seen["users"][0]["user"]["as-groups"], json!([text]), "{text:?}");
    }
}

fn jane() -> ClientConfig {
    ClientConfig {
        cluster: "prod".into(),
        server: "https://lb.example.com:6443".into(),
        ca: Source::Data("CA\n".into()),
        user: "jane".into(),
        client_certificate: Source::Data("CERT\n".into()),
        client_key: SecretSource::Data("KEY\n".into()),
        namespace: Some("team-a".into()),
    }
}

/// Has what kubectl knows and our types do not name, and YAML 1.1's traps.
const FOREIGN: &str = "\
kind: Config
current-context: 'yes'
clusters:
- name: prod
  cluster: {server: 'https://old:6443', insecure-skip-tls-verify: yes,
            proxy-url: 'http://proxy:3128', disable-compression: on}
- cluster:
    server: https://other:6443
    certificate-authority-data: |
      Q0EK
    extensions:
    - name: minikube
      extension: {version: 'v1', nested: [1, 2.5, 0123, '0123', no, null]}
  name: zone
users:
- name: jane
  user:
    client-key: old.key
    client-certificate: old.crt
    token: '0123'
    exec:
      apiVersion: client.authentication.k8s.io/v1
      command: login
      args: [--now, '12', 'on']
      env: [{name: LEVEL, value: '7'}]
      provideClusterInfo: yes
      interactiveMode: Never
- name: zoe
  user: {username: zoe, password: 'p: w #1', as: root, as-groups: [a, b]}
contexts:
- name: 'yes'
  context: {cluster: zone, user: zoe}
";

/// Returns kubectl's understanding of a kubeconfig, with paths as they are in the file.
fn kubectl_view(yaml: &str) -> Json {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(yaml.as_bytes()).expect("room for it");
    let output = Command::new("kubectl")
        .args(["config", "view", "--raw", "-o", "json", "--kubeconfig"])
        .arg(file.path())
        .output()
        .unwrap_or_else(|error| {
            panic!("this test runs kubectl; run tests/setup, and the tests with tests/run: {error}")
        });
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "kubectl refused: {complaint}\n{yaml}");
    serde_json::from_slice(&output.stdout).expect("JSON from kubectl")
}
