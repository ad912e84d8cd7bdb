//! `kubepki csr sign`: sign an approved request of a cluster with the root's CA, for signers of
//! one's own.

use kubepki_cluster::{
    Policy, PolicyOptions, RequestProfile, SubjectAltName, request_object::RequestState,
    spec::Lifetime,
};
use kubepki_pki::RequestSource;

use super::{
    super::{invalid, permissions, sign},
    fetch_object, path,
};
use crate::{context::Context, error::CommandError, exit_code, kubectl::Kubectl, pki};

/// Sign an approved request with the root's CA
///
/// Only for your own signer names: kube-controller-manager signs for the signers of Kubernetes. The
/// rules are those of `kubepki sign`, and the `usages` of the request must be those of the profile. The
/// shorter of its `expirationSeconds` (600 or more) and the lifetime here counts. A node must make its
/// own request.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The request
    name: String,
    /// The profile: user, node-client, node-server, server or client
    #[arg(long)]
    profile: RequestProfile,
    /// The lifetime [default: the spec's]
    #[arg(long)]
    lifetime: Option<Lifetime>,
    /// Allow this name for a server or client: a name that is not in the spec, or one of the cluster's
    /// own servers (repeatable)
    #[arg(long, value_name = "NAME")]
    san: Vec<SubjectAltName>,
    #[command(flatten)]
    permissions: permissions::Flags,
    #[command(flatten)]
    beyond: permissions::Beyond,
    /// Check the request and stop
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    kubectl: Kubectl,
}

pub(crate) fn run(args: &Args, context: &mut Context) -> Result<u8, CommandError> {
    let pki = pki::open(context, pki::WAIT)?;
    let spec = &pki.spec().map_err(|error| pki::failed(error, context))?.spec;
    let options = PolicyOptions {
        lifetime: args.lifetime,
        names: args.san.clone(),
        allow: args.beyond.added_to(args.permissions.allow()),
        ..PolicyOptions::default()
    };
    let policy = Policy::new(spec, args.profile, options).map_err(|e| invalid(&e))?;
    let name = &args.name;
    let object = fetch_object(name, &args.kubectl)?;
    if object.signer_name().starts_with("kubernetes.io/") {
        let signer = object.signer_name();
        return Err(CommandError::usage(format!("`{name}` is for `{signer}`"))
            .because("kube-controller-manager signs for the signers of Kubernetes")
            .hint("use your own signer name, such as example.com/users"));
    }
    let (request, grant) =
        policy.read_object(&object).map_err(|refused| super::refused(name, &refused))?;
    let orders = [(request.public_key(), &grant)];
    let what = format!(
        "`{name}` as {}, requested by `{}`, for {} at most",
        grant.subject(),
        object.username(),
        hours(grant.lifetime().as_secs())
    );
    if args.profile == RequestProfile::User && object.username() != grant.subject().common_name {
        context
            .printer
            .warning(&format!("`{}` requests a certificate for another user", object.username()));
    }
    let not_approved = match object.state() {
        RequestState::Approved => None,
        state => Some(
            CommandError::failed(format!("`{name}` is {}", state.name()))
                .hint(format!("approve it first: kubepki csr approve {name}")),
        ),
    };
    if args.dry_run {
        let checked = pki.check_signing(&orders, context.now);
        checked.map_err(|error| sign::failed(error, context))?;
        for notice in grant.notices() {
            context.printer.warning(&notice.to_string());
        }
        context.printer.talk(&format!("would sign {what}"));
        return not_approved.map_or(Ok(exit_code::DONE), Err);
    }
    if let Some(error) = not_approved {
        return Err(error);
    }
    let signed = pki.sign(&orders, RequestSource::Cluster, context.now);
    for certificate in signed.map_err(|error| sign::failed(error, context))? {
        let body = object.issued(&certificate.to_pem());
        let put = args.kubectl.put(&format!("{}/status", path(name)?), &body);
        put.map_err(|error| error.hint(pki::never_given(1)))?;
    }
    for notice in grant.notices() {
        context.printer.warning(&notice.to_string());
    }
    context.printer.talk(&format!("signed {what}"));
    Ok(exit_code::DONE)
}

/// As people say it: `24h`, `90m`, `30s`.
fn hours(seconds: i64) -> String {
    match (seconds % 3600, seconds % 60) {
        (0, _) => format!("{}h", seconds / 3600),
        (_, 0) => format!("{}m", seconds / 60),
        _ => format!("{seconds}s"),
    }
}
