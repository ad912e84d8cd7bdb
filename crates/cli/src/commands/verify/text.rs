//! Findings for people, in 80 columns: each check once, with everything that it found.

use std::collections::BTreeMap;

use kubepki_report::{COLUMNS, Line, Style, count, wrap};
use kubepki_verify::{Finding, Part, Severity};

use super::{VerifyReport, question};

/// How many findings of one check are shown, unless all are asked for.
const SHOWN: usize = 10;

/// The findings, check by check; the first ones of a check with many, unless `all` are asked for.
pub(in crate::commands) fn lines(findings: &[Finding], all: bool) -> Vec<Line> {
    let mut lines = Vec::new();
    for findings in by_check(findings) {
        let Some(first) = findings.first() else { continue };
        let check = first.check;
        let heading = format!("{} {}", check.severity, check.name);
        lines.push(Line::new().styled(Style::Bold, &heading));
        lines.extend(wrap("  ", check.title, COLUMNS));
        let shown = if all { findings.len() } else { SHOWN };
        for finding in findings.iter().take(shown) {
            lines.extend(wrap("  * ", &format!("{}: {}", finding.place, finding.what), COLUMNS));
            lines.extend(also(finding, all));
        }
        if let Some(more @ 1..) = findings.len().checked_sub(shown) {
            lines.push(format!("  * and {more} more (`-v` lists them)").into());
        }
        lines.extend(wrap("  why:  ", check.why, COLUMNS));
        lines.extend(wrap("  fix:  ", check.mend, COLUMNS));
        if let Some(cis) = check.cis {
            lines.extend(wrap("  CIS:  ", cis, COLUMNS));
        }
        lines.push(Line::new());
    }
    lines
}

/// `2 errors and 1 warning in 43 files`.
pub(super) fn summary(report: &VerifyReport<'_>) -> String {
    let counted = |severity: Severity| match report.count(severity) {
        0 => None,
        number => Some(count(number, severity.name())),
    };
    let counts: Vec<_> = [Severity::Error, Severity::Warning, Severity::Note]
        .into_iter()
        .filter_map(counted)
        .collect();
    let counts = match counts.as_slice() {
        [] => "nothing is wrong".to_owned(),
        [head @ .., last] if !head.is_empty() => format!("{} and {last}", head.join(", ")),
        all => all.concat(),
    };
    let servers = match report.input.endpoints.len() {
        0 => String::new(),
        number => format!(" and {}", count(number, "server")),
    };
    let files = count(report.files(), "file");
    let question = report.input.asked.as_ref().map(question::in_words).unwrap_or_default();
    format!("{counts} in {files}{servers}{question}")
}

/// The findings of each check, in their order.
fn by_check(findings: &[Finding]) -> Vec<Vec<&Finding>> {
    let mut order = BTreeMap::new();
    let mut groups: Vec<Vec<&Finding>> = Vec::new();
    for finding in findings {
        let next = groups.len();
        let index = *order.entry(finding.check.name).or_insert(next);
        if index == next {
            groups.push(Vec::new());
        }
        // It was pushed just now, or before.
        groups[index].push(finding);
    }
    groups
}

fn also(finding: &Finding, all: bool) -> Vec<Line> {
    let mut places = finding.also.iter().map(ToString::to_string);
    let shown: Vec<_> = places.by_ref().take(if all { usize::MAX } else { 2 }).collect();
    let more = match places.count() {
        0 => String::new(),
        1 => " and 1 more place".to_owned(),
        more => format!(" and {more} more places"),
    };
    if shown.is_empty() {
        return Vec::new();
    }
    // A flag's finding is about the file that it names.
    let relation = match finding.place.part {
        Some(Part::Flag { .. }) => "about",
        _ => "also in",
    };
    wrap("    ", &format!("{relation} {}{more}", shown.join(", ")), COLUMNS)
}
