//! `kubepki kubeconfig check`: find what is wrong with kubeconfigs. Writes nothing.

use kubepki_cluster::{
    kubeconfig_check::{PresentCluster, check_certificates},
    spec::Lifetime,
};
use serde_json::json;

use super::{ListFormat, Location};
use crate::{
    commands::Format,
    context::Context,
    error::CommandError,
    exit_code, files,
    kubeconfigs::{self, Loaded},
    pki,
};

/// Find what is wrong: names that lead nowhere, expired or mismatched certificates, a stale CA
///
/// Several files are checked as kubectl reads them: a name may lead from one into another. Where
/// `--dir` is a PKI root, clusters of its name or server are compared with its present CA. Exit
/// code 3 when something is found.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kubepki kubeconfig check
  kubepki kubeconfig check --kubeconfig jane.conf --dir pki --within 14d
  kubepki kubeconfig check -o json | jq -r '.findings[].code'")]
pub(super) struct Args {
    #[command(flatten)]
    location: Location,
    /// What ends within this time ends soon
    #[arg(long, default_value = "30d", value_name = "TIME")]
    within: Lifetime,
    /// How to print what is found
    #[arg(short, long, value_enum, default_value_t, value_name = "FORMAT")]
    output: ListFormat,
}

/// One line of the result.
struct Finding {
    file: String,
    place: Option<(&'static str, String)>,
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
    print(&findings, args.output, context)?;
    Ok(if findings.is_empty() { exit_code::DONE } else { exit_code::FOUND })
}

fn of_format(file: &str, found: kubepki_kubeconfig::Finding) -> Finding {
    let (code, message) = (found.problem.code(), found.problem.to_string());
    Finding { file: file.to_owned(), place: Some((found.list, found.name)), code, message }
}

fn of_certificates(
    file: &Loaded,
    name: &str,
    present: Option<&PresentCluster>,
    args: &Args,
    context: &Context,
) -> Vec<Finding> {
    let read = |path: &str| {
        kubeconfigs::read_named(&file.folder, path, None).map_err(|error| error.to_string())
    };
    let within = args.within.duration();
    let found = check_certificates(&file.config, present, within, context.now, read);
    let finding = |found: kubepki_cluster::kubeconfig_check::CertificateFinding| Finding {
        file: name.to_owned(),
        code: found.issue.check_code(),
        message: found.message(),
        place: Some((found.list, found.name)),
    };
    found.into_iter().map(finding).collect()
}

/// The modes of the private keys that a kubeconfig names.
fn of_key_files(file: &Loaded) -> Vec<Finding> {
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

fn mode(file: &str, mode: u32) -> Option<Finding> {
    let is_wide = mode & 0o077 != 0;
    let message = format!("its mode is {mode:04o}: others than its owner may use it");
    is_wide.then(|| Finding { file: file.to_owned(), place: None, code: "mode", message })
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
            let message = format!("nothing is compared with the root `{root}`: {error}");
            context.printer.warning(&message);
            None
        }
    }
}

fn read_present(context: &mut Context) -> Result<Option<PresentCluster>, CommandError> {
    let pki = pki::open(context, pki::WAIT)?;
    pki.present_cluster().map_err(|error| pki::failed(error, context))
}

fn print(
    findings: &[Finding],
    format: ListFormat,
    context: &mut Context,
) -> Result<(), CommandError> {
    match format {
        ListFormat::Json => {
            let findings: Vec<_> = findings
                .iter()
                .map(|found| {
                    let (list, name) = found.place.as_ref().map(|(l, n)| (*l, n)).unzip();
                    json!({
                        "file": found.file, "list": list, "name": name,
                        "code": found.code, "message": found.message,
                    })
                })
                .collect();
            Format::Json.print(&json!({ "findings": findings }), context)?;
        }
        ListFormat::Table => {
            for found in findings {
                let place = found.place.as_ref();
                let place = place.map(|(list, name)| format!("{list} \"{name}\": "));
                let place = place.unwrap_or_default();
                context.printer.print(format!("{}: {place}{}", found.file, found.message));
            }
            if findings.is_empty() {
                context.printer.talk("nothing is wrong");
            }
        }
    }
    Ok(())
}
