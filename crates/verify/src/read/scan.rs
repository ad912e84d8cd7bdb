//! Files and folders, walked and read side by side. Follows links to files and never to folders,
//! so that there are no circles; opens no FIFO and no device.

use std::{
    cmp::Ordering,
    fs::{self, FileType, Metadata, OpenOptions},
    io::{self, Read},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use rayon::prelude::*;
use rustix::fs::OFlags;
use zeroize::Zeroizing;

use crate::{
    artifact::{self, Artifact, Form, MAX_SIZE, ReadError},
    cache::Cache,
    kubeconfig::beside,
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
/// name ends as only those of a PKI do: then it cannot be read. What cannot be read is reported in
/// its place, and the rest is read.
pub fn scan(path: &Path) -> Scan {
    scan_all(&[path.to_path_buf()])
}

/// [`scan`] of several paths; a file that is met twice is there once.
pub fn scan_all(paths: &[PathBuf]) -> Scan {
    let cache = Cache::default();
    let mut found = Scan::default();
    for path in paths {
        // A link that was named is followed, to a folder too.
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => walk(path, &metadata, &cache, &mut found),
            _ => found.files.push(read(path.clone(), Named::Yes, &cache)),
        }
    }
    found.files.par_sort_by(by_letters);
    found.files.dedup_by(|a, b| a.path == b.path);
    found.directories.sort_by(|a, b| a.path.cmp(&b.path));
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
    scan.files.extend(new.into_iter().map(|path| read(path, Named::Yes, &cache)));
    scan.files.par_sort_by(by_letters);
}

/// Part by part, as paths compare, would take longer than reading some of the files.
fn by_letters(a: &ScannedFile, b: &ScannedFile) -> Ordering {
    a.path.as_os_str().cmp(b.path.as_os_str())
}

fn named_by(file: &ScannedFile) -> Vec<PathBuf> {
    let configs = file.contents.iter().flatten().filter_map(|artifact| match artifact {
        Artifact::Kubeconfig(config) => Some(config),
        _ => None,
    });
    configs.flat_map(|config| config.paths()).map(|path| beside(&file.path, path)).collect()
}

fn walk(path: &Path, metadata: &Metadata, cache: &Cache, found: &mut Scan) {
    let walked = folder(path, metadata, cache);
    found.files.extend(walked.files);
    found.directories.extend(walked.directories);
}

fn folder(path: &Path, metadata: &Metadata, cache: &Cache) -> Scan {
    let (names, error) = match list(path) {
        Ok(names) => (names, None),
        Err(error) => (Vec::new(), Some(error.to_string())),
    };
    let (mode, uid) = (metadata.mode() & 0o7777, metadata.uid());
    let own = Directory { path: path.to_path_buf(), mode, uid, error };
    let parts = names.into_par_iter().map(|(path, kind)| {
        // Of a link the link itself counts: one to a folder is met as a file that is none.
        if kind.is_some_and(|kind| kind.is_dir()) {
            return match fs::symlink_metadata(&path) {
                Ok(metadata) if metadata.is_dir() && !is_records(&path) => {
                    folder(&path, &metadata, cache)
                }
                _ => Scan::default(),
            };
        }
        // What the folder says is a regular file is one: a question less for each of very many.
        let file = match kind.is_some_and(|kind| kind.is_file()) {
            true => read_regular(path, Named::No, cache),
            false => read(path, Named::No, cache),
        };
        Scan { files: vec![file], directories: Vec::new() }
    });
    let mut whole = parts.reduce(Scan::default, |mut a, mut b| {
        // The longer one grows, whichever it is: order comes with the sort.
        if a.files.len() < b.files.len() {
            std::mem::swap(&mut a, &mut b);
        }
        a.files.append(&mut b.files);
        a.directories.append(&mut b.directories);
        a
    });
    whole.directories.push(own);
    whole
}

/// The paths and kinds of what lies in a folder; of the working folder without a `./` that nobody wrote.
fn list(path: &Path) -> io::Result<Vec<(PathBuf, Option<FileType>)>> {
    let is_here = path == Path::new(".");
    let name = |entry: fs::DirEntry| {
        let path = if is_here { PathBuf::from(entry.file_name()) } else { entry.path() };
        (path, entry.file_type().ok())
    };
    fs::read_dir(path)?.map(|entry| entry.map(name)).collect()
}

/// Where kubepki keeps its journal, history and ledger: old certificates on purpose.
fn is_records(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == ".kubepki")
}

