//! `kubepki host list`: the machines of the cluster, and whether their files are there.

use kubepki_cluster::{Store, spec::HostSpec};
use kubepki_host::Share;
use kubepki_report::Table;
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
        let found = found.map_err(|error| pki::store("cannot read the root", &error))?;
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
    let mut table = Table::new(["HOST", "ROLES", "FILES", "ADDRESSES"]);
    hosts.iter().for_each(|host| table.row(row(host)));
    table.lines().into_iter().for_each(|line| context.printer.print(line));
}
