//! `kubepki status`: how a PKI stands: what expires when, and what needs attention. Writes nothing
//! but a file for node_exporter, where one is asked for.

mod collect;
mod csv;
mod document;
mod kubeadm;
mod kubeconfigs;
mod next;
mod prometheus;
mod table;

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
};

use clap::ValueEnum;
use kubepki_cluster::{
    Status,
    spec::Lifetime,
    status::{EntryStatus, Horizon, StatusKind},
};

use super::moment::Moment;
use super::spec;
use crate::{
    context::Context,
    error::CommandError,
    exit_code,
    files::{self, Access, IfExists},
    pki,
};

/// Show every CA, certificate, key pair and kubeconfig: what expires when, and what needs
/// attention
///
/// Shows the root's, and what `--path`, `--kubeconfig` and `--endpoint` name; with one of these no
/// spec is needed. The most urgent comes first. Who issued what is told by names and key
/// identifiers, not by signatures. Nothing is written.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kubepki status
  kubepki status --check --within 30d       in CI: exits with 3 if one is due
  kubepki status --at 2027-06-01            as it will be on that day
  kubepki status --path /etc/kubernetes --endpoint 10.240.0.10:6443
  kubepki status --textfile /var/lib/prometheus/node-exporter/kubepki.prom")]
pub(crate) struct Args {
    /// Show this file, or every file below this folder; may be given more than once
    #[arg(long = "path", value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Show this kubeconfig; may be given more than once
    #[arg(long = "kubeconfig", value_name = "FILE")]
    kubeconfigs: Vec<PathBuf>,
    /// Show what this server shows; may be given more than once
    #[arg(long = "endpoint", value_name = "HOST:PORT")]
    endpoints: Vec<String>,
    /// How long to wait for a server
    #[arg(long, value_name = "DURATION", default_value = "5s")]
    timeout: Lifetime,
    /// Exit with 3 when something is due, has expired, or needs attention otherwise
    #[arg(long)]
    check: bool,
    /// What has less than this left is due [default: as the spec's `renewBefore` says, else 30d]
    #[arg(long, value_name = "DURATION")]
    within: Option<Lifetime>,
    /// Show the state at this time: a date, or one with a time, in UTC unless it says otherwise
    #[arg(long, value_name = "TIME")]
    at: Option<Moment>,
    /// Write metrics for node_exporter's textfile collector into this file, whole or not at all;
    /// `-` is stdout
    #[arg(long, value_name = "FILE", conflicts_with = "output")]
    textfile: Option<PathBuf>,
    /// How to print it
    #[arg(short, long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Output,
}

/// How a status is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Output {
    /// For people, in the columns of the terminal, else 80
    #[default]
    Table,
    /// For people with wide screens: subjects, issuers, paths
    Wide,
    /// For programs
    Json,
    /// For programs and people
    Yaml,
    /// For spreadsheets
    Csv,
    /// JSON as `kubeadm certs check-expiration -o json` prints it
    Kubeadm,
    /// Metrics with the names of x509-certificate-exporter
    Prometheus,
}

/// A status and where it is of.
struct Report {
    status: Status,
    /// The cluster's name, where there is a spec.
    cluster: Option<String>,
    /// The root as an absolute path, where that is known.
    root: PathBuf,
    /// The working folder, where it is known.
    here: PathBuf,
    /// Whether it is the state of now, not of another time that was asked for.
    is_now: bool,
    /// What has less than this left is due, where that was said.
    within: Option<Lifetime>,
}

impl Report {
    /// The absolute path of a row's file, or its address.
    fn location(&self, row: &EntryStatus) -> String {
        match &row.id {
            Some(_) => self.root.join(&row.place).display().to_string(),
            None if row.kind == StatusKind::Endpoint => row.place.clone(),
            None => {
                self.here.join(&row.place).components().collect::<PathBuf>().display().to_string()
            }
        }
    }
}

pub(crate) fn run(args: &Args, context: &mut Context) -> Result<u8, CommandError> {
    let report = report(args, context)?;
    match (&args.textfile, args.output) {
        (Some(path), _) if path == Path::new("-") => {
            context.printer.data(prometheus::text(&report).as_bytes());
        }
        (Some(path), _) => {
            let text = prometheus::text(&report);
            files::write(path, text.as_bytes(), Access::Everybody, IfExists::Replace)?;
            context.printer.talk(&format!("wrote `{}`", path.display()));
        }
        (None, Output::Table) => table::print(&report, context),
        (None, Output::Wide) => table::print_wide(&report, context),
        (None, Output::Json) => document::print(&report, super::Format::Json, context)?,
        (None, Output::Yaml) => document::print(&report, super::Format::Yaml, context)?,
        (None, Output::Csv) => csv::print(&report, context)?,
        (None, Output::Kubeadm) => kubeadm::print(&report, context)?,
        (None, Output::Prometheus) => context.printer.data(prometheus::text(&report).as_bytes()),
    }
    let found = args.check && report.status.urgent().next().is_some();
    Ok(if found { exit_code::FOUND } else { exit_code::DONE })
}

fn report(args: &Args, context: &mut Context) -> Result<Report, CommandError> {
    let at = args.at.map_or(context.now, Moment::timestamp);
    let is_elsewhere =
        !(args.paths.is_empty() && args.kubeconfigs.is_empty() && args.endpoints.is_empty());
    let pki = pki::open(context, pki::WAIT)?;
    let spec = if is_elsewhere { pki.spec_if_any() } else { pki.spec().map(Some) };
    let spec = spec.map_err(|error| pki::failed(error, context))?;
    if is_elsewhere && !files::exists(&context.global.dir) {
        let error = format!("cannot read the root `{}`", context.global.dir.display());
        let error = CommandError::usage(error).because("there is no such folder");
        return Err(error.hint("name another with `--dir`, or leave it away to see no root"));
    }
    if spec.is_none() && context.global.dir != Path::new(".") {
        let dir = context.global.dir.display();
        context.printer.warning(&format!("there is no spec in `{dir}`: nothing of it is shown"));
    }
    let mut horizon =
        Horizon { within: args.within.map(Lifetime::duration), default: Horizon::DEFAULT };
    let mut status = Status::new(at);
    let mut cluster = None;
    let here = context.environment.current_dir.clone().unwrap_or_default();
    let root: PathBuf = here.join(&context.global.dir).components().collect();
    let mut known = HashSet::new();
    if let Some(spec) = spec {
        horizon.default = spec.spec.certificates.renew_before.duration();
        status = pki.status(&horizon, at).map_err(|error| pki::failed(error, context))?;
        let more = kubeconfigs::of_root(&status, &spec::below(&context.global.dir, ""));
        status.complete(more, &horizon);
        known.extend(spec.catalog.files().map(|(path, _)| root.join(path.as_str())));
        cluster = Some(spec.spec.name.to_string());
    }
    if is_elsewhere {
        horizon.default = Horizon::DEFAULT;
        status.add(collect::found(args, &known, context)?, &horizon);
    }
    let (is_now, within) = (args.at.is_none(), args.within);
    Ok(Report { status, cluster, root, here, is_now, within })
}
