//! `kubepki host`: what each machine gets, and how it gets there.

mod bundle;
mod hostile;
mod install;
mod push;
mod sealed;
mod show;
mod trust;

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use crate::environment::Environment;

/// Everything below a folder: mode and contents of a file, mode alone of a folder.
type Tree = BTreeMap<String, (u32, Option<Vec<u8>>)>;

/// A root to which an example was applied.
fn applied(example: &str) -> Environment {
    let environment = Environment::of_example(example);
    environment.apply();
    environment
}

/// Bundles a host's files; where they are.
fn bundle(environment: &Environment, host: &str) -> PathBuf {
    let name = format!("{host}.tar.gz");
    environment.kubepki(&["host", "bundle", host, "-o", &name, "--overwrite"]).expect_success();
    environment.path(&name)
}

/// Makes an empty folder that stands for a machine's `/`.
fn machine(environment: &Environment, name: &str) -> PathBuf {
    let root = environment.path(name);
    fs::create_dir(&root).unwrap();
    root
}

fn tree(folder: &Path) -> Tree {
    let mut tree = Tree::new();
    walk(folder, folder, &mut tree);
    tree
}

/// The files of a tree, without what kubepki keeps for itself.
fn files(tree: &Tree) -> BTreeMap<String, (u32, Vec<u8>)> {
    let own = "var/lib/kubepki/";
    tree.iter()
        .filter(|(path, _)| !path.starts_with(own) && !path.starts_with(".kubepki/"))
        .filter_map(|(path, (mode, contents))| Some((path.clone(), (*mode, contents.clone()?))))
        .collect()
}

fn walk(root: &Path, folder: &Path, tree: &mut Tree) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let metadata = fs::symlink_metadata(&path).unwrap();
        let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
        let contents = metadata.is_file().then(|| fs::read(&path).unwrap());
        tree.insert(name, (metadata.mode() & 0o7777, contents));
        if metadata.is_dir() {
            walk(root, &path, tree);
        }
    }
}
