//! `kubepki csr approve` and `kubepki csr deny`: a decision, which is final.

use kubepki_cluster::request_object::Decision;

use super::{fetch_object, path, unusable};
use crate::{context::Context, error::CommandError, exit_code, kubectl::Kubectl};

/// Approve certificate requests: their signer may sign them
#[derive(Debug, clap::Args)]
pub(crate) struct ApproveArgs {
    /// The requests
    #[arg(required = true, value_name = "NAME")]
    names: Vec<String>,
    #[command(flatten)]
    kubectl: Kubectl,
}

/// Deny certificate requests: no signer may sign them
#[derive(Debug, clap::Args)]
pub(crate) struct DenyArgs {
    /// The requests
    #[arg(required = true, value_name = "NAME")]
    names: Vec<String>,
    /// Why, which the requester can read
    #[arg(long)]
    reason: String,
    #[command(flatten)]
    kubectl: Kubectl,
}

pub(crate) fn approve(args: &ApproveArgs, context: &mut Context) -> Result<u8, CommandError> {
    let message = "approved by hand with kubepki";
    decide(&args.names, Decision::Approve, message, &args.kubectl, context)
}

pub(crate) fn deny(args: &DenyArgs, context: &mut Context) -> Result<u8, CommandError> {
    decide(&args.names, Decision::Deny, &args.reason, &args.kubectl, context)
}

pub(super) fn decide(
    names: &[String],
    decision: Decision,
    message: &str,
    kubectl: &Kubectl,
    context: &mut Context,
) -> Result<u8, CommandError> {
    let (reason, done) = match decision {
        Decision::Approve => ("KubepkiApproved", "approved"),
        Decision::Deny => ("KubepkiDenied", "denied"),
    };
    for name in names {
        let object = fetch_object(name, kubectl)?;
        let body = object.decided(decision, reason, message, context.now);
        let body = body.map_err(|error| unusable(&error))?;
        kubectl.put(&format!("{}/approval", path(name)?), &body)?;
        context.printer.talk(&format!("{done} `{name}`"));
    }
    Ok(exit_code::DONE)
}
