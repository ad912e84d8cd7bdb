//! Files and folders, walked and read side by side. Follows links to files and never to folders,
//! so that there are no circles; opens no FIFO and no device.

use std::{
    cmp::Ordering,
    ffi::{OsStr, OsString},
    fs::{self, Metadata, OpenOptions},
    io::{self, Read},
    os::unix::{
        ffi::OsStrExt as _,
        fs::{MetadataExt, OpenOptionsExt},
    },
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use kubepki_inspect::{
    artifact::{self, Artifact, Form, MAX_SIZE, ReadError},
    cache::Cache,
    kubeconfig::beside,
};
use kubepki_model::Ending;
use memchr::memmem;
use rayon::prelude::*;
use rustix::{
    fs::{Dir, FileType, Mode, OFlags},
    io::Errno,
};
use zeroize::Zeroizing;

use crate::role::{self, Role};

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

/// The bytes of a regular file of at most [`MAX_SIZE`]: a FIFO would block, and a device may never end.
pub(super) fn bytes_of_file(path: &Path) -> Result<Zeroizing<Vec<u8>>, ReadError> {
    let metadata = fs::metadata(path).map_err(|error| io_error(&error))?;
    if !metadata.is_file() {
        return Err(no_regular_file(metadata.is_dir()));
    }
    let (_, bytes) = bytes(path).map_err(|error| io_error(&error))?;
    if bytes.len() > MAX_SIZE { Err(ReadError::TooLarge { limit: MAX_SIZE }) } else { Ok(bytes) }
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

/// What is found on the way, by many threads and in no order.
#[derive(Default)]
struct Walk {
    cache: Cache,
    found: Mutex<Scan>,
}

impl Walk {
    /// Finds whatever lies below a folder, and the folder. A link to one is opened only when it is
    /// named.
    fn folder(&self, path: &Path, named: Named) {
        let Some((own, names)) = list(path, named) else { return };
        self.locked().directories.push(own);
        let visit = |(name, kind): (OsString, FileType)| {
            let is_records = name == RECORDS;
            // Of the working folder without a `./` that nobody wrote.
            let path = if path == Path::new(".") { name.into() } else { path.join(name) };
            let kind = match kind {
                // Some file systems leave it to be asked for.
                FileType::Unknown => rustix::fs::lstat(&path)
                    .map_or(FileType::Unknown, |stat| FileType::from_raw_mode(stat.st_mode)),
                kind => kind,
            };
            match kind {
                FileType::Directory if is_records => {}
                FileType::Directory => {
                    if is_known_name(&path) {
                        self.found(read(path.clone(), Named::Yes, &self.cache));
                    }
                    self.folder(&path, Named::No);
                }
                // What the folder says is a regular file is one: a question less for each of many.
                FileType::RegularFile => self.found(read_regular(path, Named::No, &self.cache)),
                // Of a link the link itself counts: one to a folder is met as a file that is none.
                kind => {
                    let mut file = read(path, Named::No, &self.cache);
                    file.is_link = kind == FileType::Symlink;
                    self.found(file);
                }
            }
        };
        // Few are not worth another thread; whatever is above them has given it something already.
        match names.len() < 4 {
            true => names.into_iter().for_each(visit),
            false => names.into_par_iter().for_each(visit),
        }
    }

    fn found(&self, file: ScannedFile) {
        self.locked().files.push(file);
    }

    fn locked(&self) -> MutexGuard<'_, Scan> {
        // A list of whole entries is whole after any panic.
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A folder, and the names and kinds of what lies in it; `None` for what is no folder any more.
fn list(path: &Path, named: Named) -> Option<(Directory, Vec<(OsString, FileType)>)> {
    let mut own = Directory { path: path.to_path_buf(), mode: 0, uid: 0, error: None };
    let nofollow = if named == Named::Yes { OFlags::empty() } else { OFlags::NOFOLLOW };
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC | nofollow;
    let opened = match rustix::fs::open(path, flags, Mode::empty()) {
        Ok(folder) => Dir::new(folder),
        Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => return None,
        Err(error) => Err(error),
    };
    let mut names = Vec::new();
    let listed = opened.and_then(|mut folder| {
        let stat = folder.stat()?;
        (own.mode, own.uid) = (stat.st_mode & 0o7777, stat.st_uid);
        while let Some(entry) = folder.read() {
            let entry = entry?;
            let name = OsStr::from_bytes(entry.file_name().to_bytes());
            if name != "." && name != ".." {
                names.push((name.to_owned(), entry.file_type()));
            }
        }
        Ok(())
    });
    if let Err(error) = listed {
        own.error = Some(io::Error::from(error).to_string());
        if own.mode == 0
            && let Ok(metadata) = fs::metadata(path)
        {
            (own.mode, own.uid) = (metadata.mode() & 0o7777, metadata.uid());
        }
    }
    Some((own, names))
}

/// Where kubepki keeps its journal, history and ledger: old certificates on purpose.
const RECORDS: &str = ".kubepki";

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
            // Of a folder nobody expects to be read, unless it has a name that tools give.
            let is_ours = named == Named::Yes
                || is_known_name(&path)
                || !metadata.is_dir() && is_pki_name(&path);
            let none = match is_ours {
                true => Err(no_regular_file(metadata.is_dir())),
                false => Ok(Vec::new()),
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
    let is_expected = named == Named::Yes || is_known_name(&path);
    let is_ours = is_expected || is_pki_name(&path);
    let contents = match artifact::read_as(form, &bytes, cache) {
        // Whatever else is too large, a log or a database, is nobody's business.
        Err(
            ReadError::TooLarge { .. }
            | ReadError::Unknown
            | ReadError::Empty
            | ReadError::Encoded { .. },
        ) if !is_ours => Ok(Vec::new()),
        Err(ReadError::Unknown) if role::of_path(&path) == Some(Role::EncryptionConfig) => {
            encryption_config(&bytes)
        }
        Ok(found) if found.is_empty() && is_expected => Err(ReadError::Unknown),
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
        is_link: false,
        form,
        contents,
    }
}

/// The file up to the largest size and one more. It may hold a key.
fn bytes(path: &Path) -> io::Result<(Metadata, Zeroizing<Vec<u8>>)> {
    tracing::debug!(path = %path.display(), "read");
    // Should a FIFO have taken its place meanwhile, it ends at once.
    let nonblocking = i32::try_from(OFlags::NONBLOCK.bits()).unwrap_or_default();
    let file = OpenOptions::new().read(true).custom_flags(nonblocking).open(path)?;
    let metadata = file.metadata()?;
    let limit = MAX_SIZE as u64 + 1;
    // A whole buffer at once, so that growth leaves no copies behind.
    let capacity = usize::try_from(metadata.len().min(limit)).unwrap_or(MAX_SIZE) + 1;
    let mut bytes = Zeroizing::new(Vec::with_capacity(capacity));
    let mut file = file.take(limit);
    // As much as the system said is all of it; else whoever writes there is waited for to the end.
    file.by_ref().take(metadata.len()).read_to_end(&mut bytes)?;
    if bytes.len() as u64 != metadata.len() || bytes.is_empty() {
        file.read_to_end(&mut bytes)?;
    }
    Ok((metadata, bytes))
}

/// Whether a file of this name is meant to hold something of a PKI.
fn is_pki_name(path: &Path) -> bool {
    const ENDINGS: [&str; 9] =
        ["cer", "crl", "crt", "csr", "key", "kubeconfig", "p12", "pem", "pfx"];
    path.extension().is_some_and(|it| ENDINGS.iter().any(|ending| it.eq_ignore_ascii_case(ending)))
}

/// Whether tools give this name to a file of a PKI, so that it has to be one. Of `kube-scheduler.yaml`
/// and the like more are manifests of Pods.
fn is_known_name(path: &Path) -> bool {
    let slot = role::of_path(path);
    let is_yaml = path.to_str().and_then(kubepki_model::form_of) == Some(Ending::Yaml);
    slot.is_some_and(|slot| slot == Role::EncryptionConfig || !is_yaml)
}

/// A file that is called as the keys of Secrets are: it holds nothing of a PKI.
fn encryption_config(bytes: &[u8]) -> Result<Vec<Artifact>, ReadError> {
    match memmem::find(bytes, b"EncryptionConfig") {
        Some(_) => Ok(Vec::new()),
        None => {
            Err(ReadError::malformed("EncryptionConfiguration", "it does not say that it is one"))
        }
    }
}

fn no_regular_file(is_folder: bool) -> ReadError {
    let what = if is_folder { "it is a folder" } else { "it is no regular file" };
    ReadError::Io { reason: what.to_owned() }
}

fn io_error(error: &io::Error) -> ReadError {
    ReadError::Io { reason: error.to_string() }
}

#[cfg(test)]
mod tests;
