//! `kubepki csr list`: the requests of a cluster.

use kubepki_cluster::request_object::RequestObject;
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
    let rows = requests.iter().map(|request| {
        [request.name(), request.state().name(), request.signer_name(), request.username()]
    });
    let rows: Vec<_> =
        std::iter::once(["NAME", "STATE", "SIGNER", "REQUESTED BY"]).chain(rows).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
    let widths = [0, 1, 2].map(|column| width(column).unwrap_or_default());
    if requests.is_empty() {
        return Ok(exit_code::DONE);
    }
    for [name, state, signer, user] in rows {
        let [a, b, c] = widths;
        context.printer.data(&format!("{name:a$}  {state:b$}  {signer:c$}  {user}\n"));
    }
    Ok(exit_code::DONE)
}
