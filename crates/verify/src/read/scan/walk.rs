//! The walk through folders: many at once, links to folders never.

use std::{
    ffi::{OsStr, OsString},
    fs, io,
    os::unix::{ffi::OsStrExt as _, fs::MetadataExt},
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
};

use kubepki_inspect::cache::Cache;
use rayon::prelude::*;
use rustix::{
    fs::{Dir, FileType, Mode, OFlags},
    io::Errno,
};

use super::{
    Directory, Scan, ScannedFile,
    file::{Named, is_known_name, read, read_regular},
};

/// What is found on the way, by many threads and in no order.
#[derive(Default)]
pub(super) struct Walk {
    pub(super) cache: Cache,
    pub(super) found: Mutex<Scan>,
}

impl Walk {
    /// Finds whatever lies below a folder, and the folder. A link to one is opened only when it is
    /// named.
    pub(super) fn folder(&self, path: &Path, named: Named) {
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

    pub(super) fn found(&self, file: ScannedFile) {
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
