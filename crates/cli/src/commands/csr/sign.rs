//! `kubepki csr sign`: sign an approved request of a cluster with the root's CA, for signers of
//! one's own.

use kubepki_cluster::{
    Policy, PolicyOptions, Recorder, RequestProfile, Signatory, SubjectAltName, SystemMasters,
    ledger_of, request_object::RequestState, spec::Lifetime,
};

use super::{
    super::{invalid, ledger, permissions, sign, spec},
    fetch_object, path, unusable,
};
use crate::{context::Context, error::CommandError, exit_code, kubectl::Kubectl};

/// Sign an approved request with the root's CA
///
/// For signer names of your own: those of Kubernetes' own are signed by the controller manager. The
/// rules are those of `kubepki sign`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The request
    name: String,
    /// What to sign it as: user, node-client, node-server, server or client
    #[arg(long)]
    profile: RequestProfile,
    /// How long the certificate is good for [default: what the spec says]
    #[arg(long)]
    lifetime: Option<Lifetime>,
    /// A name beyond the spec's, or one of the cluster's own servers, that a server or client may ask
    /// for; may be given several times
    #[arg(long, value_name = "NAME")]
    san: Vec<SubjectAltName>,
    #[command(flatten)]
    permissions: permissions::Flags,
    #[command(flatten)]
    beyond: permissions::Beyond,
    #[command(flatten)]
    kubectl: Kubectl,
}

pub(crate) fn run(args: &Args, context: &mut Context) -> Result<u8, CommandError> {
    let read = spec::read(context, SystemMasters::Allowed)?;
    let options = PolicyOptions {
        lifetime: args.lifetime,
        names: args.san.clone(),
        allow: args.beyond.added_to(args.permissions.allow()),
        ..PolicyOptions::default()
    };
    let policy = Policy::new(&read.spec, args.profile, options).map_err(|e| invalid(&e))?;
    let name = &args.name;
    let object = fetch_object(name, &args.kubectl)?;
    if object.signer_name().starts_with("kubernetes.io/") {
        let signer = object.signer_name();
        return Err(CommandError::usage(format!("`{name}` is for `{signer}`"))
            .because("the controller manager signs for Kubernetes' own signers")
            .hint("use a signer name of your own, such as example.com/users"));
    }
    if object.state() != RequestState::Approved {
        let state = object.state().name();
        return Err(CommandError::failed(format!("`{name}` is {state}"))
            .hint(format!("only an approved request is signed: kubepki csr approve {name}")));
    }
    let request = object.request_pem().map_err(|error| unusable(&error))?;
    let (request, grant) = policy.read(&request).map_err(|refused| {
        CommandError::usage(format!("`{name}` is refused by the rule `{}`", refused.rule))
            .because(refused.message.clone())
            .hint(refused.rule.hint())
    })?;
    let store = spec::lock(context, spec::WAIT)?;
    let signatory = Signatory::read(&store, &read.catalog).map_err(sign::failed)?;
    let requester = Context::requester("csr sign");
    let mut recorder = Recorder { ledger: ledger_of(&store), requester };
    let signed = signatory.sign(&[(request.public_key(), &grant)], context.now, &mut recorder);
    for certificate in signed.map_err(sign::failed)? {
        let body = object.issued(&certificate.to_pem());
        let put = args.kubectl.put(&format!("{}/status", path(name)?), &body);
        put.map_err(|error| error.hint(ledger::never_given(1)))?;
    }
    for notice in grant.notices() {
        context.printer.warning(&notice.to_string());
    }
    context.printer.talk(&format!("signed `{name}` as {}", grant.subject()));
    Ok(exit_code::DONE)
}
