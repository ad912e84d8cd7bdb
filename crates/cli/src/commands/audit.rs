//! `kubepki audit`: the PKI of a machine, found from what starts there, with its defects. Changes
//! nothing on the machine.

mod rows;
mod sheet;
mod text;
mod tree;

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use jiff::Timestamp;
use kubepki_cluster::spec::Lifetime;
use kubepki_report::{Form, Line, Page, Rendered, View, count, render};
use kubepki_verify::{
    audit::{Audit, AuditedFile, UsedBy},
    check::Severity,
    discover::{Component, Machine},
    read::Tree,
};

use crate::{
    commands::{moment::Moment, unprintable},
    context::Context,
    error::CommandError,
    exit_code,
    files::{self, Access, IfExists, Target},
};

/// Find a machine's PKI from the programs that start there, and check it
///
/// Reads static pods, systemd units, the kubelet's configuration and kubeconfigs. Shows which
/// component uses which file. Checks flags and files against each other. It only reads files, so
/// the machine may be a mounted disk or a copy. Run it as root: it reads private keys too.
///
/// Exits with 3 if it finds an error, with `--strict` also for a warning; else with 1 if it could not
/// read a file, because then the audit is incomplete.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  sudo kubepki audit
  kubepki audit --root /mnt/server -o json | jq -r '.findings[].check'
  sudo kubepki audit -o xlsx --out server.xlsx --overwrite
  kubepki audit --root backup/server --at 2027-06-01")]
pub(crate) struct Args {
    /// The folder that is the machine's `/`
    #[arg(long, value_name = "DIR", default_value = "/")]
    root: PathBuf,
    /// Check as of this time: a date, or a time as in RFC 3339 [default: now]
    #[arg(long, value_name = "TIME")]
    at: Option<Moment>,
    /// Report what expires within this time
    #[arg(long, default_value = "30d", value_name = "TIME")]
    within: Lifetime,
    /// Exit with 3 also if it finds a warning
    #[arg(long)]
    strict: bool,
    /// The format of the output
    #[arg(short, long, value_enum, default_value_t, value_name = "FORMAT")]
    output: AuditFormat,
    /// Write to this file; `-` is stdout [default: -, but xlsx needs a file]
    #[arg(long, value_name = "FILE", value_parser = Target::parse)]
    out: Option<Target>,
    /// Replace the file if it exists
    #[arg(long, requires = "out")]
    overwrite: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum AuditFormat {
    /// For people: each file with the components that use it, then the findings
    #[default]
    Table,
    /// For programs
    Json,
    /// For programs and people
    Yaml,
    /// One row a certificate
    Csv,
    /// A spreadsheet: certificates, components, findings
    Xlsx,
}

/// An audit with what its tables say of the run.
struct AuditReport {
    audit: Audit,
    /// The machine's name, else the folder that it lies in.
    host: String,
    root: PathBuf,
    at: Timestamp,
    /// Whether `at` is now, so that a spreadsheet may count the days from its own today.
    is_now: bool,
    within: Lifetime,
}

impl AuditReport {
    /// The files that a component uses, flag by flag.
    fn uses_of<'a>(
        &'a self,
        component: &'a Component,
    ) -> impl Iterator<Item = (&'a AuditedFile, &'a UsedBy)> {
        let files = self.audit.files.iter();
        files.flat_map(move |file| {
            let uses = file.uses.iter().filter(|used| used.component == component.kind);
            uses.map(move |used| (file, used))
        })
    }
}

impl serde::Serialize for AuditReport {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        tree::of(self).serialize(serializer)
    }
}

impl View for AuditReport {
    const KIND: Option<&'static str> = Some("Audit");

    fn lines(&self, page: Page) -> Vec<Line> {
        text::lines(self, page.verbose)
    }
}

