//! client-go's locks: a file beside a kubeconfig that exists while somebody writes.

use std::{
    ffi::{OsStr, OsString},
    fs::File,
    path::PathBuf,
};

use super::staged;
use crate::{StoreError, tree::Dir};

/// A name beside a file under which client-go looks for a lock.
#[derive(Debug)]
pub struct LockPlace<'p> {
    pub(super) folder: &'p Dir,
    pub(super) name: &'p OsStr,
}

impl LockPlace<'_> {
    /// Makes the lock file, which nobody else has; `None` if somebody has.
    ///
    /// A lock that a killed run of ours left is taken over; one of another program is not.
    pub fn try_lock(&self, suffix: &str) -> Result<Option<LockFile>, StoreError> {
        let mut name = self.name.to_owned();
        name.push(suffix);
        let made = || staged::put_lock(self.folder, &name, LOCK_MARK);
        let mut file = made()?;
        if file.is_none() && super::leftovers::remove_lock(self.folder, &name)? {
            file = made()?;
        }
        let Some(file) = file else { return Ok(None) };
        Ok(Some(LockFile { folder: self.folder.again()?, name, _file: file }))
    }

    /// The path by which messages name the lock.
    pub fn at(&self, suffix: &str) -> PathBuf {
        let mut name = self.name.to_owned();
        name.push(suffix);
        self.folder.at(name)
    }
}

/// What a lock file of ours says; kubectl's is empty.
pub(super) const LOCK_MARK: &[u8] = b"kubepki\n";

/// A lock file that goes when it is dropped.
#[derive(Debug)]
pub struct LockFile {
    folder: Dir,
    name: OsString,
    _file: File,
}

impl Drop for LockFile {
    fn drop(&mut self) {
        // What stays is taken over by the next run.
        let _ = self.folder.unlink(&self.name);
    }
}
