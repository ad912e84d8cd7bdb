//! `kubepki csr submit`: send a request object to a cluster.

use std::path::PathBuf;

use kubepki_cluster::request_object::RequestObject;

use super::unusable;
use crate::{context::Context, error::CommandError, exit_code, files, kubectl::Kubectl};

/// Send a request that `csr manifest` made to a cluster
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The manifest; `-` reads it from stdin
    manifest: PathBuf,
    #[command(flatten)]
    kubectl: Kubectl,
}

pub(crate) fn run(args: &Args, context: &mut Context) -> Result<u8, CommandError> {
    let manifest = files::read(&args.manifest, "MANIFEST")?;
    let manifest = String::from_utf8_lossy(&manifest);
    let made = RequestObject::parse(&args.kubectl.create(&manifest)?);
    let made = made.map_err(|error| unusable(&error))?;
    context.printer.data(&format!("{}\n", made.name()));
    context.printer.talk(&format!("next: kubepki csr fetch {} --wait 300", made.name()));
    Ok(exit_code::DONE)
}
