//! Why a host's programs cannot be configured. Holds names, never contents.

use kubepki_cluster::{Component, spec::Layout};

use crate::error::ShareError;

/// Why a host's programs cannot be configured.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// A setting that is true or false has another value.
    #[error("`extraArgs.{component}.{flag}` is neither `true` nor `false`")]
    NoBoolean {
        /// The program.
        component: Component,
        /// The flag, without the dashes.
        flag: &'static str,
    },
    /// The layout gives the host no file that a program needs.
    #[error("the layout `{layout}` gives `{host}` no `{name}`, which {component} needs")]
    NoFile {
        /// The program.
        component: Component,
        /// The file, in the catalog's words.
        name: &'static str,
        /// The layout of the spec.
        layout: Layout,
        /// The host.
        host: String,
    },
    /// A flag that follows from the files is among those that the operator adds.
    #[error("`extraArgs.{component}.{flag}` names a file of the PKI")]
    NotYours {
        /// The program.
        component: Component,
        /// The flag, without the dashes.
        flag: &'static str,
    },
    /// The spec leaves out what a flag is made of.
    #[error("the spec does not say what {component} of `{host}` needs for `--{flag}`")]
    Unknown {
        /// The program.
        component: Component,
        /// The flag, without the dashes.
        flag: &'static str,
        /// The host.
        host: String,
        /// The field of the spec that is empty.
        field: &'static str,
    },
    /// It cannot be said what the host gets.
    #[error(transparent)]
    Share(#[from] ShareError),
}

impl ConfigError {
    /// What the user can do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::NoBoolean { .. } => "write `true` or `false`".to_owned(),
            Self::NoFile { layout: Layout::Custom, name, .. } => format!(
                "describe `{name}` in `entries` of the spec, with the host, and `kubepki apply` makes it"
            ),
            Self::NoFile { .. } => "give the host the role that its files go with".to_owned(),
            Self::NotYours { flag, .. } => {
                format!("remove `{flag}`: it is the file that `kubepki host show` lists")
            }
            Self::Unknown { component, flag, field, .. } => {
                format!("fill in {field}, or give it in `extraArgs.{component}.{flag}`")
            }
            Self::Share(error) => error.hint().to_owned(),
        }
    }
}
