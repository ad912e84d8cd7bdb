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
        let nameless = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
        match retry_on_intr(|| rustix::fs::openat(folder, ".", nameless, PRIVATE)) {
            Ok(fd) => Ok(Self::locked(folder, File::from(fd), None)),
            // What says so depends on the file system and the kernel (open(2)).
            Err(Errno::OPNOTSUPP | Errno::ISDIR | Errno::INVAL | Errno::NOENT) => {
                Self::named(folder)
            }
            Err(errno) => Err(io_error("make a file in", folder.at(""), errno)),
        }
    }

    /// A file with an interim name, for file systems without nameless ones.
    fn named(folder: &'d Dir) -> Result<Self, StoreError> {
        let name = interim_name(folder)?;
        let flags =
            OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let fd = retry_on_intr(|| rustix::fs::openat(folder, &name, flags, PRIVATE))
            .map_err(|errno| io_error("make a file in", folder.at(""), errno))?;
        Ok(Self::locked(folder, File::from(fd), Some(name)))
    }

    fn locked(folder: &'d Dir, file: File, name: Option<String>) -> Self {
        // Where a file system has no locks, what a killed run left stays.
        let _ = rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive);
        Self { folder, file, name }
    }

    fn fill(folder: &'d Dir, content: Content<'_>) -> Result<Self, StoreError> {
        Self::empty(folder)?.filled(content)
    }

    fn filled(mut self, content: Content<'_>) -> Result<Self, StoreError> {
        let folder = self.folder;
        let failed = |operation| move |errno: Errno| io_error(operation, folder.at(""), errno);
        if let Some(owner) = content.owner {
            give(&self.file, content.mode, owner).map_err(failed("set the owner of a file in"))?;
        }
        // After the owner, or its bits would be for somebody else.
        rustix::fs::fchmod(&self.file, Mode::from_raw_mode(content.mode))
            .map_err(failed("set the mode of a file in"))?;
        self.file
            .write_all(content.bytes)
            .map_err(|source| io_error("write a file in", folder.at(""), source))?;
        retry_on_intr(|| rustix::fs::fsync(&self.file)).map_err(failed("sync a file in"))?;
        Ok(self)
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

const PRIVATE: Mode = Mode::RUSR.union(Mode::WUSR);

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

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt};

    use super::*;

    /// What NFS, FUSE and overlays of old kernels do: no `O_TMPFILE`.
    #[test]
    fn without_nameless_files_a_file_is_in_place_whole_or_not_at_all() {
        let temporary = tempfile::tempdir().unwrap();
        let folder = Dir::open(temporary.path()).unwrap().unwrap();
        let names = || folder.names().unwrap().into_iter().collect::<Vec<_>>();
        let (name, path) = (OsStr::new("config"), temporary.path().join("config"));
        let staged = |bytes| {
            let staged = Staged::named(&folder).unwrap();
            // It is private before it has a byte.
            let interim = temporary.path().join(staged.name.as_ref().unwrap());
            assert_eq!(fs::metadata(&interim).unwrap().permissions().mode() & 0o777, 0o600);
            staged.filled(Content { bytes, mode: 0o600, owner: None }).unwrap()
        };
        staged(b"one").link(&folder, name).unwrap();
        assert_eq!((fs::read(&path).unwrap(), names()), (b"one".to_vec(), vec![name.to_owned()]));
        let taken = staged(b"two").link(&folder, name);
        assert!(matches!(taken, Err(StoreError::Exists { .. })), "{taken:?}");
        assert_eq!((fs::read(&path).unwrap(), names()), (b"one".to_vec(), vec![name.to_owned()]));
        let known = FileId::of(&folder.stat_file(name).unwrap().unwrap());
        staged(b"two").replace(&folder, name, known).unwrap();
        assert_eq!((fs::read(&path).unwrap(), names()), (b"two".to_vec(), vec![name.to_owned()]));
        let replaced = staged(b"three").replace(&folder, name, known);
        assert!(matches!(replaced, Err(StoreError::Replaced { .. })), "{replaced:?}");
        assert_eq!((fs::read(&path).unwrap(), names()), (b"two".to_vec(), vec![name.to_owned()]));

        // One that a killed run left: its lock is gone, and the next run removes it.
        let mut killed = staged(b"four");
        killed.name = None;
        assert_eq!(names().len(), 2);
        drop(killed);
        crate::outside::leftovers::clean(&folder).unwrap();
        assert_eq!(names(), [name]);
        // One of a living run stays.
        let living = staged(b"five");
        crate::outside::leftovers::clean(&folder).unwrap();
        assert_eq!(names().len(), 2);
        drop(living);
        assert_eq!(names(), [name]);
    }
}
