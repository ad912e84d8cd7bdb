//! What exists: the files of a catalog, read once. Judges nothing.

use std::collections::BTreeMap;

use crate::{
    catalog::Catalog,
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

    /// The file at a path, where there is one.
    pub fn file(&self, path: &StorePath) -> Option<&StoredFile> {
        self.files.get(path)
    }

    /// Its bytes.
    pub(crate) fn contents(&self, path: &StorePath) -> Option<&[u8]> {
        self.file(path).map(|file| file.contents.as_slice())
    }
}
