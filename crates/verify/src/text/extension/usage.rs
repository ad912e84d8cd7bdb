//! What a key may be used for (RFC 5280, 4.2.1.3, 4.2.1.12), and why a certificate was revoked.

use super::values::Values;
use crate::text::{
    element::{self, BIT_STRING, Element, INTEGER, OBJECT_IDENTIFIER, SEQUENCE},
    number::Number,
    objects::Object,
};

/// KeyUsage.
pub(super) fn key(value: &Element<'_>) -> Option<Values> {
    const NAMES: [&str; 9] = [
        "Digital Signature",
        "Non Repudiation",
        "Key Encipherment",
        "Data Encipherment",
        "Key Agreement",
        "Certificate Sign",
        "CRL Sign",
        "Encipher Only",
        "Decipher Only",
    ];
    named_bits(value, &NAMES)
}

/// Netscape's certificate type, of before there was KeyUsage.
pub(super) fn netscape(value: &Element<'_>) -> Option<Values> {
    const NAMES: [&str; 8] = [
        "SSL Client",
        "SSL Server",
        "S/MIME",
        "Object Signing",
        "Unused",
        "SSL CA",
        "S/MIME CA",
        "Object Signing CA",
    ];
    named_bits(value, &NAMES)
}

/// ExtendedKeyUsage.
pub(super) fn extended(value: &Element<'_>) -> Option<Values> {
    let mut values = Values::default();
    for purpose in element::all(super::tagged(value, SEQUENCE)?.content)? {
        let purpose = Object::of(super::tagged(&purpose, OBJECT_IDENTIFIER)?)?;
        values.add_bare(purpose.long_cut());
    }
    values.unless_empty()
}

/// TLS features (RFC 7633).
pub(super) fn features(value: &Element<'_>) -> Option<Values> {
    let mut values = Values::default();
    for feature in element::all(super::tagged(value, SEQUENCE)?.content)? {
        let number = Number::of(super::tagged(&feature, INTEGER)?)?;
        match (number.is_negative, number.small()) {
            (false, Some(5)) => values.add_bare("status_request"),
            (false, Some(17)) => values.add_bare("status_request_v2"),
            _ => values.add_bare(number.short()),
        }
    }
    values.unless_empty()
}

/// CRLReason.
pub(super) fn reason(value: &Element<'_>) -> Option<String> {
    let number = Number::of(value)?;
    let name = match (number.is_negative, number.small()) {
        (false, Some(0)) => "Unspecified",
        (false, Some(1)) => "Key Compromise",
        (false, Some(2)) => "CA Compromise",
        (false, Some(3)) => "Affiliation Changed",
        (false, Some(4)) => "Superseded",
        (false, Some(5)) => "Cessation Of Operation",
        (false, Some(6)) => "Certificate Hold",
        (false, Some(8)) => "Remove From CRL",
        (false, Some(9)) => "Privilege Withdrawn",
        (false, Some(10)) => "AA Compromise",
        _ => return Some(number.short()),
    };
    Some(name.to_owned())
}

/// The names of the bits that are set.
pub(super) fn names_of<'n>(value: &Element<'_>, names: &[&'n str]) -> Option<Vec<&'n str>> {
    let octets = super::tagged(value, BIT_STRING)?.bits()?;
    let is_set =
        |bit: usize| octets.get(bit / 8).is_some_and(|octet| octet & 0x80 >> (bit % 8) != 0);
    Some(names.iter().enumerate().filter(|(bit, _)| is_set(*bit)).map(|(_, name)| *name).collect())
}

fn named_bits(value: &Element<'_>, names: &[&str]) -> Option<Values> {
    let mut values = Values::default();
    names_of(value, names)?.iter().for_each(|name| values.add_bare(name));
    values.unless_empty()
}
