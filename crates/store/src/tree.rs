//! Directories by descriptor. Follows no symbolic link, and never goes back to a path by name.
#![expect(clippy::disallowed_methods, reason = "the store is where files are touched")]

use std::{
    ffi::{OsStr, OsString},
    io,
    os::{
        fd::{AsFd, BorrowedFd, OwnedFd},
        unix::ffi::OsStrExt,
    },
    path::{Path, PathBuf},
};

use super::{MAX_FILE_SIZE, StoreError};
use rustix::{
    fs::{AtFlags, CWD, FileType, Mode, OFlags, Stat},
    io::{Errno, retry_on_intr},
};

const DIRECTORY: OFlags =
    OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// An open directory, and the path by which errors name it.
#[derive(Debug)]
pub(super) struct Dir {
    fd: OwnedFd,
    path: PathBuf,
}

impl Dir {
    /// Opens a directory by name; `None` if there is nothing. A symbolic link is an error.
    pub(super) fn open(path: &Path) -> Result<Option<Self>, StoreError> {
        open_directory(CWD, path.as_os_str(), path.to_owned(), DIRECTORY)
    }

    /// As [`Dir::open`], by a path that is somebody's own word: links are followed.
    pub(super) fn open_named(path: &Path) -> Result<Option<Self>, StoreError> {
        let flags = DIRECTORY.difference(OFlags::NOFOLLOW);
        open_directory(CWD, path.as_os_str(), path.to_owned(), flags)
    }

    /// Opens a directory that is only gone through, which needs no right to list it.
    pub(super) fn on_the_way(
        at: impl AsFd,
        name: &OsStr,
        path: PathBuf,
    ) -> Result<Option<Self>, StoreError> {
        open_directory(at, name, path, DIRECTORY | OFlags::PATH)
    }

    /// Another descriptor of this directory.
    pub(super) fn again(&self) -> Result<Self, StoreError> {
        let fd = self.fd.try_clone().map_err(|source| self.failed("open", source))?;
        Ok(Self { fd, path: self.path.clone() })
    }

    /// This directory, opened so that its names can be listed and made durable.
    pub(super) fn opened(&self) -> Result<Option<Self>, StoreError> {
        open_directory(&self.fd, OsStr::new("."), self.path.clone(), DIRECTORY)
    }

    /// Makes the directory `path` and returns the one above it with its name in there, or `None`
    /// if it was made by somebody else in the meantime.
    pub(super) fn make_root(path: &Path) -> Result<Option<(Self, OsString)>, StoreError> {
        let missing = || StoreError::RootMissing { path: path.to_owned() };
        let (Some(above), Some(name)) = (path.parent(), path.file_name()) else {
            return Err(missing());
        };
        let above = if above.as_os_str().is_empty() { Path::new(".") } else { above };
        // The way to the root is the user's own word: only the root and what is below are not followed.
        let above = Self::open_named(above)?.ok_or_else(missing)?;
        let made = above.make_child(name, 0o755)?;
        Ok(made.then(|| (above, name.to_owned())))
    }

    /// The path by which errors name `name` in this directory.
    pub(super) fn at(&self, name: impl AsRef<OsStr>) -> PathBuf {
        match name.as_ref() {
            // Without a slash at its end.
            name if name.is_empty() => self.path.clone(),
            name if self.path.as_os_str() == "." => name.into(),
            name => self.path.join(name),
        }
    }

    /// Opens the directory at a `/`-separated path below; `""` is this one, `None` is a missing one.
    pub(super) fn descend(&self, below: &str) -> Result<Option<Self>, StoreError> {
        let mut components = below.split('/');
        let first = components.next().filter(|name| !name.is_empty());
        let Some(first) = first else { return self.again().map(Some) };
        let mut here = self.child(first)?;
        for name in components {
            let Some(directory) = here else { return Ok(None) };
            here = directory.child(name)?;
        }
        Ok(here)
    }

    /// As [`Dir::descend`], where a missing directory is an error.
    pub(super) fn existing(&self, below: &str) -> Result<Self, StoreError> {
        self.descend(below)?.ok_or_else(|| io_error("open", self.at(below), Errno::NOENT))
    }

    /// Opens a directory in this one; `None` if there is nothing of this name.
    pub(super) fn child(&self, name: impl AsRef<OsStr>) -> Result<Option<Self>, StoreError> {
        let name = name.as_ref();
        open_directory(&self.fd, name, self.at(name), DIRECTORY)
    }

    /// Makes a directory; false if something of this name exists already.
    pub(super) fn make_child(
        &self,
        name: impl AsRef<OsStr>,
        mode: u32,
    ) -> Result<bool, StoreError> {
        let name = name.as_ref();
        match rustix::fs::mkdirat(&self.fd, name, Mode::from_raw_mode(mode)) {
            Ok(()) => Ok(true),
            Err(Errno::EXIST) => Ok(false),
            Err(errno) => Err(io_error("make the directory", self.at(name), errno)),
        }
    }

