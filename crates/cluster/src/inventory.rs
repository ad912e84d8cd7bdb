//! What exists: the files of a catalog, read once. Judges nothing.

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::{
    catalog::{Catalog, Content, Entry},
    store::{Store, StoreError, StorePath, StoredFile},
};

/// The files that exist of those a catalog knows.
#[derive(Debug, Default)]
pub struct Inventory {
    files: BTreeMap<StorePath, StoredFile>,
    unreadable: BTreeMap<StorePath, StoreError>,
}

impl Inventory {
    /// Reads every file that the catalog knows.
    pub fn read(store: &impl Store, catalog: &Catalog) -> Result<Self, StoreError> {
        let mut files = BTreeMap::new();
        for (path, _) in catalog.files() {
            if let Some(file) = store.read(path)? {
                files.insert(path.clone(), file);
            }
        }
        Ok(Self { files, ..Self::default() })
    }

    /// Reads every file that the catalog knows, side by side, and goes on where one cannot be read.
    ///
    /// For looking only: a plan made from it would take what cannot be read for missing.
    pub fn survey(store: &(impl Store + Sync), catalog: &Catalog) -> Self {
        let paths: Vec<_> = catalog.files().map(|(path, _)| path).collect();
        let read = paths.into_par_iter().map(|path| (path, store.read(path)));
        let mut inventory = Self::default();
        for (path, outcome) in read.collect::<Vec<_>>() {
            match outcome {
                Ok(Some(file)) => drop(inventory.files.insert(path.clone(), file)),
                Ok(None) => {}
                Err(error) => drop(inventory.unreadable.insert(path.clone(), error)),
            }
        }
        inventory
    }

    /// Why a file could not be read.
    pub fn error(&self, path: &StorePath) -> Option<&StoreError> {
        self.unreadable.get(path)
    }

    /// Reads the files of the catalog's CAs only, for entries whose own files lie elsewhere.
    pub(crate) fn read_authorities(
        store: &impl Store,
        catalog: &Catalog,
    ) -> Result<Self, StoreError> {
        let is_authority = |entry: &&Entry| matches!(entry.content, Content::Authority { .. });
        let mut files = BTreeMap::new();
        for (path, _) in catalog.entries.iter().filter(is_authority).flat_map(Entry::files) {
            if let Some(file) = store.read(path)? {
                files.insert(path.clone(), file);
            }
        }
        Ok(Self { files, ..Self::default() })
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
