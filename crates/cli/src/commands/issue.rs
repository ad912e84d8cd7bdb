//! `kubepki issue`: one identity outside the spec, with the role binding that goes with it.

mod output;
mod rbac;

use clap::Subcommand;
use kubepki_cluster::{
    Allow, ApplyError, Recorder, SystemMasters,
    identity::{Identity, IdentityKind, IssuerName, Wish},
    issue::{IssueError, client_without_credential, issue},
    ledger_of,
    spec::{KeyAlgorithm, Lifetime, SubjectAltName},
};

use super::{invalid, ledger, permissions, spec};
use crate::{context::Context, error::CommandError, exit_code};

/// Issue one identity outside the spec: a user, a node, a server or a client
///
/// The key is new. Neither it nor the certificate is kept in the root; the ledger keeps the
/// certificate's serial number and digest.
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
    kind: Kind,
}

#[derive(Debug, Subcommand)]
enum Kind {
    /// A person or a robot: a kubeconfig with Kubernetes groups
    User(User),
    /// A kubelet: its kubeconfig, and its serving certificate
    Node(Node),
    /// A TLS server
    Server(Request),
    /// A TLS client, such as one of etcd
    Client(User),
    /// A TLS server that also dials, such as an etcd member
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
    /// A group; may be given several times, one `O=` each
    #[arg(long, value_name = "GROUP")]
    group: Vec<String>,
    /// The user id, which Kubernetes reads from 1.33 on
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
    /// A DNS name, address or URI that it is good for; may be given several times
    #[arg(long, value_name = "NAME")]
    san: Vec<SubjectAltName>,
    /// How long it is good for, such as 24h [default: the spec's]
    #[arg(long)]
    lifetime: Option<Lifetime>,
    /// The algorithm of its key [default: the spec's]
    #[arg(long, value_name = "ALGORITHM")]
    key_algorithm: Option<KeyAlgorithm>,
    /// The CA: ca, etcd-ca or front-proxy-ca, or any other that the spec names
    #[arg(long, default_value = "ca", value_name = "CA")]
    issuer: IssuerName,
    #[command(flatten)]
    output: output::Output,
}

pub(crate) fn run(args: Args, context: &mut Context) -> Result<u8, CommandError> {
    // Whoever is in the spec was allowed there; this identity has flags of its own.
    let spec = spec::read(context, SystemMasters::Allowed)?.spec;
    let (kind, request, rights, rbac) = match args.kind {
        Kind::Client(user) => (IdentityKind::Client, user.request, user.rights, user.rbac),
        Kind::Node(Node { request, authorities }) => {
            let rights = Rights { authorities, ..Rights::default() };
            of_machine(IdentityKind::Node, request, rights)
        }
        Kind::Peer(Peer { request, permissions, authorities }) => {
            let rights = Rights { permissions, authorities, ..Rights::default() };
            of_machine(IdentityKind::Peer, request, rights)
        }
        Kind::Server(request) => of_machine(IdentityKind::Server, request, Rights::default()),
        Kind::User(user) => (IdentityKind::User, user.request, user.rights, user.rbac),
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
    let identity = Identity::new(wish, allow, &spec).map_err(|error| invalid(&error))?;
    // Everything that can be wrong is found before anything is signed.
    let destination = request.output.destination(&identity, kind, &issuer)?;
    let binding = rbac.binding(&identity, allow)?;
    if binding.is_some() {
        rbac.check(&identity)?;
    }

    let store = spec::lock(context, spec::WAIT)?;
    let client = || client_without_credential(&spec, &identity, &store);
    destination.check_merge(|| client().map_err(|error| failed(&error)))?;
    let mut recorder =
        Recorder { ledger: ledger_of(&store), requester: Context::requester("issue") };
    let issued = issue(&spec, &identity, &store, &mut recorder, context.now);
    let issued = issued.map_err(|error| failed(&error))?;
    let count = 1 + usize::from(issued.serving.is_some());
    let yaml = binding.map(|binding| binding.to_yaml());
    let along = yaml.as_deref().map(|yaml| rbac.file(yaml, &identity));
    destination
        .write(&issued, along.as_ref(), context)
        .map_err(|error| error.hint(ledger::never_given(count)))?;
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

fn failed(error: &IssueError) -> CommandError {
    let failed = CommandError::failed("nothing was issued");
    match error {
        IssueError::Refused { refusal, hint, .. } => {
            failed.because(refusal.to_string()).hint(hint.to_string())
        }
        IssueError::NoAuthority { .. } => failed
            .caused_by(error)
            .hint("make it with `kubepki apply`, or name its root with `--dir`"),
        IssueError::Apply(ApplyError::Ledger(error)) => {
            ledger::ledger_error("cannot record what was signed; nothing was issued", error)
        }
        IssueError::Apply(error) => failed.caused_by(error),
        IssueError::Store(error) => spec::store_error("nothing was issued", error),
        _ => failed.caused_by(error),
    }
}
