//! `kubepki inspect`: say what any file or server of a PKI is, for people. Writes nothing.

mod certificate;
mod input;
mod kubeconfig;
mod page;
mod roots;
mod text;

use std::{path::PathBuf, time::Duration};

use kubepki_cluster::spec::Lifetime;
use kubepki_inspect::view;
use serde::Serialize;
use zeroize::Zeroizing;

use self::input::{Input, Opened};
use super::Format;
use crate::{
    context::Context,
    error::{CommandError, Kind},
    exit_code, files,
};

/// Show what any certificate, key, request, kubeconfig or server is
///
/// Reads PEM or DER: certificates and bundles, keys, requests, revocation lists, kubeconfigs,
/// PKCS#12 and PKCS#7, from files, stdin, or a TLS server. Says whose identity it is for Kubernetes, what it
/// may be used for, until when, and who signed it: one of the CAs of the root, where there is a
/// spec, or of what else is given. Of a private key it shows nothing but the public half.
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
    /// How to print it
    #[arg(short, long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
    /// The file whose first line is the passphrase of the PKCS#12 containers
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    /// The name to ask a server for, instead of its host
    #[arg(long, value_name = "NAME")]
    server_name: Option<String>,
    /// How long to wait for a server, such as `5s`; a number alone counts seconds
    #[arg(long, value_name = "DURATION", default_value = "10s", value_parser = duration)]
    timeout: Duration,
}

/// A duration as other verbs have it, or a number of seconds; at most an hour.
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
    match args.output {
        Format::Text => text::print(&inspected, context),
        format => format.print(&inspected, context)?,
    }
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
    let usage = errors.iter().position(|error| error.kind() == Kind::Usage);
    let Some(last) = usage.or_else(|| errors.len().checked_sub(1)) else {
        return Ok(exit_code::DONE);
    };
    let last = errors.remove(last);
    errors.iter().for_each(|error| context.printer.error(error));
    Err(last)
}
