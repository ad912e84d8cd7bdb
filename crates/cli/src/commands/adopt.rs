//! `kubepki adopt`: describe a PKI that others began. Writes the spec and nothing else.

use std::path::{Path, PathBuf};

use kubepki_cluster::{
    DnsName,
    adopt::{AdoptError, AdoptOptions, Adoption, Note},
    spec::{ClusterName, Endpoint, HostPaths, ServiceCidr},
};
use kubepki_pki::{Allow, Pki, PkiError, RenewalPolicy};

use super::{Format, spec};
use kubepki_report::{COLUMNS, wrap};

use crate::{
    context::Context,
    error::CommandError,
    exit_code,
    files::{self, Access, IfExists},
    pki,
    plan_text::{self, Tense},
};

/// Write a spec for an existing PKI, to manage it with kubepki
///
/// Reads a PKI that kubeadm, openssl, cfssl or k3s made, and writes a `cluster.yaml` for it. Moves and
/// changes no other file. Then prints the plan, which shows only real defects. All other verbs work
/// with this spec.
///
/// Exits with 3 if a file that a program needs is broken and the spec cannot describe it. A warning
/// and a comment in the spec name the file.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kubepki adopt /etc/kubernetes
  kubepki adopt pki --name prod --service-cidr 10.96.0.0/12
  kubepki adopt /var/lib/rancher/k3s/server/tls --out -    preview the spec")]
pub(crate) struct Args {
    /// The folder of the PKI [default: the root of `--dir`]
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
    /// The file to write the spec to; `-` is stdout [default: cluster.yaml in the folder]
    #[arg(short, long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// The cluster's name [default: its name in kubeconfigs]
    #[arg(long)]
    name: Option<ClusterName>,
    /// The server of kubeconfigs [default: that of most kubeconfigs]
    #[arg(long, value_name = "HOST[:PORT]")]
    endpoint: Option<Endpoint>,
    /// The DNS domain of Services [default: that of the apiserver's certificate]
    #[arg(long, value_parser = DnsName::parse)]
    domain: Option<DnsName>,
    /// The network of Services; for dual stack, a second one of the other family
    #[arg(long, value_name = "CIDR")]
    service_cidr: Vec<ServiceCidr>,
    /// The folder of the files on each machine, such as /etc/kubernetes, or hard-way for the paths of
    /// the tutorial [default: this folder, or that of the tool that made the PKI]
    #[arg(long, value_name = "PLACES")]
    places: Option<HostPaths>,
}

pub(crate) fn run(args: Args, context: &mut Context) -> Result<u8, CommandError> {
    if let Some(folder) = args.folder {
        context.global.dir = folder;
    }
    let out = args.out.or_else(|| context.global.file.clone());
    let out = out.unwrap_or_else(|| spec::default_path(context));
    let to_stdout = out == Path::new("-");
    if !files::exists(&context.global.dir) {
        let folder = context.global.dir.display();
        return Err(CommandError::usage(format!("there is no folder `{folder}`"))
            .hint("name the folder of the PKI, such as /etc/kubernetes"));
    }
    let refuse =
        IfExists::Refuse("to use it, run `kubepki plan`; to write another file, use `--out`");
    if !to_stdout {
        files::check_targets([out.as_path()], refuse)?;
    }
    let pki = Pki::open(&context.global.dir);
    let options = AdoptOptions {
        name: args.name,
        endpoint: args.endpoint,
        domain: args.domain,
        service_cidrs: args.service_cidr.into_iter().map(|cidr| cidr.0).collect(),
        places: args.places,
        called: context
            .absolute_root()
            .file_name()
            .and_then(|name| name.to_str().map(str::to_owned)),
        folder: context.absolute_root().to_str().and_then(|folder| folder.parse().ok()),
    };
    let adoption = pki.adopt(options).map_err(|error| failed(error, context))?;
    tell(&adoption.notes, context);
    if to_stdout {
        context.printer.data(adoption.yaml.as_bytes());
    } else {
        files::write(&out, adoption.yaml.as_bytes(), Access::Everybody, refuse)?;
        context.printer.talk(&format!("wrote `{}`", out.display()));
    }
    compare(&adoption, pki, to_stdout, context)?;
    if !to_stdout {
        next(&out, context);
    }
    let is_missing = |note: &Note| matches!(note, Note::Defective { is_described: false, .. });
    match adoption.notes.iter().any(is_missing) {
        true => Ok(exit_code::FOUND),
        false => Ok(exit_code::DONE),
    }
}

