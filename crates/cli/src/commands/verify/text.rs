//! Findings for people, in 80 columns: each check once, with everything that it found.

use std::collections::BTreeMap;

use kubepki_verify::{Finding, Part, Severity};

use super::{Report, question};
use crate::{context::Context, kubeconfigs::visible};

/// How many findings of one check are shown, unless all are wanted.
const SHOWN: usize = 10;

/// The width of the lines.
const WIDTH: usize = 80;

pub(super) fn print(report: &Report<'_>, context: &mut Context) {
    let all = context.global.verbose;
    for line in lines(report.findings, all) {
        match line {
            Line::Heading(text) => context.printer.heading(&text),
            Line::Text(text) => context.printer.data(&text),
        }
    }
    context.printer.data(&format!("{}\n", summary(report)));
}

/// A piece of what is printed.
pub(in crate::commands) enum Line {
    /// A line without its end.
    Heading(String),
    /// Lines with their ends.
    Text(String),
}

/// The findings, check by check; of a check with many a few, unless `all` are wanted.
pub(in crate::commands) fn lines(findings: &[Finding], all: bool) -> Vec<Line> {
    let mut lines = Vec::new();
    for findings in by_check(findings) {
        let Some(first) = findings.first() else { continue };
        let check = first.check;
        lines.push(Line::Heading(format!("{} {}", check.severity, check.name)));
        let mut text = wrapped("  ", check.title);
        let shown = if all { findings.len() } else { SHOWN };
        for finding in findings.iter().take(shown) {
            text += &wrapped("  * ", &format!("{}: {}", finding.place, visible(&finding.what)));
            text += &also(finding, all);
        }
        if let Some(more @ 1..) = findings.len().checked_sub(shown) {
            text += &format!("  * and {more} more, which `-v` shows\n");
        }
        text += &wrapped("  why:  ", check.why);
        text += &wrapped("  mend: ", check.mend);
        if let Some(cis) = check.cis {
            text += &wrapped("  CIS:  ", cis);
        }
        text.push('\n');
        lines.push(Line::Text(text));
    }
    lines
}

/// `2 errors and 1 warning in 43 files`.
pub(super) fn summary(report: &Report<'_>) -> String {
    let counted = |severity: Severity| match report.count(severity) {
        0 => None,
        1 => Some(format!("1 {severity}")),
        count => Some(format!("{count} {severity}s")),
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
    let servers = match report.world.endpoints.len() {
        0 => String::new(),
        1 => " and 1 server".to_owned(),
        count => format!(" and {count} servers"),
    };
    let files = report.files();
    let plural = if files == 1 { "" } else { "s" };
    let question = report.world.asked.as_ref().map(question::in_words).unwrap_or_default();
    format!("{counts} in {files} file{plural}{servers}{question}")
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

fn also(finding: &Finding, all: bool) -> String {
    let mut places = finding.also.iter().map(ToString::to_string);
    let shown: Vec<_> = places.by_ref().take(if all { usize::MAX } else { 2 }).collect();
    let more = match places.count() {
        0 => String::new(),
        more => format!(" and at {more} more places"),
    };
    if shown.is_empty() {
        return String::new();
    }
    // A flag's finding is about the file that it names.
    let relation = match finding.place.part {
        Some(Part::Flag { .. }) => "which is about",
        _ => "the same in",
    };
    wrapped("    ", &format!("{relation} {}{more}", shown.join(", ")))
}

/// Words in lines of 80 columns, behind a prefix that is as wide as the indent of the others.
pub(in crate::commands) fn wrapped(prefix: &str, text: &str) -> String {
    let indent = " ".repeat(prefix.len());
    let (mut lines, mut line) = (String::new(), prefix.to_owned());
    let mut is_empty = true;
    for word in text.split(' ') {
        if !is_empty && line.chars().count() + 1 + word.chars().count() > WIDTH {
            lines += line.trim_end();
            lines.push('\n');
            line.clone_from(&indent);
            is_empty = true;
        }
        if !is_empty {
            line.push(' ');
        }
        line += word;
        is_empty = false;
    }
    lines += line.trim_end();
    lines.push('\n');
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_wrapped_at_words() {
        let text = "word ".repeat(40);
        let lines = wrapped("  why:  ", text.trim());
        assert!(lines.lines().all(|line| line.len() <= WIDTH), "{lines}");
        assert!(lines.lines().skip(1).all(|line| line.starts_with("        word")), "{lines}");
        assert_eq!(lines.split_whitespace().filter(|word| *word == "word").count(), 40);
        assert_eq!(wrapped("* ", &"x".repeat(100)).lines().count(), 1, "a long word stays whole");
    }
}
