//! A status as metrics in Prometheus' text format, with the names and labels of
//! x509-certificate-exporter, so that what was built for that works with these. Of its version 4 the
//! counter `x509_source_errors_total`, which took the place of `x509_read_errors`, is not among them:
//! one look cannot count over time.

use std::{collections::HashSet, path::Path};

use jiff::Timestamp;
use kubepki_cluster::status::{Attention, Embedded, EmbeddedKind, Facts, Kind, Row};
use kubepki_report::{Metric, prometheus};

use super::StatusReport;

/// The text of all metrics.
pub(super) fn text(report: &StatusReport) -> String {
    let at = report.status.at;
    let mut seen = HashSet::new();
    let mut certificates = Vec::new();
    let mut errors = Vec::new();
    let mut error_count = 0_i64;
    for row in &report.status.rows {
        let place = place(report, row);
        if let Some(facts) = &row.facts {
            let mut labels = format!("{place},{}", of_certificate(facts));
            if !seen.insert(labels.clone()) {
                // The same labels twice would have all of the file refused.
                labels += &format!(",discriminator=\"{}\"", hex(&facts.sha256[..4]));
                if !seen.insert(labels.clone()) {
                    continue;
                }
            }
            certificates.push((labels, facts.validity.not_before(), facts.validity.not_after()));
        }
        let failed = row.attention.iter().any(is_error);
        error_count += i64::from(failed);
        if (failed || row.facts.is_some()) && seen.insert(place.clone()) {
            errors.push((place, i64::from(failed)));
        }
    }
    let values = |of: &dyn Fn(Timestamp, Timestamp) -> i64| {
        let value = |(labels, from, until): &(String, Timestamp, Timestamp)| {
            (labels.clone(), of(*from, *until))
        };
        certificates.iter().map(value).collect()
    };
    prometheus(&[
        Metric {
            name: "x509_cert_not_before",
            help: "Start of validity, in seconds since 1970.",
            values: values(&|from, _| from.as_second()),
        },
        Metric {
            name: "x509_cert_not_after",
            help: "End of validity, in seconds since 1970.",
            values: values(&|_, until| until.as_second()),
        },
        Metric {
            name: "x509_cert_expired",
            help: "1 if the certificate had expired when this was written, else 0.",
            values: values(&|_, until| i64::from(until < at)),
        },
        Metric {
            name: "x509_cert_error",
            help: "1 if the certificate is missing or could not be read, else 0.",
            values: errors,
        },
        Metric {
            name: "x509_read_errors",
            help: "Number of certificates that are missing or could not be read.",
            values: vec![(String::new(), error_count)],
        },
    ])
}

fn is_error(attention: &Attention) -> bool {
    use Attention::{FieldMissing, Missing, Unreachable, Unreadable};
    matches!(
        attention,
        FieldMissing { .. } | Missing { .. } | Unreachable { .. } | Unreadable { .. }
    )
}

/// The labels that say where something is.
fn place(report: &StatusReport, row: &Row) -> String {
    let location = report.location(row);
    let name = Path::new(&location).file_name().map(|name| name.to_string_lossy().into_owned());
    let name = name.filter(|_| row.kind != Kind::Endpoint).unwrap_or_else(|| location.clone());
    let mut labels = vec![("filename", name), ("filepath", location)];
    if let Some(Embedded { kind, key }) = &row.embedded {
        let kind = match kind {
            EmbeddedKind::Cluster => Some("cluster"),
            EmbeddedKind::User => Some("user"),
            EmbeddedKind::Chain => None,
            _ => None,
        };
        if let Some(kind) = kind {
            labels.push(("embedded_kind", kind.to_owned()));
            labels.push(("embedded_key", key.clone()));
        }
    }
    kubepki_report::labels(&labels)
}

/// The labels that say what a certificate is. The exporter gives the first of several values.
fn of_certificate(facts: &Facts) -> String {
    let mut labels = vec![("serial_number", decimal(&facts.serial))];
    for (name, attribute) in [
        ("issuer_C", "C"),
        ("issuer_ST", "ST"),
        ("issuer_L", "L"),
        ("issuer_O", "O"),
        ("issuer_OU", "OU"),
        ("issuer_CN", "CN"),
    ] {
        labels.extend(facts.issuer.values(attribute).next().map(|it| (name, it.to_owned())));
    }
    for (name, attribute) in [
        ("subject_C", "C"),
        ("subject_ST", "ST"),
        ("subject_L", "L"),
        ("subject_O", "O"),
        ("subject_OU", "OU"),
        ("subject_CN", "CN"),
    ] {
        labels.extend(facts.subject.values(attribute).next().map(|it| (name, it.to_owned())));
    }
    kubepki_report::labels(&labels)
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

/// A serial number as Go prints it: the decimal of a two's complement.
fn decimal(serial: &str) -> String {
    let octet =
        |pair: &[u8]| std::str::from_utf8(pair).ok().and_then(|it| u8::from_str_radix(it, 16).ok());
    let mut octets: Vec<u8> = serial.as_bytes().chunks(2).filter_map(octet).collect();
    let is_negative = octets.first().is_some_and(|first| first & 0x80 != 0);
    if is_negative {
        let mut carry = true;
        for octet in octets.iter_mut().rev() {
            (*octet, carry) = (!*octet).overflowing_add(u8::from(carry));
        }
    }
    // Long division by ten, from the most significant octet.
    let mut digits = Vec::new();
    while octets.iter().any(|octet| *octet != 0) {
        let mut rest = 0_u32;
        for octet in &mut octets {
            let value = rest * 256 + u32::from(*octet);
            // At most 9 * 256 + 255, so that a tenth of it fits.
            *octet = u8::try_from(value / 10).unwrap_or(u8::MAX);
            rest = value % 10;
        }
        digits.push(char::from_digit(rest, 10).unwrap_or('0'));
    }
    if digits.is_empty() {
        digits.push('0');
    }
    if is_negative {
        digits.push('-');
    }
    digits.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serial_numbers_are_decimal() {
        for (hex, wanted) in [
            ("", "0"),
            ("00", "0"),
            ("01", "1"),
            ("ff", "-1"),
            ("80", "-128"),
            ("00ff", "255"),
            ("7fffffffffffffff", "9223372036854775807"),
            ("0100000000000000000000000000000000", "340282366920938463463374607431768211456"),
        ] {
            assert_eq!(decimal(hex), wanted, "{hex}");
        }
    }
}
