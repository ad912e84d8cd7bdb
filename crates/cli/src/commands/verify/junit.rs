//! Findings as JUnit's XML: one test case for each check, which failed, was skipped for a warning,
//! or passed.

use kubepki_report::{TestCase, TestOutcome, junit};
use kubepki_verify::{Finding, checks};

use super::VerifyReport;

pub(super) fn document(report: &VerifyReport<'_>) -> String {
    let cases = checks::checks().map(|check| {
        let found: Vec<_> =
            report.findings.iter().filter(|finding| finding.check == check).collect();
        let outcome = match found.iter().any(|finding| report.fails(finding)) {
            _ if found.is_empty() => TestOutcome::Passed,
            true => TestOutcome::Failed(check.severity.name(), lines(&found)),
            false => TestOutcome::Skipped(lines(&found)),
        };
        TestCase { name: check.name, title: check.title, outcome }
    });
    let cases: Vec<_> = cases.collect();
    junit("kubepki verify", "kubepki.verify", report.input.now, &cases)
}

fn lines(found: &[&Finding]) -> Vec<String> {
    let lines = found.iter().map(|finding| format!("{}: {}", finding.place, finding.what));
    let advice = found.first().map(|it| format!("{} {}", it.check.why, it.check.mend));
    lines.chain(advice).collect()
}
