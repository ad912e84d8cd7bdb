//! `kubepki inspect`: say what any file or server of a PKI is, for people. Writes nothing.

mod certificate;
mod input;
mod kubeconfig;
mod roots;
mod text;

use std::{path::PathBuf, time::Duration};

use kubepki_cluster::spec::Lifetime;
use kubepki_inspect::view;
use kubepki_report::{Line, Page, View};
use serde::Serialize;
use zeroize::Zeroizing;

use self::input::{Input, Opened};
use super::Format;
use crate::{
    context::Context,
    error::{CommandError, Fault},
    exit_code, files,
};

/// Show what a certificate, key, request, kubeconfig or server holds
///
/// Reads PEM or DER from files, stdin or a TLS server: certificates and bundles, keys, requests,
/// revocation lists, kubeconfigs, PKCS#12 and PKCS#7. Shows which user Kubernetes sees in it, what it
/// may be used for, when it expires, and who signed it. Knows the CAs of the root, if there is a
/// spec, and the certificates in the other files. Of a private key it shows only the public half.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kubepki inspect admin.kubeconfig
  kubepki inspect 10.240.0.10:6443 --server-name kubernetes
  kubectl get csr jane -o jsonpath='{.spec.request}' | base64 -d | kubepki inspect

For every field of a certificate, run `openssl x509 -noout -text -in FILE`.")]
pub(crate) struct Args {
    /// Files, servers as HOST:PORT or https://HOST:PORT, or `-` for stdin [default: -]
    #[arg(value_name = "FILE|HOST:PORT")]
    inputs: Vec<String>,
    /// The format of the output
    #[arg(short, long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
    /// The file with the passphrase of PKCS#12 containers in its first line
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    /// The server name to send (SNI), instead of the host
    #[arg(long, value_name = "NAME")]
    server_name: Option<String>,
    /// How long to wait for a server, such as `5s`; a plain number is in seconds
    #[arg(long, value_name = "DURATION", default_value = "10s", value_parser = duration)]
    timeout: Duration,
}

/// A duration as in other verbs, or a number of seconds; at most an hour.
fn duration(text: &str) -> Result<Duration, String> {
    let seconds = match text.parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let lifetime: Lifetime = text.parse().map_err(|error| format!("{error}"))?;
            lifetime.duration().unsigned_abs()
        }
    };
    let range = Duration::from_secs(1)..=Duration::from_hours(1);
    range.contains(&seconds).then_some(seconds).ok_or_else(|| "write 1s to 1h".to_owned())
}

/// Everything of one input.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Inspected {
    source: String,
    /// The version of TLS, of a server.
    #[serde(skip_serializing_if = "Option::is_none")]
    protocol: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    items: Vec<view::View>,
}

#[derive(Serialize)]
#[serde(transparent)]
struct Inspection(Vec<Inspected>);

impl View for Inspection {
    const KIND: Option<&'static str> = None;

    fn lines(&self, _: Page) -> Vec<Line> {
        text::lines(&self.0)
    }
}

pub(crate) fn run(args: &Args, context: &mut Context) -> Result<u8, CommandError> {
    let passphrase = args.passphrase_file.as_deref().map(files::read_passphrase).transpose()?;
    let inputs = Input::all(&args.inputs)?;
    let opened: Vec<_> =
        inputs.iter().map(|input| open(input, args, passphrase.as_ref())).collect();
    let mut known = roots::authorities(context);
    // What is given together may have signed one another.
    for (input, opened) in inputs.iter().zip(&opened) {
        let artifacts =
            opened.as_ref().map(|opened| opened.artifacts.as_slice()).unwrap_or_default();
        roots::add(&mut known, &input.to_string(), artifacts, inputs.len() > 1);
    }
    let mut inspected = Vec::new();
    let mut errors = Vec::new();
    for (input, opened) in inputs.iter().zip(opened) {
        let (artifacts, protocol, wrong) = match opened {
            Ok(opened) => (opened.artifacts, opened.protocol, opened.errors),
            Err(error) => (Vec::new(), None, vec![error]),
        };
        let said: Vec<_> = wrong.iter().map(ToString::to_string).collect();
        inspected.push(Inspected {
            source: input.to_string(),
            protocol,
            error: (!said.is_empty()).then(|| said.join("; ")),
            items: view::describe(&artifacts, &known, context.now),
        });
        errors.extend(wrong);
    }
    args.output.show(&Inspection(inspected), context)?;
    finish(errors, context)
}

fn open(
    input: &Input,
    args: &Args,
    passphrase: Option<&Zeroizing<String>>,
) -> Result<Opened, CommandError> {
    input.open(args.server_name.as_deref(), args.timeout)?.unsealed(passphrase)
}

/// All errors are shown; bad input is the exit code when there is any.
fn finish(mut errors: Vec<CommandError>, context: &mut Context) -> Result<u8, CommandError> {
    let usage = errors.iter().position(|error| error.fault() == Fault::Usage);
    let Some(last) = usage.or_else(|| errors.len().checked_sub(1)) else {
        return Ok(exit_code::DONE);
    };
    let last = errors.remove(last);
    errors.iter().for_each(|error| context.printer.error(error));
    Err(last)
}