    /// Gives this directory the permission bits `mode`, whatever the umask made of them.
    pub(super) fn set_mode(&self, mode: u32) -> Result<(), StoreError> {
        let found = self.stat_self()?.st_mode;
        if found & 0o777 == mode {
            return Ok(());
        }
        rustix::fs::fchmod(&self.fd, Mode::from_raw_mode(found & 0o7000 | mode))
            .map_err(|errno| self.failed("set the mode of", errno))
    }

    /// Whether this process may make and remove files here.
    pub(super) fn check_writable(&self) -> Result<(), StoreError> {
        let access = rustix::fs::Access::WRITE_OK | rustix::fs::Access::EXEC_OK;
        rustix::fs::accessat(&self.fd, ".", access, AtFlags::empty())
            .map_err(|errno| self.failed("write to", errno))
    }

    /// What is known of this directory itself.
    pub(super) fn stat_self(&self) -> Result<Stat, StoreError> {
        rustix::fs::fstat(&self.fd).map_err(|errno| self.failed("inspect", errno))
    }

    /// What is known of `name`, itself and not what it links to; `None` if there is nothing.
    pub(super) fn stat(&self, name: impl AsRef<OsStr>) -> Result<Option<Stat>, StoreError> {
        let name = name.as_ref();
        match rustix::fs::statat(&self.fd, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(Some(stat)),
            Err(Errno::NOENT) => Ok(None),
            Err(errno) => Err(io_error("inspect", self.at(name), errno)),
        }
    }

    /// As [`Dir::stat`], and anything but a regular file is an error.
    pub(super) fn stat_file(&self, name: impl AsRef<OsStr>) -> Result<Option<Stat>, StoreError> {
        let name = name.as_ref();
        let stat = self.stat(name)?;
        match &stat {
            Some(stat) if !is_file(stat) => Err(self.no_file(name, stat)),
            _ => Ok(stat),
        }
    }

    /// Moves a file over whatever file has the new name, in one step.
    pub(super) fn rename(
        &self,
        name: &str,
        to: &Self,
        new_name: impl AsRef<OsStr>,
    ) -> Result<(), StoreError> {
        let new_name = new_name.as_ref();
        rustix::fs::renameat(&self.fd, name, &to.fd, new_name)
            .map_err(|errno| io_error("rename into place", to.at(new_name), errno))
    }

    /// As [`Dir::rename`], also where the other directory is on another file system: `/var` and `/etc`
    /// of a machine may be two. The new name appears in one step either way.
    pub(super) fn move_to(&self, name: &str, to: &Self, new_name: &str) -> Result<(), StoreError> {
        match rustix::fs::renameat(&self.fd, name, &to.fd, new_name) {
            Ok(()) => return Ok(()),
            Err(Errno::XDEV) => {}
            Err(errno) => return Err(io_error("rename into place", to.at(new_name), errno)),
        }
        let Some(file) = self.read(name, MAX_FILE_SIZE)? else {
            return Err(io_error("open", self.at(name), Errno::NOENT));
        };
        let interim = interim(new_name);
        to.unlink(&interim)?;
        let copied = to
            .write_new(&interim, &file.contents, file.mode & 0o777, Some(file.owner))
            .and_then(|()| to.rename(&interim, to, new_name));
        if let Err(error) = copied {
            // What failed is reported; the next attempt removes it too.
            let _ = to.unlink(&interim);
            return Err(error);
        }
        // Durable under the new name before the old one goes: a killed run finds one of the two.
        to.sync()?;
        self.unlink(name)?;
        Ok(())
    }

    /// Gives a file a second name; false if the file system or the owner of the file forbids that.
    pub(super) fn link(&self, name: &str, to: &Self, new_name: &str) -> Result<bool, StoreError> {
        match rustix::fs::linkat(&self.fd, name, &to.fd, new_name, AtFlags::empty()) {
            Ok(()) => Ok(true),
            Err(Errno::PERM | Errno::OPNOTSUPP | Errno::NOSYS | Errno::MLINK | Errno::XDEV) => {
                Ok(false)
            }
            Err(errno) => Err(io_error("link", to.at(new_name), errno)),
        }
    }

    /// Removes a file; false if there is none.
    pub(super) fn unlink(&self, name: impl AsRef<OsStr>) -> Result<bool, StoreError> {
        match rustix::fs::unlinkat(&self.fd, name.as_ref(), AtFlags::empty()) {
            Ok(()) => Ok(true),
            Err(Errno::NOENT) => Ok(false),
            Err(errno) => Err(io_error("remove", self.at(name), errno)),
        }
    }

