//! `kubepki host`: what each machine gets of the root, and how it gets there.

mod bundle;
mod install;
mod key;
mod list;
mod print;
mod push;
mod show;

use clap::Subcommand;
use kubepki_host::{Bundle, BundleError};
use kubepki_pki::{HostBundle, PkiError};
use kubepki_report::count;

use crate::{context::Context, error::CommandError, pki};

/// Copy to each host only the files that it needs
///
/// A worker gets no CA key, no key of another host and no credential of a user. `bundle` and `install`
/// work without a network; `push` does both over ssh.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kubepki host list
  kubepki host show node-0                every file, with purpose and readers
  kubepki host bundle node-0 -o node-0.tar.gz
  kubepki host install node-0.tar.gz      on node-0, as root
  kubepki host push node-0 --ssh root@10.240.0.20")]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    List(list::Args),
    Show(show::Args),
    Bundle(bundle::Args),
    Install(install::Args),
    Key(key::Args),
    Push(push::Args),
}

impl Args {
    /// Whether it has no effect but what it prints.
    pub(crate) const fn only_prints(&self) -> bool {
        matches!(self.verb, Verb::List(_) | Verb::Show(_) | Verb::Bundle(_))
    }
}

pub(crate) fn run(args: &Args, context: &mut Context) -> Result<u8, CommandError> {
    match &args.verb {
        Verb::List(args) => list::run(args, context),
        Verb::Show(args) => show::run(args, context),
        Verb::Bundle(args) => bundle::run(args, context),
        Verb::Install(args) => install::run(args, context),
        Verb::Key(args) => key::run(args, context),
        Verb::Push(args) => push::run(args, context),
    }
}

/// What a host gets, with contents, signed. What `apply` would change in it is mentioned.
fn bundle(name: &str, context: &mut Context) -> Result<Bundle, CommandError> {
    // Nothing is issued here, so whoever is in the spec has been allowed before.
    let pki = pki::open(context, pki::WAIT)?;
    let made = pki.bundle(name, context.now).map_err(|error| failed(error, context))?;
    let HostBundle { bundle, due } = made;
    // It may be what the host needs today.
    if due > 0 {
        let entries = count(due, "entry");
        let text = format!("`kubepki apply` would change {entries} of `{name}`");
        context.printer.warning(&text);
    }
    Ok(bundle)
}

fn failed(error: PkiError, context: &Context) -> CommandError {
    const KEY: &str = "cannot use the key for bundles, `.kubepki/bundle.key`";
    match error {
        PkiError::NoHost { name } => {
            CommandError::usage(format!("there is no host `{}` in the spec", name.escape_debug()))
                .hint("`kubepki host list` lists the hosts")
        }
        PkiError::Share { host, source } => {
            CommandError::usage(format!("cannot list the files of `{host}`"))
                .caused_by(&source)
                .hint(source.hint())
        }
        PkiError::Bundle { host, source } => {
            let what = format!("cannot bundle the files of `{host}`");
            bundle_error(CommandError::failed(what), &source)
        }
        PkiError::BundleKeyOpen { mode } => CommandError::failed(KEY)
            .because(format!("its mode is {mode:04o}: other users have access"))
            .hint("if nobody used it, run `chmod 600`; else remove it, and make machines trust the next key"),
        PkiError::BundleKey(error) => CommandError::failed(KEY)
            .caused_by(&error)
            .hint("restore it from a backup, or remove it and make machines trust the next key"),
        PkiError::NoBundleKey(error) => {
            CommandError::failed("cannot make the key for bundles").caused_by(&error)
        }
        error => pki::failed(error, context),
    }
}

/// Adds why a bundle cannot be made or is refused.
fn bundle_error(error: CommandError, cause: &BundleError) -> CommandError {
    let error = error.caused_by(cause);
    match cause.hint() {
        Some(hint) => error.hint(hint),
        None => error,
    }
}
