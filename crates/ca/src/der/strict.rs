//! The values that DER writes in one form only, looked at to the last one. Knows no type of a
//! certificate.

use super::{
    BIT_STRING, BOOLEAN, Flaw, INTEGER, NULL, OBJECT_IDENTIFIER, SEQUENCE, SET, Value, all,
};

/// How many levels a certificate has at most; more were made to exhaust its readers.
const DEEPEST: usize = 32;

impl Value<'_> {
    /// Checks that this value and all values inside it are DER.
    ///
    /// [`Reader`](super::Reader) checks lengths alone.
    pub fn check(&self) -> Result<(), Flaw> {
        check_to(self, DEEPEST)
    }
}

fn check_to(value: &Value<'_>, depth: usize) -> Result<(), Flaw> {
    const CONSTRUCTED: u8 = 0x20;
    let is_universal = value.tag & 0xc0 == 0;
    if value.tag & CONSTRUCTED != 0 {
        if is_universal && !matches!(value.tag, SEQUENCE | SET) {
            return Err(Flaw::Pieces);
        }
        let depth = depth.checked_sub(1).ok_or(Flaw::Nested)?;
        return all(value.content)?.iter().try_for_each(|part| check_to(part, depth));
    }
    if is_universal { check_primitive(value) } else { Ok(()) }
}

fn check_primitive(value: &Value<'_>) -> Result<(), Flaw> {
    let flaw = match (value.tag, value.content) {
        (BOOLEAN, [0x00 | 0xff]) => return Ok(()),
        (BOOLEAN, _) => Flaw::Boolean,
        (INTEGER, []) => Flaw::Integer,
        (INTEGER, [0x00, next, ..]) if next & 0x80 == 0 => Flaw::Integer,
        (INTEGER, [0xff, next, ..]) if next & 0x80 != 0 => Flaw::Integer,
        (BIT_STRING, content) if !is_bit_string(content) => Flaw::BitString,
        (NULL, [_, ..]) => Flaw::Null,
        (OBJECT_IDENTIFIER, content) if !is_identifier(content) => Flaw::Identifier,
        // Of the end of an indefinite length, and of lists that are not marked as constructed.
        (0x00 | 0x10 | 0x11, _) => Flaw::Tag,
        _ => return Ok(()),
    };
    Err(flaw)
}

/// The first octet counts the unused bits of the last one, which are zero (X.690, 11.2).
fn is_bit_string(content: &[u8]) -> bool {
    let Some((unused, bits)) = content.split_first() else { return false };
    match (unused, bits.last()) {
        (0, _) => true,
        (1..=7, Some(last)) => last & ((1 << unused) - 1) == 0,
        _ => false,
    }
}

/// Each arc ends, and none begins with a padding of zeros (X.690, 8.19.2).
fn is_identifier(octets: &[u8]) -> bool {
    let begins = |position: usize| position == 0 || octets[position - 1] & 0x80 == 0;
    let is_padded = |(position, octet): (usize, &u8)| *octet == 0x80 && begins(position);
    octets.last().is_some_and(|last| last & 0x80 == 0) && !octets.iter().enumerate().any(is_padded)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::der::encode;

    fn check(bytes: &[u8]) -> Result<(), Flaw> {
        Value::only(bytes).and_then(|value| value.check())
    }

    #[test]
    fn one_form_is_right_and_every_other_is_not() {
        for der in [
            b"\x01\x01\xff".as_slice(),
            b"\x02\x01\x80",
            b"\x02\x02\x00\x80",
            b"\x03\x01\x00",
            b"\x03\x02\x05\xa0",
            b"\x05\x00",
            b"\x06\x03\x55\x1d\x11",
            b"\x30\x03\x02\x01\x05",
            b"\x80\x00",
        ] {
            assert_eq!(check(der), Ok(()), "{der:x?}");
        }
        for (ber, flaw) in [
            (b"".as_slice(), Flaw::CutOff),
            (b"\x30", Flaw::CutOff),
            (b"\x30\x80\x00\x00", Flaw::IndefiniteLength),
            (b"\x30\x81\x01\x05", Flaw::LongLength),
            (b"\x30\x02\x02\x01", Flaw::CutOff),
            (b"\x30\x05\x02\x81\x01\x05\x00", Flaw::LongLength),
            (b"\x01\x01\x01", Flaw::Boolean),
            (b"\x01\x00", Flaw::Boolean),
            (b"\x02\x00", Flaw::Integer),
            (b"\x02\x02\x00\x05", Flaw::Integer),
            (b"\x02\x02\xff\x85", Flaw::Integer),
            (b"\x03\x00", Flaw::BitString),
            (b"\x03\x01\x05", Flaw::BitString),
            (b"\x03\x02\x08\x00", Flaw::BitString),
            (b"\x03\x02\x05\xb0", Flaw::BitString),
            (b"\x05\x01\x00", Flaw::Null),
            (b"\x06\x00", Flaw::Identifier),
            (b"\x06\x02\x55\x80", Flaw::Identifier),
            (b"\x06\x03\x55\x80\x11", Flaw::Identifier),
            (b"\x1f\x01\x00", Flaw::Tag),
            (b"\x24\x03\x04\x01\x00", Flaw::Pieces),
            (b"\x02\x01\x05\x00", Flaw::Trailing),
        ] {
            assert_eq!(check(ber), Err(flaw), "{ber:x?}");
        }
    }

    #[test]
    fn depth_has_an_end() {
        let mut der = Vec::new();
        for _ in 0..10_000 {
            der = encode(SEQUENCE, &[&der]);
        }
        assert_eq!(check(&der), Err(Flaw::Nested));
    }
}
