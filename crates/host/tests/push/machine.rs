//! A machine in a folder, and what is brought to it.

use std::{
    collections::BTreeMap,
    fs,
    io::Write,
    os::unix::{fs::MetadataExt, process::CommandExt},
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    sync::LazyLock,
};

use jiff::Timestamp;
use kubepki_cluster::{
    Allow, Catalog, ClusterSpec, MemoryStore, Plan, RenewalPolicy, Store, SystemMasters, make,
    observe,
};
use kubepki_host::{
    Bundle, BundleKey, Share,
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
pub(crate) fn bundle(host: &str) -> Bundle {
    let (spec, store) = cluster();
    of(&spec, &store, host)
}

pub(crate) fn cluster() -> (ClusterSpec, MemoryStore) {
    let spec = ClusterSpec::parse(SPEC, SystemMasters::Refused).unwrap();
    let mut store = MemoryStore::default();
    renew(&spec, &mut store, "2026-11-21T00:00:00Z");
    (spec, store)
}

fn renew(spec: &ClusterSpec, store: &mut MemoryStore, now: &str) {
    let now: Timestamp = now.parse().unwrap();
    let catalog = Catalog::of_cluster(spec).unwrap();
    let observations = observe(store, &catalog).complete().unwrap();
    let plan = Plan::new(&catalog, &observations, &RenewalPolicy::Due, Allow::default(), now);
    let made = make(&plan, &catalog, &observations, now).unwrap();
    store.commit(made.files, now).unwrap();
}

pub(crate) fn of(spec: &ClusterSpec, store: &MemoryStore, host: &str) -> Bundle {
    signed("demo", &share(spec, host), store)
}

/// Signed by the one key that all roots here have.
pub(crate) fn signed(cluster: &str, share: &Share, store: &MemoryStore) -> Bundle {
    static KEY: LazyLock<BundleKey> = LazyLock::new(|| BundleKey::generate().unwrap());
    Bundle::collect(cluster, share, store, None).unwrap().sign(&KEY).unwrap()
}

pub(crate) fn share(spec: &ClusterSpec, host: &str) -> Share {
    let catalog = Catalog::of_cluster(spec).unwrap();
    let host = spec.hosts.iter().find(|one| one.name.as_str() == host).unwrap();
    Share::of(spec, &catalog, host).unwrap()
}

/// The same host before and after a renewal.
pub(crate) fn two() -> [Bundle; 2] {
    let (spec, mut store) = cluster();
    let old = of(&spec, &store, "node-0");
    renew(&spec, &mut store, "2027-11-10T00:00:00Z");
    [old, of(&spec, &store, "node-0")]
}

/// A machine: a folder that stands for `/`, and the programs that are there.
pub(crate) struct Machine {
    folder: TempDir,
    pub(crate) shell: Vec<&'static str>,
    pub(crate) path: String,
}

impl Machine {
    pub(crate) fn new() -> Self {
        Self::with(&["sh"])
    }

    pub(crate) fn with(shell: &[&'static str]) -> Self {
        // In memory: the sweep installs some hundred times.
        let folder = tempfile::tempdir_in("/dev/shm").unwrap();
        fs::create_dir(folder.path().join("root")).unwrap();
        let path = std::env::var("PATH").unwrap();
        Self { folder, shell: shell.to_vec(), path }
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.folder.path().join("root")
    }

    pub(crate) fn at(&self, path: &str) -> PathBuf {
        self.root().join(path)
    }

    pub(crate) fn install(&self, bundle: &Bundle) -> Output {
        let root = self.root();
        let target = Target { root: root.to_str().unwrap(), sudo: false, older: true };
        self.run(&target.install(bundle.manifest()), &bundle.archive().unwrap())
    }

    pub(crate) fn look(&self, bundle: &Bundle) -> Answer {
        let root = self.root();
        let target = Target { root: root.to_str().unwrap(), sudo: false, older: true };
        let output = self.run(&target.look(bundle.manifest()), b"");
        assert!(output.status.success(), "{output:?}");
        Answer::parse(str::from_utf8(&output.stdout).unwrap()).unwrap()
    }

    pub(crate) fn run(&self, command: &str, stdin: &[u8]) -> Output {
        // In a group of its own, which a shim can kill as a whole; it knows the number as $GROUP.
        let mut child = Command::new(self.shell[0])
            .args(&self.shell[1..])
            .args(["-c", &format!("export GROUP=$$\n{command}")])
            .env("PATH", &self.path)
            .process_group(0)
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
    pub(crate) fn installed(&self, bundle: &Bundle) -> Answer {
        let output = self.install(bundle);
        assert!(output.status.success(), "{output:?}");
        Answer::parse(str::from_utf8(&output.stdout).unwrap()).unwrap()
    }

    /// Every file and folder with its mode and contents.
    pub(crate) fn tree(&self) -> Tree {
        let mut tree = Tree::new();
        collect(&self.root(), &self.root(), &mut tree);
        tree
    }

    /// The tree without what the installer keeps for itself.
    pub(crate) fn files(&self) -> Tree {
        let mut tree = self.tree();
        tree.retain(|path, (_, contents)| {
            contents.is_some() && !path.starts_with("var/lib/kubepki")
        });
        tree
    }
}

pub(crate) type Tree = BTreeMap<String, (u32, Option<Vec<u8>>)>;

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

pub(crate) fn expected(bundle: &Bundle) -> Tree {
    let file = |file: &kubepki_host::BundleFile| {
        (file.path.to_string(), (file.mode.bits(), Some(file.contents.to_vec())))
    };
    bundle.files().iter().map(file).collect()
}

pub(crate) fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
