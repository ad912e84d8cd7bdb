//! The verbs, one file each, and what several of them need.

pub(crate) mod apply;
pub(crate) mod completion;
pub(crate) mod init;
pub(crate) mod kubeconfig;
pub(crate) mod manual;
pub(crate) mod plan;
mod spec;

use clap::ValueEnum;

/// How a result is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
    /// For programs and people
    Yaml,
}
