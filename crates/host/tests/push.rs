//! The script that `push` runs on the other side, run here: by several shells, and killed at every
//! program that it starts.

#![allow(clippy::disallowed_methods, reason = "tests look at files")]
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::{
    collections::BTreeMap,
    fs,
    io::Write,
    os::unix::fs::{MetadataExt, PermissionsExt, symlink},
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use jiff::Timestamp;
use kubepki_cluster::{
    Allow, Catalog, ClusterSpec, DirStore, Inventory, MemoryStore, Plan, Recorder, RenewalPolicy,
    SystemMasters, apply,
};
use kubepki_host::{
    Bundle, Change, InstallError, Installation, Share,
    push::{Answer, Target},
};
use tempfile::TempDir;

const SPEC: &str = "apiVersion: kubepki/v1alpha1
kind: Cluster
name: demo
endpoint: api.demo.example
serviceCIDRs: [10.32.0.0/24]
certificates: {serviceAccountKeyAlgorithm: ecdsa-p256}
hosts:
  - {name: server, roles: [control-plane], addresses: [10.0.0.10]}
  - {name: node-0, roles: [worker], addresses: [10.0.0.20]}
  - {name: node-1, roles: [worker], addresses: [10.0.0.21]}
";

/// The bundle of a host of a cluster that is made now; another one each time.
fn bundle(host: &str) -> Bundle {
    let (spec, store) = cluster();
    of(&spec, &store, host)
}

fn cluster() -> (ClusterSpec, MemoryStore) {
    let spec = ClusterSpec::parse(SPEC, SystemMasters::Refused).unwrap();
    let mut store = MemoryStore::default();
    renew(&spec, &mut store, "2026-11-21T00:00:00Z");
    (spec, store)
}

fn renew(spec: &ClusterSpec, store: &mut MemoryStore, now: &str) {
    let now: Timestamp = now.parse().unwrap();
    let catalog = Catalog::of_cluster(spec).unwrap();
    let requester = kubepki_ledger::Requester {
        verb: "apply".into(),
        user: "tests".into(),
        host: "here".into(),
    };
    let mut recorder = Recorder { ledger: kubepki_ledger::MemoryLedger::default(), requester };
    let inventory = Inventory::read(store, &catalog).unwrap();
    let plan = Plan::new(&catalog, &inventory, &RenewalPolicy::Due, Allow::default(), now);
    apply(&plan, &catalog, &inventory, vec![], store, &mut recorder, now).unwrap();
}

fn of(spec: &ClusterSpec, store: &MemoryStore, host: &str) -> Bundle {
    Bundle::collect("demo", &share(spec, host), store).unwrap()
}

fn share(spec: &ClusterSpec, host: &str) -> Share {
    let catalog = Catalog::of_cluster(spec).unwrap();
    let host = spec.hosts.iter().find(|one| one.name.as_str() == host).unwrap();
    Share::of(spec, &catalog, host).unwrap()
}

/// The same host before and after a renewal.
fn two() -> [Bundle; 2] {
    let (spec, mut store) = cluster();
    let old = of(&spec, &store, "node-0");
    renew(&spec, &mut store, "2027-11-10T00:00:00Z");
    [old, of(&spec, &store, "node-0")]
}

/// A machine: a folder that stands for `/`, and the programs that are there.
struct Machine {
    folder: TempDir,
    shell: Vec<&'static str>,
    path: String,
}

impl Machine {
    fn new() -> Self {
        Self::with(&["sh"])
    }

    fn with(shell: &[&'static str]) -> Self {
        // In memory: the sweep below installs some hundred times.
        let folder = tempfile::tempdir_in("/dev/shm").unwrap();
        fs::create_dir(folder.path().join("root")).unwrap();
        let path = std::env::var("PATH").unwrap();
        Self { folder, shell: shell.to_vec(), path }
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("root")
    }

    fn at(&self, path: &str) -> PathBuf {
        self.root().join(path)
    }

    fn install(&self, bundle: &Bundle) -> Output {
        let root = self.root();
        let target = Target { root: root.to_str().unwrap(), sudo: false };
        self.run(&target.install(bundle.manifest()), &bundle.archive().unwrap())
    }

    fn look(&self, bundle: &Bundle) -> Answer {
        let root = self.root();
        let target = Target { root: root.to_str().unwrap(), sudo: false };
        let output = self.run(&target.look(bundle.manifest()), b"");
        assert!(output.status.success(), "{output:?}");
        Answer::parse(str::from_utf8(&output.stdout).unwrap()).unwrap()
    }

    fn run(&self, command: &str, stdin: &[u8]) -> Output {
        let mut child = Command::new(self.shell[0])
            .args(&self.shell[1..])
            .args(["-c", command])
            .env("PATH", &self.path)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // It need not read all of it.
        let _ = child.stdin.take().unwrap().write_all(stdin);
        child.wait_with_output().unwrap()
    }

    #[track_caller]
    fn installed(&self, bundle: &Bundle) -> Answer {
        let output = self.install(bundle);
        assert!(output.status.success(), "{output:?}");
        Answer::parse(str::from_utf8(&output.stdout).unwrap()).unwrap()
    }

    /// Every file and folder with its mode and contents.
    fn tree(&self) -> Tree {
        let mut tree = Tree::new();
        collect(&self.root(), &self.root(), &mut tree);
        tree
    }

    /// The tree without what the installer keeps for itself.
    fn files(&self) -> Tree {
        let mut tree = self.tree();
        tree.retain(|path, (_, contents)| {
            contents.is_some() && !path.starts_with("var/lib/kubepki")
        });
        tree
    }
}

type Tree = BTreeMap<String, (u32, Option<Vec<u8>>)>;

fn collect(root: &Path, folder: &Path, tree: &mut Tree) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let metadata = fs::symlink_metadata(&path).unwrap();
        let contents = metadata.is_file().then(|| fs::read(&path).unwrap());
        let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
        tree.insert(name, (metadata.mode() & 0o7777, contents));
        if metadata.is_dir() {
            collect(root, &path, tree);
        }
    }
}

