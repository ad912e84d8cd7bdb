//! `kubepki renew`: what it says, what it leaves alone, and what it does when a part cannot be done.
//! The texts are in tests/golden/renew/, what was printed on stdout before what was said on stderr.

mod authority;
mod dates;
mod hook;
mod peers;
mod timer;

use std::{
    fs,
    os::unix::fs::{MetadataExt, chown},
};

use kubepki_testkit::programs::Output;

use crate::{clock::kubepki_at, environment::Environment, golden};

/// Short, so that dates can be told apart, and of three hosts.
const SPEC: &str = "\
apiVersion: kubepki/v1alpha1
kind: Cluster
name: demo
endpoint: api.demo.example:6443
serviceCIDRs: [10.32.0.0/24]
csrSigning: false
certificates:
  keyAlgorithm: ecdsa-p256
  serviceAccountKeyAlgorithm: ecdsa-p256
  lifetime: 365d
  caLifetime: 3650d
hosts:
  - name: server
    roles: [control-plane, etcd]
    addresses: [10.240.0.10]
  - name: node-0
    roles: [worker]
    addresses: [10.240.0.20]
  - name: node-1
    roles: [worker]
    addresses: [10.240.0.21]
users:
  - name: admin
    groups: [kubepki:cluster-admins]
  - name: jane
    groups: [dev, oncall]
    lifetime: 72h
";

const BEGIN: &str = "2026-01-01 00:00:00";

/// A root that was applied at [`BEGIN`].
fn applied(layout: &str) -> Environment {
    let environment = Environment::of_spec(&format!("{}layout: {layout}\n", spec_for(layout)));
    kubepki_at(BEGIN, &environment, &["apply"]).expect_success();
    environment
}

/// kubeadm's layout is that of one host.
fn spec_for(layout: &str) -> String {
    match (layout, SPEC.find("  - name: node-0"), SPEC.find("users:")) {
        ("kubeadm", Some(begin), Some(end)) => format!("{}{}", &SPEC[..begin], &SPEC[end..]),
        _ => SPEC.to_owned(),
    }
}

#[test]
fn nothing_is_due() {
    let environment = applied("hosts");
    let before = environment.snapshot();
    shows("nothing", 0, &kubepki_at("2026-01-02 00:00:00", &environment, &["renew"]));
    assert_eq!(environment.snapshot(), before);
}

#[test]
fn one_user_is_due_and_something_drifted() {
    let environment = applied("hosts");
    environment.edit("cluster.yaml", "[10.240.0.21]", "[10.240.0.22]");
    fs::remove_file(environment.path("rbac.yaml")).unwrap();
    let time = "2026-01-03 01:00:00";
    shows("drift", 0, &kubepki_at(time, &environment, &["renew"]));
    shows("drift-again", 0, &kubepki_at(time, &environment, &["renew"]));
    // What was left is still to be done, and nothing else.
    let plan = kubepki_at(time, &environment, &["plan"]).expect_success();
    assert!(plan.ends_with("plan: 1 to create, 1 to renew, 30 unchanged\n"), "{plan}");
}

#[test]
fn everything_in_every_layout() {
    for layout in ["hosts", "kubeadm", "hard-way"] {
        let environment = applied(layout);
        let time = "2026-12-15 00:00:00";
        shows(&format!("all-{layout}"), 0, &kubepki_at(time, &environment, &["renew", "--all"]));
        assert_eq!(kubepki_at(time, &environment, &["plan", "--exit-code"]).code, Some(0));
    }
}

#[test]
fn names_hosts_and_kept_keys() {
    let environment = applied("hosts");
    let time = "2026-02-01 00:00:00";
    let key = environment.read("hosts/node-0/var/lib/kubelet/pki/kubelet.key");
    let args =
        ["renew", "kubelet-server", "admin.conf", "--reuse-key", "--kubernetes-version", "v1.30.2"];
    shows("names", 0, &kubepki_at(time, &environment, &args));
    assert_eq!(environment.read("hosts/node-0/var/lib/kubelet/pki/kubelet.key"), key);
    shows("host", 0, &kubepki_at(time, &environment, &["renew", "--host", "node-1"]));
    assert_eq!(environment.read("hosts/node-0/var/lib/kubelet/pki/kubelet.key"), key);
}

