//! What exists: the files of a catalog, read once. Judges nothing.

use std::collections::BTreeMap;

use crate::{
    catalog::{Catalog, Content, Entry},
    store::{Store, StoreError, StorePath, StoredFile},
};

/// The files that exist of those a catalog knows.
#[derive(Debug, Default)]
pub struct Inventory {
    files: BTreeMap<StorePath, StoredFile>,
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
        Ok(Self { files })
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
        Ok(Self { files })
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
