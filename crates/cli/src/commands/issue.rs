//! `kubepki issue`: one identity outside the spec, with the role binding that goes with it.

mod output;
mod rbac;

use clap::Subcommand;
use kubepki_cluster::{
    Allow,
    identity::{Identity, IdentityKind, IssuerName, Wish},
    spec::{KeyAlgorithm, Lifetime, SubjectAltName},
};
use kubepki_pki::{Operation, PkiError};

use super::{invalid, permissions};
use crate::{context::Context, error::CommandError, exit_code, pki};

/// Issue one identity that is not in the spec: a user, node, server or client
///
/// Makes a new key. The root keeps neither the key nor the certificate. The ledger keeps the serial
/// number and the digest of the certificate.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kubepki issue user jane --group dev --group oncall --lifetime 24h
  kubepki issue user jane --group dev --role view --namespace web --apply
  kubepki issue user ci --merge-into ~/.kube/config
  kubepki issue node node-7 --san 10.240.0.27
  kubepki issue server metrics.example.com --san 10.240.0.40
  kubepki issue client backup --issuer etcd-ca --danger-etcd-client")]
pub(crate) struct Args {
    #[command(subcommand)]
    kind: IdentityCommand,
}

#[derive(Debug, Subcommand)]
enum IdentityCommand {
    /// A person or a program: a kubeconfig with Kubernetes groups
    User(User),
    /// A kubelet: its kubeconfig, and its serving certificate
    Node(Node),
    /// A TLS server
    Server(Request),
    /// A TLS client, such as one of etcd
    Client(User),
    /// A TLS server that is also a client, such as an etcd member
    Peer(Peer),
}

#[derive(Debug, clap::Args)]
struct User {
    #[command(flatten)]
    rights: Rights,
    #[command(flatten)]
    request: Request,
    #[command(flatten)]
    rbac: rbac::RoleBinding,
}

#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "Identity")]
struct Rights {
    /// A group, which becomes an `O=` of the subject (repeatable)
    #[arg(long, value_name = "GROUP")]
    group: Vec<String>,
    /// The UID, which Kubernetes reads from 1.33 on
    #[arg(long)]
    uid: Option<String>,
    #[command(flatten)]
    permissions: permissions::Flags,
    #[command(flatten)]
    authorities: permissions::Authorities,
    #[command(flatten)]
    beyond: permissions::Beyond,
}

#[derive(Debug, clap::Args)]
struct Node {
    #[command(flatten)]
    request: Request,
    #[command(flatten)]
    authorities: permissions::Authorities,
}

#[derive(Debug, clap::Args)]
struct Peer {
    #[command(flatten)]
    request: Request,
    #[command(flatten)]
    permissions: permissions::Flags,
    #[command(flatten)]
    authorities: permissions::Authorities,
}

impl Rights {
    fn allow(&self) -> Allow {
        self.beyond.added_to(self.authorities.added_to(self.permissions.allow()))
    }
}

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Identity")]
struct Request {
    /// The name of the user, host or program
    name: String,
    /// A DNS name, address or URI of the certificate (repeatable)
    #[arg(long, value_name = "NAME")]
    san: Vec<SubjectAltName>,
    /// The lifetime, such as 24h [default: the spec's]
    #[arg(long)]
    lifetime: Option<Lifetime>,
    /// The key algorithm [default: the spec's]
    #[arg(long, value_name = "ALGORITHM")]
    key_algorithm: Option<KeyAlgorithm>,
    /// The issuing CA: ca, etcd-ca, front-proxy-ca, or another CA of the spec
    #[arg(long, default_value = "ca", value_name = "CA")]
    issuer: IssuerName,
    #[command(flatten)]
    output: output::OutputArgs,
}

pub(crate) fn run(args: Args, context: &mut Context) -> Result<u8, CommandError> {
    // Whoever is in the spec was allowed there; this identity has flags of its own.
    let pki = pki::open(context, pki::WAIT)?;
    let spec = &pki.spec().map_err(|error| pki::failed(error, context))?.spec;
    let (kind, request, rights, rbac) = match args.kind {
        IdentityCommand::Client(user) => {
            (IdentityKind::Client, user.request, user.rights, user.rbac)
        }
        IdentityCommand::Node(Node { request, authorities }) => {
            let rights = Rights { authorities, ..Rights::default() };
            of_machine(IdentityKind::Node, request, rights)
        }
        IdentityCommand::Peer(Peer { request, permissions, authorities }) => {
            let rights = Rights { permissions, authorities, ..Rights::default() };
            of_machine(IdentityKind::Peer, request, rights)
        }
        IdentityCommand::Server(request) => {
            of_machine(IdentityKind::Server, request, Rights::default())
        }
        IdentityCommand::User(user) => (IdentityKind::User, user.request, user.rights, user.rbac),
    };
    let allow = rights.allow();
    let wish = Wish {
        kind,
        name: request.name,
        groups: rights.group,
        uid: rights.uid,
        subject_alt_names: request.san,
        lifetime: request.lifetime,
        key_algorithm: request.key_algorithm,
        issuer: request.issuer,
    };
    let issuer = wish.issuer.clone();
    let identity = Identity::new(wish, allow, spec).map_err(|error| invalid(&error))?;
    // Everything that can be wrong is found before anything is signed.
    let destination = request.output.destination(&identity, kind, &issuer)?;
    let binding = rbac.binding(&identity, allow)?;
    if binding.is_some() {
        rbac.check(&identity)?;
    }

    let failed = |error| failed(error, context);
    destination.check_merge(|| pki.client_without_credential(&identity).map_err(failed))?;
    let issued = pki.issue(&identity, context.now).map_err(failed)?;
    let count = 1 + usize::from(issued.serving.is_some());
    let yaml = binding.map(|binding| binding.to_yaml());
    let along = yaml.as_deref().map(|yaml| rbac.file(yaml, &identity));
    destination
        .write(&issued, along.as_ref(), context)
        .map_err(|error| error.hint(pki::never_given(count)))?;
    if let Some(yaml) = yaml {
        rbac.send(&yaml, &identity, context)?;
    }
    Ok(exit_code::DONE)
}

fn of_machine(
    kind: IdentityKind,
    request: Request,
    rights: Rights,
) -> (IdentityKind, Request, Rights, rbac::RoleBinding) {
    (kind, request, rights, rbac::RoleBinding::default())
}

fn failed(error: PkiError, context: &Context) -> CommandError {
    let failed = CommandError::failed("nothing was issued");
    match error {
        PkiError::Refused(refused) => {
            failed.because(refused.refusal.to_string()).hint(refused.refusal.hint(&refused.entry))
        }
        PkiError::NoAuthority { .. } => failed
            .caused_by(&error)
            .hint("make it with `kubepki apply`, or name its root with `--dir`"),
        PkiError::Apply(error) => failed.caused_by(&*error),
        PkiError::Issue(error) => failed.caused_by(&*error),
        PkiError::Store { operation: Operation::Read, source } => {
            pki::store("nothing was issued", &source)
        }
        error => pki::failed(error, context),
    }
}
