//! Findings as SARIF 2.1.0 (OASIS), which code hosts show beside the files.

use std::collections::HashMap;

use kubepki_verify::{Check, Finding, Part, Place, Target, checks};
use serde_json::{Value, json};

use super::Report;
use crate::{commands::Format, context::Context, error::CommandError};

pub(super) fn print(report: &Report<'_>, context: &mut Context) -> Result<(), CommandError> {
    let checks: Vec<_> = checks::checks().collect();
    let positions: HashMap<_, _> =
        checks.iter().enumerate().map(|(index, check)| (check.name, index)).collect();
    let results: Vec<_> = report
        .findings
        .iter()
        .map(|finding| result(finding, positions.get(finding.check.name).copied()))
        .collect();
    let document = json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "kubepki",
                "version": env!("CARGO_PKG_VERSION"),
                "informationUri": env!("CARGO_PKG_REPOSITORY"),
                "rules": checks.into_iter().map(rule).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    Format::Json.print(&document, context)
}

fn rule(check: &Check) -> Value {
    let mut tags = vec!["kubernetes".to_owned(), "pki".to_owned()];
    tags.extend(check.cis.map(|number| format!("CIS {number}")));
    json!({
        "id": check.name,
        "shortDescription": { "text": sentence(check.title) },
        "fullDescription": { "text": check.why },
        "help": { "text": format!("{} {}", check.why, check.mend) },
        "defaultConfiguration": { "level": check.severity.name() },
        "properties": { "tags": tags, "source": check.source },
    })
}

fn result(finding: &Finding, position: Option<usize>) -> Value {
    let mut result = json!({
        "ruleId": finding.check.name,
        "level": finding.check.severity.name(),
        "message": { "text": format!("{}: {}", finding.place, finding.what) },
        "locations": [location(&finding.place)],
    });
    if let Some(position) = position {
        result["ruleIndex"] = json!(position);
    }
    if !finding.also.is_empty() {
        let also = finding.also.iter().enumerate().map(|(id, place)| {
            let mut place = location(place);
            place["id"] = json!(id);
            place
        });
        result["relatedLocations"] = also.collect();
    }
    result
}

fn location(place: &Place) -> Value {
    match &place.target {
        // What is no file has a name and no place in one.
        Target::Endpoint(address) => json!({
            "logicalLocations": [{ "fullyQualifiedName": address, "kind": "resource" }],
        }),
        Target::File(path) => {
            let mut physical =
                json!({ "artifactLocation": { "uri": uri(&path.to_string_lossy()) } });
            if let Some(Part::Flag { line: line @ 1.., .. }) = &place.part {
                physical["region"] = json!({ "startLine": line });
            }
            json!({ "physicalLocation": physical })
        }
    }
}

/// A path as a URI reference (RFC 3986): relative paths stay so.
fn uri(path: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    let encoded = path.bytes().map(|byte| match is_plain(byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    });
    let encoded: String = encoded.collect();
    if encoded.starts_with('/') { format!("file://{encoded}") } else { encoded }
}

fn sentence(title: &str) -> String {
    let mut characters = title.chars();
    let first = characters.next().map(|first| first.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), characters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_uris() {
        assert_eq!(uri("pki/ca.crt"), "pki/ca.crt");
        assert_eq!(uri("/etc/a b#c%.crt"), "file:///etc/a%20b%23c%25.crt");
        assert_eq!(uri("ä:b"), "%C3%A4%3Ab");
    }
}