fn expected(bundle: &Bundle) -> Tree {
    let file = |file: &kubepki_host::BundleFile| {
        (file.path.to_string(), (file.mode.bits(), Some(file.contents.to_vec())))
    };
    bundle.files().iter().map(file).collect()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn installs_and_a_second_time_changes_nothing_in_each_shell() {
    for shell in [vec!["sh"], vec!["bash"], vec!["bash", "--posix"], vec!["busybox", "sh"]] {
        let machine = Machine::with(&shell);
        let [old, new] = two();
        let first = machine.installed(&old);
        assert_eq!(first.changes.len(), old.files().len());
        assert!(first.changes.iter().all(|(_, change)| *change == Change::Create), "{first:?}");
        assert_eq!(machine.files(), expected(&old), "{shell:?}");
        assert_eq!(machine.tree()["etc/kubernetes"].0, 0o755);
        assert_eq!(machine.tree()["var/lib/kubepki"].0, 0o700);

        let before = machine.tree();
        assert!(machine.installed(&old).changes.iter().all(|(_, it)| *it == Change::Keep));
        assert_eq!(machine.tree(), before, "{shell:?}");

        let renewed = machine.installed(&new);
        assert_eq!(machine.files(), expected(&new));
        let count = |wanted| renewed.changes.iter().filter(|(_, it)| *it == wanted).count();
        assert_eq!((count(Change::Replace), count(Change::Keep)), (4, 1), "{renewed:?}");
        let history: Tree = machine
            .tree()
            .into_iter()
            .filter_map(|(path, node)| {
                let below = path.strip_prefix("var/lib/kubepki/history/")?.split_once('/')?.1;
                node.1.is_some().then(|| (below.to_owned(), node))
            })
            .collect();
        let replaced: Tree = expected(&old)
            .into_iter()
            .filter(|(path, _)| expected(&new)[path] != expected(&old)[path])
            .collect();
        assert_eq!(history, replaced);
    }
}

#[test]
fn a_look_says_what_an_installation_would_change_and_changes_nothing() {
    let machine = Machine::new();
    let [old, new] = two();
    let look = machine.look(&old);
    assert!(look.changes.iter().all(|(_, change)| *change == Change::Create));
    assert_eq!(fs::read_dir(machine.root()).unwrap().count(), 0);
    machine.installed(&old);
    let narrow = machine.at("etc/kubernetes/pki/ca.crt");
    fs::set_permissions(&narrow, fs::Permissions::from_mode(0o664)).unwrap();
    let before = machine.tree();
    let look = machine.look(&new);
    assert_eq!(machine.tree(), before);
    assert_eq!(machine.installed(&new), look);
    let of_ca = look.changes.iter().find(|(path, _)| path.as_str().ends_with("ca.crt"));
    assert_eq!(of_ca.unwrap().1, Change::Narrow);
    assert_eq!(machine.files(), expected(&new));
}

#[test]
fn a_narrower_mode_stays() {
    let machine = Machine::new();
    let [old, new] = two();
    machine.installed(&old);
    let key = machine.at("var/lib/kubelet/pki/kubelet.key");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o400)).unwrap();
    machine.installed(&new);
    assert_eq!(fs::metadata(&key).unwrap().mode() & 0o777, 0o400);
}

