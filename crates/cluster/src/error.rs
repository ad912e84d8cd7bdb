//! The errors of the catalog and of `apply`. The spec and the store have their own.

use crate::{
    catalog::EntryId,
    spec::{ClusterSpec, InvalidValue, SpecError},
    store::StorePath,
    token::NoRandom,
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

impl CatalogError {
    /// The same as an error of the spec, with the place of the name that has to change.
    pub fn in_spec(&self, spec: &ClusterSpec, text: &[u8]) -> SpecError {
        let Self::PathTaken { path, first, second } = self;
        let invalid = InvalidValue::new(format!("{self}"))
            .hinted(format!("choose a name whose files are not `{path}`, or use `layout: hosts`"));
        let user = |id: &EntryId| {
            spec.users.iter().position(|user| id.user_name() == Some(user.name.as_str()))
        };
        let host = |id: &EntryId| {
            spec.hosts.iter().position(|host| id.host.as_deref() == Some(host.name.as_str()))
        };
        let ids = [second, first];
        let index = ids.iter().find_map(|id| Some(("users", user(id)?)));
        let index = index.or_else(|| ids.iter().find_map(|id| Some(("hosts", host(id)?))));
        let (list, index) = index.unwrap_or(("hosts", 0));
        SpecError::of_name(text, list, index, invalid)
    }
}

/// Why nothing could be made of a plan. Nothing was recorded or written.
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
    /// A secret could not be made.
    #[error("cannot make `{entry}`")]
    NoRandom {
        /// The entry.
        entry: EntryId,
        /// Why.
        source: NoRandom,
    },
    /// The plan holds steps that cannot be taken.
    #[error("the plan has {count} steps that cannot be taken")]
    Refused {
        /// How many.
        count: usize,
    },
    /// What was made did not pass the check by other code. Nothing of it was written.
    #[error("`{entry}` did not pass its check before it was written: {reason}")]
    Verify {
        /// The entry.
        entry: EntryId,
        /// What the verifier said.
        reason: String,
    },
}
