//! What is in the way of a run on purpose or by accident: links, FIFOs, folders, at the targets, on
//! the way to them, and at the root itself. What they point at is never touched.

use std::{
    fs,
    os::unix::{fs::symlink, net::UnixListener},
    path::Path,
    process::Command,
};

use kubepki_testkit::{Output, programs};
use tempfile::TempDir;

use super::{
    root::{Root, Tree, fast, tree_of},
    whole::is_whole,
};

/// A file of each kind: public and private, of a CA, of a leaf, of the store itself.
const TARGETS: [&str; 8] = [
    ".kubepki/cluster.yaml",
    ".kubepki/lock",
    "authorities/ca.crt",
    "authorities/ca.key",
    "hosts/server/etc/kubernetes/pki/apiserver.crt",
    "hosts/server/etc/kubernetes/pki/apiserver.key",
    "rbac.yaml",
    "users/jane.conf",
];

/// A folder of each depth.
const FOLDERS: [&str; 6] = [
    ".kubepki",
    "authorities",
    "hosts",
    "hosts/server/etc",
    "hosts/server/etc/kubernetes/pki",
    "users",
];

/// What is put in the way. `HardLink` is an innocent file under a second name.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Trap {
    Dangling,
    Directory,
    Fifo,
    HardLink,
    Socket,
    SymbolicLink,
}

const TRAPS: [Trap; 6] =
    [Trap::Dangling, Trap::Directory, Trap::Fifo, Trap::HardLink, Trap::Socket, Trap::SymbolicLink];

#[test]
fn a_trap_at_a_target_is_refused_and_not_touched() {
    for prepared in [Root::new(), Root::changed()] {
        for target in TARGETS {
            for trap in TRAPS {
                let (root, victim) = (Root::copy_of(&prepared), Victim::new());
                let path = root.path().join(target);
                let _ = fs::remove_file(&path);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                // Where the store's folder is, its lock is too.
                if target == ".kubepki/cluster.yaml" {
                    fs::write(root.path().join(".kubepki/lock"), "").unwrap();
                }
                victim.lay(trap, &path);
                let what = format!("{trap:?} at {target}");
                // Nothing of worth can be in these two: they get a file of their own.
                let replaced = [".kubepki/cluster.yaml", "rbac.yaml"].contains(&target);
                if trap == Trap::HardLink && replaced {
                    let run = apply(&root, &["apply"]);
                    assert!(run.succeeded(), "{what}: {run:#?}");
                    assert!(victim.tree() == victim.was, "{what}: the victim has changed");
                    continue;
                }
                // An innocent file is no key: the error may name the one beside it.
                let named = if trap == Trap::HardLink { target.split('.').next() } else { None };
                let named = named.filter(|named| !named.is_empty()).unwrap_or(target);
                victim.refuses(&root, &what, named);
            }
        }
    }
}

/// A target with a second name somewhere else gets a file of its own; the other name keeps the old.
#[test]
fn the_other_name_of_a_target_keeps_the_old_file() {
    let root = Root::changed();
    let good = Root::copy_of(&root);
    good.kubepki(&["apply"]).expect_success();
    let elsewhere = tempfile::tempdir_in(fast()).unwrap();
    let targets = ["hosts/server/etc/kubernetes/pki/apiserver.key", "users/jane.conf"];
    for (number, target) in targets.into_iter().enumerate() {
        let other = elsewhere.path().join(number.to_string());
        fs::hard_link(root.path().join(target), other).unwrap();
    }
    let before = tree_of(elsewhere.path());
    root.kubepki(&["apply"]).expect_success();
    assert!(tree_of(elsewhere.path()) == before);
    is_whole(&root, &good.tree()).unwrap();
}