#[test]
fn kubepki_and_the_script_know_each_others_work() {
    let machine = Machine::new();
    let [old, new] = two();
    machine.installed(&old);
    let open = || {
        let now = "2026-11-21T00:00:00Z".parse().unwrap();
        DirStore::locked_machine(machine.root(), now, Some(std::time::Duration::ZERO), |_| ())
    };
    let mut store = open().unwrap();
    let plan = Installation::plan(&old, &store).unwrap();
    assert!(plan.files().all(|(_, change)| change == Change::Keep));
    let other = bundle("node-0");
    let refused = Installation::plan(&other, &store).unwrap_err();
    assert!(matches!(refused, InstallError::OtherAuthorities { .. }), "{refused:?}");
    // It waits for kubepki's own lock, and kubepki's is its.
    let plan = Installation::plan(&new, &store).unwrap();
    plan.commit(&mut store, "2027-11-21T00:00:00Z".parse().unwrap()).unwrap();
    drop(store);
    let before = machine.tree();
    assert!(machine.installed(&new).changes.iter().all(|(_, it)| *it == Change::Keep));
    assert_eq!(machine.tree(), before);

    fs::write(machine.at("var/lib/kubepki/journal"), "{}").unwrap();
    assert!(said(&machine.install(&old)).contains("kubepki was interrupted here"));
    fs::remove_file(machine.at("var/lib/kubepki/journal")).unwrap();
    fs::create_dir(machine.at("var/lib/kubepki/push")).unwrap();
    fs::write(machine.at("var/lib/kubepki/push/journal"), "").unwrap();
    let refused = Installation::plan(&old, &open().unwrap()).unwrap_err();
    assert!(matches!(refused, InstallError::PushInterrupted), "{refused:?}");
}

#[test]
fn another_hosts_or_clusters_bundle_is_refused() {
    let (spec, store) = cluster();
    let machine = Machine::new();
    machine.installed(&of(&spec, &store, "node-0"));
    let before = machine.tree();
    let renamed = Bundle::collect("other", &share(&spec, "node-0"), &store).unwrap();
    for (bundle, complaint) in [
        (of(&spec, &store, "node-1"), "has files of host node-0, not of node-1"),
        (of(&spec, &store, "server"), "has files of host node-0, not of server"),
        (bundle("node-0"), "knows no CA of this one"),
        (renamed, "has files of cluster demo, not of other"),
    ] {
        let refused = machine.install(&bundle);
        assert_eq!(refused.status.code(), Some(1));
        assert!(said(&refused).contains(complaint), "{}", said(&refused));
        assert_eq!(machine.tree(), before);
    }
}

#[test]
fn links_and_other_things_in_the_way_are_refused() {
    let [old, _] = two();
    let trap = |path: &str, set: &dyn Fn(&Path)| {
        let machine = Machine::new();
        let at = machine.at(path);
        fs::create_dir_all(at.parent().unwrap()).unwrap();
        set(&at);
        let before = machine.tree();
        let refused = machine.install(&old);
        assert_eq!(refused.status.code(), Some(1), "{path}: {refused:?}");
        assert!(said(&refused).contains(" is "), "{path}: {refused:?}");
        assert_eq!(machine.tree(), before, "{path}");
    };
    let elsewhere = tempfile::tempdir().unwrap();
    for path in [
        "etc",
        "etc/kubernetes",
        "etc/kubernetes/kubelet.conf",
        "var/lib/kubelet/pki",
        "var/lib/kubelet/pki/kubelet.key",
        "var/lib/kubepki",
    ] {
        trap(path, &|at| symlink(elsewhere.path(), at).unwrap());
        trap(path, &|at| symlink("nowhere", at).unwrap());
    }
    trap("etc/kubernetes/kubelet.conf", &|at| fs::create_dir(at).unwrap());
    trap("var/lib/kubelet", &|at| fs::write(at, "a file").unwrap());
    assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 0);
}

/// However the stream is cut, and whatever byte of it is changed.
#[test]
fn a_stream_that_is_not_whole_changes_nothing() {
    let [old, new] = two();
    let machine = Machine::new();
    machine.installed(&old);
    let before = machine.tree();
    let archive = new.archive().unwrap();
    let root = machine.root();
    let command = Target { root: root.to_str().unwrap(), sudo: false }.install(new.manifest());
    let mut cuts: Vec<usize> = (0..archive.len()).step_by(archive.len() / 12).collect();
    cuts.push(archive.len() - 1);
    for cut in cuts {
        let output = machine.run(&command, &archive[..cut]);
        // Without its last bytes gzip has said all that it has to say; the digests are right then.
        if !output.status.success() {
            assert_eq!(said(&output).lines().last(), Some("the bundle did not arrive whole"));
            assert_eq!(machine.tree(), before, "cut at {cut}");
        } else {
            assert!(cut > archive.len() - 16, "cut at {cut}");
        }
    }
    let other = old.archive().unwrap();
    let refused = machine.run(&command, &other);
    assert!(!refused.status.success());
}

