//! A status as a table for people: the most urgent first, readable without colour.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use kubepki_cluster::{
    Issue,
    status::{EntryStatus, Facts, Note},
};
use kubepki_report::{Line, Style, Table, pad, wrap};

use super::{Report, next::next};
use crate::context::Context;

/// Prints rows that fit the terminal, each with what needs attention below it.
pub(super) fn print(report: &Report, context: &mut Context) {
    let columns = context.printer.columns();
    let longest = columns.saturating_sub(BESIDE);
    let width = |name: &String| Line::from(name).width();
    let at = report.status.at;
    let shown = shown(report, context.global.verbose);
    let names: Vec<_> = shown.iter().map(|row| row.name()).collect();
    let lengths = names.iter().map(width).filter(|width| *width <= longest);
    let column = lengths.max().unwrap_or_default().max("NAME".len());
    if !shown.is_empty() {
        let heading = format!("{:column$}  {:14}  {:10}  STATUS", "NAME", "LEFT", "EXPIRES");
        context.printer.heading(&heading);
    }
    for (row, name) in shown.iter().zip(&names) {
        let (bar, left) = (bar(row, at), left(row, at));
        // A name that is too long has a line of its own.
        let name = if width(name) <= longest {
            name
        } else {
            context.printer.print(name);
            ""
        };
        // What else is wrong stands below.
        let status = row.attention.first().map_or("ok", Issue::word);
        let line = format!("{}  {bar} {left:>5}  {:10}  ", pad(name, column), expires(row));
        context.printer.print(Line::from(line).styled(style(row), status));
        for detail in details(row, context.global.verbose) {
            wrap(DETAIL, &detail, columns).into_iter().for_each(|line| context.printer.print(line));
        }
    }
    summary(report, shown.len(), context);
    next(report).into_iter().for_each(|line| context.printer.talk(&line));
}

/// Prints everything there is about each row, on one line.
pub(super) fn print_wide(report: &Report, context: &mut Context) {
    let at = report.status.at;
    let shown = shown(report, context.global.verbose);
    let mut table = Table::new([
        "NAME", "LEFT", "EXPIRES", "STATUS", "CA", "SUBJECT", "ISSUER", "SERIAL", "PATH",
    ]);
    for row in &shown {
        let fact = |of: fn(&Facts) -> String| row.facts.as_ref().map_or("-".to_owned(), of);
        table.row([
            row.name(),
            format!("{} {:>5}", bar(row, at), left(row, at)),
            fact(|facts| facts.validity.not_after().strftime("%F %TZ").to_string()),
            words(row),
            row.authority.clone().unwrap_or_else(|| "-".to_owned()),
            fact(|facts| facts.subject.to_string()),
            fact(|facts| facts.issuer.to_string()),
            fact(|facts| facts.serial.clone()),
            row.place.clone(),
        ]);
    }
    if !shown.is_empty() {
        context.printer.print(table.heading());
    }
    for (row, line) in shown.iter().zip(table.rows()) {
        context.printer.print(line);
        for detail in details(row, true) {
            context.printer.print(format!("{DETAIL}{detail}"));
        }
    }
    summary(report, shown.len(), context);
}

/// The columns beside a name.
const BESIDE: usize = "  ######## 9999d  2026-01-01  outlives its CA".len();
/// How many marks a full bar has.
const MARKS: usize = 8;

/// What stands before a detail.
const DETAIL: &str = "    ";

/// What says nothing new is shown when something is wrong with it.
fn shown(report: &Report, verbose: bool) -> Vec<&EntryStatus> {
    let rows = report.status.rows.iter();
    rows.filter(|row| verbose || !row.is_repetition() || !row.attention.is_empty()).collect()
}

fn style(row: &EntryStatus) -> Style {
    match row.attention.first() {
        None => Style::Plain,
        Some(issue) if issue.can_wait() => Style::Due,
        Some(_) => Style::Bad,
    }
}

/// What is wrong in a few words, the worst first.
pub(super) fn words(row: &EntryStatus) -> String {
    let mut words: Vec<_> = row.attention.iter().map(Issue::word).collect();
    words.dedup();
    if words.is_empty() { "ok".to_owned() } else { words.join(", ") }
}

