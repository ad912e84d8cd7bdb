//! What is wrong with how a certificate is written, whoever issued it and whatever it is for: DER, and
//! the rules of RFC 5280, 4.1 and 4.2, that need nothing but its own bytes. Verifies no signature.

mod extension;
mod key;
mod name;

use std::fmt;

use kubepki_ca::der::{
    BIT_STRING, BOOLEAN, Flaw, GENERALIZED_TIME, INTEGER, OBJECT_IDENTIFIER, OCTET_STRING,
    SEQUENCE, UTC_TIME, Value,
};

/// Why something is not what it has to be, in words.
#[derive(Debug)]
struct Malformed(String);

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<Flaw> for Malformed {
    fn from(flaw: Flaw) -> Self {
        Self(flaw.to_string())
    }
}

impl From<&str> for Malformed {
    fn from(words: &str) -> Self {
        Self(words.to_owned())
    }
}

/// The faults of a certificate, in words: clauses about it, such as `it has two extensions 2.5.29.17`.
pub(crate) fn faults(der: &[u8]) -> Vec<String> {
    let mut faults = Vec::new();
    if let Err(flaw) = certificate(der, &mut faults) {
        faults.push(format!("it is not written as a certificate has to be: {flaw}"));
    }
    faults
}

fn certificate(der: &[u8], faults: &mut Vec<String>) -> Result<(), Malformed> {
    let whole = Value::only(der)?;
    whole.check()?;
    let [tbs, algorithm, signature] = whole.fields::<3>(SEQUENCE)?;
    algorithm.expect(SEQUENCE)?;
    signature.expect(BIT_STRING)?;
    let mut fields = tbs.children(SEQUENCE)?.into_iter().peekable();
    let version = match fields.next_if(|field| field.tag == 0xa0) {
        Some(field) => version(&field)?,
        None => 1,
    };
    let mut next = |tag: u8| {
        let field = fields.next().ok_or("it ends too early")?;
        field.expect(tag).map(|()| field).map_err(Malformed::from)
    };
    // Which numbers are odd is a finding of its own.
    next(INTEGER)?;
    let inner = next(SEQUENCE)?;
    if inner.raw != algorithm.raw {
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

fn version(field: &Value<'_>) -> Result<u8, Malformed> {
    let number = Value::only(field.content)?;
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
fn date(moment: &Value<'_>) -> Result<Option<String>, Malformed> {
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

#[cfg(test)]
mod tests {
    use kubepki_ca::der::encode;

    use super::*;

    #[test]
    fn dates_are_of_one_form() {
        let said = |tag, text: &[u8]| {
            let der = encode(tag, &[text]);
            date(&Value::only(&der).unwrap()).unwrap().is_some()
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
