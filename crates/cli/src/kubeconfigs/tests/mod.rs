//! What `issue --merge-into` does to a file, as kubectl sees it.
#![expect(clippy::disallowed_methods, reason = "tests look at files")]

use std::fs;

use kubepki_kubeconfig::{SecretSource, Source};
use kubepki_testkit::programs;
use serde_json::{Value, json};

use super::*;

const FOREIGN: &str = "\
current-context: mine
x-top: yes
clusters:
- {name: mine, cluster: {server: 'https://mine', x-team: blue}}
- {name: by-path, cluster: {server: 'https://lb:6443', certificate-authority: ca.crt}}
users:
- {name: me, user: {token: abc}}
contexts:
- {name: mine, context: {cluster: mine, user: me, namespace: web}}
";

fn client(cluster: &str, server: &str) -> ClientConfig {
    ClientConfig {
        cluster: cluster.into(),
        server: server.into(),
        ca: Source::Data("CA".into()),
        user: "jane".into(),
        client_certificate: Source::Data("CERT".into()),
        client_key: SecretSource::Data("KEY".into()),
        namespace: None,
    }
}

fn kubectls(path: &Path) -> Value {
    let mut command = programs::command("kubectl");
    command.args(["config", "view", "--raw", "-o", "json", "--kubeconfig"]).arg(path);
    serde_json::from_str(&programs::finish(command, b"").expect_success()).unwrap()
}

fn merge(path: &Path, client: ClientConfig) -> Result<(String, Written), CommandError> {
    let now = "2026-11-20T12:00:00Z".parse().unwrap();
    merge_into(path, client, Replace::Never, SetCurrent::IfFirst, now)
}

#[test]
fn a_client_is_added_and_kubectl_sees_nothing_else_change() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config");
    fs::write(&path, FOREIGN).unwrap();
    let mut expected = kubectls(&path);
    let (context, written) = merge(&path, client("prod", "https://lb:6443")).unwrap();
    let add = |list: &mut Value, entry: Value| list.as_array_mut().unwrap().push(entry);
    let cluster = json!({ "server": "https://lb:6443", "certificate-authority-data": "Q0E=" });
    add(&mut expected["clusters"], json!({ "name": "prod", "cluster": cluster }));
    let user = json!({ "client-certificate-data": "Q0VSVA==", "client-key-data": "S0VZ" });
    // kubectl lists by name.
    expected["users"].as_array_mut().unwrap().insert(0, json!({ "name": "jane", "user": user }));
    let its = json!({ "name": "jane@prod", "context": { "cluster": "prod", "user": "jane" } });
    expected["contexts"].as_array_mut().unwrap().insert(0, its);
    assert_eq!((context.as_str(), kubectls(&path)), ("jane@prod", expected));
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains("x-top: yes\n") && text.contains("x-team: blue"), "{text}");
    let Written::Replaced { backup } = written else { panic!("no backup") };
    assert_eq!(fs::read_to_string(backup).unwrap(), FOREIGN);

    let again = merge(&path, client("prod", "https://lb:6443")).unwrap().1;
    assert!(matches!(again, Written::Unchanged));
}

#[test]
fn a_cluster_of_the_same_name_is_the_same_only_with_its_server_and_ca() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config");
    fs::write(&path, FOREIGN).unwrap();
    for (cluster, server, word) in [
        ("mine", "https://lb:6443", "with the server \"https://mine\""),
        ("mine", "https://mine", "with another CA"),
        // Its CA file is not there.
        ("by-path", "https://lb:6443", "with another CA"),
    ] {
        let error = merge(&path, client(cluster, server)).err().unwrap().to_string();
        assert!(error.contains("nothing has changed") && error.contains(word), "{error}");
        assert_eq!(fs::read_to_string(&path).unwrap(), FOREIGN);
    }
    fs::write(folder.path().join("ca.crt"), "CA\n").unwrap();
    merge(&path, client("by-path", "https://lb:6443")).unwrap();
}

#[test]
fn a_new_machine_gets_its_file_and_folder() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(".kube/config");
    let (_, written) = merge(&path, client("prod", "https://lb:6443")).unwrap();
    assert!(matches!(written, Written::New));
    assert_eq!(kubectls(&path)["current-context"], "jane@prod");
}
