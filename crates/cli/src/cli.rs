//! The top of the command line: global options, the verbs, and what becomes of an error.

use std::{path::PathBuf, process::ExitCode};

use clap::{
    Parser, Subcommand,
    error::{ContextKind, ContextValue, ErrorKind},
};
use kubepki_cluster::{InvalidVersion, UnknownName, spec::InvalidValue};
use kubepki_report::{Line, Style, escape};

use crate::{commands, context::Context, error::CommandError, exit_code, printer::Printer, trace};

/// Create and maintain the whole PKI of a Kubernetes cluster
#[derive(Debug, Parser)]
#[command(name = "kubepki", version, propagate_version = true, disable_help_subcommand = true)]
#[command(max_term_width = 80)]
#[command(after_help = "\
Start with:
  kubepki init                 write a cluster.yaml to edit
  kubepki plan                 show what apply would create, and why
  kubepki apply                create it

Exit codes: 0 done; 1 failed; 2 wrong usage or bad input, nothing changed; 3 a
check found something: `plan --exit-code`, `status --check`, `verify`, `audit`,
`kubeconfig check`, `ledger check`, `history prune`; 4 done, but cannot write
the result to stdout; 130 interrupted.")]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options of every verb.
#[derive(Debug, clap::Args)]
pub(crate) struct Global {
    /// The PKI root: the folder with the files of the cluster
    #[arg(
        long,
        global = true,
        help_heading = "Global options",
        value_name = "DIR",
        default_value = "."
    )]
    pub(crate) dir: PathBuf,
    /// The spec; `-` is stdin [default: cluster.yaml in the root, else the spec of the last apply]
    #[arg(short, long, global = true, help_heading = "Global options", value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// Print only results and errors
    #[arg(short, long, global = true, help_heading = "Global options")]
    pub(crate) quiet: bool,
    /// Print every file, every unchanged entry, and what is decided; `-vv` also prints what is read
    /// and asked
    #[arg(
        short,
        long = "verbose",
        global = true,
        help_heading = "Global options",
        conflicts_with = "quiet",
        action = clap::ArgAction::Count
    )]
    pub(crate) verbosity: u8,
    /// Whether every row is shown: `-v` was given.
    #[arg(skip)]
    pub(crate) verbose: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Init(commands::init::Args),
    Adopt(commands::adopt::Args),
    Plan(commands::plan::Args),
    #[command(visible_alias = "bootstrap")]
    Apply(commands::apply::Args),
    Status(commands::status::Args),
    Renew(commands::renew::Args),
    Rotate(commands::rotate::Args),
    Undo(commands::undo::Args),
    History(commands::history::Args),
    Verify(commands::verify::Args),
    Audit(commands::audit::Args),
    Inspect(commands::inspect::Args),
    Issue(commands::issue::Args),
    Sign(commands::sign::Args),
    Csr(commands::csr::Args),
    Kubeconfig(commands::kubeconfig::Args),
    Token(commands::token::Args),
    Host(commands::host::Args),
    Config(commands::config::Args),
    Ledger(commands::ledger::Args),
    Completion(commands::completion::Args),
    #[command(hide = true)]
    Manual(commands::manual::Args),
}

impl Command {
    /// Whether the verb has no effect but what it prints.
    const fn only_prints(&self) -> bool {
        match self {
            Self::Apply(args) => args.only_prints(),
            Self::Config(args) => args.only_prints(),
            Self::Csr(args) => args.only_prints(),
            Self::History(args) => args.only_prints(),
            Self::Host(args) => args.only_prints(),
            Self::Init(args) => args.only_prints(),
            Self::Kubeconfig(args) => args.only_prints(),
            Self::Renew(args) => args.only_prints(),
            Self::Undo(args) => args.only_prints(),
            Self::Audit(_)
            | Self::Completion(_)
            | Self::Inspect(_)
            | Self::Ledger(_)
            | Self::Manual(_)
            | Self::Plan(_)
            | Self::Status(_)
            | Self::Verify(_) => true,
            Self::Adopt(_) | Self::Issue(_) | Self::Rotate(_) | Self::Sign(_) | Self::Token(_) => {
                false
            }
        }
    }
}

