//! What exists: the files of a catalog, each read once. Judges nothing.

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::{
    catalog::{Catalog, Content, Entry},
    store::{Store, StoreError, StorePath, StoredFile},
};

/// What exists of everything that a catalog knows.
#[derive(Debug, Default)]
pub struct Observations {
    files: BTreeMap<StorePath, StoredFile>,
    unreadable: BTreeMap<StorePath, StoreError>,
}

/// Reads every file that the catalog knows, and goes on where one cannot be read.
pub fn observe(store: &(impl Store + Sync), catalog: &Catalog) -> Observations {
    Observations::read(store, catalog.files().map(|(path, _)| path).collect())
}

/// Reads the files of the catalog's CAs only, for entries whose own files lie elsewhere.
pub(crate) fn observe_authorities(store: &(impl Store + Sync), catalog: &Catalog) -> Observations {
    let is_authority = |entry: &&Entry| matches!(entry.content, Content::Authority { .. });
    let entries = catalog.entries.iter().filter(is_authority);
    Observations::read(store, entries.flat_map(Entry::files).map(|(path, _)| path).collect())
}

impl Observations {
    fn read(store: &(impl Store + Sync), paths: Vec<&StorePath>) -> Self {
        let read = paths.into_par_iter().map(|path| (path, store.read(path)));
        let mut observations = Self::default();
        for (path, outcome) in read.collect::<Vec<_>>() {
            match outcome {
                Ok(Some(file)) => drop(observations.files.insert(path.clone(), file)),
                Ok(None) => {}
                Err(error) => drop(observations.unreadable.insert(path.clone(), error)),
            }
        }
        observations
    }

    /// The same, where every file could be read.
    ///
    /// # Errors
    /// The [`StoreError`] of the first file that could not.
    pub fn complete(mut self) -> Result<Self, StoreError> {
        self.unreadable.pop_first().map_or(Ok(self), |(_, error)| Err(error))
    }

    /// Why a file could not be read.
    pub fn error(&self, path: &StorePath) -> Option<&StoreError> {
        self.unreadable.get(path)
    }

    /// The file at a path, where there is one.
    pub fn file(&self, path: &StorePath) -> Option<&StoredFile> {
        self.files.get(path)
    }

    /// Its bytes.
    pub(crate) fn contents(&self, path: &StorePath) -> Option<&[u8]> {
        self.file(path).map(|file| file.contents.as_slice())
    }
}
