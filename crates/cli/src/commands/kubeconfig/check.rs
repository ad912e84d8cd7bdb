//! `kubepki kubeconfig check`: find what is wrong with kubeconfigs. Writes nothing.

use kubepki_cluster::{
    kubeconfig_check::{PresentCluster, check_certificates},
    spec::Lifetime,
};
use kubepki_report::{Line, Page, View};
use serde::Serialize;

use super::{ListFormat, Location};
use crate::{
    context::Context,
    error::CommandError,
    exit_code, files,
    kubeconfigs::{self, Loaded},
    pki,
};

/// Find missing entries, expired certificates, wrong keys and an old CA
///
/// Checks several files as kubectl reads them: an entry of one may refer to an entry of another. If
/// `--dir` is a PKI root, compares clusters with its name or server with its current CA. Exits with 3
/// if it finds something.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kubepki kubeconfig check
  kubepki kubeconfig check --kubeconfig jane.conf --dir pki --within 14d
  kubepki kubeconfig check -o json | jq -r '.findings[].code'")]
pub(super) struct Args {
    #[command(flatten)]
    location: Location,
    /// Report what expires within this time
    #[arg(long, default_value = "30d", value_name = "TIME")]
    within: Lifetime,
    /// The format of the output
    #[arg(short, long, value_enum, default_value_t, value_name = "FORMAT")]
    output: ListFormat,
}

/// What is wrong at one place.
#[derive(Serialize)]
struct KubeconfigFinding {
    file: String,
    /// The list of the kubeconfig that has the entry: `clusters`, `contexts` or `users`.
    list: Option<&'static str>,
    /// The name of the entry.
    name: Option<String>,
    code: &'static str,
    message: String,
}

pub(super) fn run(args: &Args, context: &mut Context) -> Result<u8, CommandError> {
    let loaded = args.location.chain(context)?.read_with_duplicates()?;
    let present = present(context);
    let mut findings = Vec::new();
    for file in &loaded {
        let name = file.path.display().to_string();
        findings.extend(mode(&name, file.mode));
        let found = file.config.check().into_iter().filter(|found| !found.problem.is_dangling());
        findings.extend(found.map(|found| of_format(&name, found)));
        findings.extend(of_certificates(file, &name, present.as_ref(), args, context));
        findings.extend(of_key_files(file));
    }
    let names: Vec<_> = loaded.iter().map(|file| file.path.display().to_string()).collect();
    let names = names.join(":");
    let merged = kubeconfigs::merged(loaded, None)?;
    let dangling = merged.check().into_iter().filter(|found| found.problem.is_dangling());
    findings.extend(dangling.map(|found| of_format(&names, found)));
    args.output.format().show(&FindingList { findings: &findings }, context)?;
    if findings.is_empty() && args.output == ListFormat::Table {
        context.printer.talk("nothing is wrong");
    }
    Ok(if findings.is_empty() { exit_code::DONE } else { exit_code::FOUND })
}

fn of_format(file: &str, found: kubepki_kubeconfig::Finding) -> KubeconfigFinding {
    let (code, message) = (found.problem.code(), found.problem.to_string());
    let (file, list, name) = (file.to_owned(), Some(found.list), Some(found.name));
    KubeconfigFinding { file, list, name, code, message }
}

fn of_certificates(
    file: &Loaded,
    name: &str,
    present: Option<&PresentCluster>,
    args: &Args,
    context: &Context,
) -> Vec<KubeconfigFinding> {
    let read = |path: &str| {
        kubeconfigs::read_named(&file.folder, path, None).map_err(|error| error.to_string())
    };
    let within = args.within.duration();
    let found = check_certificates(&file.config, present, within, context.now, read);
    let finding =
        |found: kubepki_cluster::kubeconfig_check::CertificateFinding| KubeconfigFinding {
            file: name.to_owned(),
            code: found.problem.code(),
            message: format!("`{}` {}", found.field, found.problem),
            list: Some(found.list),
            name: Some(found.name),
        };
    found.into_iter().map(finding).collect()
}

/// The modes of the private keys that a kubeconfig names.
fn of_key_files(file: &Loaded) -> Vec<KubeconfigFinding> {
    let keys = file.config.users.iter().filter(|entry| entry.user.client_key_data.is_none());
    let keys = keys.filter_map(|entry| entry.user.client_key.as_deref());
    keys.filter_map(|key| {
        let path = file.folder.join(key);
        // One that cannot be read has been found already.
        let read = files::read_secret(&path).ok()??;
        mode(&path.display().to_string(), read.mode)
    })
    .collect()
}

fn mode(file: &str, mode: u32) -> Option<KubeconfigFinding> {
    let is_wide = mode & 0o077 != 0;
    let message = format!("its mode is {mode:04o}: other users have access");
    is_wide.then(|| KubeconfigFinding {
        file: file.to_owned(),
        list: None,
        name: None,
        code: "mode",
        message,
    })
}

/// The cluster of `--dir`, if that is a PKI root.
fn present(context: &mut Context) -> Option<PresentCluster> {
    let root = &context.global.dir;
    let is_root = |name: &str| files::exists(&root.join(name));
    if !is_root(".kubepki") && !is_root("cluster.yaml") && context.global.file.is_none() {
        return None;
    }
    match read_present(context) {
        Ok(present) => present,
        Err(error) => {
            let root = context.global.dir.display();
            let message = format!("cannot compare with the root `{root}`: {error}");
            context.printer.warning(&message);
            None
        }
    }
}

fn read_present(context: &mut Context) -> Result<Option<PresentCluster>, CommandError> {
    let pki = pki::open(context, pki::WAIT)?;
    pki.present_cluster().map_err(|error| pki::failed(error, context))
}

#[derive(Serialize)]
struct FindingList<'a> {
    findings: &'a [KubeconfigFinding],
}

impl View for FindingList<'_> {
    const KIND: Option<&'static str> = None;

    fn lines(&self, _: Page) -> Vec<Line> {
        let line = |found: &KubeconfigFinding| {
            let place = found.list.zip(found.name.as_ref());
            let place = place.map(|(list, name)| format!("{list} \"{name}\": "));
            format!("{}: {}{}", found.file, place.unwrap_or_default(), found.message).into()
        };
        self.findings.iter().map(line).collect()
    }
}
