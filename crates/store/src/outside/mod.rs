//! Files outside a root: each complete or not at all, together or not at all, and without a trace of a
//! run that was killed once another writes there. Knows neither a root nor what the files hold.

mod leftovers;
mod lock_file;
mod place;
mod set;
mod staged;
mod way;

use std::{ffi::OsStr, path::Path};

use self::staged::{Before, Content};
pub use self::{
    lock_file::{LockFile, LockPlace},
    place::{Known, Place},
};
use crate::{
    Mode, StoreError,
    tree::{Dir, io_error},
};

/// A file to be written outside a root. It becomes this user's, whoever had the one before.
#[derive(Clone, Copy)]
pub struct Output<'a> {
    /// Where it goes; what is there is replaced itself, and not what it leads to.
    pub path: &'a Path,
    /// Its bytes.
    pub contents: &'a [u8],
    /// Who may read it.
    pub mode: Mode,
    /// What becomes of a file that is there.
    pub if_exists: IfExists,
}

/// What becomes of a file that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IfExists {
    /// It stays, and nothing is written.
    Refuse,
    /// It is replaced.
    Replace,
}

/// Folders that are made where they are missing.
#[derive(Clone, Copy, Debug)]
pub struct Folders<'a> {
    /// The outermost; the one above it has to be there, and all files go below it.
    pub top: &'a Path,
    /// The permission bits of those that are made: 0700 or 0755.
    pub mode: u32,
}

/// Writes all of these, or none; first it brings to their end the runs that were killed while they
/// wrote there.
///
/// # Errors
/// Nothing has changed, unless [`StoreError::is_unchanged`] says otherwise. [`StoreError::Exists`] for
/// a file that must not be replaced.
pub fn write_outside(files: &[Output<'_>], folders: Option<Folders<'_>>) -> Result<(), StoreError> {
    let ([file], None) = (files, folders) else { return set::write(files, folders) };
    let (folder, name) = folder_of(file.path)?;
    leftovers::clean(&folder)?;
    let before = match file.if_exists {
        IfExists::Refuse => Before::Nothing,
        IfExists::Replace => match folder.stat_file(name)? {
            Some(stat) => Before::This(crate::tree::FileId::of(&stat)),
            None => Before::Nothing,
        },
    };
    let content = Content { bytes: file.contents, mode: file.mode.bits(), owner: None };
    staged::put(&folder, name, content, before)
}

/// A file that was read from its place, and what it becomes.
#[derive(Clone, Copy)]
pub struct Replacement<'a> {
    /// Where it is.
    pub place: &'a Place,
    /// What was read there.
    pub known: &'a Known,
    /// Its new bytes.
    pub bytes: &'a [u8],
}

/// Replaces all of these, or none, as [`Place::replace`] does one. A run that is killed in the middle is
/// completed by the next one that writes beside the first of them.
///
/// # Errors
/// As [`Place::replace`]; nothing has changed, unless [`StoreError::is_unchanged`] says otherwise.
pub fn replace_together(changes: &[Replacement<'_>]) -> Result<(), StoreError> {
    match changes {
        [] => Ok(()),
        [Replacement { place, known, bytes }] => place.replace(known, bytes),
        several => set::replace(several),
    }
}

/// Finds out whether files can be written, before what goes into them is made: their folders are there
/// and take new files, and nothing is in the way.
///
/// # Errors
/// As [`write_outside`].
pub fn check_outside(paths: &[&Path], if_exists: IfExists) -> Result<(), StoreError> {
    let mut last = None;
    for path in paths {
        let (folder, name) = folder_of(path)?;
        if last != path.parent() {
            leftovers::clean(&folder)?;
            staged::probe(&folder)?;
            last = path.parent();
        }
        let found = match if_exists {
            IfExists::Refuse => folder.stat(name)?,
            IfExists::Replace => folder.stat_file(name)?,
        };
        if found.is_some() && if_exists == IfExists::Refuse {
            return Err(StoreError::Exists { path: (*path).to_owned() });
        }
    }
    Ok(())
}

fn folder_of(path: &Path) -> Result<(Dir, &OsStr), StoreError> {
    let Some(name) = path.file_name() else {
        let (found, wanted) = ("a directory", "a regular file");
        return Err(StoreError::WrongKind { path: path.to_owned(), found, wanted });
    };
    let parent = parent(path);
    let missing = || io_error("open", parent.to_owned(), rustix::io::Errno::NOENT);
    Ok((Dir::open_named(parent)?.ok_or_else(missing)?, name))
}

fn parent(path: &Path) -> &Path {
    path.parent().filter(|parent| *parent != Path::new("")).unwrap_or(Path::new("."))
}
