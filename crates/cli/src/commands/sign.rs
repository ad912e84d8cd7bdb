//! `kubepki sign`: certificates for requests of others, by policy.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use kubepki_cluster::{
    Certificate, Grant, Policy, PolicyOptions, RequestProfile, SignError, SigningRequest,
    SubjectAltName,
    policy::{Refused, Rule},
    spec::Lifetime,
};
use kubepki_pki::{PkiError, RequestSource};
use kubepki_report::time;
use rayon::prelude::*;

use super::{invalid, permissions};
use crate::{
    context::Context,
    error::CommandError,
    exit_code,
    files::{self, Access, IfExists, NewFile, Target},
    pki,
};

/// Sign certificate requests under a profile
///
/// Takes the public key from the request. Builds subject and names by the rules of the profile and the
/// spec; never copies extensions. Prints what was requested and not granted. If a request breaks a
/// rule, it names the rule and signs none of them.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kubepki sign jane.csr --profile user > jane.crt
  kubepki sign jane.csr --profile user --group dev --lifetime 24h
  kubepki sign requests/ --profile node-client --out certificates
  kubepki sign web.csr --profile server --san web.example.com")]
pub(crate) struct Args {
    /// Requests in PEM, folders with `*.csr` files, or `-` for stdin
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The profile: user, node-client, node-server, server or client
    #[arg(long)]
    profile: RequestProfile,
    /// The lifetime [default: the spec's]
    #[arg(long)]
    lifetime: Option<Lifetime>,
    /// A group of the user, instead of the requested groups (repeatable)
    #[arg(long)]
    group: Vec<String>,
    /// Allow this name, such as a wildcard, for a server or client: a name that is not in the spec, or
    /// one of the cluster's own servers (repeatable)
    #[arg(long, value_name = "NAME")]
    san: Vec<SubjectAltName>,
    #[command(flatten)]
    permissions: permissions::Flags,
    #[command(flatten)]
    beyond: permissions::Beyond,
    /// The folder for FILE.crt; `-` is stdout [default: stdout for one file, else beside each file]
    #[arg(short, long, value_name = "DIR", value_parser = Target::parse)]
    out: Option<Target>,
    /// Replace files that exist
    #[arg(long)]
    overwrite: bool,
    /// Check the requests and stop
    #[arg(long)]
    dry_run: bool,
    /// Sign the accepted requests even if others are refused; still exits with 2
    #[arg(long)]
    keep_going: bool,
}

pub(crate) fn run(args: Args, context: &mut Context) -> Result<u8, CommandError> {
    // Nobody of the spec is issued anything here.
    let pki = pki::open(context, pki::WAIT)?;
    let spec = &pki.spec().map_err(|error| pki::failed(error, context))?.spec;
    let options = PolicyOptions {
        lifetime: args.lifetime,
        groups: args.group.clone(),
        names: args.san.clone(),
        allow: args.beyond.added_to(args.permissions.allow()),
    };
    let policy = Policy::new(spec, args.profile, options).map_err(|e| invalid(&e))?;
    let inputs = inputs(&args.files)?;
    let targets = targets(&args, &inputs)?;

    let decided: Vec<_> = inputs.par_iter().map(|input| decide(&policy, input)).collect();
    let (mut granted, mut refused) = (Vec::new(), Vec::new());
    for (position, decision) in decided.into_iter().enumerate() {
        match decision {
            Ok((request, grant)) => granted.push(Granted { position, request, grant }),
            Err(why) => refused.push((&inputs[position], why)),
        }
    }
    if !refused.is_empty() && (!args.keep_going || granted.is_empty()) {
        return Err(refusal(&refused, inputs.len(), "nothing was signed", context));
    }

    let orders: Vec<_> = granted.iter().map(|g| (g.request.public_key(), &g.grant)).collect();
    if args.dry_run {
        let checked = pki.check_signing(&orders, context.now);
        checked.map_err(|error| failed(error, context))?;
        not_given(&inputs, &granted, context);
        for Granted { grant, .. } in &granted {
            let names: Vec<_> = grant.subject_alt_names().iter().map(ToString::to_string).collect();
            let names =
                if names.is_empty() { String::new() } else { format!(" for {}", names.join(", ")) };
            context.printer.talk(&format!("would sign {}{names}", grant.subject()));
        }
        return match refused.is_empty() {
            true => Ok(exit_code::DONE),
            false => Err(refusal(&refused, inputs.len(), "it would sign the others", context)),
        };
    }
    let signed = pki.sign(&orders, RequestSource::Files, context.now);
    let certificates = signed.map_err(|error| failed(error, context))?;

    give_out(&args, &granted, &certificates, targets.as_deref(), context)
        .map_err(|error| error.hint(pki::never_given(certificates.len())))?;
    tell(&inputs, &granted, &certificates, targets.as_deref(), context);
    if refused.is_empty() {
        Ok(exit_code::DONE)
    } else {
        Err(refusal(&refused, inputs.len(), "signed the others", context))
    }
}

