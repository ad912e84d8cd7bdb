//! `kubepki adopt`: describe a PKI that others began. Writes the spec and nothing else.

use std::path::{Path, PathBuf};

use kubepki_cluster::{
    DnsName,
    adopt::{AdoptError, AdoptOptions, Adoption, Note},
    spec::{ClusterName, Endpoint, HostPaths, ServiceCidr},
};
use kubepki_pki::{Allow, Pki, PkiError, RenewalPolicy};

use super::{Format, spec};
use kubepki_report::wrap;

use crate::{
    context::Context,
    error::CommandError,
    exit_code,
    files::{self, Access, IfExists},
    pki,
    plan_text::{self, Tense, WIDTH},
};

/// Describe a PKI that others began, to look after it from then on
///
/// Reads what kubeadm, openssl, cfssl or k3s has left in a folder and writes the `cluster.yaml` that
/// describes it. Nothing is moved or changed. The spec says what should be, so the plan that is
/// printed then names real defects and nothing else. Every verb works on it.
///
/// The exit code is 3 if a file that a program needs is broken and the spec cannot say what it should
/// be: a warning and a comment in the spec name it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kubepki adopt /etc/kubernetes
  kubepki adopt pki --name prod --service-cidr 10.96.0.0/12
  kubepki adopt /var/lib/rancher/k3s/server/tls --out -    look first")]
pub(crate) struct Args {
    /// The folder that holds the PKI [default: what `--dir` says]
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
    /// Where the spec goes; `-` is stdout [default: cluster.yaml in the folder]
    #[arg(short, long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// The cluster's name [default: as kubeconfigs call it]
    #[arg(long)]
    name: Option<ClusterName>,
    /// What kubeconfigs point at [default: as most do]
    #[arg(long, value_name = "HOST[:PORT]")]
    endpoint: Option<Endpoint>,
    /// The DNS domain of Services [default: as the apiserver's certificate says]
    #[arg(long, value_parser = DnsName::parse)]
    domain: Option<DnsName>,
    /// The network of Services; a second one of the other family for dual stack
    #[arg(long, value_name = "CIDR")]
    service_cidr: Vec<ServiceCidr>,
    /// Where the files lie on a machine: a folder such as /etc/kubernetes, or hard-way for the
    /// tutorial's [default: this folder, or that of the tool that made it]
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
            .hint("name the folder that holds the PKI, such as /etc/kubernetes"));
    }
    let refuse =
        IfExists::Refuse("see what it says with `kubepki plan`, or name another file with `--out`");
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
    let failed = CommandError::usage(format!("cannot describe `{folder}`"));
    let error = match error {
        PkiError::Adopt(error) => error,
        PkiError::TooManyFiles { limit } => {
            return CommandError::usage(format!("`{folder}` has more than {limit} files"))
                .hint("name the folder of the PKI alone, such as /etc/kubernetes");
        }
        error => return pki::failed(error, context),
    };
    match &*error {
        AdoptError::NoAuthority { notes } => {
            tell(notes, context);
            failed
                .caused_by(&*error)
                .hint("name the folder that holds the CA, such as /etc/kubernetes")
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
            more => format!(" and {more} more, which `-v` names"),
        };
        say("left out: ", &format!("{}{more}: {why}", names.join(", ")), context);
    }
}

/// How many files are named for one reason.
const SHOWN: usize = 3;

fn say(prefix: &str, text: &str, context: &mut Context) {
    wrap(prefix, text, WIDTH).into_iter().for_each(|line| context.printer.talk_line(line));
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
            context.printer.warning(&format!("{source}{cause}: nothing could be compared"));
            return Ok(());
        }
        Err(error) => return Err(pki::failed(error, context)),
    };
    if to_stdout {
        let defects = plan.changes().count() + plan.refusals().count();
        context.printer.talk(&format!("{defects} of {} entries differ from it", plan.steps.len()));
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
        "next: read the spec, then".to_owned(),
        format!("  kubepki plan{dir}{file}      shows this again"),
        format!("  kubepki verify{dir}{file}    looks at everything else"),
        format!("  kubepki apply{dir}{file}     mends what differs; CAs and what fits stay"),
    ];
    lines.iter().for_each(|line| context.printer.talk(line));
}
