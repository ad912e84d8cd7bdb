//! The audit for people: each file with what it holds and who uses it, then the findings. Lines
//! are at most 80 columns, but for a path that has more.

use kubepki_report::{COLUMNS, Line, Style, Table, count, day, wrap};
use kubepki_verify::{
    audit::{AuditedFile, Held, UsedBy},
    discover::Component,
};

use super::{
    AuditReport,
    rows::{self, days_left},
};
use crate::commands::verify::text as findings;

/// All of it; the first findings of each check, unless `all` are asked for.
pub(super) fn lines(report: &AuditReport, all: bool) -> Vec<Line> {
    let heading = |text: &str| Line::new().styled(Style::Bold, text);
    let mut lines = vec![heading(&format!("COMPONENTS of {}", report.host))];
    lines.extend(components(&report.audit.components));
    if !report.audit.files.is_empty() {
        lines.extend([Line::new(), heading("FILES, each with the components that use it")]);
        lines.extend(report.audit.files.iter().flat_map(|file| of_file(file, report)));
    }
    if !report.audit.findings.is_empty() {
        lines.extend([Line::new(), heading("FINDINGS, the worst first"), Line::new()]);
        lines.extend(findings::lines(&report.audit.findings, all));
    }
    lines
}

/// A line each; two lines where one would be too long for its path.
fn components(components: &[Component]) -> Vec<Line> {
    let columns = |component: &Component| {
        let version = component.version.clone().unwrap_or_default();
        [component.kind.name().to_owned(), version, component.source.to_string()]
    };
    let mut table = Table::new(["", "", ""]).at_least([23, 8, 0]);
    components.iter().for_each(|component| table.row(columns(component)));
    let lines = table.rows();
    if lines.iter().all(|line| line.width() <= COLUMNS) {
        return lines;
    }
    let apart = components.iter().map(columns).flat_map(|[name, version, source]| {
        [table.line([name, version, String::new()]), format!("    {source}").into()]
    });
    apart.collect()
}

fn of_file(file: &AuditedFile, report: &AuditReport) -> Vec<Line> {
    let path = file.path.display().to_string();
    let table = Table::new(["", "", ""]).at_least([60, 0, 0]);
    let mut lines = vec![match (&file.stat, &file.owner) {
        (Some(stat), Some(owner)) => {
            table.line([path, format!("{:04o}", stat.mode), owner.clone()])
        }
        _ => path.into(),
    }];
    if let Some(error) = &file.error {
        lines.extend(wrap("    ", error, COLUMNS));
    }
    for held in &file.holds {
        lines.extend(wrap("    ", &described(held, report), COLUMNS));
    }
    for used in by_component(&file.uses) {
        lines.extend(wrap("    <- ", &used, COLUMNS));
    }
    for check in &file.findings {
        lines.push(format!("    !! {}: {}", check.severity, check.name).into());
    }
    lines
}

/// What a file holds, with what counts of a certificate.
fn described(held: &Held, report: &AuditReport) -> String {
    let Some(certificate) = held.certificate.as_deref() else { return rows::holds(held) };
    let subject = certificate.subject();
    let not_after = certificate.validity().not_after();
    let left = match days_left(not_after, report.at) {
        days if days < 0 => format!("EXPIRED {} ago", days_of(days)),
        days => format!("{} left", days_of(days)),
    };
    let issuer = match held.issuer() {
        _ if held.is_self_signed() => "self-signed".to_owned(),
        Some(issuer) => format!("issued by {issuer}"),
        None => "without an issuer".to_owned(),
    };
    let names = match certificate.subject_alt_names().len() {
        0 => String::new(),
        number => format!(", {}", count(number, "SAN")),
    };
    let end = day(not_after);
    format!("{} {subject}, {issuer}{names}, until {end}: {left}", rows::holds(held))
}

fn days_of(days: i64) -> String {
    count(usize::try_from(days.unsigned_abs()).unwrap_or(usize::MAX), "day")
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
