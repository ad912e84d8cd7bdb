//! The names of files: `adopt` and `verify` know the same ones, whatever tool gave them.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::Path,
};

use kubepki_model::{Ending, FileName, NAMES, Slot, slot_of};
use kubepki_testkit::{openssl, programs};
use serde_json::Value;

use crate::environment::Environment;

/// Keys and certificates to be called something, below `made/`.
fn made() -> Environment {
    let environment = Environment::new();
    fs::create_dir(environment.path("made")).unwrap();
    let path = |name: &str| environment.path(&format!("made/{name}")).display().to_string();
    let names = "subjectAltName=DNS:server";
    let usage = |usage: &str| format!("extendedKeyUsage={usage}");
    let (server, client) = (usage("serverAuth"), usage("clientAuth"));
    let both = usage("serverAuth,clientAuth");
    let authority = ["basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign"];
    for (name, subject, extensions) in [
        ("root", "/CN=root", &authority[..]),
        ("authority", "/CN=another", &authority),
        ("server", "/CN=server", &[&server, names]),
        ("client", "/CN=client", &[&client]),
        ("admin", "/CN=admin", &[&client]),
        ("both", "/CN=server", &[&both, names]),
        ("node", "/O=system:nodes/CN=system:node:server", &[&client]),
        ("node-server", "/O=system:nodes/CN=system:node:server", &[&server, names]),
        ("controller-manager", "/CN=system:kube-controller-manager", &[&client]),
        ("kube-proxy", "/CN=system:kube-proxy", &[&client]),
        ("scheduler", "/CN=system:kube-scheduler", &[&client]),
        ("only-server", "/CN=x", &[&server]),
        ("only-client", "/CN=x", &[&client]),
    ] {
        let (key, certificate) = (path(&format!("{name}.key")), path(&format!("{name}.crt")));
        let mut command = programs::command("openssl");
        command.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]);
        command.args(["-nodes", "-days", "300", "-subj", subject, "-keyout", &key]);
        command.args(["-out", &certificate]);
        command.args(extensions.iter().flat_map(|it| ["-addext", *it]));
        if !extensions.contains(&authority[0]) {
            command.args(["-addext", "basicConstraints=critical,CA:FALSE"]);
            command.args(["-CA", &path("root.crt"), "-CAkey", &path("root.key")]);
        }
        programs::finish(command, b"").expect_success();
    }
    for (name, algorithm) in [("sa", "EC"), ("unfit", "ED25519")] {
        let (key, public) = (path(&format!("{name}.key")), path(&format!("{name}.pub")));
        let curve: &[&str] = match algorithm {
            "EC" => &["-pkeyopt", "ec_paramgen_curve:P-256"],
            _ => &[],
        };
        let generate = ["genpkey", "-algorithm", algorithm, "-out", &key];
        openssl::run(&[&generate, curve].concat()).expect_success();
        openssl::run(&["pkey", "-in", &key, "-pubout", "-out", &public]).expect_success();
    }
    environment
}

/// Calls what was made by this name, in an otherwise empty folder `pki`.
fn called(environment: &Environment, made: &str, path: &str) {
    let folder = environment.path("pki");
    let _ = fs::remove_dir_all(&folder);
    put(environment, made, path);
}

fn put(environment: &Environment, made: &str, path: &str) {
    let base = path.strip_suffix(".crt").unwrap();
    for ending in ["crt", "key", "pub"] {
        let from = environment.path(&format!("made/{made}.{ending}"));
        let to = environment.path(&format!("pki/{base}.{ending}"));
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        if from.exists() {
            fs::copy(from, &to).unwrap();
            let mode = if ending == "key" { 0o600 } else { 0o644 };
            fs::set_permissions(to, fs::Permissions::from_mode(mode)).unwrap();
        }
    }
}

/// The rows for files, by what they are for.
fn rows() -> BTreeMap<Slot, Vec<&'static FileName>> {
    let mut rows = BTreeMap::<_, Vec<_>>::new();
    for row in NAMES.iter().filter(|row| row.form.is_none_or(|form| form == Ending::Files)) {
        rows.entry(row.slot).or_default().push(row);
    }
    assert!(rows.len() > 20, "{rows:?}");
    rows
}

