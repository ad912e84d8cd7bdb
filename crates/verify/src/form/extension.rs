//! Extensions, and what the known ones hold (RFC 5280, 4.2). Looks at no other certificate.

use std::collections::HashSet;

use kubepki_ca::der::{self, Value};

use super::{
    BIT_STRING, BOOLEAN, INTEGER, Malformed, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE, name,
};

/// The faults of the field of extensions.
pub(super) fn all(
    field: &Value<'_>,
    is_nameless: bool,
    faults: &mut Vec<String>,
) -> Result<(), Malformed> {
    let extensions = Value::only(field.content)?.children(SEQUENCE)?;
    if extensions.is_empty() {
        faults.push("its list of extensions is empty".to_owned());
    }
    let mut seen = HashSet::new();
    for extension in &extensions {
        let Extension { identifier, is_critical, value } = Extension::of(extension)?;
        if !seen.insert(identifier) {
            faults.push(format!("it has two extensions {}", shown(identifier)));
        }
        match known(identifier, is_critical, value) {
            Ok(None) => {}
            Ok(Some(fault)) => faults.push(format!("its {} {fault}", shown(identifier))),
            Err(flaw) => faults.push(format!("its {} is malformed: {flaw}", shown(identifier))),
        }
        if identifier == SUBJECT_ALT_NAME && is_nameless && !is_critical {
            faults.push("it has no subject, and its subjectAltName is not critical".to_owned());
        }
    }
    Ok(())
}

struct Extension<'a> {
    identifier: &'a [u8],
    is_critical: bool,
    value: &'a [u8],
}

impl<'a> Extension<'a> {
    fn of(element: &Value<'a>) -> Result<Self, Malformed> {
        let fields = element.children(SEQUENCE)?;
        let (identifier, critical, value) = match fields.as_slice() {
            [identifier, value] => (identifier, None, value),
            [identifier, critical, value] => (identifier, Some(critical), value),
            _ => return Err("an extension has too few or too many fields".into()),
        };
        identifier.expect(OBJECT_IDENTIFIER)?;
        value.expect(OCTET_STRING)?;
        if let Some(critical) = critical {
            critical.expect(BOOLEAN)?;
            // FALSE is the default, which DER leaves out.
            if critical.content == [0] {
                return Err("an extension is written down as not critical".into());
            }
        }
        let (identifier, value) = (identifier.content, value.content);
        Ok(Self { identifier, is_critical: critical.is_some(), value })
    }
}

const AUTHORITY_INFORMATION: &[u8] = b"\x2b\x06\x01\x05\x05\x07\x01\x01";
const AUTHORITY_KEY_IDENTIFIER: &[u8] = b"\x55\x1d\x23";
const BASIC_CONSTRAINTS: &[u8] = b"\x55\x1d\x13";
const CERTIFICATE_POLICIES: &[u8] = b"\x55\x1d\x20";
const CRL_DISTRIBUTION_POINTS: &[u8] = b"\x55\x1d\x1f";
const EXTENDED_KEY_USAGE: &[u8] = b"\x55\x1d\x25";
const ISSUER_ALT_NAME: &[u8] = b"\x55\x1d\x12";
const KEY_USAGE: &[u8] = b"\x55\x1d\x0f";
const NAME_CONSTRAINTS: &[u8] = b"\x55\x1d\x1e";
const SUBJECT_ALT_NAME: &[u8] = b"\x55\x1d\x11";
const SUBJECT_KEY_IDENTIFIER: &[u8] = b"\x55\x1d\x0e";

fn shown(identifier: &[u8]) -> String {
    let name = match identifier {
        AUTHORITY_INFORMATION => "authorityInfoAccess",
        AUTHORITY_KEY_IDENTIFIER => "authorityKeyIdentifier",
        BASIC_CONSTRAINTS => "basicConstraints",
        CERTIFICATE_POLICIES => "certificatePolicies",
        CRL_DISTRIBUTION_POINTS => "cRLDistributionPoints",
        EXTENDED_KEY_USAGE => "extKeyUsage",
        ISSUER_ALT_NAME => "issuerAltName",
        KEY_USAGE => "keyUsage",
        NAME_CONSTRAINTS => "nameConstraints",
        SUBJECT_ALT_NAME => "subjectAltName",
        SUBJECT_KEY_IDENTIFIER => "subjectKeyIdentifier",
        other => return dotted(other),
    };
    name.to_owned()
}

/// An object identifier in dots; where an arc is too large for that, its octets.
fn dotted(identifier: &[u8]) -> String {
    der::arcs(identifier).map_or_else(|| format!("{identifier:02x?}"), |arcs| der::dotted(&arcs))
}

