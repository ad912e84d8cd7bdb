//! What is in the files of a directory: read, written and overwritten by descriptor.
#![expect(clippy::disallowed_methods, reason = "the store is where files are touched")]

use std::{
    ffi::OsStr,
    fs::File,
    io::{self, Read, Write},
};

use rustix::{
    fs::{Mode, OFlags, Stat},
    io::{Errno, retry_on_intr},
};
use zeroize::Zeroizing;

use super::{
    Owner, StoreError, StoredFile,
    owner::{give, owner_of},
    tree::{Dir, FileId, io_error, is_denied, is_file, is_same, kind},
};

impl Dir {
    /// Reads a regular file of at most `limit` bytes; `None` if there is nothing.
    pub(super) fn read(&self, name: &str, limit: u64) -> Result<Option<StoredFile>, StoreError> {
        Ok(self.read_known(name, limit)?.map(|(file, _)| file))
    }

    /// As [`Dir::read`], with which file it is.
    pub(super) fn read_known(
        &self,
        name: impl AsRef<OsStr>,
        limit: u64,
    ) -> Result<Option<(StoredFile, FileId)>, StoreError> {
        let name = name.as_ref();
        // Opening a device can set it in motion, so the kind is looked at before and after.
        if self.stat_file(name)?.is_none() {
            return Ok(None);
        }
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let Some(mut file) = self.open_file(name, flags)? else { return Ok(None) };
        let failed = |source: io::Error| io_error("read", self.at(name), source);
        let stat = rustix::fs::fstat(&file).map_err(|errno| failed(errno.into()))?;
        if !is_file(&stat) {
            return Err(self.no_file(name, &stat));
        }
        tracing::debug!(path = %self.at(name).display(), bytes = stat.st_size, "read");
        let size = u64::try_from(stat.st_size).unwrap_or(u64::MAX);
        if size > limit {
            return Err(StoreError::TooLarge { path: self.at(name), limit });
        }
        // One allocation with a byte to spare: a growing vector would leave copies of a key behind.
        let mut contents = Zeroizing::new(vec![0; usize::try_from(size).unwrap_or(0) + 1]);
        let mut filled = 0;
        loop {
            match file.read(&mut contents[filled..]) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(failed(error)),
            }
        }
        if filled == contents.len() {
            return Err(failed(io::Error::other("it grew while it was read")));
        }
        contents.truncate(filled);
        let (mode, owner) = (stat.st_mode & 0o7777, owner_of(&stat));
        Ok(Some((StoredFile { contents, mode, owner }, FileId::of(&stat))))
    }

    /// Makes a new file, durable, that has `mode` and its owner before its first byte; the name must be
    /// free.
    pub(super) fn write_new(
        &self,
        name: &str,
        contents: &[u8],
        mode: u32,
        owner: Option<Owner>,
    ) -> Result<(), StoreError> {
        let file = self.make_file(name, contents, mode, owner)?;
        retry_on_intr(|| rustix::fs::fsync(&file))
            .map_err(|errno| io_error("sync", self.at(name), errno))
    }

    /// As [`Dir::write_new`], of a file that is not durable yet.
    pub(super) fn make_file(
        &self,
        name: &str,
        contents: &[u8],
        mode: u32,
        owner: Option<Owner>,
    ) -> Result<File, StoreError> {
        let flags =
            OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mut file: File =
            retry_on_intr(|| rustix::fs::openat(self, name, flags, Mode::RUSR | Mode::WUSR))
                .map_err(|errno| io_error("make", self.at(name), errno))?
                .into();
        if let Some(owner) = owner {
            give(&file, mode, owner)
                .map_err(|errno| io_error("set the owner of", self.at(name), errno))?;
        }
        // After the owner, or its bits would be for somebody else.
        rustix::fs::fchmod(&file, Mode::from_raw_mode(mode))
            .map_err(|errno| io_error("set the mode of", self.at(name), errno))?;
        file.write_all(contents).map_err(|source| io_error("write", self.at(name), source))?;
        tracing::debug!(path = %self.at(name).display(), bytes = contents.len(), "write");
        Ok(file)
    }

    /// Opens a regular file for reading and writing, making it with 0600 where it is missing;
    /// `None` if this directory itself has been removed.
    ///
    /// A file with a second name is an error: writing to it would write to that one too.
    pub(super) fn open_or_make(&self, name: &str) -> Result<Option<File>, StoreError> {
        let flags =
            OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        self.stat_file(name)?;
        let Some(file) = self.open_file(name.as_ref(), flags)? else { return Ok(None) };
        let stat =
            rustix::fs::fstat(&file).map_err(|errno| io_error("inspect", self.at(name), errno))?;
        if stat.st_nlink > 1 {
            let (found, wanted) = ("a file with a second name", "a file of its own");
            return Err(StoreError::WrongKind { path: self.at(name), found, wanted });
        }
        Ok(Some(file))
    }

    /// Opens a file for reading; `None` if there is nothing, or it may not be opened.
    pub(super) fn open_if_allowed(
        &self,
        name: impl AsRef<OsStr>,
    ) -> Result<Option<File>, StoreError> {
        let name = name.as_ref();
        self.stat_file(name)?;
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        match self.open_file(name, flags) {
            Err(error) if is_denied(&error) => Ok(None),
            other => other,
        }
    }

    /// Overwrites a file with zeros, durable, and leaves its size; false if the file has another name,
    /// whose bytes they are too. One that its owner may not write to is made writable first.
    pub(super) fn overwrite(&self, name: &str) -> Result<bool, StoreError> {
        let Some(stat) = self.stat_file(name)? else { return Ok(true) };
        if stat.st_nlink > 1 {
            return Ok(false);
        }
        let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        if stat.st_mode & 0o200 == 0
            && let Some(file) = self.open_file(name.as_ref(), flags | OFlags::RDONLY)?
        {
            rustix::fs::fchmod(&file, Mode::RUSR | Mode::WUSR)
                .map_err(|errno| io_error("set the mode of", self.at(name), errno))?;
        }
        let Some(mut file) = self.open_file(name.as_ref(), flags | OFlags::WRONLY)? else {
            return Ok(true);
        };
        let opened =
            rustix::fs::fstat(&file).map_err(|errno| io_error("inspect", self.at(name), errno))?;
        if !is_same(&stat, &opened) || opened.st_nlink > 1 {
            return Err(StoreError::Replaced { path: self.at(name) });
        }
        let mut zeros = io::repeat(0).take(u64::try_from(stat.st_size).unwrap_or(0));
        io::copy(&mut zeros, &mut file)
            .map_err(|source| io_error("overwrite", self.at(name), source))?;
        retry_on_intr(|| rustix::fs::fdatasync(&file))
            .map_err(|errno| io_error("sync", self.at(name), errno))?;
        Ok(true)
    }

    fn open_file(&self, name: &OsStr, flags: OFlags) -> Result<Option<File>, StoreError> {
        match retry_on_intr(|| rustix::fs::openat(self, name, flags, Mode::RUSR | Mode::WUSR)) {
            Ok(fd) => Ok(Some(fd.into())),
            Err(Errno::NOENT) => Ok(None),
            Err(errno) => Err(io_error("open", self.at(name), errno)),
        }
    }

    pub(super) fn no_file(&self, name: &OsStr, stat: &Stat) -> StoreError {
        StoreError::WrongKind { path: self.at(name), found: kind(stat), wanted: "a regular file" }
    }
}
