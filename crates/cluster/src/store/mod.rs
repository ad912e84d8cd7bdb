//! The files of a PKI root, read one by one and changed all together. Reads no clock and knows no certificate.
//!
//! [`DirStore`] is the only code of this crate that touches the file system; [`MemoryStore`]
//! keeps the same promises in memory.

mod dir;
mod error;
mod history;
mod journal;
mod lock;
mod memory;
mod owner;
mod path;
mod recover;
#[cfg(test)]
mod tests;
mod transaction;
mod tree;
mod walk;

use std::fmt;

use jiff::Timestamp;
use zeroize::Zeroizing;

pub use self::{
    dir::DirStore,
    error::StoreError,
    history::{Change, Changed, Transaction},
    lock::LockHolder,
    memory::MemoryStore,
    path::StorePath,
    recover::Recovered,
    walk::Visited,
};

/// The size in bytes above which no file is read or written: 1 MiB.
pub const MAX_FILE_SIZE: u64 = 1024 * 1024;

/// Where the files of a PKI are kept.
pub trait Store {
    /// Reads one file; `None` if there is none, or no directory to hold it.
    ///
    /// A symbolic link, directory, FIFO, socket or device at the path, a symbolic link on the way
    /// to it, a file above [`MAX_FILE_SIZE`] and a file that may not be read are errors.
    fn read(&self, path: &StorePath) -> Result<Option<StoredFile>, StoreError>;

    /// Whether [`Store::commit`] could write these files, as far as that can be said without writing.
    ///
    /// # Errors
    /// [`StoreError::ForeignOwner`] for the first that belongs to somebody to whom a new file cannot
    /// be given.
    fn check(&self, paths: &[&StorePath]) -> Result<(), StoreError>;

    /// Writes every file or none; `now` names the history folder that takes the replaced files.
    ///
    /// After an error nothing has changed unless [`StoreError::is_unchanged`] says otherwise.
    fn commit(&mut self, writes: Vec<FileWrite>, now: Timestamp) -> Result<(), StoreError>;
}

/// Who may read a file, at most: a replaced file that was narrower stays so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// Its owner alone: 0600.
    Private,
    /// Everybody, and only its owner writes: 0644.
    Public,
}

impl Mode {
    /// The permission bits.
    pub const fn bits(self) -> u32 {
        match self {
            Self::Private => 0o600,
            Self::Public => 0o644,
        }
    }

    /// Whether a file may be read or written by more than it should.
    pub(crate) const fn is_passed_by(self, file: &StoredFile) -> bool {
        file.mode & 0o777 & !self.most(file.mode, file.owner) != 0
    }

    /// The most that a file may have that has these bits now and belongs to `owner`.
    ///
    /// A key that root has given to the group of the program that reads it, and to nobody else,
    /// stays readable to that group: taken away, the program would not start again.
    pub(crate) const fn most(self, bits: u32, owner: Owner) -> u32 {
        let is_given = owner.uid == 0 && owner.gid != 0 && bits & 0o007 == 0;
        if is_given { self.bits() | 0o040 } else { self.bits() }
    }
}

/// Who a file belongs to, by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Owner {
    /// The user.
    pub uid: u32,
    /// The group.
    pub gid: u32,
}

/// A file as it was read.
pub struct StoredFile {
    /// Its bytes, wiped when dropped.
    pub contents: Zeroizing<Vec<u8>>,
    /// Its permission bits, at most 0o7777.
    pub mode: u32,
    /// Who it belongs to.
    pub owner: Owner,
}

impl fmt::Debug for StoredFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { contents: _, mode, owner } = self;
        let mut shown = f.debug_struct("StoredFile");
        shown.field("mode", mode).field("owner", owner).finish_non_exhaustive()
    }
}

/// A file to be written.
pub struct FileWrite {
    /// Where it goes.
    pub path: StorePath,
    /// Its bytes, at most [`MAX_FILE_SIZE`], wiped when dropped.
    pub contents: Zeroizing<Vec<u8>>,
    /// Who may read it, at most.
    pub mode: Mode,
}

impl fmt::Debug for FileWrite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, contents: _, mode } = self;
        f.debug_struct("FileWrite").field("path", path).field("mode", mode).finish_non_exhaustive()
    }
}

/// Sorts the writes and refuses those that no store can carry out together.
fn admit(writes: &mut [FileWrite]) -> Result<(), StoreError> {
    writes.sort_by(|a, b| a.path.cmp(&b.path));
    for write in &*writes {
        if write.path.is_reserved() {
            return Err(StoreError::Reserved { path: write.path.clone() });
        }
        if write.contents.len() as u64 > MAX_FILE_SIZE {
            return Err(StoreError::TooLarge {
                path: write.path.as_str().into(),
                limit: MAX_FILE_SIZE,
            });
        }
    }
    if let Some(pair) = writes.windows(2).find(|pair| pair[0].path == pair[1].path) {
        return Err(StoreError::WrittenTwice { path: pair[0].path.clone() });
    }
    for write in &*writes {
        let clash = write.path.directories().find(|directory| {
            writes.binary_search_by(|other| other.path.as_str().cmp(directory)).is_ok()
        });
        if let Some(directory) = clash {
            return Err(StoreError::WrongKind {
                path: directory.into(),
                found: "a file of the same change",
                wanted: "a directory",
            });
        }
    }
    Ok(())
}
