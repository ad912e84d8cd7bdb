//! `kubepki kubeconfig flatten`: a kubeconfig that needs no other file.

use std::path::PathBuf;

use super::{Location, report, view};
use crate::{
    context::Context,
    error::CommandError,
    exit_code,
    files::{self, Access, IfExists},
    kubeconfigs,
};

/// Put the contents of certificate and key files where their paths are
///
/// Token files stay files, because whoever writes them renews them.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kubepki kubeconfig flatten --kubeconfig admin.conf       in place; a backup is kept
  kubepki kubeconfig flatten -o whole.conf                 all of $KUBECONFIG to one file")]
pub(super) struct Args {
    #[command(flatten)]
    location: Location,
    /// Write a new file instead of changing the one; `-` is stdout
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(super) fn run(args: &Args, context: &mut Context) -> Result<u8, CommandError> {
    let chain = args.location.chain(context)?;
    let loaded = chain.read()?;
    if let Some(output) = &args.output {
        let text = view::flattened(loaded, None)?.to_yaml();
        if output.as_os_str() == "-" {
            context.printer.data(text.as_bytes());
            return Ok(exit_code::DONE);
        }
        let refuse = IfExists::Refuse("move it away, or name another file with `--output`");
        files::write(output, text.as_bytes(), Access::Owner, refuse)?;
        context.printer.talk(&format!("wrote `{}`", output.display()));
        return Ok(exit_code::DONE);
    }
    let [only] = loaded.as_slice() else {
        return Err(CommandError::usage("cannot flatten several kubeconfigs in place")
            .hint("name one with `--kubeconfig`, or the file for all of them with `--output`"));
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
