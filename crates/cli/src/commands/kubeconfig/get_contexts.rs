//! `kubepki kubeconfig get-contexts`: list contexts. Writes nothing.

use kubepki_kubeconfig::NamedContext;
use kubepki_report::Table;
use serde_json::{Value, json};

use super::{ListFormat, Location};
use crate::{commands::Format, context::Context, error::CommandError, exit_code, kubeconfigs};

/// List the contexts by name; `*` marks the current one
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kubepki kubeconfig get-contexts
  kubepki kubeconfig get-contexts -o json | jq -r '.contexts[].name'")]
pub(super) struct Args {
    #[command(flatten)]
    location: Location,
    /// How to print them
    #[arg(short, long, value_enum, default_value_t, value_name = "FORMAT")]
    output: ListFormat,
}

pub(super) fn run(args: &Args, context: &mut Context) -> Result<u8, CommandError> {
    let config = kubeconfigs::merged(args.location.chain(context)?.read()?, None)?;
    let mut contexts: Vec<_> = config.contexts.iter().collect();
    contexts.sort_by(|a, b| a.name.cmp(&b.name));
    match args.output {
        ListFormat::Json => {
            Format::Json.print(&json(&contexts, &config.current_context), context)?
        }
        ListFormat::Table => {
            let table = table(&contexts, &config.current_context);
            context.printer.print(table.heading().plain());
            table.rows().for_each(|line| context.printer.print(line));
        }
    }
    Ok(exit_code::DONE)
}

fn table(contexts: &[&NamedContext], current: &str) -> Table<5> {
    let mut table = Table::new(["CURRENT", "NAME", "CLUSTER", "USER", "NAMESPACE"]);
    for NamedContext { name, context, .. } in contexts.iter().copied() {
        let mark = if name == current { "*" } else { "" };
        let namespace = context.namespace.as_deref().unwrap_or_default();
        table.row([mark, name, &context.cluster, &context.user, namespace]);
    }
    table
}

fn json(contexts: &[&NamedContext], current: &str) -> Value {
    let contexts: Vec<_> = contexts
        .iter()
        .map(|entry| {
            json!({
                "name": entry.name,
                "cluster": entry.context.cluster,
                "user": entry.context.user,
                "namespace": entry.context.namespace,
                "current": entry.name == current,
            })
        })
        .collect();
    json!({ "contexts": contexts })
}
