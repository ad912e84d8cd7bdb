//! pkilint, the linter of public CAs, finds nothing that is not in the list of what we accept.

use kubepki_testkit::pkilint::{Report, Task, lint};

use super::made::Made;

pub(super) fn report(made: &Made) -> Report {
    let tasks = made.certificates.iter().map(|certificate| Task {
        certificate: certificate.file.clone(),
        issuer: Some(certificate.authority.clone()),
    });
    lint(&tasks.collect::<Vec<_>>())
}
