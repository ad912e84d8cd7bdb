//! `kubepki rotate`: what is replaced in steps, one file a verb.

mod encryption_key;

use crate::{context::Context, error::CommandError};

/// Rotate keys that take several steps
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    EncryptionKey(encryption_key::Args),
}

pub(crate) fn run(args: &Args, context: &mut Context) -> Result<u8, CommandError> {
    match &args.command {
        Command::EncryptionKey(args) => encryption_key::run(args, context),
    }
}
