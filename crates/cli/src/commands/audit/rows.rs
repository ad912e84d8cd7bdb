//! The rows of the spreadsheet: one for each certificate in a file, or for a file without one.

use jiff::Timestamp;
use kubepki_verify::{
    Certificate,
    audit::{AuditedFile, Held},
};

use super::AuditReport;

/// A line of the sheet of certificates.
pub(super) struct FileCells {
    pub(super) host: String,
    pub(super) path: String,
    pub(super) holds: String,
    pub(super) component: String,
    pub(super) flag: String,
    pub(super) certificate: Option<CertificateCells>,
    pub(super) mode: String,
    pub(super) owner: String,
    pub(super) findings: String,
}

/// The cells of a line that only a certificate has.
pub(super) struct CertificateCells {
    pub(super) subject: String,
    pub(super) groups: String,
    pub(super) issuer: String,
    pub(super) serial: String,
    pub(super) subject_alt_names: String,
    pub(super) not_before: Timestamp,
    pub(super) not_after: Timestamp,
    /// Whole days; below 0 when it has expired.
    pub(super) days_left: i64,
}

/// Every line, in the order of the paths.
pub(super) fn of(report: &AuditReport) -> Vec<FileCells> {
    let rows = report.audit.files.iter().flat_map(|file| of_file(file, report));
    rows.collect()
}

fn of_file(file: &AuditedFile, report: &AuditReport) -> Vec<FileCells> {
    let held: Vec<_> = match file.holds.as_slice() {
        [] => vec![None],
        held => held.iter().map(Some).collect(),
    };
    held.into_iter().map(|held| row(file, held, report)).collect()
}

fn row(file: &AuditedFile, held: Option<&Held>, report: &AuditReport) -> FileCells {
    let components = file.uses.iter().map(|used| used.component.to_string());
    let flags = file.uses.iter().map(|used| used.flag.clone());
    let findings = file.findings.iter().map(|check| check.name.to_owned());
    let certificate = held
        .and_then(|held| Some(CertificateCells::of(held.certificate.as_deref()?, held, report.at)));
    FileCells {
        host: report.host.clone(),
        path: file.path.display().to_string(),
        holds: match held {
            Some(held) => holds(held),
            None => file.error.clone().unwrap_or_default(),
        },
        component: joined(components),
        flag: joined(flags),
        certificate,
        mode: file.stat.as_ref().map(|stat| format!("{:04o}", stat.mode)).unwrap_or_default(),
        owner: file.owner.clone().unwrap_or_default(),
        findings: joined(findings),
    }
}

/// What it is, in words: `certificate of user jane`, `private key, rsa-2048`.
pub(super) fn holds(held: &Held) -> String {
    match (&held.entry, &held.algorithm) {
        (Some(entry), _) => format!("{} of {entry}", held.kind),
        (None, Some(algorithm)) => format!("{}, {algorithm}", held.kind),
        (None, None) => held.kind.to_owned(),
    }
}

/// Days until a moment, whole ones; below 0 when it has passed.
pub(super) fn days_left(not_after: Timestamp, at: Timestamp) -> i64 {
    (not_after.as_second() - at.as_second()).div_euclid(24 * 60 * 60)
}

/// Each once, in order.
fn joined(values: impl Iterator<Item = String>) -> String {
    let mut once: Vec<String> = Vec::new();
    for value in values {
        if !once.contains(&value) {
            once.push(value);
        }
    }
    once.join(", ")
}

impl CertificateCells {
    fn of(certificate: &Certificate, held: &Held, at: Timestamp) -> Self {
        let validity = certificate.validity();
        let names = certificate.subject_alt_names().iter().map(ToString::to_string);
        Self {
            subject: certificate.subject().to_string(),
            groups: certificate.subject().organizations.join(", "),
            issuer: held.issuer().unwrap_or_default(),
            serial: certificate.serial(),
            subject_alt_names: names.collect::<Vec<_>>().join(", "),
            not_before: validity.not_before(),
            not_after: validity.not_after(),
            days_left: days_left(validity.not_after(), at),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_on_which_it_ends_is_not_counted() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let end = at("2027-01-02T00:00:00Z");
        assert_eq!(days_left(end, at("2027-01-01T00:00:00Z")), 1);
        assert_eq!(days_left(end, at("2027-01-01T00:00:01Z")), 0);
        assert_eq!(days_left(end, at("2027-01-02T00:00:01Z")), -1);
    }
}
