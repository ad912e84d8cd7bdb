//! `kubepki kubeconfig new`: a kubeconfig from its parts.

use std::path::{Path, PathBuf};

use clap::ArgGroup;
use jiff::SignedDuration;
use kubepki_cluster::kubeconfig_check::{CertificateProblem, check_certificates};
use kubepki_kubeconfig::{
    AuthInfo, Cluster, Kubeconfig, NamedCluster, NamedContext, NamedUser, SecretText,
};
use zeroize::Zeroizing;

use super::{entry_name, set_namespace::namespace, view};
use crate::{
    context::Context,
    error::CommandError,
    exit_code,
    files::{Access, IfExists, Target},
    kubeconfigs,
};

/// Make a kubeconfig from a CA, a server, and a client certificate or a token
///
/// Embeds everything, so that the kubeconfig needs no other file. The context is `USER@CLUSTER`.
#[derive(Debug, clap::Args)]
#[command(group = ArgGroup::new("credentials").required(true).multiple(true)
    .args(["client_certificate", "token_file"]))]
#[command(after_help = "\
Examples:
  kubepki kubeconfig new -o jane.conf --cluster prod --server https://lb.example.com:6443 \\
    --certificate-authority ca.crt --user jane --client-certificate jane.crt --client-key jane.key
  kubepki kubeconfig new -o ci.conf --cluster prod --server https://lb.example.com:6443 \\
    --certificate-authority ca.crt --user ci --token-file ci.token")]
pub(super) struct Args {
    /// The file to write, which must not exist; `-` is stdout
    #[arg(short, long, value_name = "FILE", value_parser = Target::parse)]
    output: Target,
    /// The cluster's name
    #[arg(long, value_name = "NAME", value_parser = entry_name)]
    cluster: String,
    /// The apiserver's URL
    #[arg(long, value_name = "URL", value_parser = server)]
    server: String,
    /// The file with the CAs to trust, in PEM
    #[arg(long, value_name = "FILE")]
    certificate_authority: PathBuf,
    /// The user's name
    #[arg(long, value_name = "NAME", value_parser = entry_name)]
    user: String,
    /// The file of the client certificate, in PEM
    #[arg(long, value_name = "FILE", requires = "client_key")]
    client_certificate: Option<PathBuf>,
    /// The file of its private key, in PEM
    #[arg(long, value_name = "FILE", requires = "client_certificate")]
    client_key: Option<PathBuf>,
    /// The file with a bearer token
    #[arg(long, value_name = "FILE", conflicts_with = "client_certificate")]
    token_file: Option<PathBuf>,
    /// The default namespace
    #[arg(long, value_parser = namespace)]
    namespace: Option<String>,
    /// Write the paths of the files instead of their contents
    #[arg(long)]
    by_path: bool,
}

pub(super) fn run(args: &Args, context: &mut Context) -> Result<u8, CommandError> {
    let mut config = named(args, context)?;
    for finding in check_certificates(&config, None, SignedDuration::ZERO, context.now, |path| {
        kubeconfigs::read_named(Path::new(""), path, None).map_err(|error| error.to_string())
    }) {
        let message = format!("the {} {}", finding.field, finding.problem);
        match finding.problem {
            CertificateProblem::Expired { .. } | CertificateProblem::NotYetValid { .. } => {
                context.printer.warning(&message);
            }
            _ => return Err(CommandError::usage(message)),
        }
    }
    if !args.by_path {
        config.flatten(|path| {
            kubeconfigs::read_named(Path::new(""), path, None).map_err(view::Unflattened::File)
        })?;
        embed_token(&mut config)?;
    }
    let text = config.to_yaml();
    let refuse = IfExists::Refuse("move it away, or name another file with `--output`");
    args.output.write(text.as_bytes(), Access::Owner, refuse, context)?;
    Ok(exit_code::DONE)
}

/// The kubeconfig that names its files, by absolute paths.
fn named(args: &Args, context: &Context) -> Result<Kubeconfig, CommandError> {
    let path = |path: &PathBuf| {
        let whole = match &context.environment.current_dir {
            Some(folder) => folder.join(path),
            None => path.clone(),
        };
        whole.into_os_string().into_string().map_err(|path| {
            CommandError::usage(format!("the path `{}` is not UTF-8", path.display()))
        })
    };
    let optional = |file: &Option<PathBuf>| file.as_ref().map(path).transpose();
    let context_name = format!("{}@{}", args.user, args.cluster);
    let mut config = Kubeconfig { current_context: context_name.clone(), ..Kubeconfig::default() };
    config.clusters.push(NamedCluster {
        name: args.cluster.clone(),
        cluster: Cluster {
            server: args.server.clone(),
            certificate_authority: Some(path(&args.certificate_authority)?),
            ..Cluster::default()
        },
        ..NamedCluster::default()
    });
    config.users.push(NamedUser {
        name: args.user.clone(),
        user: AuthInfo {
            client_certificate: optional(&args.client_certificate)?,
            client_key: optional(&args.client_key)?,
            token_file: optional(&args.token_file)?,
            ..AuthInfo::default()
        },
        ..NamedUser::default()
    });
    config.contexts.push(NamedContext {
        name: context_name,
        context: kubepki_kubeconfig::Context {
            cluster: args.cluster.clone(),
            user: args.user.clone(),
            namespace: args.namespace.clone(),
            ..kubepki_kubeconfig::Context::default()
        },
        ..NamedContext::default()
    });
    Ok(config)
}

fn embed_token(config: &mut Kubeconfig) -> Result<(), CommandError> {
    for entry in &mut config.users {
        let Some(path) = entry.user.token_file.take() else { continue };
        let bytes = kubeconfigs::read_named(Path::new(""), &path, None)?;
        entry.user.token = Some(token(&path, &bytes)?);
    }
    Ok(())
}

/// A token goes into an HTTP header, so it is one word.
fn token(path: &str, bytes: &Zeroizing<Vec<u8>>) -> Result<SecretText, CommandError> {
    let text = std::str::from_utf8(bytes.trim_ascii()).unwrap_or_default();
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(CommandError::usage(format!("`{path}` does not hold a token"))
            .because("a token is one word of printable ASCII characters"));
    }
    Ok(text.into())
}

fn server(text: &str) -> Result<String, String> {
    let host = text.strip_prefix("https://").unwrap_or_default();
    let is_url = !host.is_empty()
        && !host.starts_with(['/', ':'])
        && text.bytes().all(|byte| byte.is_ascii_graphic());
    let rule = "write a URL, such as `https://lb.example.com:6443`";
    if is_url { Ok(text.to_owned()) } else { Err(rule.to_owned()) }
}