/// Whether somebody asked for this very file.
#[derive(Clone, Copy, PartialEq)]
enum Named {
    No,
    Yes,
}

/// Reads whatever lies at a path, where links end.
fn read(path: PathBuf, named: Named, cache: &Cache) -> ScannedFile {
    match fs::metadata(&path) {
        // A FIFO would block, and a device may never end.
        Ok(metadata) if !metadata.is_file() => {
            let none = match named {
                Named::Yes => Err(ReadError::Io { reason: "it is no regular file".to_owned() }),
                Named::No => Ok(Vec::new()),
            };
            scanned(path, Some(&metadata), None, none)
        }
        Ok(_) => read_regular(path, named, cache),
        Err(error) => scanned(path, None, None, Err(io_error(&error))),
    }
}

fn read_regular(path: PathBuf, named: Named, cache: &Cache) -> ScannedFile {
    let (metadata, bytes) = match bytes(&path) {
        Ok(read) => read,
        Err(error) => {
            let metadata = fs::metadata(&path).ok();
            return scanned(path, metadata.as_ref(), None, Err(io_error(&error)));
        }
    };
    let form = Form::of(&bytes);
    let is_ours = named == Named::Yes || is_pki_name(&path);
    let contents = match artifact::read_as(form, &bytes, cache) {
        // Whatever else is too large, a log or a database, is nobody's business.
        Err(
            ReadError::TooLarge { .. }
            | ReadError::Unknown
            | ReadError::Empty
            | ReadError::Encoded { .. },
        ) if !is_ours => Ok(Vec::new()),
        Ok(found) if found.is_empty() && named == Named::Yes => Err(ReadError::Unknown),
        read => read,
    };
    scanned(path, Some(&metadata), form, contents)
}

fn scanned(
    path: PathBuf,
    metadata: Option<&Metadata>,
    form: Option<Form>,
    contents: Result<Vec<Artifact>, ReadError>,
) -> ScannedFile {
    ScannedFile {
        path,
        mode: metadata.map_or(0, |it| it.mode() & 0o7777),
        uid: metadata.map_or(0, MetadataExt::uid),
        gid: metadata.map_or(0, MetadataExt::gid),
        form,
        contents,
    }
}

/// The file up to the largest size and one more. It may hold a key.
fn bytes(path: &Path) -> io::Result<(Metadata, Zeroizing<Vec<u8>>)> {
    // Should a FIFO have taken its place meanwhile, it ends at once.
    let nonblocking = i32::try_from(OFlags::NONBLOCK.bits()).unwrap_or_default();
    let file = OpenOptions::new().read(true).custom_flags(nonblocking).open(path)?;
    let metadata = file.metadata()?;
    let limit = MAX_SIZE as u64 + 1;
    // A whole buffer at once, so that growth leaves no copies behind.
    let capacity = usize::try_from(metadata.len().min(limit)).unwrap_or(MAX_SIZE) + 1;
    let mut bytes = Zeroizing::new(Vec::with_capacity(capacity));
    file.take(limit).read_to_end(&mut bytes)?;
    Ok((metadata, bytes))
}

/// Whether a file of this name is meant to hold something of a PKI.
fn is_pki_name(path: &Path) -> bool {
    const ENDINGS: [&str; 9] =
        ["cer", "crl", "crt", "csr", "key", "kubeconfig", "p12", "pem", "pfx"];
    path.extension().is_some_and(|it| ENDINGS.iter().any(|ending| it.eq_ignore_ascii_case(ending)))
}

fn io_error(error: &io::Error) -> ReadError {
    ReadError::Io { reason: error.to_string() }
}

#[cfg(test)]
mod tests;
