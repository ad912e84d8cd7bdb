//! `kubepki kubeconfig`: work on kubeconfigs, anybody's. One file a verb, and what they share.

mod check;
mod flatten;
mod get_contexts;
mod merge;
mod new;
mod rename_context;
mod set_namespace;
mod split;
mod use_context;
mod view;

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};

use super::Format;
use crate::{
    context::Context,
    error::CommandError,
    kubeconfigs::{self, Chain, Written},
};

/// Make, merge, view, change and check kubeconfigs
///
/// Uses the files of `--kubeconfig`, else of `$KUBECONFIG`, else `~/.kube/config`. Among several files
/// the first wins, as with kubectl. A change replaces the whole file, with mode 0600, under
/// kubectl's own lock. Other entries and fields stay. The last ten versions stay beside the file, as
/// `FILE.bak-TIME`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    New(new::Args),
    Merge(merge::Args),
    View(view::Args),
    GetContexts(get_contexts::Args),
    UseContext(use_context::Args),
    RenameContext(rename_context::Args),
    SetNamespace(set_namespace::Args),
    Flatten(flatten::Args),
    Split(split::Args),
    Check(check::Args),
}

impl Args {
    /// Whether it has no effect but what it prints.
    pub(crate) const fn only_prints(&self) -> bool {
        matches!(self.verb, Verb::View(_) | Verb::GetContexts(_) | Verb::Check(_))
    }
}

pub(crate) fn run(args: Args, context: &mut Context) -> Result<u8, CommandError> {
    match args.verb {
        Verb::New(args) => new::run(&args, context),
        Verb::Merge(args) => merge::run(&args, context),
        Verb::View(args) => view::run(&args, context),
        Verb::GetContexts(args) => get_contexts::run(&args, context),
        Verb::UseContext(args) => use_context::run(&args, context),
        Verb::RenameContext(args) => rename_context::run(&args, context),
        Verb::SetNamespace(args) => set_namespace::run(&args, context),
        Verb::Flatten(args) => flatten::run(&args, context),
        Verb::Split(args) => split::run(&args, context),
        Verb::Check(args) => check::run(&args, context),
    }
}

/// Where the kubeconfigs are.
#[derive(Debug, clap::Args)]
struct Location {
    /// A kubeconfig (repeatable) [default: `$KUBECONFIG`, else ~/.kube/config]
    #[arg(long, value_name = "FILE")]
    kubeconfig: Vec<PathBuf>,
}

impl Location {
    fn chain(&self, context: &Context) -> Result<Chain, CommandError> {
        Chain::find(&self.kubeconfig, &context.environment)
    }
}

/// How a kubeconfig is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum KubeconfigFormat {
    /// For programs
    Json,
    /// For people and programs
    #[default]
    Yaml,
}

/// How a list is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum ListFormat {
    /// For programs
    Json,
    /// For people
    #[default]
    Table,
}

impl ListFormat {
    const fn format(self) -> Format {
        match self {
            Self::Json => Format::Json,
            Self::Table => Format::Text,
        }
    }
}

/// Says what was done, and where the old file is.
fn report(done: &str, written: &Written, context: &mut Context) {
    match written {
        Written::Unchanged => context.printer.talk(&format!("{done} (no change)")),
        Written::New => context.printer.talk(done),
        Written::Replaced { backup } => {
            context.printer.talk(done);
            if context.global.verbose {
                context.printer.talk(&format!("the old file is `{}`", backup.display()));
            }
        }
    }
}

/// Reads the name of a new entry: any text without control characters.
fn entry_name(text: &str) -> Result<String, String> {
    if text.is_empty() {
        return Err("the name is empty".to_owned());
    }
    if text.chars().any(char::is_control) {
        return Err("the name has a control character".to_owned());
    }
    Ok(text.to_owned())
}

/// The file that holds a context, as it wins among the files.
fn holder_of(chain: &Chain, name: &str) -> Result<PathBuf, CommandError> {
    let loaded = chain.read()?;
    let found = loaded.into_iter().find(|file| file.config.context(name).is_some());
    found.map(|file| file.path).ok_or_else(|| no_such_context(name))
}

fn no_such_context(name: &str) -> CommandError {
    kubeconfigs::refused(&kubepki_kubeconfig::Error::NoSuchContext { context: name.to_owned() })
}
