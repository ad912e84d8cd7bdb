//! `kubepki host list`: the machines of the cluster, and whether their files are there.

use kubepki_cluster::{Store, spec::HostSpec};
use kubepki_host::Share;
use serde::Serialize;

use super::Source;
use crate::{
    commands::{Format, spec},
    context::Context,
    error::CommandError,
    exit_code,
};

/// List the hosts: roles, addresses, and how many files each gets
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kubepki host list
  kubepki host list -o json | jq -r '.hosts[] | select(.missing > 0).name'")]
pub(super) struct Args {
    /// How to print the hosts
    #[arg(short, long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    api_version: &'static str,
    kind: &'static str,
    cluster: String,
    hosts: Vec<Host>,
}

#[derive(Serialize)]
struct Host {
    name: String,
    roles: Vec<&'static str>,
    addresses: Vec<String>,
    files: usize,
    missing: usize,
}

pub(super) fn run(args: &Args, context: &mut Context) -> Result<u8, CommandError> {
    let source = Source::read(context)?;
    let mut hosts = Vec::new();
    for host in &source.read.spec.hosts {
        let share = source.share(host)?;
        let missing = missing(&share, &source.store)?;
        hosts.push(Host {
            name: host.name.to_string(),
            roles: roles(host),
            addresses: host.addresses.iter().map(ToString::to_string).collect(),
            files: share.files.len(),
            missing,
        });
    }
    if args.output == Format::Text {
        table(&hosts, context);
        return Ok(exit_code::DONE);
    }
    let cluster = source.read.spec.name.to_string();
    let (api_version, kind) = ("kubepki/v1alpha1", "HostList");
    args.output.print(&Document { api_version, kind, cluster, hosts }, context)?;
    Ok(exit_code::DONE)
}

/// What a host does, in the words of the spec.
pub(super) fn roles(host: &HostSpec) -> Vec<&'static str> {
    host.roles.iter().map(|role| role.name()).collect()
}

fn missing(share: &Share, store: &impl Store) -> Result<usize, CommandError> {
    let mut missing = 0;
    for file in &share.files {
        let found = store.read(&file.source);
        let found = found.map_err(|error| spec::store_error("cannot read the root", &error))?;
        missing += usize::from(found.is_none());
    }
    Ok(missing)
}

fn table(hosts: &[Host], context: &mut Context) {
    let row = |host: &Host| {
        let files = match host.missing {
            0 => host.files.to_string(),
            missing => format!("{} ({missing} missing)", host.files),
        };
        [host.name.clone(), host.roles.join(","), files, host.addresses.join(",")]
    };
    let rows: Vec<_> = hosts.iter().map(row).collect();
    let heading = ["HOST", "ROLES", "FILES", "ADDRESSES"];
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].len());
        cells.chain([heading[column].len()]).max().unwrap_or(0)
    };
    let widths = [width(0), width(1), width(2)];
    let line = |[name, roles, files, addresses]: [&str; 4]| {
        let [w0, w1, w2] = widths;
        format!("{name:w0$}  {roles:w1$}  {files:w2$}  {addresses}")
    };
    context.printer.heading(&line(heading));
    for row in &rows {
        let [name, roles, files, addresses] = row;
        let line = line([name, roles, files, addresses]);
        context.printer.data(&(line.trim_end().to_owned() + "\n"));
    }
}