pub(crate) fn run(args: &Args, context: &mut Context) -> Result<u8, CommandError> {
    let out = args.out.clone().unwrap_or(Target::Stdout);
    if args.output == AuditFormat::Xlsx && args.out.is_none() {
        return Err(CommandError::usage("`-o xlsx` needs a file")
            .hint("name it with `--out`, such as `--out audit.xlsx`"));
    }
    let if_exists = IfExists::replace_if(args.overwrite);
    out.check(if_exists)?;
    let report = audit(args, context)?;
    // A file that a component uses is a finding too.
    let is_listed = |path: &Path| report.audit.files.iter().any(|file| file.path == path);
    for unread in report.audit.unread.iter().filter(|it| !is_listed(&it.path)) {
        let path = unread.path.display();
        context.printer.warning(&format!("cannot read `{path}`: {}", unread.reason));
    }
    if (args.output, &out) == (AuditFormat::Table, &Target::Stdout) {
        let page = context.printer.page(context.global.verbose);
        context.printer.lines(report.lines(page));
    } else {
        // It names every certificate and key of a machine, so it is its owner's alone.
        let contents = rendered(&report, args.output)?;
        out.write(&contents, Access::Owner, if_exists, context)?;
    }
    summarize(&report, context);
    let failed = match args.strict {
        true => report.audit.count(Severity::Warning) + report.audit.count(Severity::Error) > 0,
        false => report.audit.count(Severity::Error) > 0,
    };
    let unread = match report.audit.unread.len() {
        0 => return Ok(if failed { exit_code::FOUND } else { exit_code::DONE }),
        unread => count(unread, "file"),
    };
    let incomplete = format!("the audit is incomplete: cannot read {unread}");
    let hint = "run it as root; repair or remove broken files";
    if failed {
        context.printer.warning(&incomplete);
        context.printer.hint(hint);
        return Ok(exit_code::FOUND);
    }
    Err(CommandError::failed(incomplete).hint(hint))
}

fn audit(args: &Args, context: &Context) -> Result<AuditReport, CommandError> {
    let cannot = || CommandError::usage(format!("cannot audit `{}`", args.root.display()));
    if !files::exists(&args.root) {
        return Err(cannot()
            .because("there is no such folder")
            .hint("name the folder that is the machine's `/` with `--root`"));
    }
    let at = args.at.map_or(context.now, Moment::timestamp);
    let audit = Audit::of(Machine::read(&Tree::new(&args.root)), at);
    if audit.components.is_empty() && audit.files.is_empty() && audit.unread.is_empty() {
        return Err(nothing(cannot(), &args.root));
    }
    let host = audit.host.clone().unwrap_or_else(|| args.root.display().to_string());
    let (root, is_now) = (args.root.clone(), args.at.is_none());
    Ok(AuditReport { audit, host, root, at, is_now, within: args.within })
}

/// Programs that run all of Kubernetes as one process and set its flags themselves, with their folders.
const SINGLE_PROCESSES: [(&str, &str); 2] =
    [("k3s", "var/lib/rancher/k3s"), ("RKE2", "var/lib/rancher/rke2")];

/// Why there is nothing to audit.
fn nothing(error: CommandError, root: &Path) -> CommandError {
    let is_there = |(_, folder): &&(&str, &str)| files::exists(&root.join(folder));
    match SINGLE_PROCESSES.iter().find(is_there) {
        Some((name, folder)) => {
            let folder = root.join(folder).join("server/tls");
            error
                .because(format!(
                    "this is {name}: one process that sets the flags of its components itself"
                ))
                .hint(format!(
                    "check its files with `kubepki verify {}`",
                    crate::shell::word(&folder)
                ))
        }
        None => error
            .because(
                "no Kubernetes component starts there, and `/etc/kubernetes` has no certificate",
            )
            .hint("name the folder that is the machine's `/` with `--root`"),
    }
}

/// The audit as a file has it, with every finding.
fn rendered(report: &AuditReport, format: AuditFormat) -> Result<Vec<u8>, CommandError> {
    let form = match format {
        AuditFormat::Csv => return Ok(sheet::certificates(report).to_csv()),
        AuditFormat::Xlsx => return sheet::xlsx(report),
        AuditFormat::Json => Form::Json,
        AuditFormat::Table => Form::Text(Page { columns: kubepki_report::COLUMNS, verbose: true }),
        AuditFormat::Yaml => Form::Yaml,
    };
    Ok(match render(report, form).map_err(|error| unprintable(&error))? {
        Rendered::Document(text) => text.into_bytes(),
        Rendered::Text(lines) => {
            lines.iter().map(|line| line.plain() + "\n").collect::<String>().into_bytes()
        }
    })
}

fn summarize(report: &AuditReport, context: &mut Context) {
    let audit = &report.audit;
    let line = format!(
        "{}, {}: {}, {}, {}",
        count(audit.components.len(), "component"),
        count(audit.files.len(), "file"),
        count(audit.count(Severity::Error), "error"),
        count(audit.count(Severity::Warning), "warning"),
        count(audit.count(Severity::Note), "note"),
    );
    context.printer.talk(&line);
}
