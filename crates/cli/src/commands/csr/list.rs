//! `kubepki csr list`: the requests of a cluster.

use jiff::Timestamp;
use kubepki_cluster::request_object::{RequestObject, RequestState};
use kubepki_report::{Line, Page, Table, View};
use serde::Serialize;

use super::{API, unusable};
use crate::{commands::Format, context::Context, error::CommandError, exit_code, kubectl::Kubectl};

/// List the certificate requests of a cluster
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// List only requests without a decision
    #[arg(long)]
    pending: bool,
    /// The format of the output
    #[arg(short, long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
    #[command(flatten)]
    kubectl: Kubectl,
}

#[derive(Serialize)]
#[serde(transparent)]
struct RequestList<'a>(Vec<ListedRequest<'a>>);

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ListedRequest<'a> {
    name: &'a str,
    state: &'static str,
    signer_name: Option<&'a str>,
    username: Option<&'a str>,
    usages: Vec<&'a str>,
    created: Option<Timestamp>,
}

impl<'a> ListedRequest<'a> {
    fn of(request: &'a RequestObject) -> Self {
        let some = |text: &'a str| (!text.is_empty()).then_some(text);
        Self {
            name: request.name(),
            state: request.state().name(),
            signer_name: some(request.signer_name()),
            username: some(request.username()),
            usages: request.usages(),
            created: request.created(),
        }
    }
}

impl View for RequestList<'_> {
    const KIND: Option<&'static str> = None;

    fn lines(&self, _: Page) -> Vec<Line> {
        let mut table = Table::new(["NAME", "STATE", "SIGNER", "REQUESTED BY"]);
        for ListedRequest { name, state, signer_name, username, .. } in &self.0 {
            let (signer, user) = (signer_name.unwrap_or("-"), username.unwrap_or("-"));
            table.row([name, state, signer, user]);
        }
        table.lines()
    }
}

pub(crate) fn run(args: &Args, context: &mut Context) -> Result<u8, CommandError> {
    let mut requests =
        RequestObject::parse_list(&args.kubectl.get(API)?).map_err(|error| unusable(&error))?;
    if args.pending {
        requests.retain(|request| request.state() == RequestState::Pending);
    }
    let list = RequestList(requests.iter().map(ListedRequest::of).collect());
    args.output.show(&list, context)?;
    if args.output == Format::Text && requests.is_empty() {
        context.printer.talk("no requests");
    }
    Ok(exit_code::DONE)
}
