//! Findings as JUnit's XML: one test case for each check, which failed, was skipped for a warning,
//! or passed.

use std::fmt::Write;

use kubepki_report::xml;
use kubepki_verify::{Finding, checks};

use super::Report;
use crate::context::Context;

pub(super) fn print(report: &Report<'_>, context: &mut Context) {
    context.printer.data(document(report).as_bytes());
}

fn document(report: &Report<'_>) -> String {
    let mut cases = String::new();
    let (mut tests, mut failures, mut skipped) = (0, 0, 0);
    for check in checks::checks() {
        let found: Vec<_> =
            report.findings.iter().filter(|finding| finding.check == check).collect();
        tests += 1;
        let name = xml(check.name);
        let begin =
            format!("    <testcase classname=\"kubepki.verify\" name=\"{name}\" time=\"0\"");
        let title = xml(check.title);
        let lines = lines(&found);
        if found.is_empty() {
            write(&mut cases, format_args!("{begin}/>\n"));
        } else if found.iter().any(|finding| report.fails(finding)) {
            failures += 1;
            let severity = check.severity;
            write(
                &mut cases,
                format_args!(
                    "{begin}>\n      <failure message=\"{title}\" type=\"{severity}\">{lines}</failure>\n    </testcase>\n"
                ),
            );
        } else {
            skipped += 1;
            write(
                &mut cases,
                format_args!(
                    "{begin}>\n      <skipped message=\"{title}\"/>\n      <system-out>{lines}</system-out>\n    </testcase>\n"
                ),
            );
        }
    }
    let counts = format!("tests=\"{tests}\" failures=\"{failures}\" errors=\"0\"");
    let at = report.input.now.strftime("%Y-%m-%dT%H:%M:%S");
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>
<testsuites name=\"kubepki verify\" {counts} time=\"0\">
  <testsuite name=\"kubepki verify\" {counts} skipped=\"{skipped}\" time=\"0\" timestamp=\"{at}\">
{cases}  </testsuite>
</testsuites>
"
    )
}

fn lines(found: &[&Finding]) -> String {
    let lines = found.iter().map(|finding| format!("{}: {}", finding.place, finding.what));
    let mut lines: Vec<_> = lines.collect();
    lines.extend(
        found.first().map(|finding| format!("{} {}", finding.check.why, finding.check.mend)),
    );
    // An end of a line in somebody else's text is none here.
    lines.iter().map(|line| xml(line)).collect::<Vec<_>>().join("\n")
}

fn write(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    // Writing into a String never fails.
    let _ = text.write_fmt(arguments);
}
