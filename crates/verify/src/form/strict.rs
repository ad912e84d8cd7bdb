//! DER as it has to be (X.690): the shortest lengths, and values of one form only. Never panics on any
//! bytes.

use std::borrow::Cow;

/// What is wrong, in words.
pub(super) type Flaw = Cow<'static, str>;

/// How deep a certificate is nested at most; what is deeper was made to exhaust somebody.
const DEEPEST: usize = 32;

/// An element: its tag, what it holds, and all of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Element<'a> {
    pub(super) tag: u8,
    pub(super) content: &'a [u8],
    pub(super) whole: &'a [u8],
}

impl<'a> Element<'a> {
    /// That it has this tag.
    pub(super) fn is(&self, tag: u8) -> Result<(), Flaw> {
        match self.tag == tag {
            true => Ok(()),
            false => Err("one of its fields is of another type".into()),
        }
    }

    /// What it holds, where it has this tag.
    pub(super) fn parts_of(&self, tag: u8) -> Result<Vec<Self>, Flaw> {
        self.is(tag)?;
        all(self.content)
    }

    /// What it holds, where it has this tag and this many fields.
    pub(super) fn fields<const N: usize>(&self, tag: u8) -> Result<[Self; N], Flaw> {
        let fields = self.parts_of(tag)?.try_into();
        fields.map_err(|_| "one of its structures has too few or too many fields".into())
    }
}

/// The one element that the bytes are.
pub(super) fn one(bytes: &[u8]) -> Result<Element<'_>, Flaw> {
    match next(bytes)? {
        (element, []) => Ok(element),
        _ => Err("something stands behind a value".into()),
    }
}

/// The elements that the bytes are.
pub(super) fn all(mut bytes: &[u8]) -> Result<Vec<Element<'_>>, Flaw> {
    let mut elements = Vec::new();
    while !bytes.is_empty() {
        let (element, rest) = next(bytes)?;
        elements.push(element);
        bytes = rest;
    }
    Ok(elements)
}

/// That an element and everything in it is DER.
pub(super) fn walk(element: &Element<'_>) -> Result<(), Flaw> {
    walk_to(element, DEEPEST)
}

fn walk_to(element: &Element<'_>, depth: usize) -> Result<(), Flaw> {
    const CONSTRUCTED: u8 = 0x20;
    let is_universal = element.tag & 0xc0 == 0;
    if element.tag & CONSTRUCTED != 0 {
        if is_universal && !matches!(element.tag, 0x30 | 0x31) {
            return Err("a string is written in pieces".into());
        }
        let depth = depth.checked_sub(1).ok_or("it is nested too deeply")?;
        return all(element.content)?.iter().try_for_each(|part| walk_to(part, depth));
    }
    if is_universal { value(element) } else { Ok(()) }
}

/// The values that DER allows one form of only.
fn value(element: &Element<'_>) -> Result<(), Flaw> {
    let flaw: Option<&str> = match (element.tag, element.content) {
        (0x01, [0x00 | 0xff]) => None,
        (0x01, _) => Some("a BOOLEAN is neither TRUE nor FALSE"),
        (0x02, []) => Some("a number has no octets"),
        (0x02, [0x00, next, ..]) if next & 0x80 == 0 => Some("a number has octets too many"),
        (0x02, [0xff, next, ..]) if next & 0x80 != 0 => Some("a number has octets too many"),
        (0x03, []) => Some("a BIT STRING has no octets"),
        (0x03, [unused, bits @ ..]) => {
            let last = bits.last().copied().unwrap_or_default();
            let is_whole =
                *unused == 0 || (!bits.is_empty() && last & ((1 << (unused & 7)) - 1) == 0);
            (*unused > 7 || !is_whole).then_some("a BIT STRING has bits that it may not have")
        }
        (0x05, [_, ..]) => Some("a NULL holds something"),
        (0x06, identifier) => {
            (!is_identifier(identifier)).then_some("an object identifier is none")
        }
        (0x00 | 0x10 | 0x11, _) => Some("a value has a tag that none has"),
        _ => None,
    };
    flaw.map_or(Ok(()), |flaw| Err(flaw.into()))
}

/// Each arc ends, and begins without a padding of zeros.
fn is_identifier(octets: &[u8]) -> bool {
    let begins = |position: usize| position == 0 || octets[position - 1] & 0x80 == 0;
    let is_padded = |(position, octet): (usize, &u8)| *octet == 0x80 && begins(position);
    octets.last().is_some_and(|last| last & 0x80 == 0) && !octets.iter().enumerate().any(is_padded)
}

fn next(bytes: &[u8]) -> Result<(Element<'_>, &[u8]), Flaw> {
    const CUT_OFF: &str = "a value is cut off";
    let [tag, first, rest @ ..] = bytes else { return Err(CUT_OFF.into()) };
    if tag & 0x1f == 0x1f {
        return Err("a value has a tag that none has".into());
    }
    let count = usize::from(first & 0x7f);
    let (length, rest) = match first {
        0..0x80 => (usize::from(*first), rest),
        0x80 => return Err("a length is left open".into()),
        _ if count > 4 => return Err(CUT_OFF.into()),
        _ => {
            let (octets, rest) = rest.split_at_checked(count).ok_or(CUT_OFF)?;
            let length = octets.iter().fold(0, |length, octet| length << 8 | usize::from(*octet));
            // One octet less, or none, would have done.
            if length < 0x80 || octets.first() == Some(&0) {
                return Err("a length has octets too many".into());
            }
            (length, rest)
        }
    };
    let (content, rest) = rest.split_at_checked(length).ok_or(CUT_OFF)?;
    let whole = &bytes[..bytes.len() - rest.len()];
    Ok((Element { tag: *tag, content, whole }, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_der(bytes: &[u8]) -> bool {
        one(bytes).and_then(|element| walk(&element)).is_ok()
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
            assert!(is_der(der), "{der:x?}");
        }
        for ber in [
            b"".as_slice(),
            b"\x30",
            b"\x30\x80\x00\x00",
            b"\x30\x81\x01\x05",
            b"\x30\x02\x02\x01",
            b"\x30\x05\x02\x81\x01\x05\x00",
            b"\x01\x01\x01",
            b"\x01\x00",
            b"\x02\x00",
            b"\x02\x02\x00\x05",
            b"\x02\x02\xff\x85",
            b"\x03\x00",
            b"\x03\x01\x05",
            b"\x03\x02\x08\x00",
            b"\x03\x02\x05\xb0",
            b"\x05\x01\x00",
            b"\x06\x00",
            b"\x06\x02\x55\x80",
            b"\x06\x03\x55\x80\x11",
            b"\x1f\x01\x00",
            b"\x24\x03\x04\x01\x00",
            b"\x02\x01\x05\x00",
        ] {
            assert!(!is_der(ber), "{ber:x?}");
        }
    }

    #[test]
    fn depth_has_an_end() {
        let mut der = Vec::new();
        for _ in 0..10_000 {
            der = crate::form::encode(0x30, &[&der]);
        }
        assert!(!is_der(&der));
    }
}
