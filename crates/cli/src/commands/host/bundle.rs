//! `kubepki host bundle`: one machine's files as one archive.

use kubepki_report::count;

use super::bundle_error;
use crate::{
    age,
    context::Context,
    error::CommandError,
    exit_code,
    files::{Access, IfExists, Target, write},
};

/// Pack the files of one host into an archive
///
/// The archive is a gzipped tar file that begins with a manifest of SHA-256s. The same files give the
/// same bytes. It holds private keys, so its mode is 0600. With `--recipient`, `age` encrypts it: only
/// the recipient's key opens it, with `install --identity` or `age -d`. The root's key signs every
/// bundle.
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
    /// The file to write; `-` is stdout [default: NAME.tar.gz, or NAME.tar.gz.age]
    #[arg(short, long, value_name = "FILE", value_parser = Target::parse)]
    output: Option<Target>,
    /// Encrypt it for `age1...` or `ssh-ed25519 ...` (repeatable)
    // A private key by mistake begins with `-`; as an unknown option it would be printed.
    #[arg(long, value_name = "KEY", allow_hyphen_values = true)]
    recipient: Vec<String>,
    /// Replace the file if it exists
    #[arg(long)]
    overwrite: bool,
}

pub(super) fn run(args: &Args, context: &mut Context) -> Result<u8, CommandError> {
    args.recipient.iter().try_for_each(|recipient| check(recipient))?;
    let recipients = &args.recipient;
    let bundle = super::bundle(&args.name, context)?;
    let failed = |error| {
        bundle_error(CommandError::failed(format!("cannot bundle `{}`", args.name)), &error)
    };
    let mut archive = bundle.archive().map_err(failed)?;
    if !recipients.is_empty() {
        archive = age::encrypt(archive, recipients)?;
    }
    let suffix = if recipients.is_empty() { "tar.gz" } else { "tar.gz.age" };
    let default = || Target::Path(format!("{}.{suffix}", args.name).into());
    let target = args.output.clone().unwrap_or_else(default);
    let Some(path) = target.path() else {
        context.printer.data(&archive);
        return Ok(exit_code::DONE);
    };
    write(path, &archive, Access::Owner, IfExists::replace_if(args.overwrite))?;
    let all = count(bundle.files().len(), "file");
    let end = match recipients.len() {
        0 => "it holds private keys",
        _ => "only its recipients can open it",
    };
    let text = format!("wrote `{}`: {all} of `{}`; {end}", path.display(), args.name);
    context.printer.talk(&text);
    Ok(exit_code::DONE)
}

/// Whether it is a public key at all: what else age takes, it says itself.
fn check(recipient: &str) -> Result<(), CommandError> {
    let text = recipient.trim();
    let is_secret =
        text.to_ascii_uppercase().starts_with("AGE-SECRET-KEY-") || text.starts_with("-----BEGIN");
    let reason = match text {
        // Not even in the error.
        _ if is_secret => "it is a private key; a recipient is a public key",
        _ if text.chars().any(char::is_control) => "it has more than one line",
        _ if ["age1", "ssh-ed25519 ", "ssh-rsa "].iter().any(|it| text.starts_with(it)) => {
            return Ok(());
        }
        _ => "it does not begin with `age1` or `ssh-ed25519`",
    };
    Err(CommandError::usage("cannot encrypt for this `--recipient`")
        .because(reason)
        .hint("use `age1...`, or the line of an `id_ed25519.pub` in quotes"))
}
