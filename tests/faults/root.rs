//! Folders to be broken: a small spec that is quick to apply, exact copies, and all that is in one.

use std::{
    collections::{BTreeMap, HashMap},
    fs,
    os::unix::fs::{MetadataExt, PermissionsExt, chown},
    path::{Path, PathBuf},
    process::Command,
};

use kubepki_testkit::programs::{self, Output};
use rustix::process::geteuid;
use tempfile::TempDir;

/// One control-plane host, one worker, one user, and no key that takes long.
pub(crate) const SPEC: &str = "\
apiVersion: kubepki/v1alpha1
kind: Cluster
name: small
endpoint: server.example.com:6443
serviceCIDRs: [10.32.0.0/24]
certificates:
  keyAlgorithm: ecdsa-p256
  serviceAccountKeyAlgorithm: ecdsa-p256
  apiserverSANs: [api.example.com]
users:
  - name: jane
    groups: [dev]
hosts:
  - name: server
    roles: [control-plane, etcd]
    addresses: [10.240.0.10]
  - name: node-0
    roles: [worker]
    addresses: [10.240.0.20]
";

/// Files of an applied root that are not root's: of these the first is replaced by a change of the
/// SANs too.
const OF_OTHERS: [&str; 3] = [
    "hosts/server/etc/kubernetes/pki/apiserver.key",
    "hosts/server/etc/kubernetes/pki/etcd/server.crt",
    "hosts/server/etc/kubernetes/pki/etcd/server.key",
];

/// Everything below a folder, by its path.
pub(crate) type Tree = BTreeMap<String, Node>;

/// A file, folder, link or FIFO: its kind and permissions as `st_mode` has them, whose it is, and
/// its bytes.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Node {
    pub(crate) mode: u32,
    pub(crate) owner: (u32, u32),
    pub(crate) contents: Vec<u8>,
}

impl Node {
    pub(crate) const fn is_directory(&self) -> bool {
        self.mode & 0o170_000 == 0o040_000
    }
}

/// A PKI root in a folder of its own.
pub(crate) struct Root {
    folder: TempDir,
}

impl Root {
    /// A root with [`SPEC`] and nothing else.
    pub(crate) fn new() -> Self {
        let root = Self::empty();
        fs::write(root.path().join("cluster.yaml"), SPEC).unwrap();
        root
    }

    /// A root to which [`SPEC`] was applied.
    pub(crate) fn applied() -> Self {
        let root = Self::new();
        root.kubepki(&["apply"]).expect_success();
        // As where each program runs as a user of its own. Only root can give a file away.
        if geteuid().is_root() {
            for name in OF_OTHERS {
                chown(root.path().join(name), Some(1000), Some(1001)).unwrap();
            }
        }
        root
    }

    /// A root to which [`SPEC`] was applied, and whose spec then got a SAN, a group and a host:
    /// files to replace in old folders, and files to make in new ones.
    pub(crate) fn changed() -> Self {
        let root = Self::applied();
        let spec = SPEC
            .replace("[api.example.com]", "[api.example.com, api2.example.com]")
            .replace("[dev]", "[dev, oncall]");
        let host = "  - name: node-1\n    roles: [worker]\n    addresses: [10.240.0.21]\n";
        fs::write(root.path().join("cluster.yaml"), spec + host).unwrap();
        root
    }

    /// A copy of another root, with its modes and hard links.
    pub(crate) fn copy_of(other: &Self) -> Self {
        let root = Self::empty();
        copy(other.path(), root.path(), &mut HashMap::new());
        root
    }

    fn empty() -> Self {
        let folder = tempfile::tempdir_in(fast()).unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        Self { folder }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The command in this root, with one thread to issue with: it then makes the same system
    /// calls in the same order every time.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kubepki"));
        command.args(args);
        self.settle(&mut command);
        command
    }

    /// Gives a command this root as its folder and an environment that says nothing.
    pub(crate) fn settle(&self, command: &mut Command) {
        command.current_dir(self.path()).env_clear().env("RAYON_NUM_THREADS", "1");
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    }

    pub(crate) fn kubepki(&self, args: &[&str]) -> Output {
        programs::finish(self.command(args), b"")
    }

    pub(crate) fn tree(&self) -> Tree {
        tree_of(self.path())
    }
}

/// A folder in memory where there is one: SIGKILL and injected errors are the same there, and an
/// fsync costs nothing. (A power cut would not be the same; no test here claims one.)
pub(crate) fn fast() -> PathBuf {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() }
}

/// Everything below a folder; the folder itself has the path "".
pub(crate) fn tree_of(folder: &Path) -> Tree {
    let mut tree = Tree::new();
    walk(folder, String::new(), &mut tree);
    tree
}

fn walk(path: &Path, name: String, tree: &mut Tree) {
    let metadata = fs::symlink_metadata(path).unwrap();
    let mut contents = Vec::new();
    if metadata.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            let entry = entry.unwrap();
            let below = entry.file_name().into_string().unwrap();
            let below = if name.is_empty() { below } else { format!("{name}/{below}") };
            walk(&entry.path(), below, tree);
        }
    } else if metadata.is_symlink() {
        contents = fs::read_link(path).unwrap().into_os_string().into_encoded_bytes();
    } else if metadata.is_file() {
        contents = fs::read(path).unwrap();
    }
    let owner = (metadata.uid(), metadata.gid());
    tree.insert(name, Node { mode: metadata.mode(), owner, contents });
}

fn copy(from: &Path, to: &Path, linked: &mut HashMap<u64, PathBuf>) {
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (metadata, target) = (entry.metadata().unwrap(), to.join(entry.file_name()));
        if metadata.is_dir() {
            fs::create_dir(&target).unwrap();
            copy(&entry.path(), &target, linked);
            fs::set_permissions(&target, metadata.permissions()).unwrap();
        } else if let Some(first) = linked.get(&metadata.ino()) {
            fs::hard_link(first, &target).unwrap();
        } else {
            fs::copy(entry.path(), &target).unwrap();
            if geteuid().is_root() {
                chown(&target, Some(metadata.uid()), Some(metadata.gid())).unwrap();
            }
            linked.insert(metadata.ino(), target);
        }
    }
}
