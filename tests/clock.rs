//! Runs the command at another time, by libfaketime.

use std::process::Command;

use kubepki_testkit::programs::{self, Output};

use crate::environment::Environment;

/// Runs `kubepki` in the environment as if it were `time`, such as `2026-01-01 00:00:00` UTC.
pub(crate) fn kubepki_at(time: &str, environment: &Environment, args: &[&str]) -> Output {
    programs::finish(at(time, &environment.command(args)), b"")
}

/// The same command at another time.
pub(crate) fn at(time: &str, command: &Command) -> Command {
    let mut faked = Command::new(programs::find("faketime"));
    // The `@` lets the clock run on from there: what waits for time to pass does not wait for ever.
    faked.args(["-f", &format!("@{time}")]).arg(command.get_program()).args(command.get_args());
    faked.current_dir(command.get_current_dir().unwrap()).env_clear().env("TZ", "UTC");
    faked.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    faked
}
