//! Results outside the root: written all together, each complete, or none.

use std::{
    io,
    path::{Path, PathBuf},
};

use kubepki_cluster::{
    StoreError,
    store::{self, Folders, Mode, Output},
};

use super::in_place;
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

impl NewFile<'_> {
    fn output(&self, if_exists: IfExists) -> Output<'_> {
        let mode = match self.access {
            Access::Everybody => Mode::Public,
            Access::Owner => Mode::Private,
        };
        Output { path: &self.path, contents: self.contents, mode, if_exists: if_exists.policy() }
    }
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
    const fn policy(self) -> store::IfExists {
        match self {
            Self::Refuse(_) => store::IfExists::Refuse,
            Self::Replace => store::IfExists::Replace,
        }
    }

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
    let paths: Vec<_> = paths.into_iter().collect();
    store::check_outside(&paths, if_exists.policy())
        .map_err(|error| refused(&error, &paths, if_exists))
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

/// Writes every file, or none.
pub(crate) fn write_all(files: &[NewFile<'_>], if_exists: IfExists) -> Result<(), CommandError> {
    write_in(files, None, if_exists)
}

/// As [`write_all`], with one more file that is replaced if it is there.
pub(crate) fn write_with(
    files: &[NewFile<'_>],
    if_exists: IfExists,
    replaced: &NewFile<'_>,
) -> Result<(), CommandError> {
    let mut outputs: Vec<_> = files.iter().map(|file| file.output(if_exists)).collect();
    outputs.push(replaced.output(IfExists::Replace));
    let paths: Vec<_> = outputs.iter().map(|output| output.path).collect();
    store::write_outside(&outputs, None).map_err(|error| refused(&error, &paths, if_exists))
}

/// As [`write_all`], with the folders of the files, below one that is made too if its own parent exists.
pub(crate) fn write_below(
    top: &Path,
    access: Access,
    files: &[NewFile<'_>],
    if_exists: IfExists,
) -> Result<(), CommandError> {
    let mode = if access == Access::Owner { 0o700 } else { 0o755 };
    write_in(files, Some(Folders { top, mode }), if_exists)
}

fn write_in(
    files: &[NewFile<'_>],
    folders: Option<Folders<'_>>,
    if_exists: IfExists,
) -> Result<(), CommandError> {
    let outputs: Vec<_> = files.iter().map(|file| file.output(if_exists)).collect();
    let paths: Vec<_> = files.iter().map(|file| file.path.as_path()).collect();
    store::write_outside(&outputs, folders).map_err(|error| refused(&error, &paths, if_exists))
}

/// Says what went wrong with the words of the one who named the files.
fn refused(error: &StoreError, paths: &[&Path], if_exists: IfExists) -> CommandError {
    let named = |path: &Path| {
        let is_it = |named: &&&Path| path.ends_with(named) || path.file_name() == named.file_name();
        paths.iter().find(is_it).map_or(path, |named| named).to_owned()
    };
    let first = || paths.first().copied().unwrap_or(Path::new(".")).to_owned();
    match error {
        StoreError::Exists { path } => {
            failed(&named(path), if_exists, &io::ErrorKind::AlreadyExists.into())
        }
        StoreError::WrongKind { path, found: "a directory", .. } => {
            failed(&named(path), if_exists, &io::ErrorKind::IsADirectory.into())
        }
        StoreError::WrongKind { path, wanted: "a directory", .. } => {
            let in_it = |named: &&&Path| parent(named) == path;
            let path = paths.iter().find(in_it).map_or_else(first, |named| named.to_path_buf());
            failed(&path, if_exists, &io::ErrorKind::NotADirectory.into())
        }
        StoreError::Io { source, path, .. } => {
            let in_it = |named: &&&Path| parent(named) == path || **named == path.as_path();
            let path = paths.iter().find(in_it).map_or_else(first, |named| named.to_path_buf());
            failed(&path, if_exists, source)
        }
        error => in_place::unchanged(&first(), error),
    }
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
            let folder = parent(path);
            cannot()
                .because(format!("there is no directory `{}`", folder.display()))
                .hint(format!("create it first: mkdir -p {}", crate::shell::word(folder)))
        }
        (io::ErrorKind::NotADirectory, _) => cannot()
            .because(format!("`{}` is not a directory", parent(path).display()))
            .hint("name another path"),
        (io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded, _) => {
            cannot().caused_by(error).hint("free some space and run it again")
        }
        (io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem, _) => {
            cannot().caused_by(error).hint("name a directory that you can write to")
        }
        _ => cannot().caused_by(error),
    }
}

pub(super) fn parent(path: &Path) -> &Path {
    path.parent().filter(|parent| *parent != Path::new("")).unwrap_or(Path::new("."))
}
