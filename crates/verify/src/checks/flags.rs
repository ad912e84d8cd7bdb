//! Checks 25 to 37: the flags of a machine's components against the files that they name. Reads
//! nothing and calls nobody.

mod files;
mod keys;
mod network;
mod table;
mod trust;

pub(crate) use self::table::CHECKS;
use crate::{
    check::Finding,
    discover::{Machine, Source},
};

/// Finds what is wrong with the flags of a machine.
pub fn check(machine: &Machine) -> Vec<Finding> {
    let mut findings = Findings { machine, found: Vec::new() };
    files::check(&mut findings);
    keys::check(&mut findings);
    trust::check(&mut findings);
    network::check(&mut findings);
    findings.found
}

/// What is found, with what it is found in.
struct Findings<'a> {
    machine: &'a Machine,
    found: Vec<Finding>,
}

impl Findings<'_> {
    /// Adds what is wrong at a place.
    fn add(&mut self, name: &'static str, place: &Source, what: String) {
        let check = CHECKS.iter().find(|check| check.name == name);
        debug_assert!(check.is_some(), "{name} is not in the table");
        let subject = place.to_string();
        self.found.extend(check.map(|check| Finding { check, subject, what }));
    }

    /// Adds what is wrong at a place, if anything is.
    fn add_some(&mut self, name: &'static str, place: &Source, what: Option<String>) {
        if let Some(what) = what {
            self.add(name, place, what);
        }
    }
}
