//! A store in memory, for tests and for trying a change out. Touches no file.

use std::{collections::BTreeMap, ops::Bound};

use jiff::Timestamp;
use zeroize::Zeroizing;

use super::{FileWrite, Owner, Store, StoreError, StorePath, StoredFile, traits::admit};

/// Files in memory, under the rules of a directory.
#[derive(Debug, Default)]
pub struct MemoryStore {
    files: BTreeMap<StorePath, StoredFile>,
}

impl MemoryStore {
    /// Makes a store without a file.
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts a file in place, whatever was there.
    pub fn insert(&mut self, path: StorePath, contents: impl Into<Vec<u8>>, mode: u32) {
        self.files.insert(
            path,
            StoredFile { contents: Zeroizing::new(contents.into()), mode, owner: ROOT },
        );
    }

    /// Takes a file away, and says whether there was one.
    pub fn remove(&mut self, path: &StorePath) -> bool {
        self.files.remove(path).is_some()
    }

    /// Every file, sorted by its path.
    pub fn files(&self) -> impl Iterator<Item = (&StorePath, &StoredFile)> {
        self.files.iter()
    }

    /// Refuses a path that needs a file to be a directory, or a directory a file.
    fn fits(&self, path: &StorePath) -> Result<(), StoreError> {
        if let Some(file) = path.directories().find(|name| self.files.contains_key(*name)) {
            return Err(StoreError::WrongKind {
                path: file.into(),
                found: "a file",
                wanted: "a directory",
            });
        }
        let below = format!("{path}/");
        let next = self.files.range::<str, _>((Bound::Included(below.as_str()), Bound::Unbounded));
        if next.map(|(file, _)| file).next().is_some_and(|file| file.as_str().starts_with(&below)) {
            return Err(StoreError::WrongKind {
                path: path.as_str().into(),
                found: "a directory",
                wanted: "a regular file",
            });
        }
        Ok(())
    }
}

impl Store for MemoryStore {
    fn read(&self, path: &StorePath) -> Result<Option<StoredFile>, StoreError> {
        self.fits(path)?;
        let copy = |file: &StoredFile| StoredFile {
            contents: Zeroizing::new(file.contents.to_vec()),
            mode: file.mode,
            owner: file.owner,
        };
        Ok(self.files.get(path).map(copy))
    }

    fn check(&self, paths: &[&StorePath]) -> Result<(), StoreError> {
        paths.iter().try_for_each(|path| self.fits(path))
    }

    fn commit(&mut self, mut writes: Vec<FileWrite>, _now: Timestamp) -> Result<(), StoreError> {
        admit(&mut writes)?;
        for write in &writes {
            self.fits(&write.path)?;
        }
        for FileWrite { path, contents, mode } in writes {
            let wanted = mode.bits();
            let mode = self.files.get(&path).map_or(wanted, |old| old.mode & wanted);
            self.files.insert(path, StoredFile { contents, mode, owner: ROOT });
        }
        Ok(())
    }
}

/// Whom every file in memory belongs to.
const ROOT: Owner = Owner { uid: 0, gid: 0 };
