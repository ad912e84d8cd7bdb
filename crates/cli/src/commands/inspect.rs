//! `kubepki inspect`: say what any file or server of a PKI is, for people. Writes nothing.

mod certificate;
mod input;
mod kubeconfig;
mod page;
mod roots;
mod text;

use std::{io::IsTerminal, path::PathBuf, time::Duration};

use kubepki_cluster::spec::Lifetime;
use kubepki_verify::{
    artifact::{self, ReadError},
    inspect, text as openssl,
};
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
  kubepki inspect --openssl apiserver.crt")]
pub(crate) struct Args {
    /// Files, servers as HOST:PORT or https://HOST:PORT, or `-` for stdin [default: -]
    #[arg(value_name = "FILE|HOST:PORT")]
    inputs: Vec<String>,
    /// How to print it
    #[arg(short, long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
    /// Print certificates, requests and revocation lists as `openssl x509 -noout -text` and its
    /// siblings `req` and `crl` do
    #[arg(long, conflicts_with = "output")]
    openssl: bool,
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
    items: Vec<inspect::View>,
}

pub(crate) fn run(args: &Args, context: &mut Context) -> Result<u8, CommandError> {
    let passphrase = args.passphrase_file.as_deref().map(files::read_passphrase).transpose()?;
    let inputs = Input::all(&args.inputs)?;
    if args.openssl {
        return print_as_openssl(&inputs, args, context);
    }
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
            items: inspect::describe(&artifacts, &known, context.now),
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

fn print_as_openssl(
    inputs: &[Input],
    args: &Args,
    context: &mut Context,
) -> Result<u8, CommandError> {
    let mut errors = Vec::new();
    for input in inputs {
        let printed = match input {
            Input::Server(_) => {
                input.open(args.server_name.as_deref(), args.timeout).and_then(|opened| {
                    opened.chain.iter().map(|der| one(der)).collect::<Result<Vec<_>, _>>()
                })
            }
            _ => input.bytes().and_then(|bytes| {
                openssl::all(&bytes).map_err(|error| not_printed(input, &bytes, &error))
            }),
        };
        match printed {
            Ok(texts) => texts.iter().for_each(|text| print_text(text, context)),
            Err(error) => errors.push(error),
        }
    }
    finish(errors, context)
}

/// Prints it byte for byte, unless a person looks at it: names can hold what moves a cursor.
fn print_text(text: &[u8], context: &mut Context) {
    if std::io::stdout().is_terminal() {
        let lines = String::from_utf8_lossy(text);
        lines.lines().for_each(|line| context.printer.data(&(page::visible(line) + "\n")));
    } else {
        context.printer.data_bytes(text);
    }
}

/// What is no certificate, request or list is named by what it is.
fn not_printed(input: &Input, bytes: &[u8], error: &ReadError) -> CommandError {
    let known = || artifact::read_each(bytes);
    let first = match error {
        ReadError::Unknown => known(),
        _ => return input.unreadable(error),
    };
    match first {
        Ok(all) => match all.into_iter().find_map(Result::ok) {
            Some(artifact) => {
                let what = format!("cannot read `{input}`, of which `--openssl` prints nothing");
                CommandError::usage(what).because(format!("it is {}", artifact.kind())).hint(
                    "certificates, requests and revocation lists are printed; for the rest leave \
                     `--openssl` out",
                )
            }
            None => input.unreadable(error),
        },
        Err(error) => input.unreadable(&error),
    }
}

fn one(der: &[u8]) -> Result<Vec<u8>, CommandError> {
    let failed = |error| CommandError::failed("cannot print a certificate").caused_by(&error);
    openssl::certificate(der).map_err(failed)
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