fn failed(error: PkiError, context: &mut Context) -> CommandError {
    let folder = context.global.dir.display().to_string();
    let failed = CommandError::usage(format!("cannot write a spec for `{folder}`"));
    let error = match error {
        PkiError::Adopt(error) => error,
        PkiError::TooManyFiles { limit } => {
            return CommandError::usage(format!("`{folder}` has more than {limit} files"))
                .hint("name only the folder of the PKI, such as /etc/kubernetes");
        }
        error => return pki::failed(error, context),
    };
    match &*error {
        AdoptError::NoAuthority { notes } => {
            tell(notes, context);
            failed.caused_by(&*error).hint("name the folder of the CA, such as /etc/kubernetes")
        }
        AdoptError::Spec { yaml, source } => {
            pki::spec("the new cluster.yaml", yaml.as_bytes(), source)
        }
        _ => failed.caused_by(&*error),
    }
}

/// Prints the notes; of files that are left out for one reason, the first ones.
fn tell(notes: &[Note], context: &mut Context) {
    let mut reasons = Vec::<(&str, Vec<&str>)>::new();
    for note in notes {
        match note {
            Note::LeftOut { path, why } => match reasons.iter_mut().find(|(other, _)| other == why)
            {
                Some((_, paths)) => paths.push(path),
                None => reasons.push((why, vec![path])),
            },
            Note::Dangerous { .. } | Note::Defective { .. } => {
                context.printer.warning(&note.to_string())
            }
            _ => say("note: ", &note.to_string(), context),
        }
    }
    for (why, paths) in reasons {
        let shown = if context.global.verbose { paths.len() } else { paths.len().min(SHOWN) };
        let names: Vec<_> = paths[..shown].iter().map(|path| format!("`{path}`")).collect();
        let more = match paths.len() - shown {
            0 => String::new(),
            more => format!(", and {more} more (`-v` lists them)"),
        };
        say("left out: ", &format!("{}{more}: {why}", names.join(", ")), context);
    }
}

/// How many files are named for one reason.
const SHOWN: usize = 3;

fn say(prefix: &str, text: &str, context: &mut Context) {
    context.printer.talk_lines(wrap(prefix, text, COLUMNS));
}

/// Shows what the files lack of what the spec says. Where the spec is on stdout, this is talk.
fn compare(
    adoption: &Adoption,
    pki: Pki,
    to_stdout: bool,
    context: &mut Context,
) -> Result<(), CommandError> {
    let pki = pki.with_spec("the new cluster.yaml", adoption.yaml.as_str());
    let plan = match pki.plan(&RenewalPolicy::Due, Allow::default(), context.now) {
        Ok(plan) => plan,
        Err(PkiError::Store { source, .. }) => {
            let cause = std::error::Error::source(&source);
            let cause = cause.map(|cause| format!(": {cause}")).unwrap_or_default();
            context
                .printer
                .warning(&format!("cannot compare the files with the spec: {source}{cause}"));
            return Ok(());
        }
        Err(error) => return Err(pki::failed(error, context)),
    };
    if to_stdout {
        let defects = plan.changes().count() + plan.refusals().count();
        context
            .printer
            .talk(&format!("{defects} of {} entries differ from the spec", plan.steps.len()));
        return Ok(());
    }
    let spec = &pki.spec().map_err(|error| pki::failed(error, context))?.spec;
    plan_text::print(&plan, spec, Tense::ToDo, Format::Text, context)
}

fn next(out: &Path, context: &mut Context) {
    let folder = context.global.dir.display();
    let dir = if folder.to_string() == "." { String::new() } else { format!(" --dir {folder}") };
    let file = match out == spec::default_path(context) {
        true => String::new(),
        false => format!(" --file {}", out.display()),
    };
    let lines = [
        String::new(),
        "next: read the spec, then run".to_owned(),
        format!("  kubepki plan{dir}{file}      to see this plan again"),
        format!("  kubepki verify{dir}{file}    to check everything else"),
        format!("  kubepki apply{dir}{file}     to reissue what differs; CAs stay"),
    ];
    lines.iter().for_each(|line| context.printer.talk(line));
}
