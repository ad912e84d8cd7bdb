//! `kubepki verify`: nothing in what kubepki made, nothing bad in what kubeadm made, and what is
//! known to be wrong in the tutorial's. What each check finds is tested in crates/verify.

mod bad_input;
mod cases;
mod clean;
mod damaged;
mod endpoint;
mod fleet;
mod output;
mod question;
mod root;

use std::collections::BTreeSet;

use kubepki_testkit::Output;
use serde_json::Value;

use crate::environment::Environment;

/// What `verify -o json` prints, and its exit code.
fn json(environment: &Environment, args: &[&str]) -> (Value, i32) {
    let output = environment.kubepki(&[&["verify", "-o", "json"], args].concat());
    (document(&output), output.code.unwrap())
}

fn document(output: &Output) -> Value {
    serde_json::from_str(&output.stdout).unwrap_or_else(|e| panic!("{e}: {output:?}"))
}

/// The names of the checks that found something of this severity.
fn checks(document: &Value, severity: &str) -> BTreeSet<String> {
    let findings = document["findings"].as_array().unwrap();
    let of = findings.iter().filter(|finding| finding["severity"] == severity);
    of.map(|finding| finding["check"].as_str().unwrap().to_owned()).collect()
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}
