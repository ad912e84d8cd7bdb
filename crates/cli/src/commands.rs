//! The verbs, one file each, and what several of them need.

pub(crate) mod adopt;
pub(crate) mod apply;
pub(crate) mod audit;
pub(crate) mod completion;
pub(crate) mod config;
pub(crate) mod csr;
pub(crate) mod history;
pub(crate) mod host;
pub(crate) mod init;
pub(crate) mod inspect;
pub(crate) mod issue;
pub(crate) mod kubeconfig;
pub(crate) mod ledger;
pub(crate) mod manual;
mod moment;
mod permissions;
pub(crate) mod plan;
pub(crate) mod renew;
pub(crate) mod rotate;
pub(crate) mod sign;
mod spec;
pub(crate) mod status;
pub(crate) mod token;
pub(crate) mod undo;
pub(crate) mod verify;

use clap::ValueEnum;
use kubepki_cluster::spec::InvalidValue;

use crate::{context::Context, error::CommandError};

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

impl Format {
    /// Prints a value as JSON or YAML; nothing for people, whose text each verb writes itself.
    pub(crate) fn print(
        self,
        value: &impl serde::Serialize,
        context: &mut Context,
    ) -> Result<(), CommandError> {
        context.printer.data(self.text(value)?.as_bytes());
        Ok(())
    }

    /// A value as JSON or YAML; nothing for people.
    pub(crate) fn text(self, value: &impl serde::Serialize) -> Result<String, CommandError> {
        let text = match self {
            Self::Text => Ok(String::new()),
            Self::Json => kubepki_report::json(value),
            Self::Yaml => kubepki_report::yaml(value),
        };
        text.map_err(|error| CommandError::failed("cannot print the result").caused_by(&error))
    }
}

/// The error of a value that comes from the command line.
fn invalid(error: &InvalidValue) -> CommandError {
    let refused = CommandError::usage(error.to_string());
    match error.hint() {
        Some(hint) => refused.hint(hint),
        None => refused,
    }
}