/// What the columns do not say already.
fn details(row: &EntryStatus, with_notes: bool) -> Vec<String> {
    let is_in_columns = |attention: &Issue| {
        use Issue::{AuthorityExpired, Due, Expired};
        matches!(
            attention,
            AuthorityExpired { .. } | Expired { .. } | Due { ends_with_issuer: false, .. }
        )
    };
    let told = usize::from(row.attention.first().is_some_and(is_in_columns));
    let attention = row.attention.iter().skip(told).map(ToString::to_string);
    let notes = row.notes.iter().filter(|note| with_notes || is_told(row, note));
    let notes = notes.map(ToString::to_string);
    attention.chain(notes).collect()
}

/// What nobody should have to ask for.
fn is_told(row: &EntryStatus, note: &Note) -> bool {
    match note {
        Note::Differs { .. } => false,
        // It says who has to do something.
        Note::KubeletManaged => !row.attention.is_empty(),
        _ => true,
    }
}

/// How much of its life is left.
fn bar(row: &EntryStatus, at: Timestamp) -> String {
    let Some(facts) = &row.facts else { return " ".repeat(MARKS) };
    let (from, to) = (facts.validity.not_before(), facts.validity.not_after());
    let whole = to.duration_since(from).as_secs().unsigned_abs().max(1);
    let left = u64::try_from(to.duration_since(at).as_secs()).unwrap_or(0).min(whole);
    // Rounded up: what still lives has a mark.
    let marks = (left * MARKS as u64).div_ceil(whole);
    let marks = usize::try_from(marks).unwrap_or(MARKS);
    format!("{}{}", "#".repeat(marks), ".".repeat(MARKS - marks))
}

fn left(row: &EntryStatus, at: Timestamp) -> String {
    row.left(at).map_or_else(|| "-".to_owned(), short)
}

/// A span of time in at most five characters, in the smallest unit that fits.
fn short(span: SignedDuration) -> String {
    const DAY: i64 = 86400;
    let seconds = span.as_secs();
    let years = if seconds < 0 { 1000 * DAY } else { 10_000 * DAY };
    let units = [(365 * DAY, years, 'y'), (DAY, 2 * DAY, 'd'), (3600, 7200, 'h'), (60, 120, 'm')];
    match units.iter().find(|(_, from, _)| seconds.abs() >= *from) {
        Some((unit, _, name)) => format!("{}{name}", seconds / unit),
        None => format!("{seconds}s"),
    }
}

fn expires(row: &EntryStatus) -> String {
    let day = |facts: &Facts| facts.validity.not_after().strftime("%F").to_string();
    row.facts.as_ref().map_or_else(|| "-".to_owned(), day)
}

fn summary(report: &Report, shown: usize, context: &mut Context) {
    let rows = &report.status.rows;
    let mut counts = BTreeMap::new();
    for worst in report.status.urgent().filter_map(|row| row.attention.first()) {
        *counts.entry((worst.urgency(), worst.word())).or_insert(0_usize) += 1;
    }
    let urgent: usize = counts.values().sum();
    let mut parts: Vec<_> =
        counts.iter().map(|((_, word), count)| format!("{count} {word}")).collect();
    parts.push(format!("{} ok", rows.len() - urgent));
    if shown > 0 {
        context.printer.print("");
    }
    let text = format!("{} in all: {}", rows.len(), parts.join(", "));
    let lines = wrap("", &text, context.printer.columns());
    lines.into_iter().for_each(|line| context.printer.print(line));
    let hidden = rows.len() - shown;
    if hidden > 0 {
        let text = format!("copies and texts among them, which `-v` shows: {hidden}");
        context.printer.print(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_short() {
        for (seconds, text) in [
            (0, "0s"),
            (119, "119s"),
            (120, "2m"),
            (7199, "119m"),
            (7200, "2h"),
            (172_799, "47h"),
            (172_800, "2d"),
            (365 * 86400, "365d"),
            (9_999 * 86400, "9999d"),
            (10_000 * 86400, "27y"),
            (-86400, "-24h"),
            (-400 * 86400, "-400d"),
            (-1000 * 86400, "-2y"),
        ] {
            assert_eq!(short(SignedDuration::from_secs(seconds)), text);
        }
    }
}
