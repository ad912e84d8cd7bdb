//! A hermetic place to run the command in: a temporary folder, an empty environment, a spec.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use kubepki_testkit::programs::{self, Output};
use tempfile::TempDir;

/// A temporary folder in which `kubepki` runs.
pub(crate) struct Environment {
    folder: TempDir,
}

impl Environment {
    /// An empty folder.
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder") }
    }

    /// A folder with a copy of `examples/<name>/cluster.yaml`.
    pub(crate) fn of_example(name: &str) -> Self {
        let environment = Self::new();
        let spec = repository().join("examples").join(name).join("cluster.yaml");
        let text = fs::read_to_string(&spec).unwrap_or_else(|e| panic!("{}: {e}", spec.display()));
        environment.write("cluster.yaml", &text);
        environment
    }

    /// A folder with this text as its `cluster.yaml`.
    pub(crate) fn of_spec(text: &str) -> Self {
        let environment = Self::new();
        environment.write("cluster.yaml", text);
        environment
    }

    /// The folder.
    pub(crate) fn root(&self) -> &Path {
        self.folder.path()
    }

    /// A path in the folder.
    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.root().join(relative)
    }

    /// The command with these arguments, run in the folder with nothing but `PATH` from outside.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kubepki"));
        command.args(args).current_dir(self.root()).env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command
    }

    /// Runs the command to its end.
    pub(crate) fn kubepki(&self, args: &[&str]) -> Output {
        programs::finish(self.command(args), b"")
    }

    /// `kubepki apply`, which has to succeed; its stdout.
    pub(crate) fn apply(&self) -> String {
        self.kubepki(&["apply"]).expect_success()
    }

    /// Writes a file, with the folders on the way to it.
    pub(crate) fn write(&self, relative: &str, text: &str) {
        let path = self.path(relative);
        fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
        fs::write(path, text).expect("a written file");
    }

    /// Reads a file as text.
    pub(crate) fn read(&self, relative: &str) -> String {
        let path = self.path(relative);
        fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
    }

    /// Replaces a part of a file that has to be there.
    pub(crate) fn edit(&self, relative: &str, was: &str, now: &str) {
        let text = self.read(relative);
        assert!(text.contains(was), "{was:?} is not in {relative}");
        self.write(relative, &text.replacen(was, now, 1));
    }

    /// Every file below the folder with its mode and bytes, by its path; links as their targets.
    pub(crate) fn snapshot(&self) -> Vec<(String, u32, Vec<u8>)> {
        let mut files = Vec::new();
        walk(self.root(), self.root(), &mut files);
        files.sort();
        files
    }
}

/// The top of the repository.
pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn walk(root: &Path, folder: &Path, files: &mut Vec<(String, u32, Vec<u8>)>) {
    use std::os::unix::fs::MetadataExt;
    for entry in fs::read_dir(folder).expect("a readable folder") {
        let path = entry.expect("an entry").path();
        let metadata = fs::symlink_metadata(&path).expect("metadata");
        let name = path.strip_prefix(root).expect("below the root").display().to_string();
        let contents = if metadata.is_dir() {
            walk(root, &path, files);
            Vec::new()
        } else if metadata.is_symlink() {
            fs::read_link(&path).expect("a target").display().to_string().into_bytes()
        } else if metadata.is_file() {
            fs::read(&path).expect("a readable file")
        } else {
            Vec::new()
        };
        files.push((name, metadata.mode() & 0o7777, contents));
    }
}
