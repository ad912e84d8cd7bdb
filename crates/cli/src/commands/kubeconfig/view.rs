//! `kubepki kubeconfig view`: show kubeconfigs as one. Writes nothing.

use kubepki_kubeconfig::Kubeconfig;

use super::{KubeconfigFormat, Location};
use crate::{
    context::Context,
    error::CommandError,
    exit_code,
    kubeconfigs::{self, Loaded},
};

/// Show the kubeconfig without its secrets; merges several
///
/// Shows `DATA+OMITTED` and `REDACTED` in place of secrets. Unlike kubectl, it also hides the
/// environment of `exec` plugins, the contents of `auth-provider`, passwords in URLs, and unknown fields.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kubepki kubeconfig view
  kubepki kubeconfig view --minify --context jane@prod
  kubepki kubeconfig view --flatten --raw > whole.conf      with secrets: check the mode")]
pub(super) struct Args {
    #[command(flatten)]
    location: Location,
    /// Show the secrets
    #[arg(long)]
    raw: bool,
    /// Show only what one context needs
    #[arg(long)]
    minify: bool,
    /// Replace the paths of certificates and keys by the contents of the files
    #[arg(long)]
    flatten: bool,
    /// Use this context as the current one
    #[arg(long, value_name = "NAME")]
    context: Option<String>,
    /// The format of the output
    #[arg(short, long, value_enum, default_value_t, value_name = "FORMAT")]
    output: KubeconfigFormat,
}

pub(super) fn run(args: &Args, context: &mut Context) -> Result<u8, CommandError> {
    let loaded = args.location.chain(context)?.read()?;
    let mut config =
        if args.flatten { flattened(loaded, None)? } else { kubeconfigs::merged(loaded, None)? };
    if let Some(name) = &args.context {
        config.current_context.clone_from(name);
    }
    if args.minify {
        let name = config.current_context.clone();
        if name.is_empty() {
            return Err(kubeconfigs::refused(&kubepki_kubeconfig::Error::NoCurrentContext)
                .hint("name one with `--context`"));
        }
        config.minify(&name).map_err(|error| kubeconfigs::refused(&error))?;
    }
    show(config, args.raw, args.output, context);
    Ok(exit_code::DONE)
}

/// Prints a kubeconfig, without its secrets unless they are asked for.
pub(super) fn show(
    mut config: Kubeconfig,
    raw: bool,
    format: KubeconfigFormat,
    context: &mut Context,
) {
    if !raw {
        config.redact();
    }
    let text = match format {
        KubeconfigFormat::Json => config.to_json(),
        KubeconfigFormat::Yaml => config.to_yaml(),
    };
    context.printer.data(text.as_bytes());
}

/// The files as one, with everything embedded; for another user, what they may read.
pub(super) fn flattened(
    mut loaded: Vec<Loaded>,
    for_user: Option<u32>,
) -> Result<Kubeconfig, CommandError> {
    // Of entries that are there twice only the first counts, and only its files need be there.
    for file in &mut loaded {
        file.config.resolve_paths(&file.folder).map_err(|error| kubeconfigs::refused(&error))?;
    }
    let mut config = kubeconfigs::merged(loaded, None)?;
    config.flatten(|path| {
        let top = std::path::Path::new("");
        kubeconfigs::read_named(top, path, for_user).map_err(Unflattened::File)
    })?;
    Ok(config)
}

/// Why a kubeconfig cannot be flattened.
pub(super) enum Unflattened {
    File(CommandError),
    Format(kubepki_kubeconfig::Error),
}

impl From<kubepki_kubeconfig::Error> for Unflattened {
    fn from(error: kubepki_kubeconfig::Error) -> Self {
        Self::Format(error)
    }
}

impl From<Unflattened> for CommandError {
    fn from(error: Unflattened) -> Self {
        match error {
            Unflattened::File(error) => error,
            Unflattened::Format(error) => kubeconfigs::refused(&error)
                .hint("remove one of the two; kubectl refuses a user with both"),
        }
    }
}
