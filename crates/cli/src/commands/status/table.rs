//! A status as a table for people: the most urgent first, readable without colour.

use std::collections::BTreeMap;

use jiff::Timestamp;
use kubepki_cluster::status::{Attention, Facts, Note, Row};
use kubepki_report::{Line, Page, Style, Table, day, short_length, time, wrap};

use super::StatusReport;

/// Rows that fit the terminal, each with what needs attention below it.
pub(super) fn lines(report: &StatusReport, page: Page) -> Vec<Line> {
    let at = report.status.at;
    let shown = shown(report, page.verbose);
    let mut table = Table::new(["NAME", "LEFT", "EXPIRES", "STATUS"])
        .at_least([0, MARKS + 6, 0, 0])
        .with_first_at_most(page.columns.saturating_sub(BESIDE));
    for row in &shown {
        // What else is wrong stands below.
        let status = row.attention.first().map_or("ok", Attention::word);
        let details = details(row, page.verbose).into_iter();
        table.row_with(
            [
                Line::from(row.name()),
                life(row, at).into(),
                expires(row).into(),
                Line::new().styled(style(row), status),
            ],
            details.flat_map(|detail| wrap(DETAIL, &detail, page.columns)).collect(),
        );
    }
    let mut lines = table.lines();
    lines.extend(summary(report, shown.len(), page));
    lines
}

/// Everything there is about each row, on one line.
pub(super) fn wide(report: &StatusReport, page: Page) -> Vec<Line> {
    let at = report.status.at;
    let shown = shown(report, page.verbose);
    let mut table = Table::new([
        "NAME", "LEFT", "EXPIRES", "STATUS", "CA", "SUBJECT", "ISSUER", "SERIAL", "PATH",
    ]);
    for row in &shown {
        let fact = |of: fn(&Facts) -> String| row.facts.as_ref().map_or("-".to_owned(), of);
        let cells = [
            row.name(),
            life(row, at),
            fact(|facts| time(facts.validity.not_after())),
            words(row),
            row.authority.clone().unwrap_or_else(|| "-".to_owned()),
            fact(|facts| facts.subject.to_string()),
            fact(|facts| facts.issuer.to_string()),
            fact(|facts| facts.serial.clone()),
            row.place.clone(),
        ];
        let details = details(row, true).into_iter();
        table.row_with(cells, details.map(|it| format!("{DETAIL}{it}").into()).collect());
    }
    let mut lines = table.lines();
    lines.extend(summary(report, shown.len(), page));
    lines
}

/// The columns beside a name.
const BESIDE: usize = "  ######## 9999d  2026-01-01  outlives its CA".len();
/// How many marks a full bar has.
const MARKS: usize = 8;

/// What stands before a detail.
const DETAIL: &str = "    ";

/// Repetitions are shown only if something is wrong with them.
fn shown(report: &StatusReport, verbose: bool) -> Vec<&Row> {
    let rows = report.status.rows.iter();
    rows.filter(|row| verbose || !row.is_repetition() || !row.attention.is_empty()).collect()
}

fn style(row: &Row) -> Style {
    match row.attention.first() {
        None => Style::Plain,
        Some(Attention::Due { .. } | Attention::Drifted { .. } | Attention::TooOpen { .. }) => {
            Style::Due
        }
        Some(_) => Style::Bad,
    }
}

/// What is wrong in a few words, the worst first.
pub(super) fn words(row: &Row) -> String {
    let mut words: Vec<_> = row.attention.iter().map(Attention::word).collect();
    words.dedup();
    if words.is_empty() { "ok".to_owned() } else { words.join(", ") }
}

/// What the columns do not say already.
fn details(row: &Row, with_notes: bool) -> Vec<String> {
    let is_in_columns = |attention: &Attention| {
        use Attention::{Due, Expired};
        matches!(attention, Expired { .. } | Due { ends_with_issuer: false, .. })
    };
    let told = usize::from(row.attention.first().is_some_and(is_in_columns));
    let attention = row.attention.iter().skip(told).map(ToString::to_string);
    let notes = row.notes.iter().filter(|note| with_notes || is_told(row, note));
    let notes = notes.map(ToString::to_string);
    attention.chain(notes).collect()
}

/// Whether a note is shown without `-v`.
fn is_told(row: &Row, note: &Note) -> bool {
    match note {
        Note::Differs { .. } => false,
        // It says who has to do something.
        Note::KubeletManaged => !row.attention.is_empty(),
        _ => true,
    }
}

/// How much of its life is left.
fn bar(row: &Row, at: Timestamp) -> String {
    let Some(facts) = &row.facts else { return " ".repeat(MARKS) };
    let (from, to) = (facts.validity.not_before(), facts.validity.not_after());
    let whole = to.duration_since(from).as_secs().unsigned_abs().max(1);
    let left = u64::try_from(to.duration_since(at).as_secs()).unwrap_or(0).min(whole);
    // Rounded up: what still lives has a mark.
    let marks = (left * MARKS as u64).div_ceil(whole);
    let marks = usize::try_from(marks).unwrap_or(MARKS);
    format!("{}{}", "#".repeat(marks), ".".repeat(MARKS - marks))
}

/// The bar and the time that is left.
fn life(row: &Row, at: Timestamp) -> String {
    let left = row.left(at).map_or_else(|| "-".to_owned(), short_length);
    format!("{} {left:>5}", bar(row, at))
}

fn expires(row: &Row) -> String {
    let last = |facts: &Facts| day(facts.validity.not_after());
    row.facts.as_ref().map_or_else(|| "-".to_owned(), last)
}

fn summary(report: &StatusReport, shown: usize, page: Page) -> Vec<Line> {
    let rows = &report.status.rows;
    let mut counts = BTreeMap::new();
    for worst in report.status.urgent().filter_map(|row| row.attention.first()) {
        *counts.entry((worst.urgency(), worst.word())).or_insert(0_usize) += 1;
    }
    let urgent: usize = counts.values().sum();
    let mut parts: Vec<_> =
        counts.iter().map(|((_, word), count)| format!("{count} {word}")).collect();
    parts.push(format!("{} ok", rows.len() - urgent));
    let mut lines = Vec::new();
    if shown > 0 {
        lines.push(Line::new());
    }
    let text = format!("{} in total: {}", rows.len(), parts.join(", "));
    lines.extend(wrap("", &text, page.columns));
    let hidden = rows.len() - shown;
    if hidden > 0 {
        lines
            .push(format!("{hidden} copies and text files are not shown (`-v` shows them)").into());
    }
    lines
}
