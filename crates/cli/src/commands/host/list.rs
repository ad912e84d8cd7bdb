//! `kubepki host list`: the machines of the cluster, and whether their files are there.

use kubepki_cluster::spec::HostSpec;
use kubepki_report::Table;
use serde::Serialize;

use super::failed;
use crate::{commands::Format, context::Context, error::CommandError, exit_code, pki};

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
    let pki = pki::open(context, pki::WAIT)?;
    let spec = &pki.spec().map_err(|error| failed(error, context))?.spec;
    let mut hosts = Vec::new();
    for host in &spec.hosts {
        let share = pki.share(host.name.as_str()).map_err(|error| failed(error, context))?;
        let are_there = pki.are_there(&share).map_err(|error| failed(error, context))?;
        let missing = are_there.iter().filter(|is_there| !**is_there).count();
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
    let cluster = spec.name.to_string();
    let (api_version, kind) = ("kubepki/v1alpha1", "HostList");
    args.output.print(&Document { api_version, kind, cluster, hosts }, context)?;
    Ok(exit_code::DONE)
}

/// What a host does, in the words of the spec.
pub(super) fn roles(host: &HostSpec) -> Vec<&'static str> {
    host.roles.iter().map(|role| role.name()).collect()
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
