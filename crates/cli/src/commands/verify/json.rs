//! Findings for programs: each with its check, its place in parts, and its words.

use kubepki_verify::{Finding, Part, Place, Severity, Target};
use serde_json::{Map, Value, json};

use super::Report;
use crate::{commands::Format, context::Context, error::CommandError};

pub(super) fn print(report: &Report<'_>, context: &mut Context) -> Result<(), CommandError> {
    let count = |severity| report.count(severity);
    let document = json!({
        "apiVersion": "kubepki/v1alpha1",
        "kind": "Verification",
        "at": report.world.now.to_string(),
        "files": report.files(),
        "endpoints": report.world.endpoints.len(),
        "errors": count(Severity::Error),
        "warnings": count(Severity::Warning),
        "notes": count(Severity::Note),
        "findings": report.findings.iter().map(finding).collect::<Vec<_>>(),
    });
    Format::Json.print(&document, context)
}

fn finding(finding: &Finding) -> Value {
    let mut value = place(&finding.place);
    value.insert("check".into(), json!(finding.check.name));
    value.insert("severity".into(), json!(finding.check.severity.name()));
    value.insert("message".into(), json!(finding.what));
    if !finding.also.is_empty() {
        let also: Vec<_> = finding.also.iter().map(place).collect();
        value.insert("also".into(), json!(also));
    }
    Value::Object(value)
}

/// A place, with its part under the part's own name.
fn place(place: &Place) -> Map<String, Value> {
    let mut value = Map::new();
    match &place.target {
        Target::Endpoint(address) => value.insert("endpoint".into(), json!(address)),
        Target::File(path) => value.insert("file".into(), json!(path.display().to_string())),
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
