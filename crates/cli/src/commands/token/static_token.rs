//! `kubepki token static`: a line for the apiserver's `--token-auth-file`.

use kubepki_cluster::token::StaticUser;

use super::super::{invalid, permissions};
use crate::{context::Context, error::CommandError, exit_code};

/// Print a line with a new token for the apiserver's `--token-auth-file`
///
/// Prefer certificates: a static token never expires, and a change of the file needs a restart of
/// every apiserver.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  (umask 077; kubepki token static ci --group builders >> tokens.csv)")]
pub(crate) struct Args {
    /// The user's name
    user: String,
    /// A group of the user (repeatable)
    #[arg(long)]
    group: Vec<String>,
    /// The user's UID [default: the name]
    #[arg(long)]
    uid: Option<String>,
    #[command(flatten)]
    permissions: permissions::Flags,
}

pub(crate) fn run(args: Args, context: &mut Context) -> Result<u8, CommandError> {
    let user = StaticUser::new(&args.user, args.group, args.uid, args.permissions.allow())
        .map_err(|error| invalid(&error))?;
    let line = user
        .line()
        .map_err(|error| CommandError::failed("cannot make a token").caused_by(&error))?;
    context.printer.warning(
        "a static token never expires, and to revoke it you must restart every apiserver; \
         prefer a certificate: `kubepki csr new` and `kubepki sign --profile user`",
    );
    context.printer.data(line.as_bytes());
    Ok(exit_code::DONE)
}
