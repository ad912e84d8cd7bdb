//! `kubepki host list`: the machines of the cluster, and whether their files are there.

use kubepki_cluster::spec::HostSpec;
use kubepki_report::{Line, Page, Table, View};
use serde::Serialize;

use super::failed;
use crate::{commands::Format, context::Context, error::CommandError, exit_code, pki};

/// List the hosts: roles, addresses, and how many files each one gets
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kubepki host list
  kubepki host list -o json | jq -r '.hosts[] | select(.missing > 0).name'")]
pub(super) struct Args {
    /// The format of the output
    #[arg(short, long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
}

#[derive(Serialize)]
struct HostList {
    cluster: String,
    hosts: Vec<ListedHost>,
}

#[derive(Serialize)]
struct ListedHost {
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
        hosts.push(ListedHost {
            name: host.name.to_string(),
            roles: roles(host),
            addresses: host.addresses.iter().map(ToString::to_string).collect(),
            files: share.files.len(),
            missing,
        });
    }
    let cluster = spec.name.to_string();
    args.output.show(&HostList { cluster, hosts }, context)?;
    Ok(exit_code::DONE)
}

/// What a host does, in the words of the spec.
pub(super) fn roles(host: &HostSpec) -> Vec<&'static str> {
    host.roles.iter().map(|role| role.name()).collect()
}

impl View for HostList {
    const KIND: Option<&'static str> = Some("HostList");

    fn lines(&self, _: Page) -> Vec<Line> {
        let mut table = Table::new(["HOST", "ROLES", "FILES", "ADDRESSES"]);
        for ListedHost { name, roles, addresses, files, missing } in &self.hosts {
            let files = match missing {
                0 => files.to_string(),
                missing => format!("{files} ({missing} missing)"),
            };
            table.row([name.clone(), roles.join(","), files, addresses.join(",")]);
        }
        table.lines()
    }
}
