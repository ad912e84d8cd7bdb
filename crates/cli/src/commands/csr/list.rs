//! `kubepki csr list`: the requests of a cluster.

use kubepki_cluster::request_object::RequestObject;
use kubepki_report::Table;
use serde_json::json;

use super::{API, unusable};
use crate::{commands::Format, context::Context, error::CommandError, exit_code, kubectl::Kubectl};

/// List the certificate requests of a cluster
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only those that nobody has decided
    #[arg(long)]
    pending: bool,
    /// How to print them
    #[arg(short, long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
    #[command(flatten)]
    kubectl: Kubectl,
}

pub(crate) fn run(args: &Args, context: &mut Context) -> Result<u8, CommandError> {
    let mut requests =
        RequestObject::parse_list(&args.kubectl.get(API)?).map_err(|error| unusable(&error))?;
    if args.pending {
        requests.retain(|request| request.state().name() == "Pending");
    }
    if args.output != Format::Text {
        let list: Vec<_> = requests
            .iter()
            .map(|request| {
                json!({
                    "name": request.name(),
                    "state": request.state().name(),
                    "signerName": request.signer_name(),
                    "username": request.username(),
                    "usages": request.usages(),
                    "created": request.created(),
                })
            })
            .collect();
        args.output.print(&list, context)?;
        return Ok(exit_code::DONE);
    }
    if requests.is_empty() {
        context.printer.talk("no requests");
    }
    let mut table = Table::new(["NAME", "STATE", "SIGNER", "REQUESTED BY"]);
    for request in &requests {
        let state = request.state().name();
        table.row([request.name(), state, request.signer_name(), request.username()]);
    }
    table.lines().into_iter().for_each(|line| context.printer.print(line));
    Ok(exit_code::DONE)
}