/// A request that will be signed.
struct Granted {
    /// Its place among the inputs.
    position: usize,
    request: SigningRequest,
    grant: Grant,
}

/// Why a request is not signed.
enum Why {
    Refused(Refused),
    Unreadable(std::io::Error),
}

/// Every request that was named, those of folders in the order of their names.
fn inputs(files: &[PathBuf]) -> Result<Vec<PathBuf>, CommandError> {
    let mut inputs = Vec::new();
    for path in files {
        let found = files::in_folder(path, "csr").map_err(|error| {
            CommandError::usage(format!("cannot read `{}`", path.display())).caused_by(&error)
        })?;
        match found {
            Some(found) if found.is_empty() => {
                return Err(CommandError::usage(format!(
                    "there is no `*.csr` in `{}`",
                    path.display()
                ))
                .hint("name the files of the requests"));
            }
            Some(found) => inputs.extend(found),
            None => inputs.push(path.clone()),
        }
    }
    Ok(inputs)
}

/// Where each certificate goes, in the order of the inputs; `None` for stdout.
fn targets(args: &Args, inputs: &[PathBuf]) -> Result<Option<Vec<PathBuf>>, CommandError> {
    let is_stdin = inputs.iter().any(|input| input == Path::new("-"));
    let folder = match &args.out {
        Some(Target::Stdout) => return Ok(None),
        None if inputs == args.files && inputs.len() == 1 => return Ok(None),
        _ if is_stdin => {
            return Err(CommandError::usage("a request from stdin has no file name")
                .hint("sign it alone: its certificate goes to stdout"));
        }
        out => out.as_ref().and_then(Target::path),
    };
    let targets: Vec<_> = inputs.iter().map(|input| target(input, folder)).collect();
    let mut taken = HashMap::new();
    for (input, target) in inputs.iter().zip(&targets) {
        // Some disks ignore case.
        let folded = target.to_string_lossy().to_lowercase();
        if let Some(other) = taken.insert(folded, input) {
            let (input, other) = (input.display(), other.display());
            let message =
                format!("`{other}` and `{input}` would both be written to `{}`", target.display());
            return Err(CommandError::usage(message).hint("sign them one by one"));
        }
    }
    let paths = targets.iter().map(PathBuf::as_path);
    files::check_targets(paths, IfExists::replace_if(args.overwrite))?;
    Ok(Some(targets))
}

/// `jane.csr` becomes `jane.crt`; any other name gets `.crt` behind it.
fn target(input: &Path, folder: Option<&Path>) -> PathBuf {
    let mut target = input.to_path_buf();
    if input.extension().is_some_and(|extension| extension == "csr") {
        target.set_extension("crt");
    } else {
        target.as_mut_os_string().push(".crt");
    }
    match (folder, target.file_name()) {
        (Some(folder), Some(name)) => folder.join(name),
        _ => target,
    }
}

fn decide(policy: &Policy<'_>, input: &Path) -> Result<(SigningRequest, Grant), Why> {
    let text = files::read_beginning(input, SigningRequest::MAX_SIZE).map_err(Why::Unreadable)?;
    policy.read(&text).map_err(Why::Refused)
}

