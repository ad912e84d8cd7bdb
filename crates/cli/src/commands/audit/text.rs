//! The audit for people: each file with what it holds and who uses it, then the findings. Lines
//! are at most 80 columns, but for a path that has more.

use kubepki_report::{Line, Style, pad, wrap};
use kubepki_verify::{
    audit::{AuditedFile, Held, UsedBy},
    discover::Component,
};

use super::{
    Report,
    rows::{self, days_left},
};
use crate::{
    commands::verify::text::{self as findings, WIDTH},
    context::Context,
};

/// Prints it, headings in bold.
pub(super) fn print(report: &Report, context: &mut Context) {
    let lines = lines(report, context.global.verbose);
    lines.into_iter().for_each(|line| context.printer.print(line));
}

/// The same as a text, with every finding.
pub(super) fn plain(report: &Report) -> String {
    lines(report, true).iter().map(|line| line.plain() + "\n").collect()
}

fn lines(report: &Report, all: bool) -> Vec<Line> {
    let heading = |text: &str| Line::new().styled(Style::Bold, text);
    let mut lines = vec![heading(&format!("COMPONENTS of {}", report.host))];
    lines.extend(components(&report.audit.components));
    if !report.audit.files.is_empty() {
        lines.extend([Line::new(), heading("FILES, each with who uses it")]);
        lines.extend(report.audit.files.iter().flat_map(|file| of_file(file, report)));
    }
    if !report.audit.findings.is_empty() {
        lines.extend([Line::new(), heading("FINDINGS, the worst first"), Line::new()]);
        lines.extend(findings::lines(&report.audit.findings, all));
    }
    lines
}

/// A line each; where one of them would be too long for its path, two lines each.
fn components(components: &[Component]) -> Vec<Line> {
    let rows = components.iter().map(|component| {
        let version = pad(component.version.as_deref().unwrap_or(""), 8);
        let head = format!("{:23}  {version}", component.kind.name());
        (head, Line::from(component.source.to_string()))
    });
    let rows: Vec<_> = rows.collect();
    let is_apart = rows
        .iter()
        .any(|(head, source)| Line::from(head).width() + "  ".len() + source.width() > WIDTH);
    let lines = rows.into_iter().flat_map(|(head, source)| match is_apart {
        true => vec![Line::from(head.trim_end()), Line::from("    ").join(source)],
        false => vec![Line::from(head + "  ").join(source)],
    });
    lines.collect()
}

fn of_file(file: &AuditedFile, report: &Report) -> Vec<Line> {
    let path = file.path.display().to_string();
    let mut lines = vec![match (&file.stat, &file.owner) {
        (Some(stat), Some(owner)) => {
            format!("{}  {:04o}  {owner}", pad(&path, 60), stat.mode).into()
        }
        _ => path.into(),
    }];
    if let Some(error) = &file.error {
        lines.extend(wrap("    ", error, WIDTH));
    }
    for held in &file.holds {
        lines.extend(wrap("    ", &described(held, report), WIDTH));
    }
    for used in by_component(&file.uses) {
        lines.extend(wrap("    <- ", &used, WIDTH));
    }
    for check in &file.findings {
        lines.push(format!("    !! {}: {}", check.severity, check.name).into());
    }
    lines
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
