//! A plan as text for people, grouped by host, and as JSON or YAML for programs.

use std::collections::BTreeMap;

use kubepki_cluster::{
    Action, ClusterSpec, Plan, Rollout, Step,
    plan::{Kind, Warning},
};
use kubepki_report::{Line, wrap};
use serde::Serialize;

use crate::{commands::Format, context::Context, error::CommandError};

/// The columns of a plan.
pub(crate) const WIDTH: usize = 80;

/// Whether a plan is still to be carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tense {
    Done,
    ToDo,
}

/// Prints a plan in the wanted form.
pub(crate) fn print(
    plan: &Plan,
    spec: &ClusterSpec,
    tense: Tense,
    format: Format,
    context: &mut Context,
) -> Result<(), CommandError> {
    print_with(plan, spec, None, tense, format, context)
}

/// Prints a plan with what has to happen afterwards, which as text is somebody else's.
pub(crate) fn print_with(
    plan: &Plan,
    spec: &ClusterSpec,
    afterwards: Option<&Rollout>,
    tense: Tense,
    format: Format,
    context: &mut Context,
) -> Result<(), CommandError> {
    let document = Document {
        api_version: "kubepki/v1alpha1",
        kind: "Plan",
        cluster: spec.name.as_str(),
        plan,
        afterwards,
    };
    match format {
        Format::Text => text(plan, tense, context),
        other => other.print(&document, context)?,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    afterwards: Option<&'a Rollout>,
}

fn text(plan: &Plan, tense: Tense, context: &mut Context) {
    let verbose = context.global.verbose;
    let mut is_empty = true;
    for (title, steps) in groups(plan) {
        let steps: Vec<_> =
            steps.into_iter().filter(|step| verbose || step.action != Action::Keep).collect();
        if steps.is_empty() {
            continue;
        }
        is_empty = false;
        context.printer.heading(&title);
        group(&steps, verbose).into_iter().for_each(|line| context.printer.print(line));
    }
    if !is_empty {
        context.printer.print("");
    }
    context.printer.print(summary(plan, tense));
    warnings(&plan.warnings, context);
}

/// Every warning; where several differ in the entry alone, the first and how many there are.
fn warnings(warnings: &[Warning], context: &mut Context) {
    let texts: Vec<_> = warnings.iter().map(Warning::to_string).collect();
    // A warning begins with its entry in backticks.
    let what = |text: &str| text.splitn(3, '`').last().unwrap_or_default().to_owned();
    let mut told = Vec::new();
    for text in &texts {
        if context.global.verbose {
            context.printer.warning(text);
        } else if !told.contains(&what(text)) {
            told.push(what(text));
            let more = match texts.iter().filter(|other| what(other) == what(text)).count() {
                1 => String::new(),
                count => format!(" (and {} more, which `-v` names)", count - 1),
            };
            context.printer.warning(&format!("{text}{more}"));
        }
    }
}

/// The steps by the host they are for: the cluster first, the users last.
fn groups(plan: &Plan) -> Vec<(String, Vec<&Step>)> {
    let mut order = vec!["cluster".to_owned()];
    let mut groups = BTreeMap::<String, Vec<&Step>>::new();
    for step in &plan.steps {
        let title = match &step.id.host {
            Some(host) => format!("host {host}"),
            None if step.id.slot.is_user() => "users".to_owned(),
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
fn group(steps: &[&Step], verbose: bool) -> Vec<Line> {
    let mut lines = Vec::new();
    for word in ["create", "copy", "restore", "narrow", "keep"] {
        let these: Vec<_> = steps.iter().filter(|step| verb(step) == word).collect();
        if verbose {
            for step in these {
                lines.push(format!("  {word:<8} {}", name(step)).into());
                let files = step.files.iter();
                lines.extend(files.map(|file| Line::from(format!("           {file}"))));
            }
        } else if !these.is_empty() {
            let names: Vec<_> = these.iter().map(|step| name(step)).collect();
            lines.extend(wrap(&format!("  {word:<8} "), &names.join(", "), WIDTH));
        }
    }
    // Steps that are taken for the same reasons stand together.
    let mut told = Vec::<((&str, Vec<String>), Vec<String>)>::new();
    for step in steps {
        let key = match &step.action {
            Action::Renew { reasons } => {
                let key = step.keeps_key.then(|| "keeps its key".to_owned());
                (verb(step), reasons.iter().map(ToString::to_string).chain(key).collect())
            }
            Action::Refuse { refusal } => (verb(step), vec![refusal.to_string()]),
            _ => continue,
        };
        match told.iter_mut().find(|(other, _)| *other == key) {
            Some((_, names)) => names.push(name(step)),
            None => told.push((key, vec![name(step)])),
        }
    }
    for ((verb, reasons), names) in told {
        lines.extend(wrap(&format!("  {verb:<8} "), &names.join(", "), WIDTH));
        for reason in reasons {
            lines.extend(wrap(&" ".repeat(13), &reason, WIDTH));
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

/// The users stand together, and need no `user/`.
fn name(step: &Step) -> String {
    let name = step.id.name();
    name.strip_prefix("user/").unwrap_or(&name).to_owned()
}

fn summary(plan: &Plan, tense: Tense) -> String {
    let mut counts = BTreeMap::<&str, usize>::new();
    for step in &plan.steps {
        *counts.entry(verb(step)).or_default() += 1;
    }
    let kept = counts.get("keep").copied().unwrap_or_default();
    let parts: Vec<_> = VERBS
        .iter()
        .filter_map(|(word, done)| {
            counts.get(word).map(|count| match tense {
                Tense::Done => format!("{count} {done}"),
                Tense::ToDo if *word == "refuse" => format!("{count} {done}"),
                Tense::ToDo => format!("{count} to {word}"),
            })
        })
        .collect();
    if parts.is_empty() {
        let as_said =
            if plan.left.is_empty() { "are as the spec says" } else { "stay as they are" };
        return format!("nothing to do: {kept} entries {as_said}");
    }
    let title = match tense {
        Tense::Done => "done",
        Tense::ToDo => "plan",
    };
    format!("{title}: {}, {kept} unchanged", parts.join(", "))
}

/// The verbs of a summary in their order, to be done and done.
const VERBS: [(&str, &str); 7] = [
    ("create", "created"),
    ("renew", "renewed"),
    ("update", "updated"),
    ("copy", "copied"),
    ("restore", "restored"),
    ("narrow", "narrowed"),
    ("refuse", "refused"),
];
