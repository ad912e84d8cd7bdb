//! A plan as text for people, grouped by host, and as JSON or YAML for programs.

use std::collections::BTreeMap;

use kubepki_cluster::{
    Action, ClusterSpec, Plan, Step,
    plan::{Kind, Warning},
};
use serde::Serialize;

use crate::{commands::Format, context::Context, error::CommandError};

/// Prints a plan in the wanted form.
pub(crate) fn print(
    plan: &Plan,
    spec: &ClusterSpec,
    format: Format,
    context: &mut Context,
) -> Result<(), CommandError> {
    let document = Document {
        api_version: "kubepki/v1alpha1",
        kind: "Plan",
        cluster: spec.name.as_str(),
        plan,
    };
    let unserializable = |error: &(dyn std::error::Error + 'static)| {
        CommandError::failed("cannot print the plan").caused_by(error)
    };
    match format {
        Format::Json => {
            let json =
                serde_json::to_string_pretty(&document).map_err(|error| unserializable(&error))?;
            context.printer.data(&(json + "\n"));
        }
        Format::Yaml => {
            let yaml = serde_yaml::to_string(&document).map_err(|error| unserializable(&error))?;
            context.printer.data(&yaml);
        }
        Format::Text => text(plan, context),
    }
    Ok(())
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    api_version: &'static str,
    kind: &'static str,
    cluster: &'a str,
    #[serde(flatten)]
    plan: &'a Plan,
}

fn text(plan: &Plan, context: &mut Context) {
    let verbose = context.global.verbose;
    for (title, steps) in groups(plan) {
        let steps: Vec<_> =
            steps.into_iter().filter(|step| verbose || step.action != Action::Keep).collect();
        if steps.is_empty() {
            continue;
        }
        context.printer.heading(&title);
        for line in group(&steps, verbose) {
            context.printer.data(&(line + "\n"));
        }
    }
    context.printer.data(&(summary(plan) + "\n"));
    for warning in &plan.warnings {
        context.printer.warning(&Warning::to_string(warning));
    }
}

/// The steps by the host they are for: the cluster first, the users last.
fn groups(plan: &Plan) -> Vec<(String, Vec<&Step>)> {
    let mut order = vec!["cluster".to_owned()];
    let mut groups = BTreeMap::<String, Vec<&Step>>::new();
    for step in &plan.steps {
        let title = match &step.id.host {
            Some(host) => format!("host {host}"),
            None if step.id.name.starts_with("user/") => "users".to_owned(),
            None => "cluster".to_owned(),
        };
        if !groups.contains_key(&title) && title != "cluster" {
            order.push(title.clone());
        }
        groups.entry(title).or_default().push(step);
    }
    order
        .into_iter()
        .filter_map(|title| groups.remove(&title).map(|steps| (title, steps)))
        .collect()
}

/// The lines of one host: what needs no reason by its verb, then one step a line.
fn group(steps: &[&Step], verbose: bool) -> Vec<String> {
    let mut lines = Vec::new();
    for word in ["create", "copy", "restore", "narrow", "keep"] {
        let these: Vec<_> = steps.iter().filter(|step| verb(step) == word).collect();
        if verbose {
            for step in these {
                lines.push(format!("  {word:<8} {}", name(step)));
                lines.extend(step.files.iter().map(|file| format!("           {file}")));
            }
        } else if !these.is_empty() {
            let names: Vec<_> = these.iter().map(|step| name(step)).collect();
            lines.extend(wrap(&format!("  {word:<8} "), &names));
        }
    }
    for step in steps {
        match &step.action {
            Action::Renew { reasons } => {
                lines.push(format!("  {:<8} {}", verb(step), name(step)));
                lines.extend(reasons.iter().map(|reason| format!("             {reason}")));
            }
            Action::Refuse { refusal } => {
                lines.push(format!("  refuse   {}", name(step)));
                lines.push(format!("             {refusal}"));
            }
            _ => {}
        }
    }
    lines
}

/// The word for a step. What follows its source needs no reason of its own.
fn verb(step: &Step) -> &'static str {
    match (&step.action, step.kind) {
        (Action::Create, Kind::Copy) => "copy",
        (Action::Create, _) => "create",
        (Action::Keep, _) => "keep",
        (Action::Narrow, _) => "narrow",
        (Action::Refuse { .. }, _) => "refuse",
        (Action::Restore { .. }, _) => "restore",
        (Action::Renew { .. }, Kind::Copy | Kind::Text) => "update",
        (Action::Renew { .. }, _) => "renew",
        _ => "other",
    }
}

fn name(step: &Step) -> &str {
    step.id.name.strip_prefix("user/").unwrap_or(&step.id.name)
}

/// Names joined by commas, in lines of at most 80 columns.
fn wrap(prefix: &str, names: &[&str]) -> Vec<String> {
    let mut lines = vec![prefix.to_owned()];
    for (position, name) in names.iter().enumerate() {
        let comma = if position + 1 < names.len() { "," } else { "" };
        let line = lines.last().map_or(0, |line| line.chars().count());
        let is_first = line == prefix.chars().count();
        if !is_first && line + name.chars().count() + 2 > 80 {
            lines.push(" ".repeat(prefix.chars().count()));
        }
        if let Some(line) = lines.last_mut() {
            let space = if line.trim_end() == line.as_str() { " " } else { "" };
            *line += &format!("{space}{name}{comma}");
        }
    }
    lines
}

fn summary(plan: &Plan) -> String {
    let mut counts = BTreeMap::<&str, usize>::new();
    for step in &plan.steps {
        *counts.entry(verb(step)).or_default() += 1;
    }
    let kept = counts.get("keep").copied().unwrap_or_default();
    let parts: Vec<_> = ["create", "renew", "update", "copy", "restore", "narrow", "refuse"]
        .iter()
        .filter_map(|word| counts.get(word).map(|count| format!("{count} to {word}")))
        .collect();
    if parts.is_empty() {
        return format!("nothing to do: {kept} entries are as the spec says");
    }
    format!("\nplan: {}, {kept} unchanged", parts.join(", "))
}
