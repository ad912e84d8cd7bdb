//! A plan as text for people, grouped by host, and as JSON or YAML for programs.

use std::collections::BTreeMap;

use kubepki_cluster::{
    Action, ClusterSpec, Issue, Plan, Rollout, Step,
    plan::{StepKind, Warning},
};
use kubepki_report::{COLUMNS, Line, Page, Style, View, count, wrap};
use serde::Serialize;

use crate::{commands::Format, context::Context, error::CommandError};

/// Whether a plan is still to be carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tense {
    Done,
    ToDo,
}

impl Tense {
    /// The word before the numbers of a summary.
    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::ToDo => "plan",
        }
    }
}

/// Prints a plan in the form that is asked for.
pub(crate) fn print(
    plan: &Plan,
    spec: &ClusterSpec,
    tense: Tense,
    format: Format,
    context: &mut Context,
) -> Result<(), CommandError> {
    print_with(plan, spec, None, tense, format, context)
}

/// Prints a plan; documents have the rollout too, of which the text is printed apart.
pub(crate) fn print_with(
    plan: &Plan,
    spec: &ClusterSpec,
    afterwards: Option<&Rollout>,
    tense: Tense,
    format: Format,
    context: &mut Context,
) -> Result<(), CommandError> {
    format.show(&PlanView { cluster: spec.name.as_str(), plan, afterwards, tense }, context)?;
    if format == Format::Text {
        warnings(&plan.warnings, context);
    }
    Ok(())
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PlanView<'a> {
    cluster: &'a str,
    #[serde(flatten)]
    plan: &'a Plan,
    #[serde(skip_serializing_if = "Option::is_none")]
    afterwards: Option<&'a Rollout>,
    #[serde(skip)]
    tense: Tense,
}

impl View for PlanView<'_> {
    const KIND: Option<&'static str> = Some("Plan");

    fn lines(&self, page: Page) -> Vec<Line> {
        let mut lines = Vec::new();
        for (title, steps) in groups(self.plan) {
            let is_shown = |step: &&Step| page.verbose || step.action != Action::Keep;
            let steps: Vec<_> = steps.into_iter().filter(is_shown).collect();
            if !steps.is_empty() {
                lines.push(Line::new().styled(Style::Bold, &title));
                lines.extend(group(&steps, page.verbose));
            }
        }
        if !lines.is_empty() {
            lines.push(Line::new());
        }
        lines.push(summary(self.plan, self.tense).into());
        lines
    }
}

/// Every warning; of those that differ in their entry alone, the first and how many there are.
fn warnings(warnings: &[Warning], context: &mut Context) {
    let mut told = Vec::new();
    for warning in warnings {
        let alike = |other: &Warning| about(other) == about(warning);
        if context.global.verbose {
            context.printer.warning(&warning.to_string());
        } else if !told.iter().any(alike) {
            told.push(warning.clone());
            let more = match warnings.iter().filter(|other| alike(other)).count() {
                1 => String::new(),
                all => format!(" (and {} more; `-v` lists them)", all - 1),
            };
            context.printer.warning(&format!("{warning}{more}"));
        }
    }
}

/// What a warning says of its entry.
fn about(warning: &Warning) -> (std::mem::Discriminant<Warning>, Vec<String>) {
    let says = match warning {
        Warning::AuthorityDiffers { field, was, now, .. } => {
            vec![(*field).to_owned(), was.clone(), now.clone()]
        }
        Warning::Capped { not_after, .. } => vec![not_after.to_string()],
        Warning::NotYetValid { not_before, .. } => vec![not_before.to_string()],
        _ => Vec::new(),
    };
    (std::mem::discriminant(warning), says)
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
            lines.extend(wrap(&format!("  {word:<8} "), &names.join(", "), COLUMNS));
        }
    }
    // Steps that are taken for the same reasons stand together.
    let mut told = Vec::<((&str, Vec<String>), Vec<String>)>::new();
    for step in steps {
        let key = match &step.action {
            Action::Renew { reasons } => {
                let key = step.keeps_key.then(|| "keeps its key".to_owned());
                (verb(step), told_reasons(reasons).chain(key).collect())
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
        lines.extend(wrap(&format!("  {verb:<8} "), &names.join(", "), COLUMNS));
        for reason in reasons {
            lines.extend(wrap(&" ".repeat(13), &reason, COLUMNS));
        }
    }
    lines
}

/// The sentences of what is wrong; without any, somebody asked for it.
fn told_reasons(reasons: &[Issue]) -> impl Iterator<Item = String> {
    let requested = reasons.is_empty().then(|| "asked for".to_owned());
    reasons.iter().map(ToString::to_string).chain(requested)
}

/// The word for a step. What follows its source needs no reason of its own.
fn verb(step: &Step) -> &'static str {
    match (&step.action, step.kind) {
        (Action::Create, StepKind::Copy) => "copy",
        (Action::Create, _) => "create",
        (Action::Keep, _) => "keep",
        (Action::Narrow, _) => "narrow",
        (Action::Refuse { .. }, _) => "refuse",
        (Action::Restore { .. }, _) => "restore",
        (Action::Renew { .. }, StepKind::Copy | StepKind::Text) => "update",
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
        let entries = count(kept, "entry");
        return match (plan.left.is_empty(), kept) {
            (true, 1) => format!("nothing to do: {entries} matches the spec"),
            (true, _) => format!("nothing to do: {entries} match the spec"),
            (false, _) => format!("nothing to do: {entries} unchanged"),
        };
    }
    format!("{}: {}, {kept} unchanged", tense.title(), parts.join(", "))
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
