//! Kubeconfigs of a root that name files, as the kubelet's do, and those that have further users: what
//! they come to is in the files, and nowhere else.

use std::fs;

use serde_json::Value;

use crate::{clock::kubepki_at, environment::Environment};

use super::{BEGIN, SPEC, elsewhere::certificate, entries};

const KUBELET: &str = "hosts/node-0/etc/kubernetes/kubelet.conf";
const NAMED: &str = "hosts/node-0/var/lib/kubelet/pki/kubelet-client-current.pem";

/// A root whose kubelet has taken its certificate into its own hands.
fn rotating(named: &str) -> Environment {
    let environment = Environment::of_spec(SPEC);
    kubepki_at(BEGIN, &environment, &["apply"]).expect_success();
    let pki = "hosts/server/etc/kubernetes/pki/apiserver-kubelet-client";
    let pair = [".crt", ".key"].map(|end| environment.read(&format!("{pki}{end}")));
    environment.write(NAMED, &pair.concat());
    with_users(&environment, KUBELET, |users| {
        users[0]["user"] = serde_json::json!({ "client-certificate": named, "client-key": named });
    });
    environment
}

fn with_users(environment: &Environment, path: &str, change: impl FnOnce(&mut Vec<Value>)) {
    let mut config: Value = serde_yaml::from_str(&environment.read(path)).unwrap();
    change(config["users"].as_array_mut().unwrap());
    environment.write(path, &serde_json::to_string(&config).unwrap());
}

/// The row of the kubelet at a time, and whether `--check` finds something.
fn kubelet(environment: &Environment, at: &str) -> (Value, bool) {
    let output = environment.kubepki(&["status", "-o", "json", "--check", "--at", at]);
    let status: Value = serde_json::from_str(&output.stdout).unwrap();
    let is_it = |it: &&Value| it["entry"] == "kubelet" && it["host"] == "node-0";
    let mut found = entries(&status).iter().filter(is_it);
    let row = found.next().unwrap().clone();
    assert!(found.next().is_none(), "one row: {status:#}");
    (row, output.code == Some(3))
}

#[test]
fn the_certificate_that_a_kubelet_renews_is_followed_to_its_file() {
    // As the machine knows it, and from the kubeconfig's folder.
    for named in [
        "/var/lib/kubelet/pki/kubelet-client-current.pem",
        "../../var/lib/kubelet/pki/kubelet-client-current.pem",
    ] {
        let environment = rotating(named);
        let (row, found) = kubelet(&environment, "2026-01-01");
        assert_eq!((&row["status"], found), (&"ok".into(), false), "{row:#}");
        assert_eq!(row["subject"], "CN=kube-apiserver-kubelet-client");
        assert_eq!((&row["authority"], &row["hasPrivateKey"]), (&"ca".into(), &true.into()));
        // A tenth of its life is more than the 30 days of the spec.
        assert_eq!(kubelet(&environment, "2026-11-30").0["status"], "ok");
        assert_eq!(kubelet(&environment, "2026-12-10").0["status"], "due");
        let (row, found) = kubelet(&environment, "2027-03-01");
        assert_eq!((&row["status"], found), (&"expired".into(), true), "{row:#}");
        assert_eq!(row["notes"][0]["note"], "kubeletManaged");
        // Where it is asked for by its path, it is there under its name.
        let at = ["status", "--dir", ".", "--path", KUBELET];
        let shown = environment.kubepki(&[&at[..], &["--at", "2026-01-01"]].concat());
        assert!(shown.stdout.contains("kubelet of node-0  "), "{}", shown.stdout);
        environment.write(NAMED, "rubbish\n");
        let (row, found) = kubelet(&environment, "2026-01-01");
        assert_eq!((&row["status"], found), (&"unreadable".into(), true), "{row:#}");
        fs::remove_file(environment.path(NAMED)).unwrap();
        let (row, found) = kubelet(&environment, "2026-01-01");
        assert_eq!((&row["status"], found), (&"missing".into(), true), "{row:#}");
        let path = row["attention"][0]["path"].as_str().unwrap();
        assert!(path.starts_with("hosts/node-0/") && path.ends_with("-current.pem"), "{path}");
    }
}

#[test]
fn a_certificate_of_hours_is_due_when_its_kubelet_has_failed_to_renew_it() {
    let environment = rotating("/var/lib/kubelet/pki/kubelet-client-current.pem");
    environment.edit("cluster.yaml", "lifetime: 72h", "lifetime: 24h");
    kubepki_at(BEGIN, &environment, &["apply"]).expect_success();
    with_users(&environment, "users/jane.conf", |users| {
        let data = |field: &str| decoded(users[0]["user"][field].as_str().unwrap());
        let pair = data("client-certificate-data") + &data("client-key-data");
        environment.write(NAMED, &pair);
    });
    assert_eq!(kubelet(&environment, "2026-01-01T20:00").0["status"], "ok");
    assert_eq!(kubelet(&environment, "2026-01-01T22:00").0["status"], "due");
    assert_eq!(kubelet(&environment, "2026-01-02T00:10").0["status"], "expired");
}

#[test]
fn every_user_of_a_kubeconfig_is_shown() {
    let environment = Environment::of_spec(SPEC);
    kubepki_at(BEGIN, &environment, &["apply"]).expect_success();
    let dates = ["-not_before", "20240101000000Z", "-not_after", "20241231000000Z"];
    certificate(&environment, "bob", &dates);
    with_users(&environment, "users/super-admin.conf", |users| {
        let named = |end: &str| environment.path(&format!("bob.{end}")).display().to_string();
        let user =
            serde_json::json!({ "client-certificate": named("crt"), "client-key": named("key") });
        users.push(serde_json::json!({ "name": "bob", "user": user }));
        users.push(serde_json::json!({ "name": "carol", "user": { "token": "t" } }));
    });
    let output = environment.kubepki(&["status", "--check", "--at", "2026-01-01"]);
    assert_eq!(output.code, Some(3), "{output:#?}");
    let row = output.stdout.lines().find(|line| line.contains("bob")).unwrap();
    assert!(row.starts_with("users/super-admin.conf (user bob)"), "{row}");
    assert!(row.contains("2024-12-31") && row.ends_with("expired"), "{row}");
    assert!(output.stdout.contains("1 expired, "), "{}", output.stdout);
    let args = ["status", "-o", "kubeadm", "--dir", environment.root().to_str().unwrap()];
    let info: Value = serde_json::from_str(&environment.kubepki(&args).expect_success()).unwrap();
    let names = info["certificates"].as_array().unwrap().iter().map(|it| it["name"].as_str());
    let names: Vec<_> = names.map(Option::unwrap).collect();
    assert_eq!(names.iter().filter(|it| **it == "super-admin.conf").count(), 1, "{names:?}");
    assert!(names.iter().any(|it| it.ends_with("super-admin.conf (user bob)")), "{names:?}");
    // No verb of ours renews it.
    assert_eq!(output.stderr, "");
}

fn decoded(text: &str) -> String {
    let mut command = kubepki_testkit::programs::command("base64");
    command.arg("-d");
    kubepki_testkit::programs::finish(command, text.as_bytes()).expect_success()
}
