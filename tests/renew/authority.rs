//! CAs that have come to their end, and clocks that say so: what is refused, and that the command
//! which the hint names mends it.

use std::process::Command;

use kubepki_testkit::programs;

use super::{SPEC, applied, kubepki_at};
use crate::{clock, environment::Environment};

const AFTER: &str = "2036-06-01 00:00:00";

/// The command of a hint about an expired CA.
fn command_in(said: &str) -> &str {
    let hint = said.lines().find(|line| line.contains("openssl x509")).expect("a command");
    &hint[hint.find("openssl x509").unwrap()..]
}

#[test]
fn an_expired_ca_lives_on_with_the_command_of_the_hint() {
    let environment = applied("hosts");
    let key = environment.read("authorities/ca.key");
    let refused = kubepki_at(AFTER, &environment, &["plan"]);
    assert_eq!(refused.code, Some(1), "{refused:#?}");
    // What apply refuses is not in the plan as to be done.
    assert!(!refused.stdout.contains(" to renew"), "{}", refused.stdout);
    let renewed = kubepki_at(AFTER, &environment, &["renew", "--all"]);
    assert_eq!(renewed.code, Some(1));
    assert!(renewed.stderr.contains("3 are broken"), "{}", renewed.stderr);
    assert!(!renewed.stderr.contains("differ from the spec"), "{}", renewed.stderr);

    let of_ca = command_in(&renewed.stderr).to_owned();
    for name in ["ca", "etcd-ca", "front-proxy-ca"] {
        let script = of_ca.replace("authorities/ca.", &format!("authorities/{name}."));
        let mut shell = Command::new("sh");
        shell.args(["-c", &script]).current_dir(environment.root());
        programs::finish(clock::at(AFTER, &shell), b"").expect_success();
    }
    kubepki_at(AFTER, &environment, &["renew"]).expect_success();
    kubepki_at(AFTER, &environment, &["apply"]).expect_success();
    kubepki_at(AFTER, &environment, &["verify"]).expect_success();
    assert_eq!(kubepki_at(AFTER, &environment, &["plan", "--exit-code"]).code, Some(0));
    assert_eq!(environment.read("authorities/ca.key"), key);
}

#[test]
fn a_clock_that_stands_at_1970_is_named_as_the_cause() {
    let environment = Environment::of_spec(SPEC);
    kubepki_at("2026-01-01 00:00:00", &environment, &["apply"]).expect_success();
    let run = kubepki_at("1970-01-02 00:00:00", &environment, &["renew", "--all"]);
    assert_eq!(run.code, Some(1), "{run:#?}");
    assert!(run.stderr.contains("is valid from 2025-12-31 23:55Z only"), "{}", run.stderr);
    assert!(run.stderr.contains("hint: check the clock of this machine"), "{}", run.stderr);
    assert!(!run.stderr.contains("expired"), "{}", run.stderr);
}
