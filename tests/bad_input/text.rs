//! Files that are no spec at all: hostile, binary, or no file.

use std::{
    fs,
    process::Command,
    time::{Duration, Instant},
};

use kubepki_testkit::programs;

use super::{Environment, SPEC, USAGE, is_refusal, refuses};

/// What a refusal may take on the slowest machine. It takes milliseconds; what is meant here takes
/// minutes, or never ends, where a parser is not guarded.
const LIMIT: Duration = Duration::from_secs(30);

#[test]
fn a_yaml_of_a_hundred_thousand_levels() {
    for (name, text) in [
        ("deep-list", "[".repeat(100_000)),
        ("deep-map", "{a: ".repeat(100_000)),
        ("deep-value", format!("{SPEC}x: {}{}\n", "[".repeat(100_000), "]".repeat(100_000))),
        ("deep-block", "- ".repeat(100_000)),
    ] {
        refuses_quickly(name, &Environment::of_spec(&text));
    }
}

#[test]
fn a_yaml_of_100_megabytes() {
    let environment = Environment::new();
    let path = environment.path("cluster.yaml");
    // A hole in a file reads as zeros and takes no space.
    fs::File::create(&path).unwrap().set_len(100_000_000).unwrap();
    let state = || {
        let metadata = fs::metadata(&path).unwrap();
        let entries = fs::read_dir(environment.root()).unwrap().count();
        (metadata.modified().unwrap(), metadata.len(), entries)
    };
    let before = state();
    quickly("huge", || is_refusal("huge", USAGE, &environment.kubepki(&["apply"])));
    assert_eq!(state(), before);
}

#[test]
fn a_stream_without_an_end() {
    let environment = Environment::new();
    quickly("endless", || refuses("endless", USAGE, &environment, &["apply", "-f", "/dev/zero"]));
}

/// Nine levels of nine references each: a billion values from a kilobyte.
#[test]
fn aliases_that_multiply() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..10 {
        let references = vec![format!("*a{}", level - 1); 9].join(", ");
        text += &format!("a{level}: &a{level} [{references}]\n");
    }
    refuses_quickly("aliases", &Environment::of_spec(&text));
}

#[test]
fn a_text_that_is_no_utf_8() {
    let environment = Environment::new();
    let mut text = SPEC.replacen("name: demo", "name: d", 1).into_bytes();
    text.splice(53..53, [0xff]);
    fs::write(environment.path("cluster.yaml"), text).unwrap();
    refuses("no-utf-8", USAGE, &environment, &["apply"]);
}

#[test]
fn an_empty_file() {
    refuses("empty", USAGE, &Environment::of_spec(""), &["apply"]);
}

#[test]
fn a_file_that_is_no_yaml() {
    refuses("no-yaml", USAGE, &Environment::of_spec("\tname: demo\n"), &["apply"]);
}

#[test]
fn escapes_of_a_terminal_are_not_passed_on() {
    let text = SPEC.replacen("name: node-0", "name: \"a\\e[31m\\nb\"", 1);
    refuses("escapes", USAGE, &Environment::of_spec(&text), &["apply"]);
}

#[test]
fn a_file_that_is_a_directory() {
    let environment = Environment::new();
    fs::create_dir(environment.path("specs")).unwrap();
    refuses("file-is-a-directory", USAGE, &environment, &["apply", "--file", "specs"]);
}

#[test]
fn a_file_that_is_a_fifo() {
    let environment = Environment::new();
    make_fifo(&environment, "fifo");
    refuses("file-is-a-fifo", USAGE, &environment, &["apply", "--file", "fifo"]);
}

#[test]
fn a_file_that_is_not_there() {
    let environment = Environment::new();
    refuses("file-is-missing", USAGE, &environment, &["apply", "--file", "prod.yaml"]);
    refuses("file-is-missing", USAGE, &environment, &["plan", "--file", "prod.yaml"]);
}

#[test]
fn no_spec_anywhere() {
    let environment = Environment::new();
    refuses("no-spec", USAGE, &environment, &["apply"]);
    refuses("no-spec", USAGE, &environment, &["plan"]);
}

#[test]
fn a_spec_on_stdin() {
    let environment = Environment::new();
    let text = SPEC.replacen("layout: hosts", "layout: flat", 1);
    let command = environment.command(&["apply", "-f", "-"]);
    let output = programs::finish(command, text.as_bytes());
    is_refusal("stdin", USAGE, &output);
    assert!(environment.snapshot().is_empty());
}

/// Makes a FIFO.
pub(super) fn make_fifo(environment: &Environment, name: &str) {
    let mut command = Command::new(programs::find("mkfifo"));
    command.arg(environment.path(name));
    programs::finish(command, b"").expect_success();
}

#[track_caller]
fn refuses_quickly(name: &str, environment: &Environment) {
    quickly(name, || refuses(name, USAGE, environment, &["apply"]));
}

#[track_caller]
fn quickly(name: &str, run: impl FnOnce()) {
    let start = Instant::now();
    run();
    assert!(start.elapsed() < LIMIT, "{name} took {:?}", start.elapsed());
}
