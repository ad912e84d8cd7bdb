//! `kubepki audit`: the PKI of a machine, found from what starts there, with what is wrong with it.
//! Changes nothing on the machine.

mod rows;
mod sheet;
mod text;
mod tree;

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use jiff::Timestamp;
use kubepki_cluster::spec::Lifetime;
use kubepki_verify::{
    audit::{Audit, AuditedFile, UsedBy},
    check::Severity,
    discover::{Component, Machine},
    read::Tree,
};

use crate::{
    commands::{Format, moment::Moment},
    context::Context,
    error::CommandError,
    exit_code,
    files::{self, Access, IfExists},
};

/// Find the PKI of a machine from what starts there, and what is wrong with it
///
/// Reads static pods, systemd units, the kubelet's configuration and kubeconfigs; draws which
/// component uses which file; and checks flags and files against each other. Only files are read:
/// the machine may be a mounted disk or a copy. Run it as root, since keys are looked at too.
///
/// Exit code 3 when a finding is an error, or with `--strict` a warning; else 1 when a file could
/// not be read, so that the audit is incomplete.
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
    /// Judge by this time: a date, or one with a time as in RFC 3339 [default: now]
    #[arg(long, value_name = "TIME")]
    at: Option<Moment>,
    /// What ends within this time is due
    #[arg(long, default_value = "30d", value_name = "TIME")]
    within: Lifetime,
    /// Exit with 3 for warnings too
    #[arg(long)]
    strict: bool,
    /// How to print it
    #[arg(short, long, value_enum, default_value_t, value_name = "FORMAT")]
    output: AuditFormat,
    /// Write it into this file instead of to stdout, which is `-`; a spreadsheet needs one
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Replace the file of `--out` if there is one
    #[arg(long, requires = "out")]
    overwrite: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum AuditFormat {
    /// For people: each file with who uses it, then the findings
    #[default]
    Table,
    /// For programs
    Json,
    /// For programs and people
    Yaml,
    /// One line a certificate
    Csv,
    /// A spreadsheet: certificates, components, findings
    Xlsx,
}

/// An audit with what its tables need to know of the run.
struct Report {
    audit: Audit,
    /// The machine's name, else the folder that it lies in.
    host: String,
    root: PathBuf,
    at: Timestamp,
    /// Whether `at` is now, so that a spreadsheet may count the days from its own today.
    is_now: bool,
    within: Lifetime,
}

impl Report {
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

pub(crate) fn run(args: &Args, context: &mut Context) -> Result<u8, CommandError> {
    if args.output == AuditFormat::Xlsx && args.out.is_none() {
        return Err(CommandError::usage("a spreadsheet is not for stdout")
            .hint("name a file for it with `--out`, such as `--out audit.xlsx`"));
    }
    let report = audit(args, context)?;
    // A file that somebody uses is a finding too.
    let is_listed = |path: &Path| report.audit.files.iter().any(|file| file.path == path);
    for unread in report.audit.unread.iter().filter(|it| !is_listed(&it.path)) {
        let path = unread.path.display();
        context.printer.warning(&format!("cannot read `{path}`: {}", unread.reason));
    }
    match (args.output, &args.out) {
        (AuditFormat::Table, None) => text::print(&report, context),
        (format, out) => {
            let out = out.as_ref().filter(|path| path.as_os_str() != "-");
            let bytes = match format {
                AuditFormat::Csv => sheet::csv(&report),
                AuditFormat::Json => Format::Json.text(&tree::of(&report))?.into_bytes(),
                AuditFormat::Table => text::plain(&report).into_bytes(),
                AuditFormat::Xlsx => sheet::xlsx(&report)?,
                AuditFormat::Yaml => Format::Yaml.text(&tree::of(&report))?.into_bytes(),
            };
            match out {
                None => context.printer.data(&bytes),
                Some(path) => write(path, &bytes, args.overwrite, context)?,
            }
        }
    }
    summarize(&report, context);
    let failed = match args.strict {
        true => report.audit.count(Severity::Warning) + report.audit.count(Severity::Error) > 0,
        false => report.audit.count(Severity::Error) > 0,
    };
    let unread = match report.audit.unread.len() {
        0 => return Ok(if failed { exit_code::FOUND } else { exit_code::DONE }),
        1 => "1 file could not be read".to_owned(),
        unread => format!("{unread} files could not be read"),
    };
    let incomplete = format!("the audit is incomplete: {unread}");
    let hint = "run it as root, and mend or remove what is broken";
    if failed {
        context.printer.warning(&incomplete);
        context.printer.hint(hint);
        return Ok(exit_code::FOUND);
    }
    Err(CommandError::failed(incomplete).hint(hint))
}

fn audit(args: &Args, context: &Context) -> Result<Report, CommandError> {
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
    Ok(Report { audit, host, root, at, is_now, within: args.within })
}

/// Folders of what runs all of Kubernetes as one process, by flags that it gives itself.
const SINGLE_PROCESSES: [(&str, &str); 2] =
    [("k3s", "var/lib/rancher/k3s"), ("RKE2", "var/lib/rancher/rke2")];

/// Why there is nothing to audit.
fn nothing(error: CommandError, root: &Path) -> CommandError {
    let is_there = |(_, folder): &&(&str, &str)| files::exists(&root.join(folder));
    match SINGLE_PROCESSES.iter().find(is_there) {
        Some((name, folder)) => {
            let folder = root.join(folder).join("server/tls");
            error
                .because(format!("this is {name}: one process, which gives its parts their flags"))
                .hint(format!("`kubepki verify {}` checks its files", crate::shell::word(&folder)))
        }
        None => error
            .because("nothing of Kubernetes starts on it, and `/etc/kubernetes` has no certificate")
            .hint("name the folder that is the machine's `/` with `--root`"),
    }
}

/// What is written names every certificate and key of a machine, so it is its owner's alone.
fn write(
    path: &Path,
    bytes: &[u8],
    overwrite: bool,
    context: &mut Context,
) -> Result<(), CommandError> {
    files::write(path, bytes, Access::Owner, IfExists::replace_if(overwrite))?;
    context.printer.talk(&format!("wrote `{}`", path.display()));
    Ok(())
}

fn summarize(report: &Report, context: &mut Context) {
    let count = |count: usize, what: &str| match count {
        1 => format!("1 {what}"),
        _ => format!("{count} {what}s"),
    };
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
