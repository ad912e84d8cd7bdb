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
    /// A file whose name says that a program needs it, and that is broken or lacks its other half.
    Defective {
        /// The file.
        path: String,
        /// What is wrong with it.
        why: String,
        /// Whether the spec says what it has to be, so that the plan shows it.
        is_described: bool,
    },
    /// A file that the spec does not describe.
    LeftOut {
        /// The file.
        path: String,
        /// Why.
        why: String,
    },
    /// Something to know, about which nothing has to be done at once.
    Told {
        /// What.
        what: String,
    },
}

impl Note {
    pub(super) fn left_out(path: &StorePath, why: impl Into<String>) -> Self {
        Self::LeftOut { path: path.to_string(), why: why.into() }
    }
}

/// For a file that may be a defect: what its name says is decided when all are known.
impl Note {
    pub(super) fn defective(path: impl Into<String>, why: impl Into<String>) -> Self {
        Self::Defective { path: path.into(), why: why.into(), is_described: false }
    }

    /// What is left out, where nothing can be described.
    pub(super) fn or_left_out(self) -> Self {
        match self {
            Self::Defective { path, why, .. } => Self::LeftOut { path, why },
            other => other,
        }
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
            Self::Defective { path, why, is_described: true } => {
                write!(f, "`{path}` has to be mended: {why}; the spec says what should be there")
            }
            Self::Defective { path, why, .. } => {
                write!(f, "`{path}` has to be mended, and is not in the spec: {why}")
            }
            Self::Told { what } => f.write_str(what),
            Self::LeftOut { path, why } => write!(f, "`{path}` is left out: {why}"),
        }
    }
}
