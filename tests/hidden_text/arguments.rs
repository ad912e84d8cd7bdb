//! Arguments: every option that takes a value, and every verb's own.

use super::*;

#[test]
fn no_argument_comes_back_as_it_was() {
    let environment = Environment::of_example("hard-way");
    environment.apply();
    program(&environment, "kubectl", "#!/bin/sh\nexit 1\n");
    program(&environment, "ssh", "#!/bin/sh\nexit 255\n");
    let reference = environment.kubepki(&["manual", "markdown"]).expect_success();
    let value = hostile("x");
    let mut found = Found::default();
    let mut verb: Vec<&str> = Vec::new();
    let mut is_group = false;
    for line in reference.lines() {
        if let Some(name) = line.strip_prefix("## kubepki") {
            verb = name.split_whitespace().collect();
            is_group = false;
        } else if line.starts_with("Usage:") {
            is_group = line.contains("<COMMAND>");
            found.run(&environment, &[&verb[..], &[&value]].concat());
            let option = format!("--{value}");
            found.run(&environment, &[&verb[..], &[&option]].concat());
        } else if let Some(option) = value_option(line).filter(|_| !is_group) {
            // What a shell says of a hook is the operator's own.
            if option != "--hook" {
                let given = format!("{option}={value}");
                found.run(&environment, &[&verb[..], &[&given]].concat());
                found.run(&environment, &[&verb[..], &["x", &given]].concat());
            }
        }
    }
    // What was written, all of which an administrator may read.
    for (path, _, contents) in environment.snapshot() {
        if let Ok(text) = String::from_utf8(contents) {
            found.look(&format!("{path:?}"), &text);
        }
    }
    found.finish(400);
}

/// `--output` of `  -o, --output <FILE>`.
fn value_option(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let (names, _) = line.strip_prefix('-').and_then(|_| line.split_once(" <"))?;
    names.split([' ', ',']).find(|name| name.starts_with("--"))
}