#[test]
fn a_dry_run_writes_nothing_and_renew_does_what_it_printed() {
    let environment = applied("hosts");
    let (time, before) = ("2026-12-15 00:00:00", environment.snapshot());
    let args = ["renew", "--within", "20d", "-o", "json"];
    let dry = kubepki_at(time, &environment, &[&args[..], &["--dry-run"]].concat());
    assert_eq!(environment.snapshot(), before);
    let done = kubepki_at(time, &environment, &args);
    assert_eq!(dry.expect_success(), done.clone().expect_success());
    let done: serde_json::Value = serde_json::from_str(&done.stdout).unwrap();
    let steps = done["steps"].as_array().unwrap();
    let written: Vec<_> = steps
        .iter()
        .filter(|step| step["action"] == "renew")
        .flat_map(|step| step["files"].as_array().unwrap())
        .map(|file| file.as_str().unwrap().to_owned())
        .collect();
    let after = environment.snapshot();
    let changed = after.iter().filter(|file| !before.contains(file)).map(|file| file.0.clone());
    let changed: Vec<_> = changed.filter(|path| !path.starts_with(".kubepki")).collect();
    let mut sorted = written.clone();
    sorted.sort();
    assert_eq!(changed, sorted);
    let hosts = done["afterwards"]["hosts"].as_array().unwrap();
    let told: Vec<_> = hosts
        .iter()
        .flat_map(|host| host["files"].as_array().unwrap())
        .chain(done["afterwards"]["users"].as_array().unwrap())
        .map(|file| file["path"].as_str().or(file.as_str()).unwrap().to_owned())
        .collect();
    assert_eq!(told.len(), written.len(), "each file is told of once: {told:?}");
    assert!(written.iter().all(|path| told.contains(path)));
    let yaml = kubepki_at(time, &environment, &["renew", "-o", "yaml"]).expect_success();
    assert!(yaml.contains("kind: Plan") && yaml.contains("afterwards:"), "{yaml}");
}

#[test]
fn what_cannot_be_renewed_is_named_and_the_rest_is_done() {
    let environment = applied("hosts");
    fs::remove_file(environment.path("authorities/etcd-ca.key")).unwrap();
    environment.write("users/jane.conf", "[");
    let time = "2026-12-15 00:00:00";
    let before = environment.read("users/admin.conf");
    shows("partly", 1, &kubepki_at(time, &environment, &["renew"]));
    assert_ne!(environment.read("users/admin.conf"), before);
    assert_eq!(environment.read("users/jane.conf"), "[");
    // Nothing of it is renewed twice.
    let again = kubepki_at(time, &environment, &["renew", "-q"]);
    assert_eq!(again.code, Some(1));
    assert!(again.stdout.ends_with("done: 5 refused, 27 unchanged\n"), "{again:#?}");
    // apply does all or nothing, as ever.
    let before = environment.snapshot();
    assert_eq!(kubepki_at(time, &environment, &["apply"]).code, Some(1));
    assert_eq!(environment.snapshot(), before);
}

#[test]
fn what_selects_nothing_is_an_error_and_changes_nothing() {
    let environment = applied("hosts");
    let before = environment.snapshot();
    for (args, word) in [
        (&["apiservr"][..], "the spec has no entry `apiservr`"),
        (&["ca"], "`ca` is not renewed: a CA is never overwritten"),
        (&["service-account"], "key pair"),
        (&["--host", "nowhere"], "no files for a host `nowhere`"),
        (&["apiserver", "--host", "node-0"], "not made for the chosen hosts"),
        (&["--all", "apiserver"], "cannot be used with"),
        (&["--all", "--within", "3d"], "cannot be used with"),
        (&["--within", "soon"], "soon"),
        (&["--within", "-3d"], ""),
        (&["--kubernetes-version", "latest"], "no version of Kubernetes"),
    ] {
        let output = environment.kubepki(&[&["renew"], args].concat());
        assert_eq!(output.code, Some(2), "{args:?}: {output:#?}");
        assert!(output.stderr.contains(word), "{args:?}: {}", output.stderr);
        assert_eq!(environment.snapshot(), before, "{args:?}");
    }
}

#[test]
fn a_name_may_be_that_of_a_file_and_one_that_is_wrong_is_guessed() {
    let environment = applied("hosts");
    let root = environment.root().display().to_string();
    let below = "hosts/server/etc/kubernetes/pki/apiserver.crt";
    let (here, absolute) = (format!("./{below}"), format!("{root}/{below}"));
    for name in ["apiserver.crt", "pki/apiserver.key", below, &here, &absolute] {
        let said = environment.kubepki(&["renew", name, "--dry-run"]).expect_success();
        assert!(said.ends_with("plan: 1 to renew, 31 unchanged\n"), "{name}: {said}");
    }
    for (name, near) in [
        ("kube-api-server", Some("apiserver")),
        ("apiserver.pem", Some("apiserver")),
        ("jnae", Some("user/jane")),
        ("x", None),
    ] {
        let run = environment.kubepki(&["renew", name]);
        assert_eq!(run.code, Some(2), "{run:#?}");
        let hint = near.map(|near| format!("hint: did you mean `{near}`?\n"));
        assert_eq!(run.stderr.contains("did you mean"), hint.is_some(), "{}", run.stderr);
        assert!(run.stderr.contains(&hint.unwrap_or_default()), "{}", run.stderr);
        assert!(run.stderr.contains("user/admin, user/jane"), "{}", run.stderr);
    }
}

