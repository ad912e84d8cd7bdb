//! Findings as SARIF 2.1.0 (OASIS), which code hosts show beside the files. GitHub refuses a whole
//! document with one result that is in no file and no line, so that each has both.

use std::collections::HashMap;

use serde_json::{Value, json};

/// Who found it.
#[derive(Clone, Copy, Debug)]
pub struct Tool {
    /// Its name.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
    /// Where it is described.
    pub uri: &'static str,
}

/// A rule that is checked.
#[derive(Clone, Debug)]
pub struct ScanRule {
    /// Its name.
    pub id: &'static str,
    /// What it looks for, as a fragment of a sentence.
    pub title: &'static str,
    /// Why it matters.
    pub why: &'static str,
    /// What to do about a finding.
    pub mend: &'static str,
    /// `error`, `warning` or `note`.
    pub level: &'static str,
    /// Words to search by.
    pub tags: Vec<String>,
    /// Where the rule comes from.
    pub source: &'static str,
}

/// Something that was found.
#[derive(Clone, Debug)]
pub struct ScanResult {
    /// The name of the rule.
    pub rule: &'static str,
    /// `error`, `warning` or `note`.
    pub level: &'static str,
    /// What is wrong.
    pub message: String,
    /// Where.
    pub location: ScanLocation,
    /// Where else.
    pub related: Vec<ScanLocation>,
    /// What makes it the same finding in the next run.
    pub identity: String,
}

/// A line of a file.
#[derive(Clone, Debug)]
pub struct ScanLocation {
    /// The path: relative to where the code host looks, or absolute.
    pub path: String,
    /// Counted from 1.
    pub line: usize,
    /// The server that the file stands for, if so.
    pub server: Option<String>,
}

/// The document.
pub fn sarif(tool: Tool, rules: &[ScanRule], results: &[ScanResult]) -> Value {
    let positions: HashMap<_, _> =
        rules.iter().enumerate().map(|(index, rule)| (rule.id, index)).collect();
    let mut seen: HashMap<&str, usize> = HashMap::new();
    let results: Vec<_> = results
        .iter()
        .map(|found| {
            let mut result = result(found, positions.get(found.rule).copied());
            // The same rule may find two things at one place.
            let nth = seen.entry(&found.identity).or_default();
            *nth += 1;
            let fingerprint = format!("{:016x}:{nth}", fnv(&found.identity));
            result["partialFingerprints"] = json!({ "primaryLocationLineHash": fingerprint });
            result
        })
        .collect();
    json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": tool.name,
                "version": tool.version,
                "informationUri": tool.uri,
                "rules": rules.iter().map(rule).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn rule(rule: &ScanRule) -> Value {
    json!({
        "id": rule.id,
        "shortDescription": { "text": sentence(rule.title) },
        "fullDescription": { "text": rule.why },
        "help": { "text": format!("{} {}", rule.why, rule.mend) },
        "defaultConfiguration": { "level": rule.level },
        "properties": { "tags": rule.tags, "source": rule.source },
    })
}

fn result(found: &ScanResult, position: Option<usize>) -> Value {
    let mut result = json!({
        "ruleId": found.rule,
        "level": found.level,
        "message": { "text": found.message },
        "locations": [location(&found.location)],
    });
    if let Some(position) = position {
        result["ruleIndex"] = json!(position);
    }
    if !found.related.is_empty() {
        let related = found.related.iter().enumerate().map(|(id, place)| {
            let mut place = location(place);
            place["id"] = json!(id);
            place
        });
        result["relatedLocations"] = related.collect();
    }
    result
}

fn location(place: &ScanLocation) -> Value {
    let mut location = json!({ "physicalLocation": {
        "artifactLocation": { "uri": uri(&place.path) },
        "region": { "startLine": place.line },
    } });
    if let Some(server) = &place.server {
        let logical = json!([{ "fullyQualifiedName": server, "kind": "resource" }]);
        location["logicalLocations"] = logical;
    }
    location
}

/// The 64-bit FNV-1a hash: the same in every version of this program, and no secret.
fn fnv(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// A path as a URI reference (RFC 3986): relative paths stay so.
pub fn uri(path: &str) -> String {
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
    fn fingerprints_never_change() {
        // The published test vectors of FNV-1a.
        assert_eq!(fnv(""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv("foobar"), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn paths_are_uris() {
        assert_eq!(uri("pki/ca.crt"), "pki/ca.crt");
        assert_eq!(uri("/etc/a b#c%.crt"), "file:///etc/a%20b%23c%25.crt");
        assert_eq!(uri("ä:b"), "%C3%A4%3Ab");
    }
}
