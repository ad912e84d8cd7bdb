//! `kubepki kubeconfig get-contexts`: list contexts. Writes nothing.

use kubepki_report::{Line, Page, Table, View};
use serde::Serialize;

use super::{ListFormat, Location};
use crate::{context::Context, error::CommandError, exit_code, kubeconfigs};

/// List the contexts by name; `*` marks the current one
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kubepki kubeconfig get-contexts
  kubepki kubeconfig get-contexts -o json | jq -r '.contexts[].name'")]
pub(super) struct Args {
    #[command(flatten)]
    location: Location,
    /// The format of the output
    #[arg(short, long, value_enum, default_value_t, value_name = "FORMAT")]
    output: ListFormat,
}

#[derive(Serialize)]
struct ContextList<'a> {
    contexts: Vec<ListedContext<'a>>,
}

#[derive(Serialize)]
struct ListedContext<'a> {
    name: &'a str,
    cluster: &'a str,
    user: &'a str,
    namespace: Option<&'a str>,
    current: bool,
}

impl View for ContextList<'_> {
    const KIND: Option<&'static str> = None;

    fn lines(&self, _: Page) -> Vec<Line> {
        let mut table = Table::new(["CURRENT", "NAME", "CLUSTER", "USER", "NAMESPACE"]);
        for ListedContext { name, cluster, user, namespace, current } in &self.contexts {
            let mark = if *current { "*" } else { "" };
            table.row([mark, name, cluster, user, namespace.unwrap_or_default()]);
        }
        // As with kubectl, the heading is there without a context too.
        std::iter::once(table.heading()).chain(table.rows()).collect()
    }
}

pub(super) fn run(args: &Args, context: &mut Context) -> Result<u8, CommandError> {
    let config = kubeconfigs::merged(args.location.chain(context)?.read()?, None)?;
    let mut contexts: Vec<_> = config
        .contexts
        .iter()
        .map(|entry| ListedContext {
            name: &entry.name,
            cluster: &entry.context.cluster,
            user: &entry.context.user,
            namespace: entry.context.namespace.as_deref().filter(|it| !it.is_empty()),
            current: entry.name == config.current_context,
        })
        .collect();
    contexts.sort_by_key(|entry| entry.name);
    args.output.format().show(&ContextList { contexts }, context)?;
    Ok(exit_code::DONE)
}
