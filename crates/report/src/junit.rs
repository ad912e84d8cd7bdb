//! Test results as JUnit's XML, which CI servers read.

use std::fmt::Write;

use jiff::Timestamp;

use crate::escape;

/// One test.
#[derive(Clone, Debug)]
pub struct TestCase {
    /// Its name.
    pub name: &'static str,
    /// What it looks for.
    pub title: &'static str,
    /// How it went.
    pub outcome: TestOutcome,
}

/// How a test went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TestOutcome {
    /// It failed: how badly, and what it found.
    Failed(&'static str, Vec<String>),
    /// It passed.
    Passed,
    /// It found something that is no failure.
    Skipped(Vec<String>),
}

/// A suite of tests of this name, run at this time.
pub fn junit(suite: &str, class: &str, at: Timestamp, cases: &[TestCase]) -> String {
    let mut text = String::new();
    let (mut failures, mut skipped) = (0, 0);
    let class = xml(class);
    for TestCase { name, title, outcome } in cases {
        let (name, title) = (xml(name), xml(title));
        let begin = format!("    <testcase classname=\"{class}\" name=\"{name}\" time=\"0\"");
        let inner = match outcome {
            TestOutcome::Failed(severity, lines) => {
                failures += 1;
                let (severity, lines) = (xml(severity), joined(lines));
                format!("<failure message=\"{title}\" type=\"{severity}\">{lines}</failure>")
            }
            TestOutcome::Passed => {
                // Writing into a string cannot fail.
                let _ = writeln!(text, "{begin}/>");
                continue;
            }
            TestOutcome::Skipped(lines) => {
                skipped += 1;
                let lines = joined(lines);
                format!("<skipped message=\"{title}\"/>\n      <system-out>{lines}</system-out>")
            }
        };
        let _ = writeln!(text, "{begin}>\n      {inner}\n    </testcase>");
    }
    let suite = xml(suite);
    let counts = format!("tests=\"{}\" failures=\"{failures}\" errors=\"0\"", cases.len());
    let at = at.strftime("%Y-%m-%dT%H:%M:%S");
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>
<testsuites name=\"{suite}\" {counts} time=\"0\">
  <testsuite name=\"{suite}\" {counts} skipped=\"{skipped}\" time=\"0\" timestamp=\"{at}\">
{text}  </testsuite>
</testsuites>
"
    )
}

/// An end of a line in somebody else's text is none here.
fn joined(lines: &[String]) -> String {
    lines.iter().map(|line| xml(line)).collect::<Vec<_>>().join("\n")
}

/// A text in XML, between tags or quotes, on one line.
fn xml(text: &str) -> String {
    escape(text)
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_end_a_text_in_xml_is_escaped() {
        let text = xml("a\"b<c>&d\u{1b}[31m\0\u{ffff}\ne");
        assert_eq!(text, "a&quot;b&lt;c&gt;&amp;d\\u{1b}[31m\\u{0}\\u{ffff}\\ne");
    }

    #[test]
    fn outcomes_are_counted() {
        let case = |name, outcome| TestCase { name, title: "t", outcome };
        let cases = [
            case("a", TestOutcome::Passed),
            case("b", TestOutcome::Failed("error", vec!["x<".into(), "y\nz".into()])),
            case("c", TestOutcome::Skipped(vec!["w".into()])),
        ];
        let text = junit("s", "c", Timestamp::UNIX_EPOCH, &cases);
        assert!(text.contains("tests=\"3\" failures=\"1\" errors=\"0\" skipped=\"1\""), "{text}");
        assert!(text.contains(">x&lt;\ny\\nz</failure>"), "{text}");
    }
}