/// What is wrong with the value of a known extension; of another nothing is known.
fn known(identifier: &[u8], is_critical: bool, value: &[u8]) -> Result<Option<String>, Malformed> {
    if ![
        AUTHORITY_INFORMATION,
        AUTHORITY_KEY_IDENTIFIER,
        BASIC_CONSTRAINTS,
        CERTIFICATE_POLICIES,
        CRL_DISTRIBUTION_POINTS,
        EXTENDED_KEY_USAGE,
        ISSUER_ALT_NAME,
        KEY_USAGE,
        NAME_CONSTRAINTS,
        SUBJECT_ALT_NAME,
        SUBJECT_KEY_IDENTIFIER,
    ]
    .contains(&identifier)
    {
        return Ok(None);
    }
    let value = Value::only(value)?;
    value.check()?;
    // RFC 5280: "conforming CAs MUST mark this extension as non-critical".
    let may_not_be_critical =
        [AUTHORITY_INFORMATION, AUTHORITY_KEY_IDENTIFIER, SUBJECT_KEY_IDENTIFIER];
    if is_critical && may_not_be_critical.contains(&identifier) {
        return Ok(Some("is critical, which it may not be".to_owned()));
    }
    match identifier {
        AUTHORITY_INFORMATION => list(&value)?.iter().try_for_each(|it| {
            let [method, location] = it.fields::<2>(SEQUENCE)?;
            method.expect(OBJECT_IDENTIFIER)?;
            name::general(&location).map(drop)
        })?,
        AUTHORITY_KEY_IDENTIFIER => authority(&value)?,
        BASIC_CONSTRAINTS => return basic(&value),
        CERTIFICATE_POLICIES => return policies(&value),
        CRL_DISTRIBUTION_POINTS => {
            list(&value)?.iter().try_for_each(|point| point.expect(SEQUENCE))?;
        }
        EXTENDED_KEY_USAGE => {
            list(&value)?.iter().try_for_each(|usage| usage.expect(OBJECT_IDENTIFIER))?;
        }
        ISSUER_ALT_NAME | SUBJECT_ALT_NAME => {
            for one in &list(&value)? {
                if let Some(fault) = name::general(one)? {
                    return Ok(Some(fault));
                }
            }
        }
        KEY_USAGE => {
            value.expect(BIT_STRING)?;
            let has_any = value.content.iter().skip(1).any(|octet| *octet != 0);
            return Ok((!has_any).then(|| "allows nothing".to_owned()));
        }
        SUBJECT_KEY_IDENTIFIER => {
            value.expect(OCTET_STRING)?;
            return Ok(value.content.is_empty().then(|| "is empty".to_owned()));
        }
        // What it constrains is read elsewhere.
        NAME_CONSTRAINTS => {
            let lists = value.children(SEQUENCE)?;
            let subtrees: Vec<_> =
                lists.iter().map(|list| list.children(list.tag)).collect::<Result<_, _>>()?;
            for subtree in subtrees.iter().flatten() {
                // RFC 5280, 4.2.1.10: minimum is zero, and left out; maximum is absent.
                if subtree.children(SEQUENCE)?.len() > 1 {
                    return Ok(Some("has a minimum or a maximum".to_owned()));
                }
            }
        }
        _ => {}
    }
    Ok(None)
}

/// A SEQUENCE OF with anything in it.
fn list<'a>(value: &Value<'a>) -> Result<Vec<Value<'a>>, Malformed> {
    let parts = value.children(SEQUENCE)?;
    if parts.is_empty() { Err("it is empty".into()) } else { Ok(parts) }
}

fn authority(value: &Value<'_>) -> Result<(), Malformed> {
    let mut fields = value.children(SEQUENCE)?.into_iter().peekable();
    for tag in [0x80, 0xa1, 0x82] {
        fields.next_if(|field| field.tag == tag);
    }
    fields.next().map_or(Ok(()), |_| Err("it has a field that it may not have".into()))
}

fn basic(value: &Value<'_>) -> Result<Option<String>, Malformed> {
    let mut fields = value.children(SEQUENCE)?.into_iter().peekable();
    let is_ca = fields.next_if(|field| field.tag == BOOLEAN);
    let length = fields.next_if(|field| field.tag == INTEGER);
    if fields.next().is_some() {
        return Err("it has a field that it may not have".into());
    }
    Ok(match (is_ca, length) {
        // FALSE is the default, which DER leaves out.
        (Some(flag), _) if flag.content == [0] => Some("writes cA down as FALSE".to_owned()),
        (_, Some(length)) if length.content.first().is_some_and(|it| it & 0x80 != 0) => {
            Some("has a negative path length".to_owned())
        }
        (_, Some(length)) if length.content.len() > 4 => {
            Some("has a path length that is too large".to_owned())
        }
        (None, Some(_)) => Some("has a path length without cA".to_owned()),
        _ => None,
    })
}

fn policies(value: &Value<'_>) -> Result<Option<String>, Malformed> {
    let mut seen = HashSet::new();
    for policy in list(value)? {
        let fields = policy.children(SEQUENCE)?;
        let identifier = fields.first().ok_or("a policy has no identifier")?;
        identifier.expect(OBJECT_IDENTIFIER)?;
        if !seen.insert(identifier.content) {
            return Ok(Some(format!("names the policy {} twice", dotted(identifier.content))));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_shown_with_dots() {
        for (octets, text) in [
            (b"\x55\x1d\x63".as_slice(), "2.5.29.99"),
            (b"\x2b\x06\x01\x04\x01\x83\xb2\x03\x04", "1.3.6.1.4.1.55555.4"),
            (b"\x88\x37\x03", "2.999.3"),
        ] {
            assert_eq!(shown(octets), text);
        }
        assert!(shown(&[0xff; 40]).starts_with("[ff"));
    }
}