/// `init` would begin a new PKI beside the one that is there.
#[test]
fn a_folder_with_a_pki_of_others_is_to_be_adopted() {
    for file in ["pki/ca.crt", "ca.crt", "ca.pem", "tls/server-ca.crt"] {
        let environment = Environment::new();
        environment.write(file, "");
        for verb in ["renew", "status", "plan"] {
            let run = environment.kubepki(&[verb]);
            assert_eq!(run.code, Some(2), "{run:#?}");
            assert!(run.stderr.contains("`kubepki adopt .`"), "{file}: {}", run.stderr);
            assert!(run.stderr.contains("`kubepki status --path .`"), "{file}: {}", run.stderr);
            assert!(!run.stderr.contains("kubepki init"), "{file}: {}", run.stderr);
        }
    }
}

/// An etcd that runs as a user of its own has to read its new key. Only root can give a file away.
#[test]
fn a_renewed_file_belongs_to_whom_the_old_one_did() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let environment = applied("kubeadm");
    let key = environment.path("pki/etcd/server.key");
    chown(&key, Some(1000), Some(1001)).unwrap();
    let is_as_it_was = || {
        let found = fs::metadata(&key).unwrap();
        assert_eq!((found.uid(), found.gid(), found.mode() & 0o777), (1000, 1001, 0o600));
    };
    environment.kubepki(&["renew", "etcd-server"]).expect_success();
    is_as_it_was();
    environment.kubepki(&["undo"]).expect_success();
    is_as_it_was();
}

#[test]
fn a_dry_run_says_what_would_have_to_happen() {
    let environment = applied("hosts");
    let run = environment.kubepki(&["renew", "scheduler", "--dry-run"]);
    assert!(run.stderr.contains("\nthen:\n  server\n"), "{}", run.stderr);
    assert!(run.stderr.contains("    restart  kube-scheduler: scheduler\n"), "{}", run.stderr);
}

#[test]
fn each_renewal_is_on_record() {
    let environment = applied("hosts");
    let rows = || -> Vec<String> {
        let list = environment.kubepki(&["ledger", "list", "-o", "json"]).expect_success();
        let list: serde_json::Value = serde_json::from_str(&list).unwrap();
        let rows = list["rows"].as_array().unwrap().iter();
        rows.map(|row| format!("{} {}", row["verb"], row["user"])).collect()
    };
    let before = rows();
    environment.kubepki(&["renew", "jane", "kubelet"]).expect_success();
    let mut added: Vec<_> = rows().into_iter().filter(|row| !before.contains(row)).collect();
    added.sort();
    let nodes = ["node-0", "node-1"].map(|node| format!("\"renew\" \"system:node:{node}\""));
    assert_eq!(added, ["\"renew\" \"jane\"".to_owned(), nodes[0].clone(), nodes[1].clone()]);
}

#[test]
fn apply_says_what_follows_where_it_replaced_something() {
    let environment = applied("hosts");
    environment.edit("cluster.yaml", "[10.240.0.21]", "[10.240.0.22]");
    environment.edit("cluster.yaml", "[dev, oncall]", "[dev]");
    let host = "  - {name: node-2, roles: [worker], addresses: [10.240.0.23]}\nusers:";
    environment.edit("cluster.yaml", "users:", host);
    shows("apply", 0, &kubepki_at("2026-01-02 00:00:00", &environment, &["apply"]));
}

#[track_caller]
fn shows(name: &str, code: i32, output: &Output) {
    assert_eq!(output.code, Some(code), "{output:#?}");
    let text = format!("{}{}", output.stdout, output.stderr);
    let wide: Vec<_> = text.lines().filter(|line| line.chars().count() > 80).collect();
    let is_allowed = |line: &&str| {
        ["error:", "hint:", "  caused by:", "      mv "].iter().any(|word| line.starts_with(word))
    };
    assert!(wide.iter().all(is_allowed), "wider than 80 columns: {wide:#?}");
    golden::check(&format!("renew/{name}.txt"), &text);
}
