//! The verbs, one file each, and what several of them need.

pub(crate) mod apply;
pub(crate) mod completion;
pub(crate) mod csr;
pub(crate) mod init;
pub(crate) mod kubeconfig;
pub(crate) mod manual;
mod permissions;
pub(crate) mod plan;
pub(crate) mod sign;
mod spec;
pub(crate) mod token;

use clap::ValueEnum;
use kubepki_cluster::spec::InvalidValue;

use crate::error::CommandError;

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

/// The error of a value that comes from the command line.
fn invalid(error: &InvalidValue) -> CommandError {
    let refused = CommandError::usage(error.to_string());
    match error.hint() {
        Some(hint) => refused.hint(hint),
        None => refused,
    }
}