fn give_out(
    args: &Args,
    granted: &[Granted],
    certificates: &[Certificate],
    targets: Option<&[PathBuf]>,
    context: &mut Context,
) -> Result<(), CommandError> {
    let texts: Vec<_> = certificates.par_iter().map(Certificate::to_pem).collect();
    let Some(targets) = targets else {
        texts.iter().for_each(|text| context.printer.data(text.as_bytes()));
        return Ok(());
    };
    let files: Vec<_> = granted
        .iter()
        .zip(&texts)
        .map(|(granted, text)| NewFile {
            path: targets[granted.position].clone(),
            contents: text.as_bytes(),
            access: Access::Everybody,
        })
        .collect();
    files::write_all(&files, IfExists::replace_if(args.overwrite))
}

/// What was asked for and is not given.
fn not_given(inputs: &[PathBuf], granted: &[Granted], context: &mut Context) {
    for Granted { position, grant, .. } in granted {
        let asked: Vec<_> = grant.notices().iter().map(|notice| notice.asked.as_str()).collect();
        if !asked.is_empty() {
            let input = inputs[*position].display();
            let asked = asked.join("; ");
            context.printer.warning(&format!("`{input}` requests {asked}: not granted"));
        }
    }
}

/// Says what was signed, in full for as many as a screen shows, and what was not given, always.
fn tell(
    inputs: &[PathBuf],
    granted: &[Granted],
    certificates: &[Certificate],
    targets: Option<&[PathBuf]>,
    context: &mut Context,
) {
    const SHOWN: usize = 20;
    not_given(inputs, granted, context);
    let shown = if context.global.verbose { granted.len() } else { SHOWN };
    if granted.len() > shown {
        context.printer.talk(&format!("signed {} requests", granted.len()));
        return;
    }
    for (Granted { position, .. }, certificate) in granted.iter().zip(certificates) {
        let until = time(certificate.validity().not_after());
        let subject = certificate.subject();
        let target = targets.map(|targets| format!(": `{}`", targets[*position].display()));
        let target = target.unwrap_or_default();
        context.printer.talk(&format!("signed {subject}, valid until {until}{target}"));
    }
}

/// The error of a call with requests that are refused; of several, each is named before it.
fn refusal(
    refused: &[(&PathBuf, Why)],
    all: usize,
    outcome: &str,
    context: &mut Context,
) -> CommandError {
    if let ([(input, why)], 1) = (refused, all) {
        let input = input.display();
        return match why {
            Why::Refused(Refused { rule, message }) => {
                CommandError::usage(format!("the rule `{rule}` refuses `{input}`"))
                    .because(message)
                    .hint(rule.hint())
            }
            Why::Unreadable(error) => {
                CommandError::usage(format!("cannot read `{input}`")).caused_by(error)
            }
        };
    }
    let mut rules: Vec<Rule> = Vec::new();
    for (input, why) in refused {
        let why = match why {
            Why::Refused(refused) => {
                rules.push(refused.rule);
                refused.to_string()
            }
            Why::Unreadable(error) => format!("unreadable: {error}"),
        };
        context.printer.line(&format!("refused `{}`: {why}", input.display()));
    }
    let message = format!("refused {} of {all} requests; {outcome}", refused.len());
    rules.sort();
    rules.dedup();
    let hints = rules.iter().map(|rule| format!("{rule}: {}", rule.hint()));
    hints.fold(CommandError::usage(message), CommandError::hint)
}

pub(super) fn failed(error: PkiError, context: &Context) -> CommandError {
    let failed = CommandError::failed("cannot sign; nothing was written");
    let error = match error {
        PkiError::Sign(error) => error,
        PkiError::Ledger(error) => {
            let failed = failed.because("cannot record what was signed").caused_by(&error);
            return error.hint().into_iter().fold(failed, CommandError::hint);
        }
        error => return pki::failed(error, context),
    };
    let failed = failed.caused_by(&error);
    match &error {
        SignError::Store(error) => match error.hint() {
            Some(hint) => failed.hint(hint),
            None => failed,
        },
        SignError::Missing { path } if path.as_str().ends_with(".key") => {
            failed.hint(format!("restore `{path}`, or create the root with `kubepki apply`"))
        }
        SignError::Missing { .. } => failed.hint("create the root with `kubepki apply`"),
        _ => failed,
    }
}
