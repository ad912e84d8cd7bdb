//! `kubepki kubeconfig rename-context`: give a context another name.

use kubepki_kubeconfig::{Error, Kubeconfig};

use super::{Location, entry_name, no_such_context, report};
use crate::{
    context::Context,
    error::CommandError,
    exit_code,
    kubeconfigs::{self, Written},
};

/// Rename a context, also in `current-context`
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  kubepki kubeconfig rename-context kubernetes-admin@kubernetes prod")]
pub(super) struct Args {
    /// The old name
    from: String,
    /// The new name
    #[arg(value_parser = entry_name)]
    to: String,
    #[command(flatten)]
    location: Location,
}

pub(super) fn run(args: &Args, context: &mut Context) -> Result<u8, CommandError> {
    let Args { from, to, location } = args;
    let loaded = location.chain(context)?.read()?;
    let has = |name: &str| loaded.iter().find(|file| file.config.context(name).is_some());
    let holder = has(from).map(|file| file.path.clone()).ok_or_else(|| no_such_context(from))?;
    if has(to).is_some() {
        return Err(kubeconfigs::refused(&Error::ContextExists { context: to.clone() }));
    }
    // The file that says which context is the current one may be another.
    let chooser = loaded.iter().find(|file| !file.config.current_context.is_empty());
    let chooser = chooser.filter(|file| file.config.current_context == *from);
    let chooser = chooser.map(|file| file.path.clone()).filter(|path| *path != holder);

    let rename = |config: &mut Kubeconfig| {
        config.rename_context(from, to).map_err(|error| kubeconfigs::refused(&error))
    };
    let done = format!("renamed context `{from}` to `{to}`");
    let Some(chooser) = chooser else {
        let change = |config: &mut Kubeconfig, _| rename(config);
        let ((), written) = kubeconfigs::update(&holder, false, context.now, change)?;
        report(&done, &written, context);
        return Ok(exit_code::DONE);
    };
    let change = |[holder, chooser]: [&mut Kubeconfig; 2]| {
        chooser.current_context.clone_from(to);
        rename(holder)
    };
    let backups = kubeconfigs::update_both([&holder, &chooser], context.now, change)?;
    for (done, backup) in [done, format!("the current context is `{to}`")].into_iter().zip(backups)
    {
        report(&done, &Written::Replaced { backup }, context);
    }
    Ok(exit_code::DONE)
}
