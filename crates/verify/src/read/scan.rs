//! Files and folders, walked and read side by side. Follows links to files and never to folders,
//! so that there are no circles; opens no FIFO and no device.

mod file;
mod walk;

use std::{
    cmp::Ordering,
    fs,
    path::{Path, PathBuf},
    sync::PoisonError,
};

use kubepki_inspect::{
    artifact::{Artifact, Form, ReadError},
    cache::Cache,
    kubeconfig::beside,
};
use rayon::prelude::*;
use zeroize::Zeroizing;

pub(super) use self::file::bytes_of_file;
use self::{
    file::{Named, read},
    walk::Walk,
};

/// What was found below some paths, sorted by the letters of the paths.
#[derive(Debug, Default)]
pub struct Scan {
    /// The files, those that are none of a PKI too.
    pub files: Vec<ScannedFile>,
    /// The folders.
    pub directories: Vec<Directory>,
}

/// A file as it was read.
#[derive(Clone, Debug)]
pub struct ScannedFile {
    /// Its path, below the path that was given.
    pub path: PathBuf,
    /// The permission bits of the file itself, where links end: at most 0o7777.
    pub mode: u32,
    /// The user who owns it.
    pub uid: u32,
    /// The group that owns it.
    pub gid: u32,
    /// Whether a symbolic link led to it from the folder that it was found in.
    pub is_link: bool,
    /// How it is written; none for what is nothing of a PKI or could not be opened.
    pub form: Option<Form>,
    /// Everything it holds; nothing when it is none of a PKI, which a named file never is.
    pub contents: Result<Vec<Artifact>, ReadError>,
}

/// A folder that was walked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directory {
    /// Its path, below the path that was given.
    pub path: PathBuf,
    /// Its permission bits, at most 0o7777.
    pub mode: u32,
    /// The user who owns it.
    pub uid: u32,
    /// Why it could not be listed.
    pub error: Option<String>,
}

/// Reads a file, or every file below a folder but kubepki's own records in `.kubepki`.
///
/// A file below a folder that is neither PEM nor DER nor a kubeconfig holds nothing, unless its
/// name ends as only those of a PKI do, or it begins as kubeconfigs do: then it cannot be read. What
/// cannot be read is reported in its place, and the rest is read.
pub fn scan(path: &Path) -> Scan {
    scan_all(&[path.to_path_buf()])
}

/// [`scan`] of several paths; a file that is met twice is there once.
pub fn scan_all(paths: &[PathBuf]) -> Scan {
    let walk = Walk::default();
    for path in paths {
        // A link that was named is followed, to a folder too.
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => walk.folder(path, Named::Yes),
            _ => walk.found(read(path.clone(), Named::Yes, &walk.cache)),
        }
    }
    let mut found = walk.found.into_inner().unwrap_or_else(PoisonError::into_inner);
    found.files.par_sort_unstable_by(by_letters);
    found.files.dedup_by(|a, b| a.path == b.path);
    found.directories.par_sort_unstable_by(|a, b| a.path.as_os_str().cmp(b.path.as_os_str()));
    found.directories.dedup();
    found
}

/// Adds the files that kubeconfigs name and that are not there yet. One that does not exist is
/// left out: the kubeconfig's own check says so.
pub fn follow(scan: &mut Scan) {
    let mut named: Vec<_> = scan.files.iter().flat_map(named_by).collect();
    named.sort();
    named.dedup();
    let is_new = |path: &PathBuf| {
        scan.files.binary_search_by(|file| file.path.as_os_str().cmp(path.as_os_str())).is_err()
    };
    let new: Vec<_> = named.into_iter().filter(is_new).filter(|path| path.exists()).collect();
    let cache = Cache::default();
    if !new.is_empty() {
        scan.files.extend(new.into_iter().map(|path| read(path, Named::Yes, &cache)));
        scan.files.par_sort_unstable_by(by_letters);
    }
}

/// Reads these files of a root as if each had been named, so that whatever is no part of a PKI is an
/// error and not passed over. One that does not exist is left out. In a root no link is followed.
pub fn require<'a>(scan: &mut Scan, root: &Path, paths: impl Iterator<Item = &'a Path>) {
    let cache = Cache::default();
    let mut new = Vec::new();
    for path in paths {
        let found = scan.files.binary_search_by(|file| file.path.as_os_str().cmp(path.as_os_str()));
        match found.ok().and_then(|index| scan.files.get_mut(index)) {
            Some(file) if file.is_link => file.contents = Err(followed_by_none(path)),
            Some(file) if file.contents.as_ref().is_ok_and(Vec::is_empty) => {
                *file = read(path.to_path_buf(), Named::Yes, &cache);
            }
            Some(_) => {}
            None if fs::symlink_metadata(path).is_err() => {}
            None => {
                let mut file = read(path.to_path_buf(), Named::Yes, &cache);
                if let Some(link) = link_on_the_way(root, path) {
                    file.contents = Err(followed_by_none(link));
                }
                new.push(file);
            }
        }
    }
    if !new.is_empty() {
        scan.files.extend(new);
        scan.files.par_sort_unstable_by(by_letters);
    }
}

/// The bytes of a file of a root that holds something else than certificates and keys: they may be
/// secret. `None` where there is no such file.
///
/// # Errors
/// [`ReadError::Io`] and [`ReadError::TooLarge`].
pub fn plain(root: &Path, path: &Path) -> Result<Option<Zeroizing<Vec<u8>>>, ReadError> {
    if fs::symlink_metadata(path).is_err() {
        return Ok(None);
    }
    match link_on_the_way(root, path) {
        Some(link) => Err(followed_by_none(link)),
        None => bytes_of_file(path).map(Some),
    }
}

/// A symbolic link below a root that a path leads over or ends at.
fn link_on_the_way<'a>(root: &Path, path: &'a Path) -> Option<&'a Path> {
    let below = path.ancestors().take_while(|it| *it != root && !it.as_os_str().is_empty());
    below.filter(|it| fs::symlink_metadata(it).is_ok_and(|it| it.is_symlink())).last()
}

fn followed_by_none(link: &Path) -> ReadError {
    let reason = format!("`{}` is a symbolic link, and none is followed in a root", link.display());
    ReadError::Io { reason }
}

/// Part by part, as paths compare, would take longer than reading some of the files. Of one file
/// twice, the first is what was named, of which more is asked.
fn by_letters(a: &ScannedFile, b: &ScannedFile) -> Ordering {
    let by_path = a.path.as_os_str().cmp(b.path.as_os_str());
    by_path.then_with(|| a.contents.is_ok().cmp(&b.contents.is_ok()))
}

fn named_by(file: &ScannedFile) -> Vec<PathBuf> {
    let configs = file.contents.iter().flatten().filter_map(|artifact| match artifact {
        Artifact::Kubeconfig(config) => Some(config),
        _ => None,
    });
    configs.flat_map(|config| config.paths()).map(|path| beside(&file.path, path)).collect()
}

#[cfg(test)]
mod tests;
