//! The command `kubepki`. `kubepki --help` and docs/cli.md say what it does.

mod age;
mod cli;
mod commands;
mod context;
mod error;
mod exit_code;
mod files;
mod hook;
mod kubeconfigs;
mod kubectl;
mod pki;
mod plan_text;
mod printer;
mod rollout;
mod shell;
mod ssh;
mod trace;

fn main() -> std::process::ExitCode {
    cli::run()
}
