//! What is wrong with how a certificate is written, whoever issued it and whatever it is for: DER, and
//! the rules of RFC 5280, 4.1 and 4.2, that need nothing but its own bytes. Verifies no signature.

mod extension;
mod key;
mod name;
mod strict;

use self::strict::{Element, Flaw};

const BOOLEAN: u8 = 0x01;
const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
const OBJECT_IDENTIFIER: u8 = 0x06;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const SEQUENCE: u8 = 0x30;

/// The faults of a certificate, in words: clauses about it, such as `it has two extensions 2.5.29.17`.
pub(crate) fn faults(der: &[u8]) -> Vec<String> {
    let mut faults = Vec::new();
    if let Err(flaw) = certificate(der, &mut faults) {
        faults.push(format!("it is not written as a certificate has to be: {flaw}"));
    }
    faults
}

fn certificate(der: &[u8], faults: &mut Vec<String>) -> Result<(), Flaw> {
    let whole = strict::one(der)?;
    strict::walk(&whole)?;
    let [tbs, algorithm, signature] = whole.fields::<3>(SEQUENCE)?;
    algorithm.is(SEQUENCE)?;
    signature.is(BIT_STRING)?;
    let mut fields = tbs.parts_of(SEQUENCE)?.into_iter().peekable();
    let version = match fields.next_if(|field| field.tag == 0xa0) {
        Some(field) => version(&field)?,
        None => 1,
    };
    let mut next = |tag: u8| {
        let field = fields.next().ok_or("it ends too early")?;
        field.is(tag).map(|()| field)
    };
    // Which numbers are odd is a finding of its own.
    next(INTEGER)?;
    let inner = next(SEQUENCE)?;
    if inner.whole != algorithm.whole {
        faults.push("it names two signature algorithms, one inside and one outside".to_owned());
    }
    faults.extend(key::algorithm(&inner)?);
    next(SEQUENCE)?;
    for moment in next(SEQUENCE)?.fields::<2>(SEQUENCE)? {
        faults.extend(date(&moment)?);
    }
    let is_nameless = next(SEQUENCE)?.content.is_empty();
    faults.extend(key::public(&next(SEQUENCE)?)?);
    for tag in [0x81, 0x82] {
        if fields.next_if(|field| field.tag == tag).is_some() && version == 1 {
            faults.push("it is of version 1 and has a unique identifier".to_owned());
        }
    }
    if let Some(field) = fields.next_if(|field| field.tag == 0xa3) {
        if version != 3 {
            faults.push(format!("it is of version {version} and has extensions"));
        }
        extension::all(&field, is_nameless, faults)?;
    }
    match fields.next() {
        Some(_) => Err("it has a field that no certificate has".into()),
        None => Ok(()),
    }
}

fn version(field: &Element<'_>) -> Result<u8, Flaw> {
    let number = strict::one(field.content)?;
    match (number.tag, number.content) {
        (INTEGER, [1]) => Ok(2),
        (INTEGER, [2]) => Ok(3),
        // Version 1 is the default, which DER leaves out.
        (INTEGER, [0]) => Err("its version 1 is written down".into()),
        _ => Err("its version is none".into()),
    }
}

/// RFC 5280, 4.1.2.5: with seconds, in UTC, without fractions, and as UTCTime until 2049. That the
/// day exists was seen when the certificate was read.
fn date(moment: &Element<'_>) -> Result<Option<String>, Flaw> {
    let (kind, digits) = match moment.tag {
        UTC_TIME => ("a UTCTime", 12),
        GENERALIZED_TIME => ("a GeneralizedTime", 14),
        _ => return Err("a date is none".into()),
    };
    let text = moment.content;
    let is_whole = text.len() == digits + 1
        && text.ends_with(b"Z")
        && text.iter().take(digits).all(u8::is_ascii_digit);
    let shown = text.escape_ascii();
    Ok(match is_whole {
        false => Some(format!("its date {shown} is not written as {kind} has to be")),
        true if digits == 14 && text < b"2050".as_slice() => {
            Some(format!("its date {shown} before 2050 is {kind}"))
        }
        true => None,
    })
}

/// A value in DER.
#[cfg(test)]
fn encode(tag: u8, content: &[&[u8]]) -> Vec<u8> {
    let content = content.concat();
    let octets = content.len().to_be_bytes();
    let octets: Vec<u8> = octets.into_iter().skip_while(|octet| *octet == 0).collect();
    let header = match content.len() {
        length @ 0..0x80 => vec![tag, length as u8],
        _ => [&[tag, 0x80 | octets.len() as u8], octets.as_slice()].concat(),
    };
    [header, content].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_of_one_form() {
        let said = |tag, text: &[u8]| {
            let der = encode(tag, &[text]);
            date(&strict::one(&der).unwrap()).unwrap().is_some()
        };
        for (tag, text, is_wrong) in [
            (UTC_TIME, b"260101000000Z".as_slice(), false),
            (UTC_TIME, b"2601010000Z", true),
            (UTC_TIME, b"260101000000+0100", true),
            (UTC_TIME, b"26010100000AZ", true),
            (UTC_TIME, b"", true),
            (GENERALIZED_TIME, b"20500101000000Z", false),
            (GENERALIZED_TIME, b"20490101000000Z", true),
            (GENERALIZED_TIME, b"20510101000000.5Z", true),
        ] {
            assert_eq!(said(tag, text), is_wrong, "{}", text.escape_ascii());
        }
    }
}
