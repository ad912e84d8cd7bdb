//! `kubepki inspect`: every kind of thing, from files, stdin and servers, as text and JSON.
//! The texts are in tests/golden/inspect/.

mod bad_input;
mod kinds;
mod live;
mod structured;

use std::{fs, process::Command};

use kubepki_testkit::programs::{self, Output};

use crate::{clock, environment::Environment, golden};

/// When the roots of these tests are made and inspected.
const NOW: &str = "2026-11-21 12:00:00";

/// A cluster made at [`NOW`], with a kubelet, users with groups, and one above RBAC.
fn root() -> Environment {
    let environment = Environment::of_example("hard-way");
    clock::kubepki_at(NOW, &environment, &["apply"]).expect_success();
    environment
}

/// What `inspect` says at [`NOW`], with everything masked that is new in every run.
fn said(environment: &Environment, arguments: &[&str]) -> String {
    let arguments = [&["inspect"], arguments].concat();
    masked(&clock::kubepki_at(NOW, environment, &arguments).expect_success())
}

/// Fingerprints and serials, which are hex of 32 digits or more, as rows of `f`.
fn masked(text: &str) -> String {
    let is_hex = |character: char| character.is_ascii_digit() || ('a'..='f').contains(&character);
    let mut masked = String::new();
    for word in text.split_inclusive(|character: char| !is_hex(character)) {
        let digits = word.trim_end_matches(|character: char| !is_hex(character));
        let is_long = digits.len() >= 32;
        masked.push_str(&if is_long { "f".repeat(digits.len()) } else { digits.to_owned() });
        masked.push_str(&word[digits.len()..]);
    }
    masked
}

/// Compares with a golden text, whose lines fit 80 columns.
#[track_caller]
fn check(name: &str, text: &str) {
    let wide: Vec<_> = text.lines().filter(|line| line.chars().count() > 80).collect();
    assert!(wide.is_empty(), "wider than 80 columns: {wide:#?}");
    golden::check(&format!("inspect/{name}"), text);
}

/// Runs `inspect` with bytes on stdin.
fn piped(environment: &Environment, arguments: &[&str], input: &[u8]) -> Output {
    let command: Command = environment.command(&[&["inspect"], arguments].concat());
    programs::finish(command, input)
}

/// Runs openssl in the folder; it has to succeed.
fn make(environment: &Environment, arguments: &[&str]) {
    let mut command = programs::command("openssl");
    command.args(arguments).current_dir(environment.root());
    programs::finish(command, b"").expect_success();
}

fn bytes(environment: &Environment, path: &str) -> Vec<u8> {
    fs::read(environment.path(path)).unwrap()
}

#[test]
fn long_hex_is_masked_and_words_are_not() {
    let hex = "0123456789abcdef".repeat(2);
    assert_eq!(masked(&format!("a {hex}\nfeed {hex}")), format!("a {0}\nfeed {0}", "f".repeat(32)));
}
