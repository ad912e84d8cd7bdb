//! The key with which a root signs its bundles; `kubepki host key` shows what machines know it by.

use super::failed;
use crate::{context::Context, error::CommandError, exit_code, pki};

/// Print the fingerprint of the key that signs this root's bundles
///
/// A machine trusts the key of its first bundle, and then accepts only bundles with that key. The first
/// bundle creates the key, in `.kubepki/bundle.key`. If it is lost, the next bundle creates a new one:
/// make machines trust it with `host install --trust` or `host push`.
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
            .because("this root has not made a bundle yet")
            .hint("`kubepki host bundle` creates the key with the first bundle"));
    };
    context.printer.print(key.fingerprint().as_str());
    Ok(exit_code::DONE)
}
