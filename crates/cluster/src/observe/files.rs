//! The files of a catalog, each read once, side by side. Judges nothing.

use std::{collections::BTreeMap, error::Error};

use rayon::prelude::*;

use super::Issue;
use crate::store::{Store, StoreError, StorePath, StoredFile};

#[derive(Debug, Default)]
pub(super) struct Files {
    pub(super) present: BTreeMap<StorePath, StoredFile>,
    pub(super) inaccessible: BTreeMap<StorePath, StoreError>,
}

impl Files {
    /// Goes on where a file cannot be read.
    pub(super) fn read(store: &(impl Store + Sync), paths: Vec<&StorePath>) -> Self {
        let read = paths.into_par_iter().map(|path| (path, store.read(path)));
        let mut files = Self::default();
        for (path, outcome) in read.collect::<Vec<_>>() {
            match outcome {
                Ok(Some(file)) => drop(files.present.insert(path.clone(), file)),
                Ok(None) => {}
                Err(error) => drop(files.inaccessible.insert(path.clone(), error)),
            }
        }
        files
    }

    pub(super) fn contents(&self, path: &StorePath) -> Option<&[u8]> {
        self.present.get(path).map(|file| file.contents.as_slice())
    }

    /// Why the contents of a file are not there.
    pub(super) fn absence(&self, path: &StorePath) -> Issue {
        match self.inaccessible.get(path) {
            None => Issue::missing(path),
            // What stands behind it says what it is; the path has been said.
            Some(error) => Issue::Inaccessible {
                path: path.to_string(),
                why: innermost(error),
                hint: error.hint(),
            },
        }
    }
}

fn innermost(error: &dyn Error) -> String {
    error.source().map_or_else(|| error.to_string(), innermost)
}
