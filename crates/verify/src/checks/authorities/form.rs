//! Check 7: the form of certificates, and of CAs above all.

use std::collections::HashSet;

use kubepki_ca::{ExtendedKeyUsage, KeyUsage};
use kubepki_inspect::{key::KeyKind, text::magnitude};

use super::{limits::Limits, table::*};
use crate::{
    check::{Check, Finding},
    checks::{contents::NAMELESS, files::UNSUPPORTED_KEY},
    index::{CertificateIndex, Issued, PlacedCertificate},
    path::{Problem, member::LONGEST_SERIAL},
};

pub(super) fn run(index: &CertificateIndex<'_>, limits: &Limits) -> Vec<Finding> {
    let issuing: HashSet<usize> = index
        .certificates
        .iter()
        .filter_map(|known| match known.issued {
            Issued::By(issuer) => Some(issuer),
            _ => None,
        })
        .collect();
    let mut findings = Vec::new();
    for (position, known) in index.certificates.iter().enumerate() {
        let is_used =
            issuing.contains(&position) || known.roles.iter().any(|role| role.is_authority());
        findings.extend(of_any(known));
        findings.extend(of_authority(known, is_used, limits));
        findings.extend(path_length(index, known));
    }
    findings
}

fn of_any(known: &PlacedCertificate<'_>) -> Vec<Finding> {
    let facts = &known.facts;
    let mut findings = Vec::new();
    let mut found = |check: &'static Check, what: String| findings.push(known.found(check, what));
    if let KeyKind::Rsa { bits } = facts.key.kind()
        && *bits < 2048
    {
        found(&WEAK_KEY, format!("its RSA key has {bits} bits"));
    }
    if !facts.key.kind().is_known_to_go() {
        found(&UNSUPPORTED_KEY, format!("its key is {}", facts.key.kind()));
    }
    if let Some(digest) = facts.signature_algorithm.broken_digest() {
        let check = match known.issued {
            Issued::BySelf => &WEAK_ROOT_SIGNATURE,
            _ => &WEAK_SIGNATURE,
        };
        found(check, format!("it is signed with {digest}"));
    }
    match facts.serial.as_slice() {
        [first, ..] if first & 0x80 != 0 => {
            found(
                &NEGATIVE_SERIAL,
                format!("its serial number is -0x{}", magnitude(&facts.serial)),
            );
        }
        serial if serial.iter().all(|octet| *octet == 0) => {
            found(&BAD_SERIAL, "its serial number is 0".to_owned());
        }
        serial if serial.len() > LONGEST_SERIAL => {
            let octets = serial.len();
            found(&SERIAL_TOO_LONG, Problem::SerialTooLong { octets }.to_string());
        }
        serial if serial.len() == LONGEST_SERIAL && serial[0] != 0 => {
            found(&BAD_SERIAL, format!("its serial number has {} octets", serial.len()));
        }
        _ => {}
    }
    let faults = facts.name_constraints.iter().flat_map(|constraints| &constraints.faults);
    faults.for_each(|what| found(&MALFORMED_CONSTRAINTS, what.clone()));
    let is_signer =
        known.certificate.key_usage().is_some_and(|it| it.contains(KeyUsage::KEY_CERT_SIGN));
    if !known.certificate.is_ca() && facts.version == 3 {
        if is_signer {
            found(&SIGNS_WITHOUT_AUTHORITY, Problem::SignsWithoutAuthority.to_string());
        }
        if facts.name_constraints.is_some() {
            found(&SIGNS_WITHOUT_AUTHORITY, Problem::ConstrainsWithoutAuthority.to_string());
        }
    }
    if facts.is_nameless {
        found(&NAMELESS, Problem::Nameless.to_string());
    }
    if facts.version < 3 {
        found(&OLD_VERSION, format!("it is of version {}", facts.version));
    }
    findings
}

fn of_authority(known: &PlacedCertificate<'_>, is_used: bool, limits: &Limits) -> Vec<Finding> {
    let (certificate, facts) = (known.certificate, &known.facts);
    let mut findings = Vec::new();
    let mut found = |check: &'static Check, what: &str| findings.push(known.found(check, what));
    if !certificate.is_ca() {
        // Version 1 has a finding of its own, which says why.
        if is_used && facts.version == 3 {
            found(&NOT_AN_AUTHORITY, "its basicConstraints do not say CA:TRUE");
        }
        return findings;
    }
    if certificate.key_usage().is_some_and(|usage| !usage.contains(KeyUsage::KEY_CERT_SIGN)) {
        found(&CA_CANNOT_SIGN, "its key usage lacks keyCertSign");
    }
    let usages = certificate.extended_key_usage();
    // What it breaks below it is worse, and said there.
    if !usages.is_empty() && !usages.contains(&ExtendedKeyUsage::Any) && !limits.has(known) {
        let names: Vec<_> = usages.iter().map(ToString::to_string).collect();
        let what = format!("nothing below it is good for anything but {}", names.join(" and "));
        found(&CA_EXTENDED_USAGE, &what);
    }
    if facts.subject_key_identifier.is_none() {
        found(&CA_WITHOUT_IDENTIFIER, "it has no subjectKeyIdentifier");
    }
    if !facts.constraints_critical {
        found(&CA_CONSTRAINTS_NOT_CRITICAL, "its basicConstraints are not critical");
    }
    findings
}

/// A CA below others: the nth above it has to allow n CAs.
fn path_length(index: &CertificateIndex<'_>, known: &PlacedCertificate<'_>) -> Option<Finding> {
    if !known.certificate.is_ca() {
        return None;
    }
    let above = index.chain(known).enumerate().skip(1);
    above.into_iter().find_map(|(below, issuer)| {
        let allowed = issuer.certificate.path_length()?;
        let is_within = usize::try_from(allowed).is_ok_and(|allowed| below <= allowed);
        let what = format!(
            "`{}` above it allows {allowed} CAs below itself, and this is number {below}",
            issuer.certificate.subject()
        );
        (!is_within).then(|| known.found(&PATH_TOO_LONG, what))
    })
}
