//! The errors of the catalog and of `apply`. The spec and the store have their own.

use crate::{
    catalog::EntryId,
    store::{StoreError, StorePath},
};

/// Why no catalog can be made of a spec.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum CatalogError {
    /// Two entries would lie at one path, which only the flat names of `hard-way` can do.
    #[error("`{first}` and `{second}` would both be kept in `{path}`")]
    PathTaken {
        /// The path.
        path: StorePath,
        /// The entry that comes first.
        first: EntryId,
        /// The entry that comes second.
        second: EntryId,
    },
}

/// Why a plan could not be carried out. Nothing has changed, unless the store says otherwise.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ApplyError {
    /// An existing file could be read when the plan was made, and no longer.
    #[error("cannot read `{path}` again")]
    Changed {
        /// The file.
        path: StorePath,
    },
    /// A certificate or key could not be made.
    #[error("cannot make `{entry}`")]
    Issue {
        /// The entry.
        entry: EntryId,
        /// Why.
        source: kubepki_ca::Error,
    },
    /// The plan holds steps that cannot be taken.
    #[error("the plan has {count} steps that cannot be taken")]
    Refused {
        /// How many.
        count: usize,
    },
    /// The files could not be written.
    #[error("cannot write the files")]
    Store(#[source] StoreError),
    /// What was made did not pass the check by other code. Nothing of it was written.
    #[error("`{entry}` did not pass its check before it was written: {reason}")]
    Verify {
        /// The entry.
        entry: EntryId,
        /// What the verifier said.
        reason: String,
    },
}
