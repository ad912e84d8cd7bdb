//! The key with which a root signs its bundles; `kubepki host key` shows what machines know it by.

use super::failed;
use crate::{context::Context, error::CommandError, exit_code, pki};

/// Show the key that signs this root's bundles, as machines know it
///
/// A machine learns the key with its first bundle and takes no bundle of another key from then on.
/// The key is made with the first bundle and kept in `.kubepki/bundle.key`. Where it is lost, the
/// next bundle has a new one, which machines learn with `host install --trust`, or by `host push`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kubepki host key
  ssh root@node-0 kubepki host install node-0.tar.gz --trust $(kubepki host key)")]
pub(super) struct Args {}

pub(super) fn run(_: &Args, context: &mut Context) -> Result<u8, CommandError> {
    let pki = pki::open(context, pki::WAIT)?;
    let Some(key) = pki.bundle_key().map_err(|error| failed(error, context))? else {
        return Err(CommandError::usage("there is no key yet")
            .because("this root has made no bundle")
            .hint("`kubepki host bundle` makes the key with the first one"));
    };
    context.printer.print(key.fingerprint().as_str());
    Ok(exit_code::DONE)
}
