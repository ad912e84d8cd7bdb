//! What a place for the files of a PKI can do. Touches no file.

use jiff::Timestamp;

use super::{FileWrite, StoreError, StorePath, StoredFile};

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

/// Sorts the writes and refuses those that no store can carry out together.
pub(super) fn admit(writes: &mut [FileWrite]) -> Result<(), StoreError> {
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
