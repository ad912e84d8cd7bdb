//! `kubepki kubeconfig merge`: several kubeconfigs to one.

use std::path::PathBuf;

use super::{DocumentFormat, report, view};
use crate::{
    context::Context,
    error::CommandError,
    exit_code, files,
    kubeconfigs::{self, Chain},
};

/// Put kubeconfigs together by kubectl's precedence: what comes first wins
///
/// Entries are taken whole. Relative paths are made right for the place of the result; kubectl
/// leaves them to point elsewhere.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kubepki kubeconfig merge prod.conf dev.conf -o both.conf
  kubepki kubeconfig merge ~/.kube/config new.conf -o ~/.kube/config   add to your own
  kubepki kubeconfig merge a.conf b.conf                               see it first")]
pub(super) struct Args {
    /// The files, the most important first
    #[arg(required = true, value_name = "FILE")]
    inputs: Vec<PathBuf>,
    /// Where to write the result; it may be one of the files [default: stdout, without secrets]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Replace a file that exists and is not one of those merged; a backup is kept
    #[arg(long, requires = "output")]
    force: bool,
    /// Put the contents of certificate and key files where their paths are
    #[arg(long)]
    flatten: bool,
    /// Print the secrets too
    #[arg(long, conflicts_with = "output")]
    raw: bool,
}

pub(super) fn run(args: &Args, context: &mut Context) -> Result<u8, CommandError> {
    let chain = Chain::find(&args.inputs, &context.environment)?;
    let Some(output) = &args.output else {
        let merged = merge(args, &chain, None, context)?;
        view::show(merged, args.raw, DocumentFormat::Yaml, context);
        return Ok(exit_code::DONE);
    };
    let is_input = args.inputs.contains(output);
    if files::exists(output) && !is_input && !args.force {
        return Err(CommandError::usage(format!("`{}` exists", output.display()))
            .hint("name it among the files to merge, or replace it with `--force`"));
    }
    // Read under the lock, because the output may be one of the inputs.
    let (count, written) = kubeconfigs::update(output, true, context.now, |config| {
        *config = merge(args, &chain, Some(output), context)?;
        Ok(config.contexts.len())
    })?;
    let done = format!("`{}` has {count} contexts", output.display());
    report(&done, &written, context);
    Ok(exit_code::DONE)
}

fn merge(
    args: &Args,
    chain: &Chain,
    output: Option<&PathBuf>,
    context: &Context,
) -> Result<kubepki_kubeconfig::Kubeconfig, CommandError> {
    let loaded = chain.read()?;
    if args.flatten {
        return view::flattened(loaded);
    }
    let current_dir = context.environment.current_dir.as_deref();
    let folder = output.map(|path| kubeconfigs::absolute_folder_of(path, current_dir));
    kubeconfigs::merged(loaded, folder.as_deref())
}
