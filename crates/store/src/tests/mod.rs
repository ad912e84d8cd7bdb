//! The store against the file system, with its stage set by hand.
#![expect(clippy::disallowed_methods, reason = "the tests set the stage and look behind it")]

mod changes;
mod locking;
mod machine;
mod owners;
mod recovery;
mod targets;
mod undo;

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
    time::Duration,
};

use jiff::Timestamp;
use tempfile::TempDir;
use zeroize::Zeroizing;

use super::{DirStore, FileWrite, Mode, Store, StoreError, StorePath};

/// A root of its own, removed with the test.
struct Root {
    directory: TempDir,
}

/// Every file and directory below a root but those of `.kubepki`: its mode, and a file's contents.
type Tree = BTreeMap<String, (u32, Option<Vec<u8>>)>;

impl Root {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().join("pki");
        fs::create_dir(&root).unwrap();
        // A test of the umask changes that of all.
        fs::set_permissions(&root, fs::Permissions::from_mode(0o755)).unwrap();
        Self { directory }
    }

    fn path(&self) -> PathBuf {
        self.directory.path().join("pki")
    }

    fn at(&self, path: &str) -> PathBuf {
        self.path().join(path)
    }

    /// Puts a file in place without the store.
    fn put(&self, path: &str, contents: &str, mode: u32) {
        fs::create_dir_all(self.at(path).parent().unwrap()).unwrap();
        fs::write(self.at(path), contents).unwrap();
        fs::set_permissions(self.at(path), fs::Permissions::from_mode(mode)).unwrap();
    }

    fn open(&self) -> DirStore {
        self.try_open().unwrap()
    }

    fn try_open(&self) -> Result<DirStore, StoreError> {
        DirStore::locked(self.path(), now(), Some(Duration::ZERO), |_| ())
    }

    fn commit(&self, writes: Vec<FileWrite>) -> Result<(), StoreError> {
        self.open().commit(writes, now())
    }

    fn text(&self, path: &str) -> String {
        fs::read_to_string(self.at(path)).unwrap()
    }

    fn mode(&self, path: &str) -> u32 {
        fs::symlink_metadata(self.at(path)).unwrap().mode() & 0o7777
    }

    fn tree(&self) -> Tree {
        let mut tree = Tree::new();
        collect(&self.path(), "", &mut tree);
        tree.retain(|path, _| path != ".kubepki" && !path.starts_with(".kubepki/"));
        tree
    }

    /// The names in `.kubepki`, sorted.
    fn state(&self) -> Vec<String> {
        let mut tree = Tree::new();
        if self.at(".kubepki").exists() {
            collect(&self.at(".kubepki"), "", &mut tree);
        }
        tree.into_keys().collect()
    }
}

fn collect(directory: &Path, prefix: &str, tree: &mut Tree) {
    for entry in fs::read_dir(directory).unwrap() {
        let entry = entry.unwrap();
        let name = format!("{prefix}{}", entry.file_name().to_str().unwrap());
        let metadata = fs::symlink_metadata(entry.path()).unwrap();
        let contents = metadata.is_file().then(|| fs::read(entry.path()).unwrap());
        if metadata.is_dir() {
            collect(&entry.path(), &format!("{name}/"), tree);
        }
        tree.insert(name, (metadata.mode(), contents));
    }
}

fn now() -> Timestamp {
    "2026-11-20T21:15:00.75Z".parse().unwrap()
}

fn path(path: &str) -> StorePath {
    StorePath::new(path).unwrap()
}

fn write(target: &str, contents: &str, mode: Mode) -> FileWrite {
    FileWrite { path: path(target), contents: Zeroizing::new(contents.into()), mode }
}

fn key(target: &str, contents: &str) -> FileWrite {
    write(target, contents, Mode::Private)
}

fn certificate(target: &str, contents: &str) -> FileWrite {
    write(target, contents, Mode::Public)
}

/// The error with all its causes, as a user would see them.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text += ": ";
        text += &error.to_string();
        source = error.source();
    }
    text
}
