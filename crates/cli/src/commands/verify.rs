//! `kubepki verify`: find what is wrong with a PKI, why it breaks what, and how to mend it. Writes
//! nothing.

mod explain;
mod gather;
pub(super) mod json;
mod junit;
mod question;
mod roles;
mod sarif;
pub(super) mod text;

use std::{path::PathBuf, str::FromStr};

use clap::ValueEnum;
use kubepki_cluster::spec::Lifetime;
use kubepki_verify::{Finding, Input, Severity, checks, read};

use self::question::QuestionArgs;
use super::moment::Moment;
use crate::{context::Context, error::CommandError, exit_code};

/// Find what is wrong: chains, pairs, names, usages, dates, modes, kubeconfigs, servers
///
/// Checks the root against its spec; or files, folders and kubeconfigs that somebody else made,
/// whose roles are told by their names and subjects. With `--endpoint` it compares what a server
/// serves with its file; with `--trust` it says whether somebody who trusts these CAs accepts a
/// certificate, for a name and a use. Exits with 3 when something of severity `error` is found.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kubepki verify
  kubepki verify /etc/kubernetes /var/lib/kubelet
  kubepki verify --at 2027-06-01             what will be wrong on that day
  kubepki verify --endpoint 10.240.0.10:6443=/etc/kubernetes/pki/apiserver.crt
  kubepki verify server.crt --trust ca.crt --name api.example.com --for server
  kubepki verify --explain key-mismatch
  kubepki verify -o sarif >verify.sarif")]
pub(crate) struct Args {
    /// Files, folders and kubeconfigs to check instead of the root
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Check what this server serves, and that it is what the file holds; may be given more than
    /// once
    #[arg(long = "endpoint", value_name = "HOST:PORT[=FILE]")]
    endpoints: Vec<EndpointArg>,
    #[command(flatten)]
    question: QuestionArgs,
    /// How long to wait for a server
    #[arg(long, value_name = "DURATION", default_value = "5s")]
    timeout: Lifetime,
    /// Judge by this time: a date, or one with a time as in RFC 3339
    #[arg(long, value_name = "TIME")]
    at: Option<Moment>,
    /// What has less than this left expires soon
    #[arg(long, value_name = "DURATION", default_value = "30d")]
    within: Lifetime,
    /// Exit with 3 for warnings too
    #[arg(long)]
    strict: bool,
    /// Say what a check looks for, why, and how to mend it; `all` shows every check, `list` their
    /// names
    #[arg(long, value_name = "CHECK", conflicts_with_all = ["paths", "endpoints", "trust"])]
    explain: Option<String>,
    /// How to print what is found
    #[arg(short, long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Output,
}

/// How findings are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Output {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
    /// For code scanning (SARIF 2.1.0)
    Sarif,
    /// For CI servers: one test case for each check
    Junit,
}

/// A server, and the file that holds what it should serve.
#[derive(Clone, Debug)]
struct EndpointArg {
    address: String,
    file: Option<PathBuf>,
}

impl FromStr for EndpointArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (address, file) = match text.split_once('=') {
            Some((address, file)) if !file.is_empty() => (address, Some(file.into())),
            Some(_) => return Err("there is no file behind the `=`".to_owned()),
            None => (text, None),
        };
        let address = read::address_of(address);
        if read::host_of(&address).is_none() {
            return Err("write a server as `host:port`, `10.0.0.1:6443` or `[fd00::1]:6443`".into());
        }
        Ok(Self { address, file })
    }
}

pub(crate) fn run(args: &Args, context: &mut Context) -> Result<u8, CommandError> {
    if let Some(name) = &args.explain {
        explain::print(name, args.output, context)?;
        return Ok(exit_code::DONE);
    }
    let input = gather::input(args, context)?;
    gather::check(args, &input)?;
    let findings = checks::run(&input);
    let report = Report { input: &input, findings: &findings, strict: args.strict };
    if !args.paths.is_empty() && findings.is_empty() && report.is_empty() {
        return Err(gather::nothing(&args.paths));
    }
    match args.output {
        Output::Text => text::print(&report, context),
        Output::Json => json::print(&report, context)?,
        Output::Sarif => sarif::print(&report, context)?,
        Output::Junit => junit::print(&report, context),
    }
    let failed = findings.iter().any(|finding| report.fails(finding));
    // The process ends here, and gives all of it back at once. It holds no secret.
    std::mem::forget((input, findings));
    Ok(if failed { exit_code::FOUND } else { exit_code::DONE })
}

/// What was found, and in what.
struct Report<'a> {
    input: &'a Input,
    findings: &'a [Finding],
    strict: bool,
}

impl Report<'_> {
    /// Whether a finding is one that the exit code tells of.
    fn fails(&self, finding: &Finding) -> bool {
        match finding.check.severity {
            Severity::Error => true,
            Severity::Warning => self.strict,
            Severity::Note => false,
        }
    }

    fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.check.severity == severity).count()
    }

    /// Whether nothing was looked at: a path that was mistyped must not pass.
    fn is_empty(&self) -> bool {
        self.files() == 0 && self.input.endpoints.is_empty()
    }

    /// How many files held something of a PKI, or should have.
    fn files(&self) -> usize {
        let counts =
            |contents: &Result<Vec<_>, _>| contents.as_ref().map_or(true, |it| !it.is_empty());
        self.input.files.iter().filter(|file| counts(&file.contents)).count()
    }
}
