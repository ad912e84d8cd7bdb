//! What can be wrong with a kubeconfig. Never holds a field's content, only names and places.

use crate::Conflict;

/// Why a kubeconfig was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Is returned when a path and data are given for one thing, where only one can be taken.
    #[error("{list} {name:?} has both `{field}` and `{field}-data`")]
    BothForms {
        /// The list: `clusters` or `users`.
        list: &'static str,
        /// The entry's name.
        name: String,
        /// The field with the path.
        field: &'static str,
    },
    /// Is returned when an entry that would be set belongs to somebody else.
    #[error(transparent)]
    Conflict(#[from] Conflict),
    /// Is returned when a context would get a name that another has.
    #[error("there is a context named {context:?} already")]
    ContextExists {
        /// The name.
        context: String,
    },
    /// Is returned when two entries of one list have the same name, which client-go refuses.
    #[error("the list `{list}` has two entries named {name:?}")]
    DuplicateName {
        /// The list: `clusters`, `users` or `contexts`.
        list: &'static str,
        /// The name both entries have.
        name: String,
    },
    /// Is returned when the text is not YAML, or a field is not of its type.
    #[error("{problem}")]
    Invalid {
        /// What is wrong, led by the field's path and followed by the place, where they are known.
        problem: String,
        /// The line, counted from 1.
        line: Option<usize>,
        /// The column, counted from 1.
        column: Option<usize>,
    },
    /// Is returned when no current context is named.
    #[error("no current-context is set")]
    NoCurrentContext,
    /// Is returned when a context is asked for that is not in the file.
    #[error("there is no context named {context:?}")]
    NoSuchContext {
        /// The name.
        context: String,
    },
    /// Is returned when the text is not UTF-8.
    #[error("not UTF-8 from byte {valid_up_to}")]
    NotUtf8 {
        /// The number of bytes that are UTF-8, from the start.
        valid_up_to: usize,
    },
    /// Is returned when lists and mappings in brackets nest deeper than in any honest kubeconfig.
    #[error("brackets that nest too deep")]
    TooDeep,
    /// Is returned when the text is larger than any honest kubeconfig.
    #[error("{actual} bytes, where a kubeconfig has at most {limit}")]
    TooLarge {
        /// The most bytes accepted.
        limit: usize,
        /// The bytes given.
        actual: usize,
    },
    /// Is returned when a context names a cluster that is not in the file.
    #[error("context {context:?} names cluster {cluster:?}, which is not there")]
    UnknownCluster {
        /// The context's name.
        context: String,
        /// The cluster's name.
        cluster: String,
    },
    /// Is returned when `current-context` names a context that is not in the file.
    #[error("current-context names {context:?}, which is not there")]
    UnknownContext {
        /// The context's name.
        context: String,
    },
    /// Is returned when a context names a user that is not in the file.
    #[error("context {context:?} names user {user:?}, which is not there")]
    UnknownUser {
        /// The context's name.
        context: String,
        /// The user's name.
        user: String,
    },
    /// Is returned when a path would be written that is not UTF-8, as YAML is.
    #[error("the path {folder:?} is not UTF-8")]
    UnprintableFolder {
        /// The path, as far as it can be printed.
        folder: String,
    },
    /// Is returned when the file says it is something other than a `v1` `Config`.
    #[error(
        "apiVersion {api_version:?} and kind {kind:?}, where a kubeconfig has `v1` and `Config`"
    )]
    WrongKind {
        /// The `apiVersion` found, or the default.
        api_version: String,
        /// The `kind` found, or the default.
        kind: String,
    },
}

impl Error {
    pub(crate) fn both_forms(list: &'static str, name: &str, field: &'static str) -> Self {
        Self::BothForms { list, name: name.into(), field }
    }

    /// Turns the YAML library's error into ours, without any text of the input in it.
    pub(crate) fn from_yaml(error: &serde_yaml::Error) -> Self {
        let place = error.location();
        Self::Invalid {
            problem: without_content(&error.to_string()),
            line: place.as_ref().map(serde_yaml::Location::line),
            column: place.as_ref().map(serde_yaml::Location::column),
        }
    }
}

/// Our own visitors put no content into a message, but the library quotes a scalar that does not
/// fit its tag (`token: !!null abc`), and it does so in these quotes only.
fn without_content(message: &str) -> String {
    if message.contains(['"', '`']) {
        return "a value that does not fit its tag".into();
    }
    // A field name from the input may hold anything.
    kubepki_report::escape(message).into_owned()
}
