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

use kubepki_report::{Form, Rendered, SerializeError, View, render};

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
    /// Prints a result.
    pub(crate) fn show(self, view: &impl View, context: &mut Context) -> Result<(), CommandError> {
        let form = match self {
            Self::Json => Form::Json,
            Self::Text => Form::Text(context.printer.page(context.global.verbose)),
            Self::Yaml => Form::Yaml,
        };
        match render(view, form).map_err(|error| unprintable(&error))? {
            Rendered::Document(text) => context.printer.data(text.as_bytes()),
            Rendered::Text(lines) => context.printer.lines(lines),
        }
        Ok(())
    }
}

/// Prints a document for programs alone.
fn print_json(value: &impl serde::Serialize, context: &mut Context) -> Result<(), CommandError> {
    let text = kubepki_report::json(value).map_err(|error| unprintable(&error))?;
    context.printer.data(text.as_bytes());
    Ok(())
}

/// The error of a result that has no form in the format that was asked for.
fn unprintable(error: &SerializeError) -> CommandError {
    CommandError::failed("cannot print the result").caused_by(error)
}

/// The error of a value that comes from the command line.
fn invalid(error: &InvalidValue) -> CommandError {
    let refused = CommandError::usage(error.to_string());
    match error.hint() {
        Some(hint) => refused.hint(hint),
        None => refused,
    }
}
