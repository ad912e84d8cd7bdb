//! A strict reader of DER values, one after the other. Copies nothing and knows no type.

use crate::Error;

/// The values of an encoding that are still to be read.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
    /// What is read, for errors.
    what: &'static str,
}

/// One encoded value.
#[derive(Clone, Copy)]
pub(crate) struct Value<'a> {
    /// The identifier octet: class, form and number.
    pub(crate) tag: u8,
    /// Behind tag and length.
    pub(crate) content: &'a [u8],
    /// All of it.
    pub(crate) raw: &'a [u8],
}

pub(crate) const BOOLEAN: u8 = 0x01;
pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const OBJECT_IDENTIFIER: u8 = 0x06;
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const SET: u8 = 0x31;

impl<'a> Reader<'a> {
    pub(crate) const fn new(bytes: &'a [u8], what: &'static str) -> Self {
        Self { rest: bytes, what }
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The next value, whatever it is.
    ///
    /// Lengths are definite and minimal (X.690, 10.1), and tags are of one octet: nothing that is
    /// read here has another.
    pub(crate) fn any(&mut self) -> Result<Value<'a>, Error> {
        let all = self.rest;
        let (&tag, behind) = all.split_first().ok_or_else(|| self.broken("it ends too early"))?;
        if tag & 0x1f == 0x1f {
            return Err(self.broken("it has a tag of several octets"));
        }
        let (&first, behind) =
            behind.split_first().ok_or_else(|| self.broken("it ends too early"))?;
        let (length, behind) = match first {
            0..=0x7f => (usize::from(first), behind),
            0x81..=0x84 => {
                let (octets, behind) = behind
                    .split_at_checked(usize::from(first & 0x7f))
                    .ok_or_else(|| self.broken("it ends too early"))?;
                let length = octets.iter().fold(0, |sum, octet| sum << 8 | usize::from(*octet));
                if octets.first() == Some(&0) || length < 0x80 {
                    return Err(self.broken("a length is not minimal"));
                }
                (length, behind)
            }
            _ => return Err(self.broken("a length is indefinite or beyond 4 GiB")),
        };
        let (content, rest) =
            behind.split_at_checked(length).ok_or_else(|| self.broken("it ends too early"))?;
        self.rest = rest;
        Ok(Value { tag, content, raw: &all[..all.len() - rest.len()] })
    }

    /// The next value, which has this tag.
    pub(crate) fn tagged(&mut self, tag: u8) -> Result<Value<'a>, Error> {
        let value = self.any()?;
        if value.tag == tag { Ok(value) } else { Err(self.broken("it has another form")) }
    }

    /// The next value if it has this tag.
    pub(crate) fn optional(&mut self, tag: u8) -> Result<Option<Value<'a>>, Error> {
        if self.rest.first() == Some(&tag) { self.any().map(Some) } else { Ok(None) }
    }

    /// What is inside the next value, which has this tag.
    pub(crate) fn inside(&mut self, tag: u8) -> Result<Self, Error> {
        self.tagged(tag).map(|value| Self { rest: value.content, what: self.what })
    }

    /// An error when anything follows.
    pub(crate) fn end(&self) -> Result<(), Error> {
        if self.is_empty() { Ok(()) } else { Err(self.broken("bytes follow it")) }
    }

    pub(crate) fn broken(&self, reason: &str) -> Error {
        Error::malformed(self.what, reason)
    }
}

/// The arcs of an object identifier.
pub(crate) fn arcs(content: &[u8]) -> Option<Vec<u64>> {
    let mut arcs = Vec::new();
    let (mut arc, mut is_first) = (0_u64, true);
    for octet in content {
        // An arc that begins with zeros is another encoding of the same (X.690, 8.19.2).
        if is_first && *octet == 0x80 {
            return None;
        }
        is_first = octet & 0x80 == 0;
        arc = arc.checked_mul(128)? | u64::from(octet & 0x7f);
        if octet & 0x80 != 0 {
            continue;
        }
        if arcs.is_empty() {
            let first = (arc / 40).min(2);
            arcs.extend([first, arc - first * 40]);
        } else {
            arcs.push(arc);
        }
        arc = 0;
    }
    let is_whole = content.last().is_some_and(|octet| octet & 0x80 == 0);
    is_whole.then_some(arcs)
}

/// An object identifier in dots.
pub(crate) fn dotted(arcs: &[u64]) -> String {
    arcs.iter().map(u64::to_string).collect::<Vec<_>>().join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_definite_minimal_and_within() {
        for bad in [
            &[][..],
            &[0x30],
            &[0x30, 0x80, 0, 0],
            &[0x30, 0x81, 0x01, 0x00],
            &[0x30, 0x82, 0x00, 0x80],
            &[0x30, 0x02, 0x00],
            &[0x30, 0x85, 1, 0, 0, 0, 0],
            &[0x30, 0x84, 0xff, 0xff, 0xff, 0xff],
            &[0x1f, 0x81, 0x00, 0x00],
        ] {
            assert!(Reader::new(bad, "text").any().is_err(), "{bad:?}");
        }
        let mut reader = Reader::new(&[0x30, 0x01, 0x07, 0x05], "text");
        assert_eq!(reader.tagged(SEQUENCE).unwrap().content, [7]);
        assert!(reader.end().is_err());
    }

    #[test]
    fn identifiers_are_read() {
        assert_eq!(arcs(&[0x55, 4, 3]), Some(vec![2, 5, 4, 3]));
        let uid = [0x2b, 6, 1, 4, 1, 0x83, 0xc2, 0x53, 2];
        assert_eq!(dotted(&arcs(&uid).unwrap()), "1.3.6.1.4.1.57683.2");
        assert_eq!(arcs(&[0x55, 0x84]), None);
        assert_eq!(arcs(&[0x55, 4, 0x80, 3]), None);
        assert_eq!(arcs(&[0xff; 12]), None);
        assert_eq!(arcs(&[]), None);
    }
}
