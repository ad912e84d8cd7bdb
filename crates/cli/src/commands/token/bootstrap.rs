//! `kubepki token bootstrap`: what a kubelet without a certificate needs to ask for one.

use std::path::PathBuf;

use kubepki_cluster::{
    spec::Lifetime,
    token::{self, BootstrapGroup, BootstrapToken},
};
use kubepki_pki::PkiError;

use kubepki_report::time;

use super::super::invalid;
use crate::{
    context::Context,
    error::CommandError,
    exit_code,
    files::{self, Access, IfExists, NewFile, named_folder},
    pki,
};

/// Make a bootstrap token, its Secret and role bindings, and a bootstrap kubeconfig for kubelets
///
/// Writes `bootstrap-token-<id>.yaml` for `kubectl apply` and `bootstrap-kubelet-<id>.conf` for
/// `kubelet --bootstrap-kubeconfig`, both with mode 0600. Never prints the token.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kubepki token bootstrap
  kubepki token bootstrap --expiration 1h --out join")]
pub(crate) struct Args {
    /// The lifetime of the token
    #[arg(long, default_value = "24h")]
    expiration: Lifetime,
    /// Another group of the token besides system:bootstrappers (repeatable)
    /// [default: system:bootstrappers:kubepki]
    #[arg(long)]
    group: Vec<BootstrapGroup>,
    /// The folder for the two files
    #[arg(short, long, value_name = "DIR", default_value = ".", value_parser = named_folder)]
    out: PathBuf,
}

pub(crate) fn run(args: Args, context: &mut Context) -> Result<u8, CommandError> {
    let pki = pki::open(context, pki::WAIT)?;
    let spec = &pki.spec().map_err(|error| pki::failed(error, context))?.spec;
    let ca = pki.authority("ca").map_err(|error| {
        let PkiError::Sign(error) = error else { return pki::failed(error, context) };
        CommandError::failed("cannot make a bootstrap kubeconfig without the cluster's CA")
            .caused_by(&error)
            .hint("make the root with `kubepki apply`")
    })?;
    let expires = token::expiration(context.now, args.expiration).map_err(|e| invalid(&e))?;
    let token = BootstrapToken::generate()
        .map_err(|error| CommandError::failed("cannot make a token").caused_by(&error))?;
    let groups = if args.group.is_empty() { vec![BootstrapGroup::default()] } else { args.group };
    let manifest = token.manifest(&groups, expires);
    let kubeconfig = token.kubeconfig(spec, &ca.to_pem());

    let manifest_path = args.out.join(format!("bootstrap-token-{}.yaml", token.id()));
    let kubeconfig_path = args.out.join(format!("bootstrap-kubelet-{}.conf", token.id()));
    let private =
        |path: &PathBuf, contents| NewFile { path: path.clone(), contents, access: Access::Owner };
    let files = [
        private(&manifest_path, manifest.as_bytes()),
        private(&kubeconfig_path, kubeconfig.as_bytes()),
    ];
    files::write_all(&files, IfExists::Refuse("run again: the next token has another name"))?;
    let until = time(expires);
    let (manifest, kubeconfig) = (manifest_path.display(), kubeconfig_path.display());
    for line in [
        format!("made a bootstrap token, valid until {until}; next:"),
        format!("  1. kubectl apply -f {manifest}"),
        format!("  2. copy `{kubeconfig}` to the node as /etc/kubernetes/bootstrap-kubelet.conf"),
        "  3. start the kubelet with --bootstrap-kubeconfig, and delete both files".to_owned(),
    ] {
        context.printer.talk(&line);
    }
    Ok(exit_code::DONE)
}
