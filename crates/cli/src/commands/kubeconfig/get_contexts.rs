//! `kubepki kubeconfig get-contexts`: list contexts. Writes nothing.

use kubepki_kubeconfig::NamedContext;
use serde_json::json;

use super::{ListFormat, Location};
use crate::{
    context::Context,
    error::CommandError,
    exit_code,
    kubeconfigs::{self, visible},
};

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
    let text = match args.output {
        ListFormat::Json => json(&contexts, &config.current_context),
        ListFormat::Table => table(&contexts, &config.current_context),
    };
    context.printer.data(&text);
    Ok(exit_code::DONE)
}

fn table(contexts: &[&NamedContext], current: &str) -> String {
    let header = ["CURRENT", "NAME", "CLUSTER", "USER", "NAMESPACE"].map(str::to_owned);
    let rows = contexts.iter().map(|entry| {
        let mark = if entry.name == current { "*" } else { "" };
        let context = &entry.context;
        let namespace = context.namespace.as_deref().unwrap_or_default();
        [mark, &entry.name, &context.cluster, &context.user, namespace].map(visible)
    });
    let rows: Vec<_> = std::iter::once(header).chain(rows).collect();
    let widths: [usize; 5] = std::array::from_fn(|column| {
        rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default()
    });
    let line = |row: &[String; 5]| {
        let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
        format!("{}\n", cells.collect::<Vec<_>>().join("  ").trim_end())
    };
    rows.iter().map(line).collect()
}

fn json(contexts: &[&NamedContext], current: &str) -> String {
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
    format!("{:#}\n", json!({ "contexts": contexts }))
}
