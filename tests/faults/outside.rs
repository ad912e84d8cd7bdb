//! Every verb that writes outside a root, killed and struck by errors at its system calls: all of its
//! files are as before or all are new once another run writes there, and nothing else is left.

use std::{collections::BTreeSet, fs};

use kubepki_testkit::Output;

use super::{
    root::{Node, Root, Tree},
    strace::{self, Call, inject},
    sweep::{Outcome, is_full, spread, sweep},
};

/// A run of a verb, and those before it that make what it needs or replaces.
struct Case {
    before: &'static [&'static [&'static str]],
    args: &'static [&'static str],
}

const fn case(before: &'static [&'static [&'static str]], args: &'static [&'static str]) -> Case {
    Case { before, args }
}

const CONFIG: &[&str] = &["issue", "user", "ann", "-o", "config"];
const MERGE: &[&str] = &["issue", "user", "bob", "--merge-into", "config.conf"];
const IN_PLACE: [&[&str]; 2] = [CONFIG, MERGE];
/// The context is in the second file, and the first says that it is the current one.
const TWO_FILES: [&[&str]; 3] = [
    &["issue", "user", "ann", "-o", "x/ann"],
    &["kubeconfig", "merge", "users/jane.conf", "-o", "y/two.conf"],
    &[
        "kubeconfig",
        "use-context",
        "ann@small",
        "--kubeconfig",
        "y/two.conf",
        "--kubeconfig",
        "x/ann.conf",
    ],
];
/// What a case changes in place.
const IN_PLACE_FILES: [&str; 3] = ["config.conf", "x/ann.conf", "y/two.conf"];
const REQUESTS: [&[&str]; 2] = [&["csr", "new", "eve"], &["csr", "new", "joe"]];
const SIGN: &[&str] = &["sign", "eve.csr", "joe.csr", "--profile", "user", "--out", "."];
const BOUND: &[&str] =
    &["issue", "user", "jo", "--cluster-role", "view", "-o", "x/jo", "--rbac-output", "y/jo.yaml"];
const NODE: &[&str] = &["issue", "node", "node-0", "-o", "node"];
const MACHINES: &[&str] = &["config", "--out", "machines"];

/// A row for every way in which a file comes to be outside a root.
const CASES: &[Case] = &[
    case(&[], &["init", "-f", "new.yaml"]),
    case(&[], &["adopt", "hosts/server/etc/kubernetes", "--out", "spec.yaml"]),
    case(&[], &["status", "--textfile", "kubepki.prom"]),
    case(
        &[&["status", "--textfile", "kubepki.prom"]],
        &["status", "--within", "9000d", "--textfile", "kubepki.prom"],
    ),
    case(&[], &["audit", "--root", "hosts/server", "--out", "audit.txt"]),
    case(&[], &["issue", "user", "jo"]),
    case(&[&["issue", "user", "jo"]], &["issue", "user", "jo", "--overwrite"]),
    case(&[], BOUND),
    case(
        &[BOUND],
        &[
            "issue",
            "user",
            "jo",
            "--cluster-role",
            "view",
            "-o",
            "x/jo",
            "--rbac-output",
            "y/jo.yaml",
            "--overwrite",
        ],
    ),
    case(&[], NODE),
    case(&[NODE], &["issue", "node", "node-0", "-o", "node", "--overwrite"]),
    case(&[], &["issue", "server", "web", "--san", "web.example"]),
    case(
        &[],
        &["issue", "client", "cli", "--issuer", "etcd-ca", "--danger-etcd-client", "--as", "pem"],
    ),
    case(&[], &["issue", "peer", "db", "--san", "db.example"]),
    case(&[CONFIG], MERGE),
    case(&REQUESTS, SIGN),
    case(
        &[REQUESTS[0], REQUESTS[1], SIGN],
        &["sign", "eve.csr", "joe.csr", "--profile", "user", "--out", ".", "--overwrite"],
    ),
    case(&[], &["csr", "new", "joe", "--out", "x"]),
    case(&[], &["token", "bootstrap", "--out", "x"]),
    case(
        &[],
        &[
            "kubeconfig",
            "new",
            "--server",
            "https://x",
            "--certificate-authority",
            "authorities/ca.crt",
            "--cluster",
            "c",
            "--user",
            "u",
            "--client-certificate",
            "hosts/server/etc/kubernetes/pki/apiserver-kubelet-client.crt",
            "--client-key",
            "hosts/server/etc/kubernetes/pki/apiserver-kubelet-client.key",
            "-o",
            "fresh",
        ],
    ),
    case(&IN_PLACE, &["kubeconfig", "merge", "config.conf", "users/jane.conf", "-o", "all"]),
    case(
        &IN_PLACE,
        &["kubeconfig", "merge", "config.conf", "users/jane.conf", "-o", "config.conf"],
    ),
    case(&IN_PLACE, &["kubeconfig", "flatten", "--kubeconfig", "config.conf", "-o", "flat"]),
    case(&IN_PLACE, &["kubeconfig", "set-namespace", "web", "--kubeconfig", "config.conf"]),
    case(&IN_PLACE, &["kubeconfig", "use-context", "bob@small", "--kubeconfig", "config.conf"]),
    case(
        &IN_PLACE,
        &["kubeconfig", "rename-context", "bob@small", "b", "--kubeconfig", "config.conf"],
    ),
    case(
        &TWO_FILES,
        &[
            "kubeconfig",
            "rename-context",
            "ann@small",
            "b",
            "--kubeconfig",
            "y/two.conf",
            "--kubeconfig",
            "x/ann.conf",
        ],
    ),
    case(&IN_PLACE, &["kubeconfig", "split", "--kubeconfig", "config.conf", "--out-dir", "parts"]),
    case(&[], &["host", "bundle", "server", "-o", "server.tar.gz"]),
    case(
        &[&["host", "bundle", "node-0", "-o", "server.tar.gz"]],
        &["host", "bundle", "server", "-o", "server.tar.gz", "--overwrite"],
    ),
    case(&[], MACHINES),
    case(&[MACHINES], &["config", "--form", "flags", "--out", "machines", "--overwrite"]),
];

/// Options that name what is read, or a root.
const READ: [&str; 16] = [
    "--certificate-authority",
    "--client-certificate",
    "--client-key",
    "--dir",
    "--file",
    "--identity",
    "--key",
    "--kubeconfig",
    "--machines",
    "--passphrase-file",
    "--path",
    "--root",
    "--ssh-config",
    "--token-file",
    "--trust",
    "--server-name",
];

/// What is written by the same function as the rest, and only with the help of a cluster.
const IN_A_CLUSTER: [(&str, &str); 2] = [("csr fetch", "--output"), ("csr request", "--output")];

/// docs/cli.md is made from the options themselves, so a new one is missed here.
#[test]
fn every_option_that_names_a_file_to_write_is_swept() {
    let reference =
        fs::read_to_string(crate::environment::repository().join("docs/cli.md")).unwrap();
    let mut verb = "";
    let mut missing = BTreeSet::new();
    let mut known = 0;
    for line in reference.lines() {
        if let Some(title) = line.strip_prefix("## kubepki") {
            verb = title.trim();
        }
        let Some((option, value)) = line.trim().rsplit_once(" <") else { continue };
        let option = option.rsplit(' ').next().unwrap();
        let value = value.split('>').next().unwrap();
        let is_place = matches!(value, "FILE" | "DIR" | "PATH");
        let is_output = option == "--output" && value == "NAME";
        if !line.starts_with("  ") || !option.starts_with("--") || !(is_place || is_output) {
            continue;
        }
        let short = option.replace("--output", "-o");
        let is_swept = CASES.iter().any(|case| {
            case.args.join(" ").starts_with(&format!("{verb} "))
                && case.args.iter().any(|arg| *arg == option || *arg == short)
        });
        // A verb of `issue` writes what the others write.
        let is_issue = verb.starts_with("issue ");
        known += usize::from(is_swept);
        if !(is_swept
            || is_issue
            || READ.contains(&option)
            || IN_A_CLUSTER.contains(&(verb, option)))
        {
            missing.insert(format!("{verb} {option}"));
        }
    }
    assert!(missing.is_empty() && known > 10, "{known}, without a sweep: {missing:?}");
}

struct Scene {
    case: &'static Case,
    root: Root,
    old: Tree,
    /// How many files are made or replaced.
    count: usize,
    calls: Vec<Call>,
}

impl Scene {
    fn new(case: &'static Case) -> Self {
        let root = Root::applied();
        for folder in ["x", "y"] {
            fs::create_dir(root.path().join(folder)).unwrap();
        }
        for args in case.before {
            root.kubepki(args).expect_success();
        }
        let traced = Root::copy_of(&root);
        let path = traced.path().to_str().unwrap().to_owned();
        let (run, mut calls) = strace::traced(&traced, case.args);
        assert!(is_done(&run), "{run:?}");
        // The loader, the C library, the ledger and the output are not what is tried here.
        calls.retain(|call| {
            STRUCK.contains(&&*call.name)
                && (call.text.contains(&path) || call.name == "linkat")
                && !call.text.contains("/.kubepki>")
                && !call.text.contains("/.kubepki/")
                && !(call.name == "openat"
                    && !call.text.contains("O_WRONLY")
                    && !call.text.contains("O_RDWR"))
        });
        let old = root.tree();
        let count = changed(&old, &traced.tree()).len();
        assert!(count > 0 && !calls.is_empty(), "{:?} changes nothing", case.args);
        Self { case, root, old, count, calls }
    }

    fn strike(&self, call: &Call, fault: &str) -> Result<Outcome, String> {
        let root = Root::copy_of(&self.root);
        let run =
            inject(&root, self.case.args, &[format!("{}:{fault}:when={}", call.name, call.n)]);
        let what = format!("{:?}, {fault} at {}: {run:?}", self.case.args, call.text);
        if is_done(&run) {
            return Ok(Outcome::Missed);
        }
        let struck = root.tree();
        let is_private = |(path, node): (&String, &Node)| {
            // What is in a folder of ours is behind its mode.
            let is_ours = path.rsplit('/').next().unwrap().starts_with(".kubepki-");
            let is_secret = node.contents.windows(11).any(|text| text == b"PRIVATE KEY");
            !is_ours || !(node.is_directory() || is_secret) || node.mode & 0o077 == 0
        };
        if !struck.iter().all(is_private) {
            return Err(format!("somebody else may read what is not in its place: {what}"));
        }
        if run.code.is_some() {
            let told = !run.stderr.contains("power cut");
            if told && !changed(&self.old, &struck).is_empty() {
                return Err(format!("an error left {:?}: {what}", changed(&self.old, &struck)));
            }
        }
        // Somebody writes into each of the folders.
        for folder in [".", "x", "y", "machines", "parts"] {
            if root.path().join(folder).is_dir() {
                let file = format!("{folder}/next.yaml");
                let next = root.kubepki(&["init", "-f", &file]);
                if !next.succeeded() {
                    return Err(format!("the next run fails: {next:?}: {what}"));
                }
                fs::remove_file(root.path().join(file)).unwrap();
            }
        }
        let after = root.tree();
        self.is_clean(&after).map_err(|left| format!("{left}: {what}"))?;
        let changed = changed(&self.old, &after);
        if !changed.is_empty() && changed.len() != self.count {
            return Err(format!("of {} files {changed:?} are new: {what}", self.count));
        }
        for file in self.case.args.iter().filter(|arg| IN_PLACE_FILES.contains(arg)) {
            // A lock goes with the next run that wants to change the file.
            let next = root.kubepki(&["kubeconfig", "flatten", "--kubeconfig", file]);
            if !next.succeeded() || root.path().join(format!("{file}.lock")).exists() {
                return Err(format!("the lock is in the way: {next:?}: {what}"));
            }
        }
        Ok(Outcome::Held)
    }

    fn is_clean(&self, tree: &Tree) -> Result<Outcome, String> {
        match tree.keys().find(|path| path.contains(".kubepki-") || path.contains("kubepki-new")) {
            Some(path) => Err(format!("`{path}` is left")),
            None => Ok(Outcome::Held),
        }
    }
}

/// `audit` says with 3 that something is wrong, and has written it.
const fn is_done(run: &Output) -> bool {
    matches!(run.code, Some(0 | 3))
}

/// What is new or other, outside of `.kubepki`, without folders, locks and backups, which are one file
/// more.
fn changed(old: &Tree, new: &Tree) -> Vec<String> {
    let is_other = |path: &&String| old.get(*path) != new.get(*path);
    let all: BTreeSet<_> = old.keys().chain(new.keys()).filter(is_other).collect();
    let is_output = |path: &&&String| {
        let is_folder = new.get(**path).or(old.get(**path)).is_some_and(Node::is_directory);
        !is_folder
            && !path.starts_with(".kubepki")
            && !path.contains(".bak-")
            && !path.contains(".kubepki-")
            && !path.ends_with(".lock")
    };
    all.iter().filter(is_output).map(|path| (*path).clone()).collect()
}

/// Calls that change what a name means, and those that take space.
const STRUCK: &[&str] = &[
    "fchmod",
    "fchown",
    "flock",
    "fsync",
    "linkat",
    "mkdirat",
    "openat",
    "renameat",
    "renameat2",
    "syncfs",
    "unlinkat",
    "write",
];

fn points(scenes: &[Scene], names: &[&str]) -> Vec<(usize, Call)> {
    let mut points = Vec::new();
    for (number, scene) in scenes.iter().enumerate() {
        let calls: Vec<_> =
            scene.calls.iter().filter(|call| names.contains(&&*call.name)).cloned().collect();
        let calls = if is_full() { calls } else { spread(&calls, 6) };
        points.extend(calls.into_iter().map(|call| (number, call)));
    }
    points
}

#[test]
fn a_verb_that_writes_outside_may_be_killed_anywhere() {
    let scenes: Vec<_> = CASES.iter().map(Scene::new).collect();
    let points = points(&scenes, STRUCK);
    let missed = sweep("killed outside a root", &points, |(scene, call)| {
        scenes[*scene].strike(call, "signal=SIGKILL")
    });
    assert!(missed.len() < points.len() / 10, "{} of {} missed", missed.len(), points.len());
}

#[test]
fn an_error_outside_leaves_all_as_it_was() {
    let scenes: Vec<_> = CASES.iter().map(Scene::new).collect();
    let takes = ["fchmod", "fsync", "linkat", "mkdirat", "openat", "renameat", "write"];
    let points = points(&scenes, &takes);
    for fault in ["error=ENOSPC", "error=EIO"] {
        sweep(&format!("{fault} outside a root"), &points, |(scene, call)| {
            scenes[*scene].strike(call, fault)
        });
    }
}
