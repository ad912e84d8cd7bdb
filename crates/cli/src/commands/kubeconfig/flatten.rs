//! `kubepki kubeconfig flatten`: a kubeconfig that needs no other file.

use super::{Location, report, view};
use crate::{
    context::Context,
    error::CommandError,
    exit_code,
    files::{Access, IfExists, Target},
    kubeconfigs,
};

/// Replace the paths of certificates and keys by the contents of the files
///
/// Paths of token files stay, because another program renews those files.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kubepki kubeconfig flatten --kubeconfig admin.conf       in place; keeps a backup
  kubepki kubeconfig flatten -o whole.conf                 all of $KUBECONFIG to one file")]
pub(super) struct Args {
    #[command(flatten)]
    location: Location,
    /// Write a new file and leave the old one as it is; `-` is stdout
    #[arg(short, long, value_name = "FILE", value_parser = Target::parse)]
    output: Option<Target>,
}

pub(super) fn run(args: &Args, context: &mut Context) -> Result<u8, CommandError> {
    let chain = args.location.chain(context)?;
    let loaded = chain.read()?;
    if let Some(output) = &args.output {
        let text = view::flattened(loaded, None)?.to_yaml();
        let refuse = IfExists::Refuse("move it away, or name another file with `--output`");
        output.write(text.as_bytes(), Access::Owner, refuse, context)?;
        return Ok(exit_code::DONE);
    }
    let [only] = loaded.as_slice() else {
        return Err(CommandError::usage("cannot flatten several kubeconfigs in place")
            .hint("name one with `--kubeconfig`, or name a file for the result with `--output`"));
    };
    let change = |config: &mut kubepki_kubeconfig::Kubeconfig, owner| {
        let read = |path: &str| {
            kubeconfigs::read_named(&only.folder, path, owner).map_err(view::Unflattened::File)
        };
        config.flatten(read).map_err(CommandError::from)
    };
    let ((), written) = kubeconfigs::update(&only.path, false, context.now, change)?;
    report(&format!("`{}` needs no other file", only.path.display()), &written, context);
    Ok(exit_code::DONE)
}