/// The errors of `verify`, by their checks.
fn errors(environment: &Environment) -> BTreeSet<String> {
    let output = environment.kubepki(&["verify", "-o", "json", "pki"]);
    let document: Value =
        serde_json::from_str(&output.stdout).unwrap_or_else(|e| panic!("{e}: {output:?}"));
    let findings = document["findings"].as_array().unwrap().iter();
    let errors = findings.filter(|finding| finding["severity"] == "error");
    errors.map(|finding| finding["check"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_same_defect_is_found_whatever_the_name() {
    let environment = made();
    called(&environment, "only-client", "notes.crt");
    let of_strangers = errors(&environment);
    for (slot, rows) in rows() {
        let made = match slot {
            Slot::ServiceAccount => "unfit",
            slot if slot.is_server() => "only-client",
            _ => "only-server",
        };
        let found: BTreeMap<_, _> = rows
            .iter()
            .map(|row| {
                called(&environment, made, &row.example());
                (errors(&environment), row.example())
            })
            .collect();
        assert_eq!(found.len(), 1, "{slot:?}: {found:#?}");
        assert_ne!(found.keys().next(), Some(&of_strangers), "{slot:?}");
    }
}

#[test]
fn adopt_and_the_table_agree_on_every_name() {
    let environment = made();
    for row in rows().into_values().flatten() {
        let made = match row.slot {
            Slot::ServiceAccount => "sa",
            Slot::Apiserver | Slot::ControllerManagerServer | Slot::SchedulerServer => "server",
            Slot::EtcdServer | Slot::EtcdPeer => "both",
            Slot::Kubelet => "node",
            Slot::KubeletServer => "node-server",
            Slot::ControllerManager => "controller-manager",
            Slot::KubeProxy => "kube-proxy",
            Slot::Scheduler => "scheduler",
            Slot::Admin | Slot::SuperAdmin => "admin",
            slot if slot.is_authority() => "authority",
            _ => "client",
        };
        let path = row.example();
        called(&environment, made, &path);
        // The CA that has issued a client is the cluster's.
        if !matches!(row.slot, Slot::ClusterCa | Slot::ClientCa) {
            put(&environment, "root", "ca.crt");
            put(&environment, "node", "node.crt");
        }
        let adopted = environment.kubepki(&["adopt", "pki"]);
        let spec = fs::read_to_string(environment.path("pki/cluster.yaml"))
            .unwrap_or_else(|e| panic!("{path}: {e}: {adopted:?}"));
        let ending = if row.slot == Slot::ServiceAccount { "key" } else { "crt" };
        let file = format!(": {}\n", path.replace(".crt", &format!(".{ending}")));
        let entry = spec.split("- name: ").find(|entry| entry.contains(&file));
        let name = entry.and_then(|entry| entry.lines().next());
        assert_eq!(name, Some(row.slot.adopted().name()), "{path}: {spec}{}", adopted.stderr);
    }
}

/// A way to damage a file.
type Damage = (&'static str, fn(&Path));

const DAMAGES: &[Damage] = &[
    ("empty", |path| fs::write(path, "").unwrap()),
    ("text", |path| fs::write(path, "x\n").unwrap()),
    ("binary", |path| fs::write(path, [0xa5; 300]).unwrap()),
    ("NULs", |path| fs::write(path, [0; 300]).unwrap()),
    ("cut off", |path| fs::write(path, "-----BEGIN CERTIFICATE-----\nMIIB").unwrap()),
    ("foreign", |path| {
        fs::write(path, "-----BEGIN X-----\nAAAA\n-----END X-----\n").unwrap();
    }),
    ("huge", |path| fs::write(path, "x".repeat(2 << 20)).unwrap()),
    ("folder", |path| fs::create_dir(path).unwrap()),
    ("dangling link", |path| symlink("nowhere", path).unwrap()),
    ("loop", |path| symlink(path, path).unwrap()),
    ("device", |path| symlink("/dev/zero", path).unwrap()),
    ("fifo", |path| {
        let mut command = programs::command("mkfifo");
        command.arg(path);
        programs::finish(command, b"").expect_success();
    }),
];

#[test]
fn a_file_of_a_known_name_that_cannot_be_read_as_such_is_an_error() {
    let mut paths = BTreeSet::new();
    for row in NAMES {
        let base = row.example();
        let (base, ending) = base.rsplit_once('.').unwrap();
        let endings: &[&str] = match row.form {
            None => &["crt", "key", "pem", "conf", "kubeconfig"],
            Some(Ending::Files) => &["crt", "key", "pem", "pub"],
            Some(Ending::Kubeconfig) => &["conf", "kubeconfig"],
            Some(Ending::Yaml) => &["yaml", "yml"],
        };
        assert!(endings.contains(&ending));
        paths.extend(endings.iter().map(|ending| format!("{base}.{ending}")));
    }
    assert!(paths.len() > 200 && paths.iter().all(|path| slot_of(path).is_some()));
    for (damage, plant) in DAMAGES {
        let environment = Environment::new();
        for path in &paths {
            let path = environment.path(&format!("pki/{path}"));
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            plant(&path);
        }
        let output = environment.kubepki(&["verify", "-o", "json", "pki"]);
        assert_eq!(output.code, Some(3), "{damage}: {output:?}");
        let document: Value = serde_json::from_str(&output.stdout).unwrap();
        let findings = document["findings"].as_array().unwrap().iter();
        let errors = findings.filter(|finding| finding["severity"] == "error");
        let named: BTreeSet<_> = errors.filter_map(|finding| finding["path"].as_str()).collect();
        let missed: Vec<_> =
            paths.iter().filter(|path| !named.contains(format!("pki/{path}").as_str())).collect();
        assert!(missed.is_empty(), "{damage}: {missed:?}");
    }
}
