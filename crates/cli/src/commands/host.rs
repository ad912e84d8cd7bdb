//! `kubepki host`: what each machine gets of the root, and how it gets there.

mod bundle;
mod install;
mod key;
mod list;
mod print;
mod push;
mod show;

use clap::Subcommand;
use kubepki_cluster::{DirStore, EntryId, SystemMasters, spec::HostSpec, store::Transaction};
use kubepki_host::{Bundle, BundleError, Share};

use super::spec;
use crate::{context::Context, error::CommandError};

/// Bring each machine what it needs, and nothing more
///
/// A worker gets no CA's key, no other machine's key and no user's credential. `bundle` and
/// `install` work without a network; `push` does both at once over ssh.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kubepki host list
  kubepki host show node-0                every file, its purpose and reader
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

/// The spec and the root, both for reading.
struct Source {
    read: SpecFile,
    store: DirStore,
}

impl Source {
    fn read(context: &mut Context) -> Result<Self, CommandError> {
        // Nothing is issued here, so whoever is in the spec has been allowed before.
        let read = spec::read(context)?;
        let store = DirStore::read_only(&context.global.dir)
            .map_err(|error| pki::store("cannot read the root", &error))?;
        Ok(Self { read, store })
    }

    /// The host of this name.
    fn host(&self, name: &str) -> Result<&HostSpec, CommandError> {
        let hosts = &self.read.spec.hosts;
        hosts.iter().find(|host| host.name.as_str() == name).ok_or_else(|| {
            CommandError::usage(format!("there is no host `{}` in the spec", name.escape_debug()))
                .hint("`kubepki host list` shows those that there are")
        })
    }

    /// What a host gets.
    fn share(&self, host: &HostSpec) -> Result<Share, CommandError> {
        Share::of(&self.read.spec, &self.read.catalog, host).map_err(|error| {
            CommandError::usage(format!("cannot say what `{}` gets", host.name))
                .caused_by(&error)
                .hint(error.hint())
        })
    }

    /// What a host gets, with contents, signed. What `apply` would change in it is mentioned.
    fn bundle(self, name: &str, context: &mut Context) -> Result<Bundle, CommandError> {
        let share = self.share(self.host(name)?)?;
        let cannot = |error: BundleError| {
            let what = format!("cannot bundle the files of `{name}`");
            bundle_error(CommandError::failed(what), &error)
        };
        let history = self.store.history();
        let history = history.map_err(|error| pki::store("cannot read the root", &error))?;
        let changed = history.last().map(Transaction::time);
        let cluster = self.read.spec.name.as_str();
        let collected = Bundle::collect(cluster, &share, &self.store, changed).map_err(&cannot)?;
        self.mention_changes(&share, context)?;
        let key = key::of_root(self.store, context)?;
        collected.sign(&key).map_err(cannot)
    }

    /// A bundle of what is there is made all the same: it may be what the host needs today.
    fn mention_changes(&self, share: &Share, context: &mut Context) -> Result<(), CommandError> {
        let plan = spec::plan(&self.read, &self.store, context)?;
        let is_here = |id: &EntryId| share.files.iter().any(|file| file.entry == *id);
        let due = plan.changes().filter(|step| is_here(&step.id)).count();
        if due > 0 {
            let entries = if due == 1 { "1 entry".to_owned() } else { format!("{due} entries") };
            let text = format!("`kubepki apply` would change {entries} of `{}`", share.host);
            context.printer.warning(&text);
        }
        Ok(())
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

/// `1 file`, `2 files`.
fn files(count: usize) -> String {
    if count == 1 { "1 file".to_owned() } else { format!("{count} files") }
}
