//! `kubepki csr submit`: send a request object to a cluster.

use std::path::PathBuf;

use kubepki_cluster::{
    request_object::RequestObject,
    submission::{Submission, SubmissionError},
};

use super::{API, manifest, unusable};
use crate::{context::Context, error::CommandError, exit_code, files, kubectl::Kubectl};

/// Submit the manifest of a request to a cluster
///
/// Checks the rules of the API and of its built-in signers first.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The manifest, as `csr manifest` prints it; `-` is stdin
    manifest: PathBuf,
    #[command(flatten)]
    kubectl: Kubectl,
}

pub(crate) fn run(args: &Args, context: &mut Context) -> Result<u8, CommandError> {
    let text = files::read(&args.manifest, "MANIFEST")?;
    let submission = Submission::parse(&String::from_utf8_lossy(&text)).map_err(|error| {
        let what = format!("cannot submit `{}`", args.manifest.display());
        let refused = CommandError::usage(what).because(error.to_string());
        match &error {
            SubmissionError::Request(refusal) => refused.hint(refusal.rule.hint()),
            SubmissionError::Signer(refusal) => refused.hint(manifest::hint(refusal.rule)),
            SubmissionError::Value(invalid) => match invalid.hint() {
                Some(hint) => refused.hint(hint),
                None => refused,
            },
            _ => refused.hint("make it with `kubepki csr manifest`"),
        }
    })?;
    let made = RequestObject::parse(&args.kubectl.post(API, &submission.body())?);
    let made = made.map_err(|error| unusable(&error))?;
    context.printer.print(made.name());
    context.printer.talk(&format!("next: kubepki csr fetch {} --wait 300", made.name()));
    Ok(exit_code::DONE)
}
