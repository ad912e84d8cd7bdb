//! Findings for programs: each with its check, its place as people read it and in parts, and its
//! words. Those of `audit` have the same fields.

use kubepki_verify::{Finding, Part, Place, Severity, Target};
use serde_json::{Map, Value, json};

use super::{VerifyReport, question};

/// The fields of a verification.
pub(super) fn document(report: &VerifyReport<'_>) -> Value {
    let count = |severity| report.count(severity);
    let question = report.input.asked.as_ref().map(|asked| {
        let trust: Vec<_> = asked.trust.iter().map(|path| path.display().to_string()).collect();
        let name = asked.name.as_ref().map(ToString::to_string);
        json!({ "trust": trust, "name": name, "for": question::word(asked.purpose) })
    });
    json!({
        "at": report.input.now.to_string(),
        "files": report.files(),
        "endpoints": report.input.endpoints.len(),
        "question": question,
        "errors": count(Severity::Error),
        "warnings": count(Severity::Warning),
        "notes": count(Severity::Note),
        "findings": report.findings.iter().map(finding).collect::<Vec<_>>(),
    })
}

/// A finding with all that is known of its check.
pub(in crate::commands) fn finding(finding: &Finding) -> Value {
    let check = finding.check;
    let mut value = Map::new();
    value.insert("check".into(), json!(check.name));
    value.insert("number".into(), json!(check.number));
    value.insert("severity".into(), json!(check.severity.name()));
    value.insert("cis".into(), json!(check.cis));
    value.extend(place(&finding.place));
    let also: Vec<_> = finding.also.iter().map(place).collect();
    value.insert("also".into(), json!(also));
    value.insert("title".into(), json!(check.title));
    value.insert("what".into(), json!(finding.what));
    value.insert("why".into(), json!(check.why));
    value.insert("mend".into(), json!(check.mend));
    Value::Object(value)
}

/// A place in words, and with its part under the part's own name.
fn place(place: &Place) -> Map<String, Value> {
    let mut value = Map::new();
    value.insert("place".into(), json!(place.to_string()));
    match &place.target {
        Target::Endpoint(address) => value.insert("endpoint".into(), json!(address)),
        Target::File(path) => value.insert("path".into(), json!(path.display().to_string())),
    };
    match &place.part {
        Some(Part::Certificate(number)) => value.insert("certificate".into(), json!(number)),
        Some(Part::Cluster(name)) => value.insert("cluster".into(), json!(name)),
        Some(Part::Context(name)) => value.insert("context".into(), json!(name)),
        Some(Part::Flag { flag, line }) => {
            if *line > 0 {
                value.insert("line".into(), json!(line));
            }
            value.insert("flag".into(), json!(flag))
        }
        Some(Part::Key) => value.insert("key".into(), json!(true)),
        Some(Part::User(name) | Part::UserChain(name)) => value.insert("user".into(), json!(name)),
        _ => None,
    };
    value
}
