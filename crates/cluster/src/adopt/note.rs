//! What the operator has to know of an adoption: what was assumed, what was left out, what is
//! dangerous. Holds no key.

use std::fmt;

use crate::store::StorePath;

/// One thing to know.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Note {
    /// Something that the files do not say.
    Assumed {
        /// What, and from what.
        what: String,
        /// The option that says otherwise.
        option: Option<&'static str>,
    },
    /// Something in the spec that is as it was found, and dangerous.
    Dangerous {
        /// What.
        what: String,
    },
    /// A file that the spec does not describe.
    LeftOut {
        /// The file.
        path: String,
        /// Why.
        why: String,
    },
}

impl Note {
    pub(super) fn left_out(path: &StorePath, why: impl Into<String>) -> Self {
        Self::LeftOut { path: path.to_string(), why: why.into() }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Assumed { what, option: None } => write!(f, "assumed {what}"),
            Self::Assumed { what, option: Some(option) } => {
                write!(f, "assumed {what}; `{option}` says otherwise")
            }
            Self::Dangerous { what } => f.write_str(what),
            Self::LeftOut { path, why } => write!(f, "`{path}` is left out: {why}"),
        }
    }
}
