//! Results outside the root: written all together, each complete, or none.

use std::{
    collections::BTreeSet,
    fs::{File, Permissions},
    io::{self, Write},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use rayon::prelude::*;
use tempfile::TempPath;

use super::lock::parent;
use crate::error::CommandError;

/// A file to be written.
pub(crate) struct NewFile<'a> {
    pub(crate) path: PathBuf,
    pub(crate) contents: &'a [u8],
    /// 0600 from the beginning, else 0644.
    pub(crate) is_private: bool,
}

/// Writes every file, or none: all are complete on the disk under other names before the first
/// gets its own. One that exists is an error, unless it is to be overwritten.
///
/// Only an error in the middle of the renaming, with files that were overwritten before it, leaves
/// some new and some old; each of them is complete.
pub(crate) fn write_all(files: &[NewFile<'_>], overwrite: bool) -> Result<(), CommandError> {
    let folders: BTreeSet<_> = files.iter().map(|file| parent(&file.path)).collect();
    // Of many files, one call brings all to the disk; of few, it would wait for other programs'.
    let are_few = files.len() <= 16;
    let staged: Vec<_> = files
        .par_iter()
        .map(|file| stage(file, are_few).map_err(|error| failed(&file.path, &error)))
        .collect::<Result<_, _>>()?;
    for folder in folders.iter().filter(|_| !are_few) {
        File::open(folder)
            .and_then(|folder| rustix::fs::syncfs(folder).map_err(io::Error::from))
            .map_err(|error| failed(folder, &error))?;
    }
    let mut done = Vec::new();
    for (file, staged) in files.iter().zip(staged) {
        let persist = |staged: TempPath| {
            if overwrite {
                staged.persist(&file.path)
            } else {
                staged.persist_noclobber(&file.path)
            }
        };
        if let Err(error) = persist(staged) {
            if !overwrite {
                // All of these are ours, made a moment ago.
                done.iter().for_each(|path: &&PathBuf| drop(std::fs::remove_file(path)));
            }
            return Err(failed(&file.path, &error.error));
        }
        done.push(&file.path);
    }
    for folder in &folders {
        let synced = File::open(folder).and_then(|folder| folder.sync_all());
        synced.map_err(|error| failed(folder, &error))?;
    }
    Ok(())
}

/// Makes the folders of the files, below a folder that is made too if its own parent exists.
pub(crate) fn make_folders_below(top: &Path, files: &[NewFile<'_>]) -> Result<(), CommandError> {
    match std::fs::create_dir(top) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            return Err(failed(top, &error));
        }
        _ => {}
    }
    let folders: BTreeSet<_> = files.iter().map(|file| parent(&file.path)).collect();
    folders.into_iter().try_for_each(|folder| {
        std::fs::create_dir_all(folder).map_err(|error| failed(folder, &error))
    })
}

/// Writes a file's contents beside it. Its descriptor is closed: there may be thousands.
fn stage(file: &NewFile<'_>, sync: bool) -> io::Result<TempPath> {
    let mut staged =
        tempfile::Builder::new().prefix(".kubepki-").tempfile_in(parent(&file.path))?;
    staged.write_all(file.contents)?;
    // A temporary file is 0600 from the beginning.
    if !file.is_private {
        staged.as_file().set_permissions(Permissions::from_mode(0o644))?;
    }
    if sync {
        staged.as_file().sync_all()?;
    }
    Ok(staged.into_temp_path())
}

fn failed(path: &Path, error: &io::Error) -> CommandError {
    let path = path.display();
    match error.kind() {
        io::ErrorKind::AlreadyExists => CommandError::usage(format!("`{path}` exists"))
            .hint("move it away, or replace it with `--overwrite`"),
        _ => CommandError::failed(format!("cannot write `{path}`")).caused_by(error),
    }
}
