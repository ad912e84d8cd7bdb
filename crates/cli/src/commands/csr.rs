//! `kubepki csr`: certificate requests and Kubernetes' Certificates API, one file a verb.

mod decide;
mod fetch;
mod list;
mod manifest;
mod new;
mod request;
mod sign;
mod submit;

use kubepki_cluster::{
    policy::Refused,
    request_object::{RequestObject, RequestObjectError},
};

use crate::{context::Context, error::CommandError, kubectl::Kubectl};

/// Make certificate requests, and use the Certificates API of a cluster
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kubepki csr new jane --group dev
  kubepki csr list --pending
  kubepki csr approve csr-x7k2p
  kubepki csr deny csr-x7k2p --reason 'not one of our machines'")]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    New(new::Args),
    Request(request::Args),
    Manifest(manifest::Args),
    Submit(submit::Args),
    List(list::Args),
    Approve(decide::ApproveArgs),
    Deny(decide::DenyArgs),
    Fetch(fetch::Args),
    Sign(sign::Args),
}

impl Args {
    /// Whether it has no effect but what it prints.
    pub(crate) const fn only_prints(&self) -> bool {
        matches!(self.command, Command::List(_) | Command::Manifest(_))
    }
}

pub(crate) fn run(args: Args, context: &mut Context) -> Result<u8, CommandError> {
    match args.command {
        Command::Approve(args) => decide::approve(&args, context),
        Command::Deny(args) => decide::deny(&args, context),
        Command::Fetch(args) => fetch::run(&args, context),
        Command::List(args) => list::run(&args, context),
        Command::Manifest(args) => manifest::run(args, context),
        Command::New(args) => new::run(args, context),
        Command::Request(args) => request::run(args, context),
        Command::Sign(args) => sign::run(&args, context),
        Command::Submit(args) => submit::run(&args, context),
    }
}

/// The path of the requests in the API.
const API: &str = "/apis/certificates.k8s.io/v1/certificatesigningrequests";

/// The path of one request, whose name cannot lead elsewhere.
fn path(name: &str) -> Result<String, CommandError> {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-.:".contains(&b);
    let is_safe = !name.is_empty()
        && name.len() <= 253
        && name.bytes().all(plain)
        && !matches!(name, "." | "..")
        && !name.starts_with('-');
    if is_safe {
        return Ok(format!("{API}/{name}"));
    }
    let shown: String = name.chars().take(80).flat_map(char::escape_debug).collect();
    Err(CommandError::usage(format!("`{shown}` is not a valid name of a request"))
        .hint("use lower-case letters, digits, `-` and `.`, at most 253 characters"))
}

fn fetch_object(name: &str, kubectl: &Kubectl) -> Result<RequestObject, CommandError> {
    RequestObject::parse(&kubectl.get(&path(name)?)?).map_err(|error| unusable(&error))
}

fn refused(name: &str, refused: &Refused) -> CommandError {
    CommandError::usage(format!("the rule `{}` refuses `{name}`", refused.rule))
        .because(&refused.message)
        .hint(refused.rule.hint())
}

fn unusable(error: &RequestObjectError) -> CommandError {
    CommandError::failed("cannot use the answer of the cluster")
        .caused_by(error)
        .hint("check that the server in the kubeconfig is an apiserver of Kubernetes 1.19 or newer")
}
