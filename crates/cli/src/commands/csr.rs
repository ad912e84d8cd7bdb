//! `kubepki csr`: certificate requests and Kubernetes' Certificates API, one file a verb.

mod manifest;
mod new;

use crate::{context::Context, error::CommandError};

/// Make certificate requests, and objects of the Certificates API
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    New(new::Args),
    Manifest(manifest::Args),
}

pub(crate) fn run(args: Args, context: &mut Context) -> Result<u8, CommandError> {
    match args.command {
        Command::New(args) => new::run(args, context),
        Command::Manifest(args) => manifest::run(args, context),
    }
}
