//! The errors of this crate. Hold names and paths, never contents.

use kubepki_cluster::spec::Layout;

/// Why it cannot be said what a host gets.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ShareError {
    /// The layout does not say which file goes to which place on a host.
    #[error("the layout `{layout}` does not say what goes where on a host")]
    UnknownPlaces {
        /// The layout of the spec.
        layout: Layout,
    },
}

impl ShareError {
    /// What the user can do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::UnknownPlaces { .. } => "copy its files as they were copied before kubepki",
        }
    }
}
