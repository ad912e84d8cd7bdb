//! `kubepki csr request`: from nothing to a kubeconfig, through the Certificates API.

use std::path::PathBuf;

use kubepki_cluster::{
    Allow, RequestProfile,
    certificates_api::{CertificateSigningRequest, SignerName},
    new_request::{NewRequest, Wanted},
    request_object::RequestObject,
    spec::{KeyAlgorithm, Lifetime},
    submission::Submission,
};

use super::{super::invalid, API, decide, fetch, unusable};
use crate::{
    context::Context,
    error::CommandError,
    exit_code,
    files::{self, Access, IfExists, Target},
    kubectl::Kubectl,
};

/// Make a key, request a certificate from the cluster, and write the kubeconfig
///
/// The request must be approved within `--wait` seconds; `--approve` approves it with your own
/// rights. If it stops before that, `csr fetch --key NAME.key` continues.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kubepki csr request jane --group dev
  kubepki csr request ci --approve --expiration 24h")]
pub(crate) struct Args {
    /// The user
    name: String,
    /// A group of the user (repeatable)
    #[arg(long)]
    group: Vec<String>,
    /// The lifetime to request, at least 10m
    #[arg(long)]
    expiration: Option<Lifetime>,
    /// Approve the request too
    #[arg(long)]
    approve: bool,
    /// How many seconds to wait for the certificate
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    wait: u32,
    /// The kubeconfig to write; `-` is stdout [default: NAME.conf]
    #[arg(short, long, value_name = "FILE", value_parser = Target::parse)]
    output: Option<Target>,
    #[command(flatten)]
    kubectl: Kubectl,
}

pub(crate) fn run(args: Args, context: &mut Context) -> Result<u8, CommandError> {
    let wanted = Wanted { name: args.name, groups: args.group, ..Wanted::default() };
    let new = NewRequest::new(RequestProfile::User, wanted).map_err(|error| invalid(&error))?;
    let name = new.file_name().to_owned();
    let key_path = PathBuf::from(format!("{name}.key"));
    let output = args.output.unwrap_or_else(|| Target::Path(format!("{name}.conf").into()));
    let refuse = IfExists::Refuse("move it away, or run in another folder");
    files::check_targets([key_path.as_path()].into_iter().chain(output.path()), refuse)?;
    let (key, request) = new.make(KeyAlgorithm::EcdsaP256).map_err(|error| {
        CommandError::failed("cannot make the key and the request").caused_by(&error)
    })?;
    let signer: SignerName =
        SignerName::KUBE_APISERVER_CLIENT.parse().map_err(|error| invalid(&error))?;
    let usages = signer.usages();
    let object_name = name.to_ascii_lowercase();
    let object =
        CertificateSigningRequest::new(&object_name, signer, usages, args.expiration, request)
            .map_err(|refused| {
                CommandError::usage("the API would refuse it").caused_by(&refused)
            })?;
    // The key first: a certificate without its key is useless.
    files::write(&key_path, key.to_pem().as_bytes(), Access::Owner, refuse)?;
    let posted = args.kubectl.post(API, &Submission::from(&object).body());
    let made = posted.and_then(|made| RequestObject::parse(&made).map_err(|e| unusable(&e)));
    if let Err(error) = made {
        // Nothing was submitted, and the next try needs the name of the key's file.
        files::discard(&key_path);
        return Err(error);
    }
    let key_shown = key_path.display();
    context.printer.talk(&format!("submitted `{object_name}`; keep its key `{key_shown}` here"));
    if args.approve {
        let message = "approved with its request by kubepki";
        decide::decide(
            std::slice::from_ref(&object_name),
            decide::Decision::Approve(Allow::default()),
            message,
            &args.kubectl,
            context,
        )?;
    }
    let certificate = fetch::wait(&object_name, args.wait, &args.kubectl).map_err(|error| {
        let key = key_path.display();
        error.hint(format!("to continue: kubepki csr fetch {object_name} --key {key} --wait 300"))
    })?;
    let kubeconfig =
        fetch::kubeconfig(&name, &certificate, key.to_pem().as_bytes(), &args.kubectl)?;
    output.write(&kubeconfig, Access::Owner, refuse, context)?;
    Ok(exit_code::DONE)
}
