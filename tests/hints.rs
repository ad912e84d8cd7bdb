//! Every hint is a command that runs in just the state that it is for, and succeeds; or it says what
//! only a person can do.

use std::{
    collections::BTreeMap, env, fs, os::unix::fs::PermissionsExt, path::Path, process::Command,
};

use jiff::Timestamp;
use kubepki_cluster::{
    Allow, Catalog, ClusterSpec, DirStore, Issue, Plan, RenewalPolicy, Selection, SystemMasters,
    catalog::{Content, Entry, PairFiles},
    observe,
};
use kubepki_testkit::{openssl, programs};

use crate::{adopt, environment::Environment};

/// A change to one entry of a root.
type Damage = (&'static str, fn(&Environment, &Entry) -> bool);

const DAMAGES: &[Damage] = &[
    ("another key", |root, entry| {
        let Some(PairFiles { key, .. }) = pair(entry) else { return false };
        if !root.path(key.as_str()).exists() {
            return false;
        }
        openssl::new_request(&root.path("other.key"), &root.path("other.csr"), "/CN=x", &[]);
        root.write(key.as_str(), &root.read("other.key"));
        true
    }),
    ("no certificate", |root, entry| {
        let Some(PairFiles { certificate, .. }) = pair(entry) else { return false };
        root.write(certificate.as_str(), "no certificate\n");
        true
    }),
    ("a deleted key", |root, entry| {
        let Some(PairFiles { key, .. }) = pair(entry) else { return false };
        fs::remove_file(root.path(key.as_str())).is_ok()
    }),
    ("a deleted certificate", |root, entry| {
        let Some(PairFiles { certificate, .. }) = pair(entry) else { return false };
        fs::remove_file(root.path(certificate.as_str())).is_ok()
    }),
    ("a CA that has expired", |root, entry| {
        let Content::Authority { files, .. } = &entry.content else { return false };
        let [crt, key] = [&files.certificate, &files.key].map(|it| text(&root.path(it.as_str())));
        let dates = ["-not_before", "20200101000000Z", "-not_after", "20210101000000Z"];
        let sign = ["x509", "-in", &crt, "-signkey", &key, "-out", &crt];
        openssl::run(&[&sign[..], &dates].concat()).code == Some(0)
    }),
    ("a leaf for a CA", |root, entry| {
        let Content::Authority { files, .. } = &entry.content else { return false };
        let path = text(&root.path(files.certificate.as_str()));
        let args = ["req", "-x509", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"];
        let leaf = ["-nodes", "-keyout", "/dev/null", "-subj", "/CN=x", "-out", &path];
        let leaf = [&leaf[..], &["-addext", "basicConstraints=critical,CA:FALSE"]].concat();
        openssl::run(&[&args[..], &leaf].concat()).code == Some(0)
    }),
    ("a broken file", |root, entry| {
        let path = match &entry.content {
            Content::Kubeconfig { path, .. } | Content::Secret { path, .. } => path,
            Content::Derived { path, .. } => path,
            Content::KeyPair { key, .. } => key,
            _ => return false,
        };
        root.write(path.as_str(), "[");
        true
    }),
    ("a kubeconfig that leads nowhere", |root, entry| {
        let (Content::Kubeconfig { path, .. } | Content::Derived { path, .. }) = &entry.content
        else {
            return false;
        };
        let text = root.read(path.as_str());
        let Some((before, _)) = text.split_once("current-context:") else { return false };
        root.write(path.as_str(), &format!("{before}current-context: nowhere\n"));
        true
    }),
    ("an open key", |root, entry| {
        let Some(PairFiles { key, .. }) = pair(entry) else { return false };
        let path = root.path(key.as_str());
        path.exists() && fs::set_permissions(path, fs::Permissions::from_mode(0o644)).is_ok()
    }),
];

#[test]
fn hints_of_hosts() {
    all_hints(&applied("ha"));
}

#[test]
fn hints_of_the_hard_way() {
    all_hints(&applied("hard-way"));
}

#[test]
fn hints_of_kubeadm() {
    all_hints(&applied("kubeadm"));
}

#[test]
fn hints_of_an_adopted_k3s() {
    let environment = adopt::made_by("k3s.sh");
    environment.kubepki(&["adopt", "pki"]).expect_success();
    let root = Environment::new();
    copy(&environment.path("pki"), &root);
    root.kubepki(&["renew", "--all"]).expect_success();
    all_hints(&root);
}

fn applied(example: &str) -> Environment {
    let root = Environment::of_example(example);
    root.apply();
    root
}

/// Does each damage to one entry of each kind, and to each CA, and follows the hints.
fn all_hints(made: &Environment) {
    let mut seen = BTreeMap::<(String, &str), usize>::new();
    let mut followed = 0;
    for entry in catalog(made).entries() {
        for (name, damage) in DAMAGES {
            let kind = match &entry.content {
                Content::Authority { .. } => entry.id.to_string(),
                Content::Certificate { leaf, .. } => format!("certificate {:?}", leaf.key_policy),
                Content::Derived { .. } if entry.id.host.is_some() => continue,
                other => format!("{:?}", std::mem::discriminant(other)),
            };
            let count = seen.entry((kind, name)).or_default();
            if *count > 0 {
                continue;
            }
            let root = twin(made);
            if !damage(&root, entry) {
                continue;
            }
            *count += 1;
            for policy in [RenewalPolicy::Due, RenewalPolicy::Selected(Selection::all())] {
                let root = twin(&root);
                followed += follow(made, &root, &policy, &format!("{name}: {}", entry.id));
            }
        }
    }
    assert!(followed > 10, "{followed}");
}

/// Follows every hint of a plan, until nothing is refused; how many there were.
#[track_caller]
fn follow(made: &Environment, root: &Environment, policy: &RenewalPolicy, case: &str) -> usize {
    for followed in 0..10 {
        let plan = plan(root, policy);
        let Some(refused) = plan.refusals().next() else {
            if *policy != RenewalPolicy::Due {
                // What a renewal does not touch may be refused by an apply.
                return followed + follow(made, root, &RenewalPolicy::Due, case);
            }
            root.kubepki(&["apply"]).expect_success();
            let check = root.kubepki(&["status", "--check"]);
            assert_eq!(check.code, Some(0), "{case}: {check:?}");
            return followed;
        };
        let (issue, hint) = (refused.issue.clone(), refused.hint.clone());
        for command in &hint.commands {
            assert!(hint.text.contains(command), "{case}: {hint:?}");
            let output = shell(root, command);
            assert_eq!(output.code, Some(0), "{case}: {issue:?}: {hint:?}: {output:?}");
        }
        if let Issue::Forbidden { .. } = issue {
            insist(root, &hint.text);
        } else if hint.commands.is_empty() {
            // A person restores what the sentence names.
            let before = made.snapshot();
            let is_named = |path: &str| {
                hint.text.contains(&format!("`{path}`"))
                    || issue.to_string().contains(&format!("`{path}`"))
            };
            let mut named = before
                .iter()
                .filter(|(path, ..)| is_named(path) && made.path(path).is_file())
                .peekable();
            assert!(named.peek().is_some(), "{case}: {issue:?}: {hint:?}");
            for (path, mode, contents) in named {
                put(root, path, *mode, contents);
            }
        }
        let plan = self::plan(root, policy);
        let remains = plan.refusals().any(|refused| *refused.issue == issue);
        assert!(!remains, "{case}: {issue:?} after {hint:?}");
        // A clock is nobody's to set here.
        assert!(!matches!(issue, Issue::AuthorityNotYetValid { .. }), "{case}");
    }
    panic!("{case}: the hints do not end");
}

/// A person decides that a certificate may have a privilege: each hint names the flag that says so, and
/// where several are needed, the next hint the next one.
fn insist(root: &Environment, hint: &str) {
    let (mut args, mut hint) = (vec!["apply".to_owned()], hint.to_owned());
    for _ in 0..4 {
        let flag = hint.split('`').find(|word| word.starts_with("--"));
        args.push(flag.unwrap_or_else(|| panic!("{args:?}: {hint}")).to_owned());
        let args: Vec<_> = args.iter().map(String::as_str).collect();
        let output = root.kubepki(&args);
        if output.succeeded() {
            return;
        }
        hint = output.stderr.split("hint: ").last().unwrap().to_owned();
    }
    panic!("{args:?}: {hint}");
}

fn plan(root: &Environment, policy: &RenewalPolicy) -> Plan {
    let catalog = catalog(root);
    let store = DirStore::read_only(root.root()).unwrap();
    let now = Timestamp::now();
    Plan::new(&catalog, &observe(&store, &catalog), policy, Allow::default(), now)
}

fn catalog(root: &Environment) -> Catalog {
    let spec = ClusterSpec::parse(root.read("cluster.yaml"), SystemMasters::Allowed).unwrap();
    Catalog::of_cluster(&spec).unwrap()
}

/// Runs a command of a hint as an administrator does, in the root.
fn shell(root: &Environment, command: &str) -> programs::Output {
    let mut shell = Command::new("sh");
    shell.args(["-c", command]).current_dir(root.root()).env_clear();
    let kubepki = Path::new(env!("CARGO_BIN_EXE_kubepki")).parent().unwrap().to_path_buf();
    let path = env::var_os("PATH").unwrap_or_default();
    let paths = std::iter::once(kubepki).chain(env::split_paths(&path));
    shell.env("PATH", env::join_paths(paths).unwrap());
    programs::finish(shell, b"")
}

fn pair(entry: &Entry) -> Option<&PairFiles> {
    match &entry.content {
        Content::Authority { files, .. } | Content::Certificate { files, .. } => Some(files),
        _ => None,
    }
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

/// The same files in another folder.
fn twin(of: &Environment) -> Environment {
    let twin = Environment::new();
    copy(of.root(), &twin);
    twin
}

fn copy(from: &Path, to: &Environment) {
    let mut copy = programs::command("cp");
    copy.arg("-a").arg(from.join(".")).arg(to.root());
    programs::finish(copy, b"").expect_success();
}

fn put(root: &Environment, path: &str, mode: u32, contents: &[u8]) {
    let path = root.path(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, contents).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
}
