//! `kubepki csr manifest`: a CertificateSigningRequest for `kubectl apply`.

use std::path::PathBuf;

use kubepki_cluster::{
    SigningRequest,
    certificates_api::{CertificateSigningRequest, SignerName, Usage},
    policy::Refused,
    spec::Lifetime,
};

use crate::{context::Context, error::CommandError, exit_code, files};

/// Print the CertificateSigningRequest object of the Kubernetes API for a request
///
/// Refuses what the API and the built-in signers would refuse, and names the rule.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kubepki csr manifest jane.csr --signer kubernetes.io/kube-apiserver-client \\
    --expiration 24h | kubectl apply -f -
  kubepki csr manifest web.csr --signer example.com/web --usages server-auth")]
pub(crate) struct Args {
    /// The request in PEM; `-` is stdin
    request: PathBuf,
    /// The signer, such as kubernetes.io/kube-apiserver-client
    #[arg(long)]
    signer: SignerName,
    /// The usages, such as client-auth,digital-signature [default: those of the signer]
    #[arg(long, value_delimiter = ',')]
    usages: Vec<Usage>,
    /// The lifetime to request, at least 10m
    #[arg(long)]
    expiration: Option<Lifetime>,
    /// The name of the object [default: the name of the file]
    #[arg(long)]
    name: Option<String>,
}

pub(crate) fn run(args: Args, context: &mut Context) -> Result<u8, CommandError> {
    let shown = args.request.display();
    let text = files::read_beginning(&args.request, SigningRequest::MAX_SIZE)
        .map_err(|error| CommandError::usage(format!("cannot read `{shown}`")).caused_by(&error))?;
    let request = SigningRequest::from_pem(&text).map_err(|error| {
        let Refused { rule, message } = Refused::from(error);
        CommandError::usage(format!("`{shown}` is refused by the rule `{rule}`"))
            .because(message)
            .hint(rule.hint())
    })?;
    let stem = args.request.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let name = args.name.or(stem).unwrap_or_default();
    let usages = if args.usages.is_empty() { args.signer.usages() } else { args.usages };
    let object = CertificateSigningRequest::new(
        &name,
        args.signer.clone(),
        usages,
        args.expiration,
        request,
    )
    .map_err(|refusal| {
        let message =
            format!("{} would refuse `{shown}` by its rule `{}`", args.signer, refusal.rule);
        CommandError::usage(message).because(refusal.message.clone()).hint(hint(refusal.rule))
    })?;
    context.printer.data(object.to_yaml().as_bytes());
    Ok(exit_code::DONE)
}

/// What to do about a rule of a signer.
pub(super) fn hint(rule: &str) -> &'static str {
    match rule {
        "name" => "choose a name with `--name`: lower-case letters, digits, and `-` or `.` inside",
        "usages" => "name them with `--usages`, or leave it out for a built-in signer",
        "expiration" => "set `--expiration` to 10m or more",
        "system-masters" => "use the break-glass credential that `kubepki apply` makes",
        _ => "make the request with `kubepki csr new NAME --profile node-client` or `node-server`",
    }
}
