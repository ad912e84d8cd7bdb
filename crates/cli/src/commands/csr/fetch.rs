//! `kubepki csr fetch`: the certificate of a request, once it is issued.

use std::{path::PathBuf, thread, time::Duration};

use kubepki_cluster::request_object::{self, RequestObject, RequestState};
use kubepki_kubeconfig::{ClientConfig, Kubeconfig, SecretSource, Source};
use zeroize::Zeroizing;

use super::{fetch_object, unusable};
use crate::{
    context::Context,
    error::CommandError,
    exit_code,
    files::{self, Access, IfExists, Target},
    kubeconfigs,
    kubectl::Kubectl,
};

/// Fetch the certificate of a request
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The request
    name: String,
    /// How many seconds to wait until it is issued
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    wait: u32,
    /// The private key of the request; writes a kubeconfig with key and certificate
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// The file to write; `-` is stdout
    #[arg(short, long, value_name = "FILE", default_value = "-", value_parser = Target::parse)]
    output: Target,
    /// Replace the file if it exists
    #[arg(long)]
    overwrite: bool,
    #[command(flatten)]
    kubectl: Kubectl,
}

pub(crate) fn run(args: &Args, context: &mut Context) -> Result<u8, CommandError> {
    let if_exists = IfExists::replace_if(args.overwrite);
    args.output.check(if_exists)?;
    let certificate = wait(&args.name, args.wait, &args.kubectl)?;
    let (contents, access) = match &args.key {
        Some(path) => {
            let key = Zeroizing::new(files::read(path, "--key")?);
            let kubeconfig = kubeconfig(&args.name, &certificate, &key, &args.kubectl)?;
            (kubeconfig, Access::Owner)
        }
        None => (Zeroizing::new(certificate), Access::Everybody),
    };
    args.output.write(&contents, access, if_exists, context)?;
    Ok(exit_code::DONE)
}

/// Asks once a second until the certificate is there, for so many seconds.
pub(super) fn wait(name: &str, seconds: u32, kubectl: &Kubectl) -> Result<Vec<u8>, CommandError> {
    let mut left = seconds;
    loop {
        let object = fetch_object(name, kubectl)?;
        if let Some(certificate) = object.certificate_pem().map_err(|error| unusable(&error))? {
            return Ok(certificate);
        }
        let is_final = matches!(object.state(), RequestState::Denied | RequestState::Failed);
        if is_final || left == 0 {
            return Err(not_issued(&object));
        }
        thread::sleep(Duration::from_secs(1));
        left -= 1;
    }
}

/// The certificate and its key in a kubeconfig for the cluster that kubectl speaks to.
pub(super) fn kubeconfig(
    user: &str,
    certificate: &[u8],
    key: &[u8],
    kubectl: &Kubectl,
) -> Result<Zeroizing<Vec<u8>>, CommandError> {
    match request_object::is_pair(certificate, key) {
        Ok(true) => {}
        Ok(false) => {
            return Err(CommandError::usage("the key does not match the certificate")
                .hint("name the key that belongs to the request with `--key`"));
        }
        Err(error) => {
            return Err(CommandError::usage("the key cannot be used").caused_by(&error));
        }
    }
    let own = kubectl.kubeconfig()?;
    let own = Kubeconfig::parse(&own).map_err(|error| kubeconfigs::refused(&error))?;
    let current = own.current().map_err(|error| kubeconfigs::refused(&error))?;
    let ca = current.cluster.certificate_authority_data.clone().ok_or_else(|| {
        CommandError::failed("the kubeconfig of kubectl has no CA for the cluster")
            .hint("name another kubeconfig with `--kubeconfig`")
    })?;
    let kubeconfig = Kubeconfig::from(ClientConfig {
        cluster: current.context.cluster.clone(),
        server: current.cluster.server.clone(),
        ca: Source::Data(ca),
        user: user.to_owned(),
        client_certificate: Source::Data(certificate.to_vec().into()),
        client_key: SecretSource::Data(key.to_vec().into()),
        namespace: None,
    });
    Ok(Zeroizing::new(kubeconfig.to_yaml().as_bytes().to_vec()))
}

fn not_issued(object: &RequestObject) -> CommandError {
    let name = object.name();
    let error = CommandError::failed(format!("`{name}` has no certificate"));
    match object.state() {
        RequestState::Pending => error
            .because("it is not approved yet")
            .hint(format!("approve it with `kubepki csr approve {name}`, then use `--wait 30`")),
        RequestState::Approved => error
            .because(format!("its signer `{}` has not signed it yet", object.signer_name()))
            .hint("check that kube-controller-manager runs with --cluster-signing-cert-file"),
        _ => error.because(object.reason().unwrap_or_default()),
    }
}
