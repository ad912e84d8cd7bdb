//! `kubepki completion`: a script that completes the command line.

use clap::CommandFactory;
use clap_complete::Shell;

use crate::{cli::Cli, context::Context, error::CommandError, exit_code};

/// Print a completion script for a shell
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  kubepki completion bash > /etc/bash_completion.d/kubepki")]
pub(crate) struct Args {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

pub(crate) fn run(args: &Args, context: &mut Context) -> Result<u8, CommandError> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "kubepki", &mut script);
    context.printer.data(&script);
    Ok(exit_code::DONE)
}