/// Every program that the script starts, and how often.
const PROGRAMS: &[&str] = &[
    "chmod",
    "chown",
    "cmp",
    "cp",
    "date",
    "flock",
    "grep",
    "id",
    "ln",
    "mkdir",
    "mv",
    "rm",
    "rmdir",
    "sed",
    "sha256sum",
    "stat",
    "sync",
    "tar",
];

/// A program of this name that kills the shell, or fails, the `n`th time it is started.
fn shim(folder: &Path, program: &str, n: usize, kill: bool) {
    let real = std::env::split_paths(&std::env::var_os("PATH").unwrap())
        .map(|folder| folder.join(program))
        .find(|path| path.exists())
        .unwrap_or_else(|| panic!("there is no {program}"));
    let (real, count) = (real.display(), folder.join("count"));
    let fault = if kill { "kill -9 $PPID; exit 9" } else { "echo broken >&2; exit 7" };
    let count = count.display();
    let text = format!(
        "#!/bin/sh\necho >>{count}\n[ $(wc -l <{count}) != {n} ] || {{ {fault}; }}\nexec {real} \"$@\"\n"
    );
    fs::write(folder.join(program), text).unwrap();
    fs::set_permissions(folder.join(program), fs::Permissions::from_mode(0o755)).unwrap();
}

/// Killed, or failing, at each program that the script starts: the files are all old or all new, and the
/// next push makes them all new and leaves nothing behind.
#[test]
fn killed_anywhere_it_leaves_all_old_or_all_new_to_the_next_push() {
    sweep(true);
}

#[test]
fn failing_anywhere_it_leaves_all_old_or_all_new_to_the_next_push() {
    sweep(false);
}

fn sweep(kill: bool) {
    let [old, new] = two();
    let good = {
        let machine = Machine::new();
        machine.installed(&old);
        machine.installed(&new);
        machine.tree().into_keys().filter(|path| !path.contains("/history")).collect::<Vec<_>>()
    };
    let (mut tried, mut killed_new) = (0, 0);
    // The whole machine's disks are not what is tried here.
    let still = tempfile::tempdir().unwrap();
    fs::write(still.path().join("sync"), "#!/bin/sh\n").unwrap();
    fs::set_permissions(still.path().join("sync"), fs::Permissions::from_mode(0o755)).unwrap();
    for program in PROGRAMS {
        for n in 1.. {
            let mut machine = Machine::new();
            machine.path = format!("{}:{}", still.path().display(), machine.path);
            machine.installed(&old);
            let shims = tempfile::tempdir().unwrap();
            shim(shims.path(), program, n, kill);
            let path = machine.path.clone();
            machine.path = format!("{}:{path}", shims.path().display());
            let output = machine.install(&new);
            machine.path = path;
            let count = fs::read_to_string(shims.path().join("count")).unwrap_or_default();
            if count.len() < n {
                break;
            }
            tried += 1;
            let point = format!("{program} number {n}, killed: {kill}");
            let whole = machine.files();
            let pending = machine.at("var/lib/kubepki/push/journal").exists();
            if !pending {
                let mut whole = whole;
                whole.retain(|path, _| !path.ends_with(".kubepki-new"));
                let is_old = whole == expected(&old);
                let is_new = whole == expected(&new);
                assert!(is_old || is_new, "{point}: {output:?}");
                assert!(is_new || !output.status.success(), "{point}: {output:?}");
                if !kill && is_old {
                    let left: Vec<_> = machine.tree().into_keys().collect();
                    let stray = left.iter().find(|path| {
                        path.contains("kubepki-new")
                            || path.contains("/push")
                            || path.contains("/history/")
                    });
                    // What cannot be removed now is removed by the next one.
                    let removes = matches!(*program, "rm" | "rmdir");
                    assert!(stray.is_none() || removes, "{point} leaves {stray:?}");
                }
            } else {
                killed_new += 1;
                assert!(!output.status.success(), "{point}");
            }
            machine.installed(&new);
            assert_eq!(machine.files(), expected(&new), "{point}");
            let now = machine.tree().into_keys().filter(|path| !path.contains("/history"));
            assert_eq!(now.collect::<Vec<_>>(), good, "{point}");
        }
    }
    assert!(tried > 50 && killed_new > 4, "{tried} points, {killed_new} in the last step");
}
