//! Findings as SARIF: for each, the file and line at which a code host shows it.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use kubepki_report::{ScanLocation, ScanResult, ScanRule, Tool, sarif, uri};
use kubepki_verify::{Check, Finding, Part, Place, Target, checks};
use serde_json::Value;

use super::VerifyReport;
use crate::{context::Context, files};

pub(super) fn document(report: &VerifyReport<'_>, context: &Context) -> Value {
    let tool = Tool {
        name: "kubepki",
        version: env!("CARGO_PKG_VERSION"),
        uri: env!("CARGO_PKG_REPOSITORY"),
    };
    let rules: Vec<_> = checks::checks().map(rule).collect();
    let files = Files::of(report, context);
    let results: Vec<_> = report.findings.iter().map(|finding| files.result(finding)).collect();
    sarif(tool, &rules, &results)
}

fn rule(check: &'static Check) -> ScanRule {
    let mut tags = vec!["kubernetes".to_owned(), "pki".to_owned()];
    tags.extend(check.cis.map(|number| format!("CIS {number}")));
    let Check { name, title, why, mend, source, severity, .. } = *check;
    ScanRule { id: name, title, why, mend, level: severity.name(), tags, source }
}

/// Where findings are shown.
struct Files<'a> {
    /// The files that servers were compared with.
    compared: HashMap<&'a str, &'a Path>,
    /// The file for findings that are in none.
    other: PathBuf,
    /// The folder below which paths are relative.
    here: Option<&'a Path>,
}

impl<'a> Files<'a> {
    fn of(report: &'a VerifyReport<'_>, context: &'a Context) -> Self {
        let endpoints = report.input.endpoints.iter();
        let compared = endpoints.filter_map(|it| Some((it.address.as_str(), it.file.as_deref()?)));
        let root = &context.global.dir;
        let spec = context.global.file.clone().unwrap_or_else(|| root.join("cluster.yaml"));
        let other = if files::exists(&spec) { spec } else { root.clone() };
        let here = context.environment.current_dir.as_deref();
        Self { compared: compared.collect(), other, here }
    }

    fn result(&self, finding: &Finding) -> ScanResult {
        ScanResult {
            rule: finding.check.name,
            level: finding.check.severity.name(),
            message: format!("{}: {}", finding.place, finding.what),
            location: self.location(&finding.place),
            related: finding.also.iter().map(|place| self.location(place)).collect(),
            identity: self.identity(finding),
        }
    }

    fn location(&self, place: &Place) -> ScanLocation {
        let line = match &place.part {
            Some(Part::Flag { line: line @ 1.., .. }) => *line,
            _ => 1,
        };
        let server = match &place.target {
            Target::Endpoint(address) => Some(address.clone()),
            Target::File(_) => None,
        };
        ScanLocation { path: self.path(place), line, server }
    }

    /// The file of a place; of a server, the one that it was compared with, or the spec.
    fn path(&self, place: &Place) -> String {
        let path = match &place.target {
            Target::Endpoint(address) => {
                self.compared.get(address.as_str()).copied().unwrap_or(&self.other)
            }
            Target::File(path) => path,
        };
        let below = self.here.and_then(|here| path.strip_prefix(here).ok());
        let below = below.or_else(|| path.strip_prefix(".").ok());
        let path = below.filter(|path| !path.as_os_str().is_empty()).unwrap_or(path);
        path.to_string_lossy().into_owned()
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
        format!("{}\n{}\n{server}\n{part}", finding.check.name, uri(&self.path(place)))
    }
}
