//! `kubepki csr approve` and `kubepki csr deny`: a decision, which is final.

use kubepki_cluster::{Allow, policy::check_approval, request_object};

use super::{super::permissions, fetch_object, path, unusable};
use crate::{context::Context, error::CommandError, exit_code, kubectl::Kubectl};

/// Approve certificate requests, so that their signer signs them
///
/// Prints who requests what. Refuses a request that the built-in signers of Kubernetes would not sign,
/// and a request for a node from anybody else. Requests for more than a plain user need a flag.
/// Checks all requests before it approves the first.
#[derive(Debug, clap::Args)]
pub(crate) struct ApproveArgs {
    /// The requests
    #[arg(required = true, value_name = "NAME")]
    names: Vec<String>,
    #[command(flatten)]
    permissions: permissions::Flags,
    #[command(flatten)]
    kubectl: Kubectl,
}

/// Deny certificate requests, so that no signer signs them
#[derive(Debug, clap::Args)]
pub(crate) struct DenyArgs {
    /// The requests
    #[arg(required = true, value_name = "NAME")]
    names: Vec<String>,
    /// The reason, which the requester can read
    #[arg(long)]
    reason: String,
    #[command(flatten)]
    kubectl: Kubectl,
}

pub(crate) fn approve(args: &ApproveArgs, context: &mut Context) -> Result<u8, CommandError> {
    let message = "approved by hand with kubepki";
    let allow = args.permissions.allow();
    decide(&args.names, Decision::Approve(allow), message, &args.kubectl, context)
}

pub(crate) fn deny(args: &DenyArgs, context: &mut Context) -> Result<u8, CommandError> {
    decide(&args.names, Decision::Deny, &args.reason, &args.kubectl, context)
}

pub(super) enum Decision {
    /// Approve what passes with these flags.
    Approve(Allow),
    Deny,
}

/// The object that was judged is the one that is decided: the apiserver refuses the decision where
/// another one has its name by now.
pub(super) fn decide(
    names: &[String],
    decision: Decision,
    message: &str,
    kubectl: &Kubectl,
    context: &mut Context,
) -> Result<u8, CommandError> {
    let mut objects = Vec::new();
    for name in names {
        let object = fetch_object(name, kubectl)?;
        if let Decision::Approve(allow) = decision {
            let subject =
                check_approval(&object, allow).map_err(|refused| super::refused(name, &refused))?;
            let (user, signer) = (object.username(), object.signer_name());
            let usages = object.usages().join(", ");
            context
                .printer
                .talk(&format!("`{name}`: `{user}` requests {subject} from {signer} ({usages})"));
        }
        objects.push(object);
    }
    let (decision, reason, done) = match decision {
        Decision::Approve(_) => (request_object::Decision::Approve, "KubepkiApproved", "approved"),
        Decision::Deny => (request_object::Decision::Deny, "KubepkiDenied", "denied"),
    };
    for (name, object) in names.iter().zip(objects) {
        let body = object.decided(decision, reason, message, context.now);
        let body = body.map_err(|error| unusable(&error))?;
        kubectl.put(&format!("{}/approval", path(name)?), &body)?;
        context.printer.talk(&format!("{done} `{name}`"));
    }
    Ok(exit_code::DONE)
}
