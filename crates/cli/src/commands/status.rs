//! `kubepki status`: what expires when, and what needs attention. Writes nothing but a file for
//! node_exporter, if asked to.

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

use super::{Format, moment::Moment, print_json, spec};
use crate::{
    context::Context,
    error::CommandError,
    exit_code,
    files::{self, Access, IfExists, Target},
    pki,
};

use self::document::StatusView;

/// Show every CA, certificate, key pair and kubeconfig: what expires when, and what needs
/// attention
///
/// Shows those of the root, and those that `--path`, `--kubeconfig` and `--endpoint` name; with one of
/// these options no spec is needed. The most urgent comes first. In the root it
/// verifies who signed each certificate; elsewhere it finds the issuer by names and key identifiers.
/// It writes nothing.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kubepki status
  kubepki status --check --within 30d       in CI: exits with 3 if one is due
  kubepki status --at 2027-06-01            the state on that day
  kubepki status --path /etc/kubernetes --endpoint 10.240.0.10:6443
  kubepki status --textfile /var/lib/prometheus/node-exporter/kubepki.prom")]
pub(crate) struct Args {
    /// Show this file, or every file below this folder (repeatable)
    #[arg(long = "path", value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Show this kubeconfig (repeatable)
    #[arg(long = "kubeconfig", value_name = "FILE")]
    kubeconfigs: Vec<PathBuf>,
    /// Show the certificates that this server sends (repeatable)
    #[arg(long = "endpoint", value_name = "HOST:PORT")]
    endpoints: Vec<String>,
    /// How long to wait for a server
    #[arg(long, value_name = "DURATION", default_value = "5s")]
    timeout: Lifetime,
    /// Exit with 3 if something is due, has expired, or needs attention for another reason
    #[arg(long)]
    check: bool,
    /// Report what expires within this time as due [default: the spec's `renewBefore`, else 30d]
    #[arg(long, value_name = "DURATION")]
    within: Option<Lifetime>,
    /// Show the state at this time: a date, or a time as in RFC 3339 [default: now]
    #[arg(long, value_name = "TIME")]
    at: Option<Moment>,
    /// Write metrics to this file, for the textfile collector of node_exporter; `-` is stdout
    #[arg(long, value_name = "FILE", conflicts_with = "output", value_parser = Target::parse)]
    textfile: Option<Target>,
    /// The format of the output
    #[arg(short, long, value_enum, default_value_t, value_name = "FORMAT")]
    output: StatusFormat,
}

/// How a status is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum StatusFormat {
    /// For people, as wide as the terminal, else 80 columns
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
struct StatusReport {
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

impl StatusReport {
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
        (Some(target), _) => {
            let text = prometheus::text(&report);
            target.write(text.as_bytes(), Access::Everybody, IfExists::Replace, context)?;
        }
        (None, StatusFormat::Table) => {
            Format::Text.show(&StatusView::of(&report, false), context)?;
            next::next(&report).iter().for_each(|line| context.printer.talk(line));
        }
        (None, StatusFormat::Wide) => Format::Text.show(&StatusView::of(&report, true), context)?,
        (None, StatusFormat::Json) => {
            Format::Json.show(&StatusView::of(&report, false), context)?
        }
        (None, StatusFormat::Yaml) => {
            Format::Yaml.show(&StatusView::of(&report, false), context)?
        }
        (None, StatusFormat::Csv) => context.printer.data(&csv::sheet(&report)?.to_csv()),
        (None, StatusFormat::Kubeadm) => print_json(&kubeadm::of(&report), context)?,
        (None, StatusFormat::Prometheus) => {
            context.printer.data(prometheus::text(&report).as_bytes())
        }
    }
    let found = args.check && report.status.urgent().next().is_some();
    Ok(if found { exit_code::FOUND } else { exit_code::DONE })
}

fn report(args: &Args, context: &mut Context) -> Result<StatusReport, CommandError> {
    let at = args.at.map_or(context.now, Moment::timestamp);
    let is_elsewhere =
        !(args.paths.is_empty() && args.kubeconfigs.is_empty() && args.endpoints.is_empty());
    let pki = pki::open(context, pki::WAIT)?;
    let spec = if is_elsewhere { pki.spec_if_any() } else { pki.spec().map(Some) };
    let spec = spec.map_err(|error| pki::failed(error, context))?;
    if is_elsewhere && !files::exists(&context.global.dir) {
        let error = format!("cannot read the root `{}`", context.global.dir.display());
        let error = CommandError::usage(error).because("there is no such folder");
        return Err(error.hint("name another root with `--dir`, or leave out `--dir`"));
    }
    if spec.is_none() && context.global.dir != Path::new(".") {
        let dir = context.global.dir.display();
        context
            .printer
            .warning(&format!("there is no spec in `{dir}`, so its files are not shown"));
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
    Ok(StatusReport { status, cluster, root, here, is_now, within })
}
