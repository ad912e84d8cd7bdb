//! `kubepki token`: bootstrap tokens and static tokens, one file a verb.

mod bootstrap;
mod static_token;

use crate::{context::Context, error::CommandError};

/// Make bootstrap tokens for nodes, and static tokens
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Bootstrap(bootstrap::Args),
    Static(static_token::Args),
}

pub(crate) fn run(args: Args, context: &mut Context) -> Result<u8, CommandError> {
    match args.command {
        Command::Bootstrap(args) => bootstrap::run(args, context),
        Command::Static(args) => static_token::run(args, context),
    }
}
