//! Results outside the root: written all together, each complete, or none. Never widens the mode of
//! what is private, not for a moment.

use std::{
    collections::BTreeSet,
    fs::{File, Permissions},
    io::{self, Write},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use rayon::prelude::*;
use tempfile::{NamedTempFile, TempPath};

use crate::error::CommandError;

/// A file to be written.
pub(crate) struct NewFile<'a> {
    pub(crate) path: PathBuf,
    pub(crate) contents: &'a [u8],
    pub(crate) access: Access,
}

/// Who may read a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Everybody: 0644.
    Everybody,
    /// Its owner alone: 0600 from the beginning.
    Owner,
}

/// What becomes of a file that exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum IfExists {
    /// It stays, and nothing is written; the text is the hint.
    Refuse(&'static str),
    /// It is replaced.
    Replace,
}

impl IfExists {
    /// Replaces if that was asked for by `--overwrite`, which the hint names.
    pub(crate) const fn replace_if(overwrite: bool) -> Self {
        match overwrite {
            true => Self::Replace,
            false => Self::Refuse("move it away, or replace it with `--overwrite`"),
        }
    }
}

/// Finds out whether files can be written, before what goes into them is made: their folders are
/// there and take new files, and nothing is in the way.
pub(crate) fn check_targets<'a>(
    paths: impl IntoIterator<Item = &'a Path>,
    if_exists: IfExists,
) -> Result<(), CommandError> {
    let mut folders = BTreeSet::new();
    for path in paths {
        match std::fs::symlink_metadata(path) {
            Ok(_) if if_exists != IfExists::Replace => {
                return Err(failed(path, if_exists, &io::ErrorKind::AlreadyExists.into()));
            }
            Ok(found) if found.is_dir() => {
                return Err(failed(path, if_exists, &io::ErrorKind::IsADirectory.into()));
            }
            _ => {}
        }
        if folders.insert(parent(path)) {
            // Permissions, read-only file systems and quotas have no other answer than a try.
            tempfile_in(parent(path)).map_err(|error| failed(path, if_exists, &error))?;
        }
    }
    Ok(())
}

/// Writes one file, complete or not at all.
pub(crate) fn write(
    path: &Path,
    contents: &[u8],
    access: Access,
    if_exists: IfExists,
) -> Result<(), CommandError> {
    write_all(&[NewFile { path: path.to_path_buf(), contents, access }], if_exists)
}

/// Writes every file, or none: all are complete on the disk under other names before the first
/// gets its own.
///
/// Only an error in the middle of the renaming, with files that were replaced before it, leaves
/// some new and some old; each of them is complete.
pub(crate) fn write_all(files: &[NewFile<'_>], if_exists: IfExists) -> Result<(), CommandError> {
    let folders: BTreeSet<_> = files.iter().map(|file| parent(&file.path)).collect();
    // Of many files, one call brings all to the disk; of few, it would wait for other programs'.
    let are_few = files.len() <= 16;
    let staged: Vec<_> = files
        .par_iter()
        .map(|file| stage(file, are_few).map_err(|error| failed(&file.path, if_exists, &error)))
        .collect::<Result<_, _>>()?;
    for folder in folders.iter().filter(|_| !are_few) {
        File::open(folder)
            .and_then(|folder| rustix::fs::syncfs(folder).map_err(io::Error::from))
            .map_err(|error| failed(folder, if_exists, &error))?;
    }
    let mut done = Vec::new();
    for (file, staged) in files.iter().zip(staged) {
        let persisted = match if_exists {
            IfExists::Replace => staged.persist(&file.path),
            IfExists::Refuse(_) => staged.persist_noclobber(&file.path),
        };
        if let Err(error) = persisted {
            if if_exists != IfExists::Replace {
                // All of these are ours, made a moment ago.
                done.iter().for_each(|path: &&PathBuf| drop(std::fs::remove_file(path)));
            }
            return Err(failed(&file.path, if_exists, &error.error));
        }
        done.push(&file.path);
    }
    for folder in &folders {
        let synced = File::open(folder).and_then(|folder| folder.sync_all());
        synced.map_err(|error| failed(folder, if_exists, &error))?;
    }
    Ok(())
}

/// A new file of no lasting name, 0600 from the beginning.
pub(super) fn tempfile_in(folder: &Path) -> io::Result<NamedTempFile> {
    tempfile::Builder::new().prefix(".kubepki-").tempfile_in(folder)
}

/// Makes the folders of the files, below a folder that is made too if its own parent exists.
pub(crate) fn make_folders_below(top: &Path, files: &[NewFile<'_>]) -> Result<(), CommandError> {
    match std::fs::create_dir(top) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            return Err(failed(top, IfExists::Replace, &error));
        }
        _ => {}
    }
    let folders: BTreeSet<_> = files.iter().map(|file| parent(&file.path)).collect();
    folders.into_iter().try_for_each(|folder| {
        std::fs::create_dir_all(folder).map_err(|error| failed(folder, IfExists::Replace, &error))
    })
}

/// Writes a file's contents beside it. Its descriptor is closed: there may be thousands.
fn stage(file: &NewFile<'_>, sync: bool) -> io::Result<TempPath> {
    let mut staged = tempfile_in(parent(&file.path))?;
    staged.write_all(file.contents)?;
    if file.access == Access::Everybody {
        staged.as_file().set_permissions(Permissions::from_mode(0o644))?;
    }
    if sync {
        staged.as_file().sync_all()?;
    }
    Ok(staged.into_temp_path())
}

fn failed(path: &Path, if_exists: IfExists, error: &io::Error) -> CommandError {
    let cannot = || CommandError::failed(format!("cannot write `{}`", path.display()));
    match (error.kind(), if_exists) {
        (io::ErrorKind::AlreadyExists, IfExists::Refuse(hint)) => {
            CommandError::usage(format!("`{}` exists", path.display())).hint(hint)
        }
        (io::ErrorKind::IsADirectory, _) => {
            CommandError::usage(format!("cannot write `{}`", path.display()))
                .because("it is a directory")
                .hint("move it away, or name another file")
        }
        (io::ErrorKind::NotFound, _) => {
            let folder = parent(path).display();
            cannot()
                .because(format!("there is no directory `{folder}`"))
                .hint(format!("make it first: mkdir -p {folder}"))
        }
        (io::ErrorKind::NotADirectory, _) => cannot()
            .because(format!("`{}` is no directory", parent(path).display()))
            .hint("name another place"),
        (io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded, _) => {
            cannot().caused_by(error).hint("free some space and run again")
        }
        (io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem, _) => {
            cannot().caused_by(error).hint("name a directory that you may write to")
        }
        _ => cannot().caused_by(error),
    }
}

pub(super) fn parent(path: &Path) -> &Path {
    path.parent().filter(|parent| *parent != Path::new("")).unwrap_or(Path::new("."))
}
