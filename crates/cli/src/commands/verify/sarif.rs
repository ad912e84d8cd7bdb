//! Findings as SARIF 2.1.0 (OASIS), which code hosts show beside the files. GitHub refuses a whole
//! document with one result that is in no file and no line, so that each has both.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use kubepki_verify::{Check, Finding, Part, Place, Target, checks};
use serde_json::{Value, json};

use super::Report;
use crate::{commands::Format, context::Context, error::CommandError, files};

pub(super) fn print(report: &Report<'_>, context: &mut Context) -> Result<(), CommandError> {
    let checks: Vec<_> = checks::checks().collect();
    let positions: HashMap<_, _> =
        checks.iter().enumerate().map(|(index, check)| (check.name, index)).collect();
    let files = Files::of(report, context);
    let mut seen: HashMap<String, usize> = HashMap::new();
    let results: Vec<_> = report
        .findings
        .iter()
        .map(|finding| {
            let mut result = result(&files, finding, positions.get(finding.check.name).copied());
            let identity = files.identity(finding);
            // The same check may find two things at one place.
            let nth = seen.entry(identity.clone()).or_default();
            *nth += 1;
            let fingerprint = format!("{:016x}:{nth}", fnv(&identity));
            result["partialFingerprints"] = json!({ "primaryLocationLineHash": fingerprint });
            result
        })
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

fn result(files: &Files<'_>, finding: &Finding, position: Option<usize>) -> Value {
    let mut result = json!({
        "ruleId": finding.check.name,
        "level": finding.check.severity.name(),
        "message": { "text": format!("{}: {}", finding.place, finding.what) },
        "locations": [files.location(&finding.place)],
    });
    if let Some(position) = position {
        result["ruleIndex"] = json!(position);
    }
    if !finding.also.is_empty() {
        let also = finding.also.iter().enumerate().map(|(id, place)| {
            let mut place = files.location(place);
            place["id"] = json!(id);
            place
        });
        result["relatedLocations"] = also.collect();
    }
    result
}

/// Where findings are shown.
struct Files<'a> {
    /// The files that servers were compared with.
    compared: HashMap<&'a str, &'a Path>,
    /// The file for what is in none.
    other: PathBuf,
    /// The folder below which paths are relative.
    here: Option<&'a Path>,
}

impl<'a> Files<'a> {
    fn of(report: &'a Report<'_>, context: &'a Context) -> Self {
        let endpoints = report.input.endpoints.iter();
        let compared = endpoints.filter_map(|it| Some((it.address.as_str(), it.file.as_deref()?)));
        let root = &context.global.dir;
        let spec = context.global.file.clone().unwrap_or_else(|| root.join("cluster.yaml"));
        let other = if files::exists(&spec) { spec } else { root.clone() };
        let here = context.environment.current_dir.as_deref();
        Self { compared: compared.collect(), other, here }
    }

    fn location(&self, place: &Place) -> Value {
        let line = match &place.part {
            Some(Part::Flag { line: line @ 1.., .. }) => *line,
            _ => 1,
        };
        let mut location = json!({ "physicalLocation": {
            "artifactLocation": { "uri": self.uri(place) },
            "region": { "startLine": line },
        } });
        if let Target::Endpoint(address) = &place.target {
            let logical = json!([{ "fullyQualifiedName": address, "kind": "resource" }]);
            location["logicalLocations"] = logical;
        }
        location
    }

    /// The file of a place; of a server, the one that it was compared with, or the spec.
    fn uri(&self, place: &Place) -> String {
        let path = match &place.target {
            Target::Endpoint(address) => {
                self.compared.get(address.as_str()).copied().unwrap_or(&self.other)
            }
            Target::File(path) => path,
        };
        let below = self.here.and_then(|here| path.strip_prefix(here).ok());
        let below = below.or_else(|| path.strip_prefix(".").ok());
        let path = below.filter(|path| !path.as_os_str().is_empty()).unwrap_or(path);
        uri(&path.to_string_lossy())
    }

    /// What makes a finding the same one in the next run: its check and its place.
    fn identity(&self, finding: &Finding) -> String {
        let place = &finding.place;
        let server = match &place.target {
            Target::Endpoint(address) => address,
            Target::File(_) => "",
        };
        // The line of a flag may change.
        let part = match &place.part {
            Some(Part::Flag { flag, .. }) => flag.clone(),
            part => format!("{part:?}"),
        };
        format!("{}\n{}\n{server}\n{part}", finding.check.name, self.uri(place))
    }
}

/// The 64-bit FNV-1a hash: the same in every version of this program, and no secret.
fn fnv(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
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
