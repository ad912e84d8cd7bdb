//! One file, put in place complete or not at all. A killed run leaves nothing where the file system
//! has nameless files (`O_TMPFILE`), and else a file that the next run removes.
#![expect(clippy::disallowed_methods, reason = "the store is where files are touched")]

use std::{ffi::OsStr, fs::File, io::Write, os::fd::AsRawFd};

use ring::rand::{SecureRandom, SystemRandom};
use rustix::{
    fs::{AtFlags, CWD, FlockOperation, Mode, OFlags, RenameFlags},
    io::{Errno, retry_on_intr},
};

use crate::{
    Owner, StoreError,
    owner::give,
    tree::{Dir, FileId, io_error},
};

/// What a new file has besides its name.
#[derive(Clone, Copy)]
pub(super) struct Content<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) mode: u32,
    /// Whose it becomes; `None` for that of the process.
    pub(super) owner: Option<Owner>,
}

/// What may be under the name already.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Before {
    /// Nothing.
    Nothing,
    /// Just this file, or nothing is done.
    This(FileId),
}

/// Puts a file in place, durable; after an error nothing has changed, unless it is
/// [`StoreError::Unsynced`].
pub(super) fn put(
    folder: &Dir,
    name: &OsStr,
    content: Content<'_>,
    before: Before,
) -> Result<(), StoreError> {
    let staged = Staged::fill(folder, content)?;
    match before {
        Before::Nothing => staged.link(folder, name)?,
        Before::This(wanted) => staged.replace(folder, name, wanted)?,
    }
    let Err(source) = folder.sync() else { return Ok(()) };
    // What was not there goes again; what was replaced cannot be brought back.
    if before == Before::Nothing && folder.unlink(name).is_ok() {
        return Err(source);
    }
    Err(StoreError::Unsynced { path: folder.at(name), source: Box::new(source) })
}

