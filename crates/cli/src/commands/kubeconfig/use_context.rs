//! `kubepki kubeconfig use-context`: choose the current context.

use super::{Location, no_such_context, report};
use crate::{context::Context, error::CommandError, exit_code, kubeconfigs};

/// Set the current context
///
/// Among several files, the first one sets the current context, so this changes the first one.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  kubepki kubeconfig use-context jane@prod")]
pub(super) struct Args {
    /// The context's name
    name: String,
    #[command(flatten)]
    location: Location,
}

pub(super) fn run(args: &Args, context: &mut Context) -> Result<u8, CommandError> {
    let loaded = args.location.chain(context)?.read()?;
    let first = loaded.first().map(|file| file.path.clone());
    let merged = kubeconfigs::merged(loaded, None)?;
    let Some(path) = first.filter(|_| merged.context(&args.name).is_some()) else {
        return Err(no_such_context(&args.name));
    };
    let change = |config: &mut kubepki_kubeconfig::Kubeconfig, _| {
        config.current_context.clone_from(&args.name);
        Ok(())
    };
    let ((), written) = kubeconfigs::update(&path, false, context.now, change)?;
    report(&format!("the current context is `{}`", args.name), &written, context);
    Ok(exit_code::DONE)
}
