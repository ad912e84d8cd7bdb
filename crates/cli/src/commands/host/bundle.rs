//! `kubepki host bundle`: one machine's files as one archive.

use std::path::{Path, PathBuf};

use kubepki_host::seal::{self, SealRecipient};
use zeroize::Zeroizing;

use super::{Source, bundle_error, files};
use crate::{
    context::Context,
    error::CommandError,
    exit_code,
    files::{Access, IfExists, write},
};

/// Pack what one host needs into an archive, and nothing else
///
/// A tar file under gzip, with a manifest of SHA-256s in front. The same files give the same bytes.
/// It holds private keys, so it is written with mode 0600; with `--recipient` only that key opens it,
/// here with `install --identity`, elsewhere with `age -d`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kubepki host bundle node-0 -o node-0.tar.gz
  kubepki host bundle node-0 --recipient \"$(cat id_ed25519.pub)\"
  kubepki host bundle node-0 -o - | ssh root@node-0 kubepki host install -")]
pub(super) struct Args {
    /// The host
    #[arg(value_name = "NAME")]
    name: String,
    /// Where to write it; `-` is stdout [default: NAME.tar.gz, or NAME.tar.gz.age]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Encrypt it to `age1...` or `ssh-ed25519 ...`; may be given several times
    // A private key by mistake begins with `-`; as an unknown option it would be printed.
    #[arg(long, value_name = "KEY", allow_hyphen_values = true)]
    recipient: Vec<String>,
    /// Replace a file that is there
    #[arg(long)]
    overwrite: bool,
}

pub(super) fn run(args: &Args, context: &mut Context) -> Result<u8, CommandError> {
    let recipients = recipients(&args.recipient)?;
    let bundle = Source::read(context)?.bundle(&args.name, context)?;
    let failed = |error| {
        bundle_error(CommandError::failed(format!("cannot bundle `{}`", args.name)), &error)
    };
    let mut archive = bundle.archive().map_err(failed)?;
    if !recipients.is_empty() {
        let sealed = seal::seal(&archive, &recipients);
        archive = Zeroizing::new(sealed.map_err(|error| {
            CommandError::failed("cannot encrypt the bundle").caused_by(&error).hint(error.hint())
        })?);
    }
    let suffix = if recipients.is_empty() { "tar.gz" } else { "tar.gz.age" };
    let path = args.output.clone().unwrap_or_else(|| format!("{}.{suffix}", args.name).into());
    if path == Path::new("-") {
        context.printer.data(&archive);
        return Ok(exit_code::DONE);
    }
    write(&path, &archive, Access::Owner, IfExists::replace_if(args.overwrite))?;
    let all = files(bundle.files().len());
    let end = match recipients.len() {
        0 => "it holds private keys",
        _ => "only its recipients can open it",
    };
    let text = format!("wrote `{}`: {all} of `{}`; {end}", path.display(), args.name);
    context.printer.talk(&text);
    Ok(exit_code::DONE)
}

fn recipients(given: &[String]) -> Result<Vec<SealRecipient>, CommandError> {
    let parse = |text: &String| {
        text.parse().map_err(|error: kubepki_host::SealError| {
            CommandError::usage("`--recipient` is refused").caused_by(&error).hint(error.hint())
        })
    };
    given.iter().map(parse).collect()
}
