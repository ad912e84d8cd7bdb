//! Checks 3 and 21: a kubeconfig by itself.

use kubepki_inspect::{
    artifact::ReadError,
    kubeconfig::{FieldSource, KubeconfigFile, beside},
};
use kubepki_kubeconfig::Problem;

use super::table::*;
use crate::{
    check::{Check, Finding, Part, Place},
    input::Input,
    read::ScannedFile,
};

pub(super) fn run(input: &Input, file: &ScannedFile, config: &KubeconfigFile) -> Vec<Finding> {
    let place = || Place::file(&file.path);
    let mut findings: Vec<_> = config
        .problems
        .iter()
        .map(|problem| {
            let part = match problem.list {
                "clusters" => Part::Cluster(problem.name.clone()),
                "users" => Part::User(problem.name.clone()),
                _ => Part::Context(problem.name.clone()),
            };
            Finding::new(check(&problem.problem), place().part(part), problem.problem.to_string())
        })
        .collect();
    if config.current_context.is_empty() && !config.contexts.is_empty() {
        let what = format!("it has {} contexts, and none is current", config.contexts.len());
        findings.push(Finding::new(&NO_CURRENT_CONTEXT, place(), what));
    }
    for cluster in &config.clusters {
        let place = || place().part(Part::Cluster(cluster.name.clone()));
        findings.extend(given(input, file, &cluster.authority, "certificate-authority", place));
    }
    for user in &config.users {
        let place = || place().part(Part::User(user.name.clone()));
        findings.extend(given(input, file, &user.certificate, "client-certificate", place));
        findings.extend(given(input, file, &user.key, "client-key", place));
    }
    findings
}

const fn check(problem: &Problem) -> &'static Check {
    match problem {
        Problem::BothForms { .. } => &BOTH_FORMS,
        Problem::DuplicateName => &DUPLICATE_ENTRY,
        Problem::EmptyServer => &NO_SERVER,
        Problem::HalfPair { .. } => &HALF_PAIR,
        Problem::InsecureSkipTlsVerify => &SKIPS_VERIFICATION,
        Problem::PlainHttp => &PLAIN_HTTP,
        // What is unknown, and whatever problem the format learns to tell.
        _ => &DANGLING_NAME,
    }
}

/// Whether what a field gives is there and can be read.
fn given<T>(
    input: &Input,
    file: &ScannedFile,
    given: &Option<FieldSource<T>>,
    field: &str,
    place: impl Fn() -> Place,
) -> Option<Finding> {
    match given {
        Some(FieldSource::Data(Err(error))) => {
            let what = format!("its `{field}-data`: {error}");
            Some(Finding::new(&UNREADABLE_DATA, place(), what))
        }
        Some(FieldSource::Path(path)) => {
            let reason = match input.file(&beside(&file.path, path)).map(|file| &file.contents) {
                Some(Err(ReadError::Io { reason })) => reason.as_str(),
                // What else is wrong with it is said of the file itself.
                Some(_) => return None,
                None => "there is no such file",
            };
            let what = format!("its `{field}` is `{path}`: {reason}");
            Some(Finding::new(&MISSING_FILE, place(), what))
        }
        _ => None,
    }
}
