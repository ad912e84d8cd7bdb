//! client-go's lock on a kubeconfig: a file beside it, called `<file>.lock`, that exists while
//! somebody writes. kubectl gives up at once when it is there; this waits.

use std::{
    fs::OpenOptions,
    io,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

use crate::error::CommandError;

/// How often it is tried, and how long apart: ten seconds in all.
const TRIES: u32 = 400;
const APART: Duration = Duration::from_millis(25);

/// The locks that are held, until it is dropped.
#[derive(Debug)]
pub(crate) struct Lock {
    held: Vec<PathBuf>,
}

impl Lock {
    /// Locks a kubeconfig under the name it is given by; and, where that is a symbolic link, its
    /// target too, which another process may know by its own name.
    pub(crate) fn acquire(path: &Path) -> Result<Self, CommandError> {
        let mut paths = vec![lock_of(path)];
        if let Ok(target) = std::fs::canonicalize(path) {
            let named = parent(path).canonicalize().ok();
            let named = named.and_then(|folder| Some(folder.join(path.file_name()?)));
            if named.is_some_and(|named| named != target) {
                paths.push(lock_of(&target));
            }
        }
        // Everybody takes them in the same order, so that nobody waits for one who waits for them.
        paths.sort();
        let mut lock = Self { held: Vec::new() };
        for path in paths {
            create(&path)?;
            lock.held.push(path);
        }
        Ok(lock)
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        for path in &self.held {
            // Whoever comes next is told which file is in the way.
            let _ = std::fs::remove_file(path);
        }
    }
}

fn create(path: &Path) -> Result<(), CommandError> {
    let cannot = || CommandError::failed(format!("cannot lock with `{}`", path.display()));
    for _ in 0..TRIES {
        match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
            Ok(_) => return Ok(()),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => std::thread::sleep(APART),
            Err(error) => return Err(cannot().caused_by(&error)),
        }
    }
    Err(cannot().because("it is there, and stayed there for 10 seconds").hint(
        "another kubectl or kubepki is writing; if none is running, it was killed: remove that file",
    ))
}

fn lock_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    name.into()
}

pub(super) fn parent(path: &Path) -> &Path {
    path.parent().filter(|parent| *parent != Path::new("")).unwrap_or(Path::new("."))
}
