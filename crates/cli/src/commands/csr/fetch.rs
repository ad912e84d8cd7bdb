//! `kubepki csr fetch`: the certificate of a request, once it is issued.

use std::{path::PathBuf, thread, time::Duration};

use kubepki_cluster::request_object::{RequestObject, RequestState};

use super::fetch_object;
use crate::{
    context::Context,
    error::CommandError,
    exit_code,
    files::{self, Access},
    kubectl::Kubectl,
};

/// Fetch the certificate of a request, once it is issued
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The request
    name: String,
    /// How many seconds to wait for it
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    wait: u32,
    /// The file; `-` is stdout
    #[arg(short, long, value_name = "FILE", default_value = "-")]
    output: PathBuf,
    /// Replace a file that exists
    #[arg(long)]
    overwrite: bool,
    #[command(flatten)]
    kubectl: Kubectl,
}

pub(crate) fn run(args: &Args, context: &mut Context) -> Result<u8, CommandError> {
    let certificate = wait(&args.name, args.wait, &args.kubectl)?;
    if args.output.as_os_str() == "-" {
        context.printer.data_bytes(&certificate);
    } else {
        files::write(&args.output, &certificate, Access::Everybody, args.overwrite)?;
        context.printer.talk(&format!("wrote `{}`", args.output.display()));
    }
    Ok(exit_code::DONE)
}

/// Asks once a second until the certificate is there, and no longer than it may take.
fn wait(name: &str, seconds: u32, kubectl: &Kubectl) -> Result<Vec<u8>, CommandError> {
    let mut left = seconds;
    loop {
        let object = fetch_object(name, kubectl)?;
        if let Some(certificate) = object.certificate_pem() {
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

fn not_issued(object: &RequestObject) -> CommandError {
    let name = object.name();
    let error = CommandError::failed(format!("`{name}` has no certificate"));
    match object.state() {
        RequestState::Pending => error
            .because("nobody has decided it")
            .hint(format!("approve it with `kubepki csr approve {name}`, and give `--wait 30`")),
        RequestState::Approved => error
            .because(format!("its signer, {}, has not signed it", object.signer_name()))
            .hint("does the controller manager run, with --cluster-signing-cert-file?"),
        _ => error.because(object.reason().unwrap_or_default()),
    }
}