    /// Removes an empty directory; false if there is none, or it is not empty, or is something else.
    pub(super) fn remove_child(&self, name: impl AsRef<OsStr>) -> Result<bool, StoreError> {
        match rustix::fs::unlinkat(&self.fd, name.as_ref(), AtFlags::REMOVEDIR) {
            Ok(()) => Ok(true),
            Err(Errno::NOENT | Errno::NOTEMPTY | Errno::EXIST | Errno::NOTDIR) => Ok(false),
            Err(errno) => Err(io_error("remove", self.at(name), errno)),
        }
    }

    /// The names in this directory, without `.` and `..`, in no order.
    pub(super) fn names(&self) -> Result<Vec<OsString>, StoreError> {
        let failed = |errno: Errno| self.failed("list", errno);
        let mut names = Vec::new();
        for entry in rustix::fs::Dir::read_from(&self.fd).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let name = entry.file_name().to_bytes();
            if name != b"." && name != b".." {
                names.push(OsStr::from_bytes(name).to_owned());
            }
        }
        Ok(names)
    }

    /// Makes the names in this directory durable.
    pub(super) fn sync(&self) -> Result<(), StoreError> {
        retry_on_intr(|| rustix::fs::fsync(&self.fd)).map_err(|errno| self.failed("sync", errno))
    }

    /// Makes everything on this directory's file system durable.
    pub(super) fn sync_file_system(&self) -> Result<(), StoreError> {
        retry_on_intr(|| rustix::fs::syncfs(&self.fd))
            .map_err(|errno| self.failed("sync the file system of", errno))
    }

    fn failed(&self, operation: &'static str, source: impl Into<io::Error>) -> StoreError {
        io_error(operation, self.path.clone(), source)
    }
}

/// The name of a copy from another file system until it is whole; cut so that it is a valid name.
pub(super) fn interim(name: &str) -> String {
    let end = (0..=name.len().min(200)).rev().find(|end| name.is_char_boundary(*end));
    format!(".{}.kubepki-new", &name[..end.unwrap_or(0)])
}

impl AsFd for Dir {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

/// Which file it is, whatever its name, and whether it is as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FileId {
    file: (u64, u64),
    modified: (i64, i64),
}

impl FileId {
    pub(super) fn of(stat: &Stat) -> Self {
        // Of other types on other systems.
        #[allow(clippy::useless_conversion, clippy::unnecessary_cast)]
        let modified = (stat.st_mtime as i64, stat.st_mtime_nsec as i64);
        Self { file: (stat.st_dev, stat.st_ino), modified }
    }
}

/// Whether two descriptions are of one and the same file.
pub(super) fn is_same(a: &Stat, b: &Stat) -> bool {
    (a.st_dev, a.st_ino) == (b.st_dev, b.st_ino)
}

/// Whether the system refused for lack of rights.
pub(super) fn is_denied(error: &StoreError) -> bool {
    matches!(error, StoreError::Io { source, .. }
        if source.kind() == io::ErrorKind::PermissionDenied)
}

/// An [`StoreError::Io`].
pub(super) fn io_error(
    operation: &'static str,
    path: PathBuf,
    source: impl Into<io::Error>,
) -> StoreError {
    StoreError::Io { operation, path, source: source.into() }
}

fn open_directory(
    at: impl AsFd,
    name: &OsStr,
    path: PathBuf,
    flags: OFlags,
) -> Result<Option<Dir>, StoreError> {
    match retry_on_intr(|| rustix::fs::openat(&at, name, flags, Mode::empty())) {
        Ok(fd) => Ok(Some(Dir { fd, path })),
        Err(Errno::NOENT) => Ok(None),
        // Which of the two a symbolic link gives depends on the system.
        Err(errno @ (Errno::NOTDIR | Errno::LOOP)) => {
            match rustix::fs::statat(&at, name, AtFlags::SYMLINK_NOFOLLOW) {
                Ok(stat) if FileType::from_raw_mode(stat.st_mode) != FileType::Directory => {
                    Err(StoreError::WrongKind { path, found: kind(&stat), wanted: "a directory" })
                }
                _ => Err(io_error("open", path, errno)),
            }
        }
        Err(errno) => Err(io_error("open", path, errno)),
    }
}

pub(super) fn is_file(stat: &Stat) -> bool {
    FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile
}

pub(super) fn kind(stat: &Stat) -> &'static str {
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::BlockDevice => "a block device",
        FileType::CharacterDevice => "a character device",
        FileType::Directory => "a directory",
        FileType::Fifo => "a FIFO",
        FileType::RegularFile => "a file",
        FileType::Socket => "a socket",
        FileType::Symlink => "a symbolic link",
        FileType::Unknown => "something unknown",
    }
}
