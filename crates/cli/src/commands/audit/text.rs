//! The audit for people: each file with what it holds and who uses it, then the findings. Lines
//! are at most 80 columns, but for a path that has more.

use kubepki_verify::{
    audit::{AuditedFile, Held, UsedBy},
    discover::Component,
};

use super::{
    Report,
    rows::{self, days_left},
};
use crate::{
    commands::verify::text::{self as findings, Line, wrapped},
    context::Context,
    kubeconfigs::visible,
};

/// Prints it, headings in bold.
pub(super) fn print(report: &Report, context: &mut Context) {
    for line in lines(report, context.global.verbose) {
        match line {
            Line::Heading(text) => context.printer.heading(&text),
            Line::Text(text) => context.printer.data(&text),
        }
    }
}

/// The same as a text, with every finding.
pub(super) fn plain(report: &Report) -> String {
    let lines = lines(report, true).into_iter().map(|line| match line {
        Line::Heading(text) => text + "\n",
        Line::Text(text) => text,
    });
    lines.collect()
}

fn lines(report: &Report, all: bool) -> Vec<Line> {
    let mut lines = vec![Line::Heading(format!("COMPONENTS of {}", visible(&report.host)))];
    lines.push(Line::Text(components(&report.audit.components)));
    if !report.audit.files.is_empty() {
        lines.push(Line::Text("\n".to_owned()));
        lines.push(Line::Heading("FILES, each with who uses it".to_owned()));
        lines.push(Line::Text(report.audit.files.iter().map(|it| of_file(it, report)).collect()));
    }
    if !report.audit.findings.is_empty() {
        lines.push(Line::Text("\n".to_owned()));
        lines.push(Line::Heading("FINDINGS, the worst first".to_owned()));
        lines.push(Line::Text("\n".to_owned()));
        lines.extend(findings::lines(&report.audit.findings, all));
    }
    lines
}

/// A line each; where one of them would be too long for its path, two lines each.
fn components(components: &[Component]) -> String {
    let rows = components.iter().map(|component| {
        let version = visible(component.version.as_deref().unwrap_or(""));
        let head = format!("{:23}  {version:8}", component.kind.name());
        (head, visible(&component.source.to_string()))
    });
    let rows: Vec<_> = rows.collect();
    let is_wide = |(head, source): &(String, String)| {
        head.chars().count() + "  ".len() + source.chars().count() > 80
    };
    let is_apart = rows.iter().any(is_wide);
    let line = |(head, source): &(String, String)| match is_apart {
        true => format!("{}\n    {source}\n", head.trim_end()),
        false => format!("{head}  {source}\n"),
    };
    rows.iter().map(line).collect()
}

fn of_file(file: &AuditedFile, report: &Report) -> String {
    let path = visible(&file.path.display().to_string());
    let owner = file.owner.as_deref().map(visible);
    let mut text = match (&file.stat, owner) {
        (Some(stat), Some(owner)) => format!("{path:60}  {:04o}  {owner}\n", stat.mode),
        _ => path + "\n",
    };
    if let Some(error) = &file.error {
        text += &wrapped("    ", &visible(error));
    }
    for held in &file.holds {
        text += &wrapped("    ", &visible(&described(held, report)));
    }
    for used in by_component(&file.uses) {
        text += &wrapped("    <- ", &visible(&used));
    }
    for check in &file.findings {
        text += &format!("    !! {}: {}\n", check.severity, check.name);
    }
    text
}

/// What a file holds, with what counts of a certificate.
fn described(held: &Held, report: &Report) -> String {
    let Some(certificate) = held.certificate.as_deref() else { return rows::holds(held) };
    let subject = certificate.subject();
    let not_after = certificate.validity().not_after();
    let left = match days_left(not_after, report.at) {
        days if days < 0 => format!("EXPIRED {} ago", days_of(-days)),
        days => format!("{} left", days_of(days)),
    };
    let issuer = match held.issuer() {
        _ if held.is_self_signed() => "self-signed".to_owned(),
        Some(issuer) => format!("issued by {issuer}"),
        None => "issued by nobody".to_owned(),
    };
    let names = match certificate.subject_alt_names().len() {
        0 => String::new(),
        1 => ", 1 SAN".to_owned(),
        count => format!(", {count} SANs"),
    };
    let end = not_after.strftime("%F");
    format!("{} {subject}, {issuer}{names}, until {end}: {left}", rows::holds(held))
}

fn days_of(days: i64) -> String {
    if days == 1 { "1 day".to_owned() } else { format!("{days} days") }
}

/// A line for each component, with its flags.
fn by_component(uses: &[UsedBy]) -> Vec<String> {
    let mut lines: Vec<(String, Vec<&str>)> = Vec::new();
    for used in uses {
        let name = used.component.to_string();
        match lines.iter_mut().find(|(component, _)| *component == name) {
            Some((_, flags)) if flags.contains(&used.flag.as_str()) => {}
            Some((_, flags)) => flags.push(&used.flag),
            None => lines.push((name, vec![&used.flag])),
        }
    }
    let text =
        |(component, flags): (String, Vec<&str>)| format!("{component} {}", flags.join(", "));
    lines.into_iter().map(text).collect()
}