#[test]
fn a_trap_on_the_way_to_a_target_is_refused_and_not_touched() {
    for prepared in [Root::new(), Root::changed()] {
        for folder in FOLDERS {
            for trap in TRAPS.into_iter().filter(|trap| *trap != Trap::Directory) {
                let (root, victim) = (Root::copy_of(&prepared), Victim::new());
                let path = root.path().join(folder);
                let _ = fs::remove_dir_all(&path);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                victim.lay(trap, &path);
                victim.refuses(&root, &format!("{trap:?} at {folder}"), folder);
            }
            // A link to a good folder is a link all the same.
            if prepared.path().join(folder).is_dir() {
                let (root, moved) =
                    (Root::copy_of(&prepared), tempfile::tempdir_in(fast()).unwrap());
                let to = moved.path().join("moved");
                fs::rename(root.path().join(folder), &to).unwrap();
                symlink(&to, root.path().join(folder)).unwrap();
                let before = tree_of(moved.path());
                refused(&root, &["apply"], &format!("a link to the moved {folder}"), folder);
                assert!(tree_of(moved.path()) == before, "{folder}");
            }
        }
    }
}

#[test]
fn a_root_that_is_no_folder_is_refused() {
    for prepared in [Root::new(), Root::changed()] {
        let beside = tempfile::tempdir_in(fast()).unwrap();
        fs::copy(prepared.path().join("cluster.yaml"), beside.path().join("spec")).unwrap();
        symlink(prepared.path(), beside.path().join("link")).unwrap();
        symlink("nowhere", beside.path().join("dangling")).unwrap();
        fs::write(beside.path().join("file"), "victim").unwrap();
        programs::run("mkfifo", [beside.path().join("fifo")]).expect_success();
        let (tree, was) = (prepared.tree(), tree_of(beside.path()));
        for name in ["link", "link/", "link/.", "dangling", "file", "fifo"] {
            let dir = format!("{}/{name}", beside.path().display());
            let spec = beside.path().join("spec");
            let args = ["apply", "--dir", &dir, "--file", spec.to_str().unwrap()];
            refused(&prepared, &args, name, name.split('/').next().unwrap());
            assert!(prepared.tree() == tree && tree_of(beside.path()) == was, "{name}");
        }
    }
}

/// A file and a folder that do not want to be touched.
struct Victim {
    folder: TempDir,
    was: Tree,
}

impl Victim {
    fn new() -> Self {
        let folder = tempfile::tempdir_in(fast()).unwrap();
        fs::write(folder.path().join("file"), "victim\n").unwrap();
        fs::create_dir(folder.path().join("folder")).unwrap();
        let was = tree_of(folder.path());
        Self { folder, was }
    }

    fn tree(&self) -> Tree {
        tree_of(self.folder.path())
    }

    fn lay(&self, trap: Trap, path: &Path) {
        let file = self.folder.path().join("file");
        match trap {
            Trap::Dangling => symlink(self.folder.path().join("nothing"), path).unwrap(),
            Trap::Directory => fs::create_dir(path).unwrap(),
            Trap::Fifo => drop(programs::run("mkfifo", [path]).expect_success()),
            Trap::HardLink => fs::hard_link(file, path).unwrap(),
            Trap::Socket => drop(UnixListener::bind(path).unwrap()),
            Trap::SymbolicLink => symlink(file, path).unwrap(),
        }
    }

    fn refuses(&self, root: &Root, what: &str, names: &str) {
        refused(root, &["apply"], what, names);
        assert!(self.tree() == self.was, "{what}: the victim has changed");
    }
}

/// One error with a hint that names the thing, exit 1 or 2, and the tree as it was.
fn refused(root: &Root, args: &[&str], what: &str, names: &str) {
    let before = root.tree();
    let run = apply(root, args);
    assert!(matches!(run.code, Some(1 | 2)), "{what}: {run:#?}");
    let errors = run.stderr.lines().filter(|line| line.starts_with("error: ")).count();
    assert_eq!(errors, 1, "{what}: {run:#?}");
    assert!(run.stderr.contains("\nhint: "), "{what}: {run:#?}");
    assert!(run.stderr.contains(names), "{what}: {run:#?}");
    assert!(root.tree() == before, "{what}: the tree has changed: {run:#?}");
}

/// Runs the command with an end: a FIFO that is opened would hold it for ever.
fn apply(root: &Root, args: &[&str]) -> Output {
    let mut command: Command = programs::command("timeout");
    root.settle(&mut command);
    command.arg("20").arg(env!("CARGO_BIN_EXE_kubepki")).args(args);
    programs::finish(command, b"")
}
