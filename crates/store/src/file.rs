//! A file as it is read and as it is written, and who may read it. Touches no file.

use std::fmt;

use zeroize::Zeroizing;

use super::StorePath;

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
    pub const fn is_passed_by(self, file: &StoredFile) -> bool {
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
    /// Its bytes, at most [`MAX_FILE_SIZE`](crate::MAX_FILE_SIZE), wiped when dropped.
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