/// Puts an empty-handed file in place that says who is at work, and returns it locked; `None` if the
/// name is taken.
pub(super) fn put_lock(
    folder: &Dir,
    name: &OsStr,
    bytes: &[u8],
) -> Result<Option<File>, StoreError> {
    let staged = Staged::fill(folder, Content { bytes, mode: 0o600, owner: None })?;
    let file = staged.file.try_clone();
    let file = file.map_err(|source| io_error("open", folder.at(name), source))?;
    match staged.link(folder, name) {
        Ok(()) => Ok(Some(file)),
        Err(StoreError::Exists { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Finds out whether a folder takes new files: permissions, read-only file systems and quotas have no
/// other answer than a try.
pub(super) fn probe(folder: &Dir) -> Result<(), StoreError> {
    Staged::empty(folder).map(drop)
}

/// A file that is not in its place yet, locked as long as its process lives.
struct Staged<'d> {
    folder: &'d Dir,
    file: File,
    /// Its interim name; none where the file system has nameless files.
    name: Option<String>,
}

impl<'d> Staged<'d> {
    fn empty(folder: &'d Dir) -> Result<Self, StoreError> {
        let failed = |errno: Errno| io_error("make a file in", folder.at(""), errno);
        let private = Mode::RUSR | Mode::WUSR;
        let nameless = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
        let (file, name) =
            match retry_on_intr(|| rustix::fs::openat(folder, ".", nameless, private)) {
                Ok(fd) => (File::from(fd), None),
                // What says so depends on the file system and the kernel (open(2)).
                Err(Errno::OPNOTSUPP | Errno::ISDIR | Errno::INVAL | Errno::NOENT) => {
                    let name = interim_name(folder)?;
                    let flags = OFlags::RDWR
                        | OFlags::CREATE
                        | OFlags::EXCL
                        | OFlags::NOFOLLOW
                        | OFlags::CLOEXEC;
                    let fd = retry_on_intr(|| rustix::fs::openat(folder, &name, flags, private));
                    (File::from(fd.map_err(failed)?), Some(name))
                }
                Err(errno) => return Err(failed(errno)),
            };
        let staged = Self { folder, file, name };
        // Where a file system has no locks, what a killed run left stays.
        let _ = rustix::fs::flock(&staged.file, FlockOperation::NonBlockingLockExclusive);
        Ok(staged)
    }

    fn fill(folder: &'d Dir, content: Content<'_>) -> Result<Self, StoreError> {
        let mut staged = Self::empty(folder)?;
        let failed = |operation| move |errno: Errno| io_error(operation, folder.at(""), errno);
        if let Some(owner) = content.owner {
            give(&staged.file, content.mode, owner)
                .map_err(failed("set the owner of a file in"))?;
        }
        // After the owner, or its bits would be for somebody else.
        rustix::fs::fchmod(&staged.file, Mode::from_raw_mode(content.mode))
            .map_err(failed("set the mode of a file in"))?;
        staged
            .file
            .write_all(content.bytes)
            .map_err(|source| io_error("write a file in", folder.at(""), source))?;
        retry_on_intr(|| rustix::fs::fsync(&staged.file)).map_err(failed("sync a file in"))?;
        Ok(staged)
    }

    /// Gives it a name that is free.
    fn link(mut self, folder: &Dir, name: &OsStr) -> Result<(), StoreError> {
        let failed = |errno: Errno| match errno {
            Errno::EXIST => StoreError::Exists { path: folder.at(name) },
            errno => io_error("link", folder.at(name), errno),
        };
        let Some(interim) = &self.name else {
            return link_nameless(&self.file, folder, name).map_err(failed);
        };
        match rustix::fs::renameat_with(folder, interim, folder, name, RenameFlags::NOREPLACE) {
            Ok(()) => self.name = None,
            Err(Errno::INVAL | Errno::NOSYS) => {
                rustix::fs::linkat(folder, interim, folder, name, AtFlags::empty())
                    .map_err(failed)?;
            }
            Err(errno) => return Err(failed(errno)),
        }
        Ok(())
    }

    /// Puts it over the file of this name.
    fn replace(mut self, folder: &Dir, name: &OsStr, wanted: FileId) -> Result<(), StoreError> {
        if self.name.is_none() {
            let interim = interim_name(folder)?;
            match link_nameless(&self.file, folder, interim.as_ref()) {
                Ok(()) => self.name = Some(interim),
                Err(errno) => return Err(io_error("link", folder.at(name), errno)),
            }
        }
        let found = folder.stat_file(name)?.map(|stat| FileId::of(&stat));
        if found != Some(wanted) {
            return Err(StoreError::Replaced { path: folder.at(name) });
        }
        if let Some(interim) = &self.name {
            folder.rename(interim, folder, name)?;
            self.name = None;
        }
        Ok(())
    }
}

impl Drop for Staged<'_> {
    fn drop(&mut self) {
        if let Some(name) = self.name.take() {
            // What stays is removed by the next run.
            let _ = self.folder.unlink(&name);
        }
    }
}

/// Gives a nameless file its name. Without `/proc`, only root can.
fn link_nameless(file: &File, folder: &Dir, name: &OsStr) -> Result<(), Errno> {
    let by_proc = format!("/proc/self/fd/{}", file.as_raw_fd());
    match rustix::fs::linkat(CWD, &by_proc, folder, name, AtFlags::SYMLINK_FOLLOW) {
        Err(Errno::NOENT) => rustix::fs::linkat(file, "", folder, name, AtFlags::EMPTY_PATH),
        other => other,
    }
}

/// What the names of all that is not in its place yet begin with.
const PREFIX: &str = ".kubepki-";

/// A name that no other run takes.
pub(super) fn interim_name(folder: &Dir) -> Result<String, StoreError> {
    let mut number = [0; 8];
    SystemRandom::new().fill(&mut number).map_err(|_| {
        io_error("make a name in", folder.at(""), std::io::Error::other("no random numbers"))
    })?;
    Ok(format!("{PREFIX}{:016x}", u64::from_be_bytes(number)))
}

/// Whether a name is one of [`interim_name`].
pub(super) fn is_interim(name: &OsStr) -> bool {
    let digits = name.as_encoded_bytes().strip_prefix(PREFIX.as_bytes());
    digits.is_some_and(|digits| {
        digits.len() == 16 && digits.iter().all(|it| matches!(it, b'0'..=b'9' | b'a'..=b'f'))
    })
}
