//! `kubepki verify`: find what is wrong with a PKI, why it matters, and how to fix it. Writes nothing.

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
use kubepki_report::{Line, Page, View};
use kubepki_verify::{Finding, Input, Severity, checks, read};

use self::question::QuestionArgs;
use super::{Format, moment::Moment};
use crate::{context::Context, error::CommandError, exit_code};

/// Check chains, key pairs, names, usages, dates, modes, kubeconfigs and servers
///
/// Checks the root against its spec, or any files, folders and kubeconfigs: it finds out by names and
/// subjects what each file is for. With `--endpoint` it compares the certificate that a server sends
/// with a file. With `--trust` it says whether a client or server that trusts these CAs accepts a
/// certificate. Exits with 3 if it finds an error.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kubepki verify
  kubepki verify /etc/kubernetes /var/lib/kubelet
  kubepki verify --at 2027-06-01             what is wrong on that day
  kubepki verify --endpoint 10.240.0.10:6443=/etc/kubernetes/pki/apiserver.crt
  kubepki verify server.crt --trust ca.crt --name api.example.com --for server
  kubepki verify --explain key-mismatch
  kubepki verify -o sarif >verify.sarif")]
pub(crate) struct Args {
    /// Files, folders and kubeconfigs to check instead of the root
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Check the certificate that this server sends, and compare it with the file (repeatable)
    #[arg(long = "endpoint", value_name = "HOST:PORT[=FILE]")]
    endpoints: Vec<EndpointArg>,
    #[command(flatten)]
    question: QuestionArgs,
    /// How long to wait for a server
    #[arg(long, value_name = "DURATION", default_value = "5s")]
    timeout: Lifetime,
    /// Check as of this time: a date, or a time as in RFC 3339 [default: now]
    #[arg(long, value_name = "TIME")]
    at: Option<Moment>,
    /// Report what expires within this time
    #[arg(long, value_name = "DURATION", default_value = "30d")]
    within: Lifetime,
    /// Exit with 3 also if it finds a warning
    #[arg(long)]
    strict: bool,
    /// Explain a check: what it looks for, why, and how to fix it; `all` explains every check,
    /// `list` lists their names
    #[arg(long, value_name = "CHECK", conflicts_with_all = ["paths", "endpoints", "trust"])]
    explain: Option<String>,
    /// The format of the output
    #[arg(short, long, value_enum, default_value_t, value_name = "FORMAT")]
    output: VerifyFormat,
}

/// How findings are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum VerifyFormat {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
    /// For code scanning (SARIF 2.1.0)
    Sarif,
    /// For CI servers: one test case a check
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
            Some(_) => return Err("name a file after the `=`".to_owned()),
            None => (text, None),
        };
        let address = read::address_of(address);
        if read::host_of(&address).is_none() {
            return Err(
                "write a server as `HOST:PORT`, such as `10.0.0.1:6443` or `[fd00::1]:6443`".into(),
            );
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
    let report = VerifyReport { input: &input, findings: &findings, strict: args.strict };
    if !args.paths.is_empty() && findings.is_empty() && report.is_empty() {
        return Err(gather::nothing(&args.paths));
    }
    match args.output {
        VerifyFormat::Text => Format::Text.show(&report, context)?,
        VerifyFormat::Json => Format::Json.show(&report, context)?,
        VerifyFormat::Sarif => super::print_json(&sarif::document(&report, context), context)?,
        VerifyFormat::Junit => context.printer.data(junit::document(&report).as_bytes()),
    }
    let failed = findings.iter().any(|finding| report.fails(finding));
    // The process ends here, and gives all of it back at once. It holds no secret.
    std::mem::forget((input, findings));
    Ok(if failed { exit_code::FOUND } else { exit_code::DONE })
}

/// What was found, and in what.
struct VerifyReport<'a> {
    input: &'a Input,
    findings: &'a [Finding],
    strict: bool,
}

impl serde::Serialize for VerifyReport<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        json::document(self).serialize(serializer)
    }
}

impl View for VerifyReport<'_> {
    const KIND: Option<&'static str> = Some("Verification");

    fn lines(&self, page: Page) -> Vec<Line> {
        let mut lines = text::lines(self.findings, page.verbose);
        lines.push(text::summary(self).into());
        lines
    }
}

impl VerifyReport<'_> {
    /// Whether a finding is one that the exit code tells of.
    fn fails(&self, finding: &Finding) -> bool {
        match finding.check.severity {
            Severity::Error => true,
            Severity::Warning => self.strict,
            Severity::Note => false,
        }
    }

    /// How many findings are this bad.
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
