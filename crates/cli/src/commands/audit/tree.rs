//! The audit for programs: JSON and YAML.

use kubepki_verify::{
    Severity,
    audit::{AuditedFile, Held},
    discover::{Component, Origin},
};
use serde_json::{Value, json};

use super::{AuditReport, rows};
use crate::commands::verify::json::finding;

/// The fields of an audit.
pub(super) fn of(report: &AuditReport) -> Value {
    let audit = &report.audit;
    json!({
        "host": report.host,
        "root": report.root.display().to_string(),
        "at": report.at.to_string(),
        "components": audit.components.iter().map(component).collect::<Vec<_>>(),
        "files": audit.files.iter().map(|it| file(it, report)).collect::<Vec<_>>(),
        "errors": audit.count(Severity::Error),
        "warnings": audit.count(Severity::Warning),
        "notes": audit.count(Severity::Note),
        "findings": audit.findings.iter().map(finding).collect::<Vec<_>>(),
        "unread": audit.unread.iter().map(|it| json!({
            "path": it.path.display().to_string(), "reason": it.reason,
        })).collect::<Vec<_>>(),
    })
}

fn component(component: &Component) -> Value {
    let started = match component.origin {
        Origin::StaticPod { .. } => "static-pod",
        Origin::Unit => "unit",
    };
    json!({
        "name": component.kind.name(),
        "version": component.version,
        "startedBy": started,
        "user": component.user,
        "declaredIn": component.source.path.display().to_string(),
        "line": component.source.line,
    })
}

fn file(file: &AuditedFile, report: &AuditReport) -> Value {
    let stat = file.stat.as_ref();
    json!({
        "path": file.path.display().to_string(),
        "mode": stat.map(|stat| format!("{:04o}", stat.mode)),
        "uid": stat.map(|stat| stat.uid),
        "gid": stat.map(|stat| stat.gid),
        "owner": file.owner,
        "holds": file.holds.iter().map(|it| held(it, report)).collect::<Vec<_>>(),
        "error": file.error,
        "uses": file.uses.iter().map(|used| json!({
            "component": used.component.name(),
            "flag": used.flag,
            "role": used.role.name(),
            "namedIn": used.source.path.display().to_string(),
            "line": used.source.line,
        })).collect::<Vec<_>>(),
        "findings": file.findings.iter().map(|check| check.name).collect::<Vec<_>>(),
    })
}

fn held(held: &Held, report: &AuditReport) -> Value {
    let Some(certificate) = held.certificate.as_deref() else {
        return json!({ "kind": held.kind, "algorithm": held.algorithm });
    };
    let (subject, validity) = (certificate.subject(), certificate.validity());
    let names = certificate.subject_alt_names().iter().map(ToString::to_string);
    let sha256 = certificate.sha256().into_iter().map(|octet| format!("{octet:02x}"));
    json!({
        "kind": held.kind,
        "algorithm": held.algorithm,
        "entry": held.entry,
        "subject": subject.to_string(),
        "user": subject.common_name,
        "groups": subject.organizations,
        "issuer": held.issuer(),
        "serial": certificate.serial(),
        "sha256": sha256.collect::<String>(),
        "subjectAltNames": names.collect::<Vec<_>>(),
        "notBefore": validity.not_before().to_string(),
        "notAfter": validity.not_after().to_string(),
        "daysLeft": rows::days_left(validity.not_after(), report.at),
    })
}