/// Reads the command line, runs the verb, and prints its error if there is one.
pub(crate) fn run() -> ExitCode {
    let mut cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(error),
    };
    cli.global.verbose = cli.global.verbosity > 0;
    let mut context = Context::read(cli.global);
    if let Err(error) = trace::start(context.global.verbosity, context.environment.log.as_deref()) {
        context.printer.error(&error);
        return ExitCode::from(error.exit_code());
    }
    let only_prints = cli.command.only_prints();
    let result = match cli.command {
        Command::Init(args) => commands::init::run(args, &mut context),
        Command::Adopt(args) => commands::adopt::run(args, &mut context),
        Command::Plan(args) => commands::plan::run(&args, &mut context),
        Command::Apply(args) => commands::apply::run(&args, &mut context),
        Command::Renew(args) => commands::renew::run(&args, &mut context),
        Command::Rotate(args) => commands::rotate::run(&args, &mut context),
        Command::Undo(args) => commands::undo::run(&args, &mut context),
        Command::History(args) => commands::history::run(&args, &mut context),
        Command::Status(args) => commands::status::run(&args, &mut context),
        Command::Audit(args) => commands::audit::run(&args, &mut context),
        Command::Issue(args) => commands::issue::run(args, &mut context),
        Command::Inspect(args) => commands::inspect::run(&args, &mut context),
        Command::Kubeconfig(args) => commands::kubeconfig::run(args, &mut context),
        Command::Sign(args) => commands::sign::run(args, &mut context),
        Command::Host(args) => commands::host::run(&args, &mut context),
        Command::Csr(args) => commands::csr::run(args, &mut context),
        Command::Config(args) => commands::config::run(&args, &mut context),
        Command::Token(args) => commands::token::run(args, &mut context),
        Command::Verify(args) => commands::verify::run(&args, &mut context),
        Command::Ledger(args) => commands::ledger::run(&args, &mut context),
        Command::Completion(args) => commands::completion::run(&args, &mut context),
        Command::Manual(args) => commands::manual::run(&args, &mut context),
    };
    let code = match result {
        Ok(code) => code,
        Err(error) => {
            context.printer.error(&error);
            error.exit_code()
        }
    };
    let Some(error) = context.printer.finish() else { return ExitCode::from(code) };
    let (message, hint, code) = match (only_prints, code) {
        (false, exit_code::DONE | exit_code::FOUND) => (
            "the work is done, but cannot write the result to stdout",
            "a key or certificate that was printed there is lost; check the result and run it again",
            exit_code::UNPRINTED,
        ),
        _ => (
            "cannot write to stdout",
            "free some space, or redirect stdout to another place",
            code.max(exit_code::FAILED),
        ),
    };
    let error = CommandError::failed(message).caused_by(&error).hint(hint);
    Printer::stderr_only().error(&error);
    ExitCode::from(code)
}

/// Prints what clap says: help and the version too. A value that one of our types refuses has a
/// hint, which clap does not know of.
fn usage(mut error: clap::Error) -> ExitCode {
    if !error.use_stderr() {
        // There is nowhere left to report that the streams are gone.
        let _ = error.print();
        return ExitCode::from(exit_code::DONE);
    }
    let mut printer = Printer::stderr_only();
    let refused = complaint(&mut error);
    let mut lines = refused.lines();
    let first = lines.next().unwrap_or_default();
    printer.say(&match first.strip_prefix("error:") {
        Some(rest) => Line::new().styled(Style::Bad, "error:").then(rest),
        None => first.into(),
    });
    lines.for_each(|line| printer.line(line));
    let invalid = std::error::Error::source(&error).and_then(invalid_value);
    if let Some(hint) = invalid.as_ref().and_then(InvalidValue::hint) {
        printer.hint(hint);
    } else if error.kind() == ErrorKind::ValueValidation {
        printer.hint("see `--help` for the values of each option");
    }
    ExitCode::from(exit_code::USAGE)
}

/// The value that a type of the spec or of the model has refused.
fn invalid_value(error: &(dyn std::error::Error + 'static)) -> Option<InvalidValue> {
    let of_spec = || error.downcast_ref::<InvalidValue>().cloned();
    let name = || error.downcast_ref::<UnknownName>().cloned().map(InvalidValue::from);
    let version = || error.downcast_ref::<InvalidVersion>().cloned().map(InvalidValue::from);
    of_spec().or_else(name).or_else(version)
}

/// The text of an error, in which no argument begins a line.
fn complaint(error: &mut clap::Error) -> String {
    let shown = |value: &ContextValue| match value {
        ContextValue::String(text) => Some(ContextValue::String(escape(text).into_owned())),
        ContextValue::Strings(texts) => {
            let texts = texts.iter().map(|text| escape(text).into_owned());
            Some(ContextValue::Strings(texts.collect()))
        }
        _ => None,
    };
    let arguments: Vec<_> = error
        .context()
        .filter_map(|(kind, value)| Some((kind, shown(value).filter(|shown| shown != value)?)))
        .collect();
    if !arguments.is_empty() && error.get(ContextKind::Suggested).is_some() {
        // What clap suggests would repeat the argument.
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(Vec::new()));
    }
    for (kind, value) in arguments {
        error.insert(kind, value);
    }
    let text = error.render().to_string();
    // clap prints our own message as it is, but for a terminal's codes.
    let Some(source) = std::error::Error::source(error).map(ToString::to_string) else {
        return text;
    };
    text.replace(&anstream::adapter::strip_str(&source).to_string(), &escape(&source))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }
}
