//! Checks 17 and 25 to 37: the flags of a machine's components against the files that they name. Reads
//! nothing and calls nobody.

mod etcd;
mod files;
mod keys;
mod network;
mod table;
mod trust;

use std::path::Path;

pub(crate) use self::{table::CHECKS, trust::issuer_of};
use crate::{
    check::{Check, Finding, Part, Place},
    discover::{Component, Machine, Source, Use},
    index::CertificateIndex,
    input::Input,
};

/// Finds what is wrong with the flags of a machine.
pub fn check(machine: &Machine) -> Vec<Finding> {
    let mut findings = Findings { machine, found: Vec::new() };
    files::check(&mut findings);
    keys::check(&mut findings);
    trust::check(&mut findings);
    etcd::check(&mut findings);
    network::check(&mut findings);
    // Flags that name one kubeconfig miss what it names only once.
    let mut found: Vec<Finding> = Vec::new();
    for finding in findings.found {
        if !found.contains(&finding) {
            found.push(finding);
        }
    }
    found
}

/// Every check of this group.
pub fn checks() -> impl Iterator<Item = &'static Check> {
    CHECKS.iter().copied()
}

pub(crate) fn run(input: &Input, _: &CertificateIndex<'_>) -> Vec<Finding> {
    input.machine.as_ref().map(check).unwrap_or_default()
}

/// What is found, with what it is found in.
struct Findings<'a> {
    machine: &'a Machine,
    found: Vec<Finding>,
}

impl Findings<'_> {
    /// Adds what is wrong where a flag stands, or should stand.
    fn add(&mut self, name: &'static str, source: &Source, flag: &str, what: impl Into<String>) {
        let part = Part::Flag { flag: flag.to_owned(), line: source.line };
        self.push(name, Place::file(&source.path).part(part), what.into());
    }

    /// Adds what is wrong where a component is declared.
    fn add_to(&mut self, name: &'static str, component: &Component, flag: &str, what: &str) {
        let source = component.source_of(flag.trim_start_matches('-'));
        self.add(name, source, flag, format!("{} {what}", component.kind));
    }

    /// Adds that a component lacks a flag; not where it may be set by what nobody could read.
    fn add_unset(&mut self, name: &'static str, component: &Component, flag: &str, what: &str) {
        if !component.flags.is_partial() {
            self.add_to(name, component, flag, what);
        }
    }

    /// Adds what is wrong with the file of a flag, in the flag's place and in the file's.
    fn add_of(&mut self, name: &'static str, used: &Use, what: impl Into<String>) {
        self.add(name, &used.source, &used.flag_text(), what);
        if let (Some(finding), Some(path)) = (self.found.last_mut(), &used.path) {
            finding.also.push(Place::file(path));
        }
    }

    /// Adds what is wrong with a file, whoever uses it.
    fn add_file(&mut self, name: &'static str, path: &Path, what: impl Into<String>) {
        self.push(name, Place::file(path), what.into());
    }

    fn push(&mut self, name: &'static str, place: Place, what: String) {
        let check = CHECKS.iter().find(|check| check.name == name);
        debug_assert!(check.is_some(), "{name} is not in the table");
        self.found.extend(check.map(|check| Finding::new(check, place, what)));
    }
}
