//! `kubepki kubeconfig merge`: several kubeconfigs to one.

use std::path::{Path, PathBuf};

use kubepki_kubeconfig::{Kubeconfig, Overshadowed};

use super::{KubeconfigFormat, report, view};
use crate::{
    context::Context,
    error::CommandError,
    exit_code,
    files::{self, Target},
    kubeconfigs::{self, Chain},
};

/// Merge kubeconfigs as kubectl does: the first file wins
///
/// Takes whole entries, and warns of an entry that it leaves out because an earlier one has the same
/// name. Adjusts relative paths to the folder of the result (kubectl does not).
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kubepki kubeconfig merge prod.conf dev.conf -o both.conf
  kubepki kubeconfig merge ~/.kube/config new.conf -o ~/.kube/config   add to your own
  kubepki kubeconfig merge a.conf b.conf                               preview")]
pub(super) struct Args {
    /// The files; the first wins
    #[arg(required = true, value_name = "FILE")]
    inputs: Vec<PathBuf>,
    /// The file to write, which may be one of the merged files; `-` is stdout [default: stdout, without
    /// secrets]
    #[arg(short, long, value_name = "FILE", value_parser = Target::parse)]
    output: Option<Target>,
    /// Replace a file that exists and is not one of the merged files; keeps a backup
    #[arg(long, requires = "output")]
    force: bool,
    /// Replace the paths of certificates and keys by the contents of the files
    #[arg(long)]
    flatten: bool,
    /// Print the secrets too
    #[arg(long, conflicts_with = "output")]
    raw: bool,
}

pub(super) fn run(args: &Args, context: &mut Context) -> Result<u8, CommandError> {
    let chain = Chain::find(&args.inputs, &context.environment)?;
    let Some(output) = args.output.as_ref().and_then(Target::path) else {
        let merged = merge(args, &chain, None, context)?;
        // `-` gets what a file would get.
        let raw = args.raw || args.output.is_some();
        view::show(merged, raw, KubeconfigFormat::Yaml, context);
        warn(&left_out(&chain)?, context);
        return Ok(exit_code::DONE);
    };
    let is_input = args.inputs.iter().any(|input| input == output);
    if files::exists(output) && !is_input && !args.force {
        return Err(CommandError::usage(format!("`{}` exists", output.display()))
            .hint("add it to the files to merge, or replace it with `--force`"));
    }
    let left_out = left_out(&chain)?;
    // Read under the lock, because the output may be one of the inputs.
    let (count, written) = kubeconfigs::update(output, true, context.now, |config, owner| {
        *config = merge(args, &chain, Some((output, owner)), context)?;
        Ok(config.contexts.len())
    })?;
    let done = format!("`{}` has {count} contexts", output.display());
    report(&done, &written, context);
    warn(&left_out, context);
    Ok(exit_code::DONE)
}

/// What is in a file and not in the result, as far as it says something else than what is.
fn left_out(chain: &Chain) -> Result<Vec<String>, CommandError> {
    let mut before: Option<Kubeconfig> = None;
    let mut left_out = Vec::new();
    for mut file in chain.read()? {
        // Else one relative path would look like the same file from two folders.
        file.config.resolve_paths(&file.folder).map_err(|error| kubeconfigs::refused(&error))?;
        let Some(before) = &mut before else {
            before = Some(file.config);
            continue;
        };
        for Overshadowed { kind, name } in before.overshadows(&file.config) {
            let path = file.path.display();
            left_out.push(format!(
                "left out {kind} \"{name}\" of `{path}`: an earlier file has the same name"
            ));
        }
        before.merge(file.config);
    }
    Ok(left_out)
}

fn warn(left_out: &[String], context: &mut Context) {
    left_out.iter().for_each(|line| context.printer.warning(line));
    if !left_out.is_empty() {
        context.printer.hint("the first one is used; to keep both, rename one of them in its file");
    }
}

fn merge(
    args: &Args,
    chain: &Chain,
    output: Option<(&Path, Option<u32>)>,
    context: &Context,
) -> Result<Kubeconfig, CommandError> {
    let for_user = output.and_then(|(_, owner)| owner);
    let loaded = chain.read_for(for_user)?;
    if args.flatten {
        return view::flattened(loaded, for_user);
    }
    let current_dir = context.environment.current_dir.as_deref();
    let folder = output.map(|(path, _)| kubeconfigs::absolute_folder_of(path, current_dir));
    kubeconfigs::merged(loaded, folder.as_deref())
}
