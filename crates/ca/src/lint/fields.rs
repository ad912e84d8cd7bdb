//! Lints over the basic fields (RFC 5280, 4.1.2).

use x509_parser::{time::ASN1Time, x509::X509Version};

use super::{Lint, Subject, rule};
use crate::der::dotted;

pub(super) const LINTS: &[Lint] = &[
    Lint { name: "version", citation: "RFC 5280, 4.1.2.1", check: version },
    Lint { name: "serial-number", citation: "RFC 5280, 4.1.2.2", check: serial_number },
    Lint { name: "signature-algorithm", citation: "RFC 5280, 4.1.2.3", check: signature_algorithm },
    Lint { name: "issuer-name", citation: "RFC 5280, 4.1.2.4", check: issuer_name },
    Lint { name: "validity-encoding", citation: "RFC 5280, 4.1.2.5", check: validity_encoding },
    Lint { name: "within-issuer", citation: "house rule", check: within_issuer },
    Lint { name: "common-name", citation: "house rule", check: common_name },
    Lint { name: "attribute-length", citation: "RFC 5280, A.1", check: attribute_length },
];

fn version(s: &Subject<'_>) -> Result<(), String> {
    rule(s.tbs.version == X509Version::V3, || format!("version is {}", s.tbs.version))
}

/// Positive and at most 20 octets; stricter than the RFC: at least 128 random bits.
fn serial_number(s: &Subject<'_>) -> Result<(), String> {
    let octets = s.tbs.raw_serial();
    rule(octets.first().is_some_and(|first| first & 0x80 == 0), || "it is negative".to_owned())?;
    rule((17..=20).contains(&octets.len()), || format!("it has {} octets", octets.len()))
}

/// The algorithm that belongs to the issuer's key; never SHA-1.
fn signature_algorithm(s: &Subject<'_>) -> Result<(), String> {
    let expected = dotted(s.issuer.algorithm.oid());
    let found = s.tbs.signature.algorithm.to_id_string();
    rule(found == expected, || format!("it is {found}, the issuer's key signs {expected}"))
}

/// Octet for octet the subject of the issuer, which is what verifiers compare (RFC 5280, 7.1).
fn issuer_name(s: &Subject<'_>) -> Result<(), String> {
    rule(s.tbs.issuer().as_raw() == s.issuer.name, || "it is not the issuer's subject".to_owned())
}

/// UTCTime through 2049, GeneralizedTime from 2050 on.
fn validity_encoding(s: &Subject<'_>) -> Result<(), String> {
    const YEAR_2050: i64 = 2_524_608_000;
    let right = |time: &ASN1Time| time.is_utctime() == (time.timestamp() < YEAR_2050);
    let validity = s.tbs.validity();
    rule(right(&validity.not_before) && right(&validity.not_after), || {
        "a date is in the wrong ASN.1 type for its year".to_owned()
    })?;
    rule(validity.not_before < validity.not_after, || "it ends before it begins".to_owned())
}

/// Stricter than the RFC: a certificate that outlives its issuer fails with the issuer, while
/// its own dates look fine.
fn within_issuer(s: &Subject<'_>) -> Result<(), String> {
    let outer = s.issuer.validity;
    let inner = s.tbs.validity();
    let starts = inner.not_before.timestamp() >= outer.not_before().as_second();
    let ends = inner.not_after.timestamp() <= outer.not_after().as_second();
    rule(starts && ends, || "its validity reaches beyond the issuer's".to_owned())
}

/// Exactly one: an apiserver takes an empty one for an anonymous caller.
fn common_name(s: &Subject<'_>) -> Result<(), String> {
    let mut names = s.tbs.subject().iter_common_name();
    let first = names.next().and_then(|name| name.as_str().ok());
    rule(first.is_some_and(|name| !name.is_empty()), || "there is none".to_owned())?;
    rule(names.next().is_none(), || "there are several".to_owned())
}

fn attribute_length(s: &Subject<'_>) -> Result<(), String> {
    let short = s
        .tbs
        .subject()
        .iter_attributes()
        .all(|attribute| attribute.as_str().is_ok_and(|text| text.chars().count() <= 64));
    rule(short, || "a subject attribute is longer than 64 characters".to_owned())
}
