//! Reads and writes DER (X.690). Copies nothing, knows no type of a certificate, and never panics on
//! any bytes.
//!
//! Read the numbers of an RSA public key (RFC 8017, A.1.1), and say what is wrong where it is none:
//!
//! ```
//! use kubepki_ca::der::{self, Flaw, Reader};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let key = der::encode(der::SEQUENCE, &[&[2, 2, 0, 0x8f], &[2, 3, 1, 0, 1]]);
//! let mut outer = Reader::new(&key, "RSA public key");
//! let mut fields = outer.inside(der::SEQUENCE)?;
//! outer.end()?;
//! let modulus = fields.tagged(der::INTEGER)?.content;
//! let exponent = fields.tagged(der::INTEGER)?.content;
//! fields.end()?;
//! assert_eq!((modulus, exponent), (&[0, 0x8f][..], &[1, 0, 1][..]));
//!
//! let error = Reader::new(&key[..5], "RSA public key").any().unwrap_err();
//! assert_eq!(error.flaw, Flaw::CutOff);
//! # Ok(()) }
//! ```

mod strict;

use crate::Error;

/// The tag of a BOOLEAN.
pub const BOOLEAN: u8 = 0x01;
/// The tag of an INTEGER.
pub const INTEGER: u8 = 0x02;
/// The tag of a BIT STRING.
pub const BIT_STRING: u8 = 0x03;
/// The tag of an OCTET STRING.
pub const OCTET_STRING: u8 = 0x04;
/// The tag of a NULL.
pub const NULL: u8 = 0x05;
/// The tag of an OBJECT IDENTIFIER.
pub const OBJECT_IDENTIFIER: u8 = 0x06;
/// The tag of a UTCTime.
pub const UTC_TIME: u8 = 0x17;
/// The tag of a GeneralizedTime.
pub const GENERALIZED_TIME: u8 = 0x18;
/// The tag of a SEQUENCE.
pub const SEQUENCE: u8 = 0x30;
/// The tag of a SET.
pub const SET: u8 = 0x31;

/// Reads values, one after the other.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
    what: &'static str,
}

/// One encoded value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Value<'a> {
    /// The identifier octet: class, form and number.
    pub tag: u8,
    /// The octets after tag and length.
    pub content: &'a [u8],
    /// The whole value, with tag and length.
    pub raw: &'a [u8],
}

/// What breaks the rules of DER.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Flaw {
    /// A BIT STRING without its first octet, or with unused bits that are not zero.
    #[error("a BIT STRING is malformed")]
    BitString,
    /// A BOOLEAN that is neither `00` nor `ff`.
    #[error("a BOOLEAN is neither TRUE nor FALSE")]
    Boolean,
    /// The bytes end inside a value.
    #[error("a value is cut off")]
    CutOff,
    /// A structure with another number of fields than its type has.
    #[error("a structure has too few or too many fields")]
    FieldCount,
    /// An object identifier whose last arc does not end, or with a padded arc (X.690, 8.19.2).
    #[error("an object identifier is malformed")]
    Identifier,
    /// A length without an end (X.690, 8.1.3.6), which BER has and DER has not.
    #[error("a length is indefinite")]
    IndefiniteLength,
    /// An INTEGER without octets, or with more than it needs (X.690, 8.3.2).
    #[error("an INTEGER has no octets or too many")]
    Integer,
    /// A length in more octets than it needs (X.690, 10.1).
    #[error("a length is not minimal")]
    LongLength,
    /// More levels than any certificate has.
    #[error("it is nested too deeply")]
    Nested,
    /// A NULL with a content.
    #[error("a NULL is not empty")]
    Null,
    /// A string written in pieces, which BER allows and DER does not (X.690, 10.2).
    #[error("a string is written in pieces")]
    Pieces,
    /// A tag that no value has here: of several octets, or reserved.
    #[error("a value has an unknown tag")]
    Tag,
    /// Bytes after the last value.
    #[error("bytes follow it")]
    Trailing,
    /// A value of another type than this field has.
    #[error("a field is of another type")]
    Type,
}

/// A [`Flaw`], and what was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the {what} cannot be read: {flaw}")]
pub struct DerError {
    /// What was read, as the [`Reader`] was told: `certificate request` and so on.
    pub what: &'static str,
    /// What is wrong with it.
    pub flaw: Flaw,
}

impl From<DerError> for Error {
    fn from(error: DerError) -> Self {
        Self::malformed(error.what, error.flaw)
    }
}

impl<'a> Reader<'a> {
    /// Reads from the beginning of `bytes`; errors call them `what`.
    pub const fn new(bytes: &'a [u8], what: &'static str) -> Self {
        Self { rest: bytes, what }
    }

    /// Whether nothing is left.
    pub const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// Reads the next value, of whatever type.
    pub fn any(&mut self) -> Result<Value<'a>, DerError> {
        let (value, rest) = next(self.rest).map_err(|flaw| self.error(flaw))?;
        self.rest = rest;
        Ok(value)
    }

    /// Reads the next value, which must have this tag.
    pub fn tagged(&mut self, tag: u8) -> Result<Value<'a>, DerError> {
        let value = self.any()?;
        value.expect(tag).map_err(|flaw| self.error(flaw))?;
        Ok(value)
    }

    /// Reads the next value if it has this tag.
    pub fn optional(&mut self, tag: u8) -> Result<Option<Value<'a>>, DerError> {
        if self.rest.first() == Some(&tag) { self.any().map(Some) } else { Ok(None) }
    }

    /// A reader of what is inside the next value, which must have this tag.
    pub fn inside(&mut self, tag: u8) -> Result<Self, DerError> {
        self.tagged(tag).map(|value| Self { rest: value.content, what: self.what })
    }

    /// Returns an error if anything is left.
    pub const fn end(&self) -> Result<(), DerError> {
        if self.is_empty() { Ok(()) } else { Err(self.error(Flaw::Trailing)) }
    }

    const fn error(&self, flaw: Flaw) -> DerError {
        DerError { what: self.what, flaw }
    }

    /// For what DER allows and its type does not.
    pub(crate) fn malformed(&self, reason: &str) -> Error {
        Error::malformed(self.what, reason)
    }
}

impl<'a> Value<'a> {
    /// Reads bytes that are exactly one value.
    pub fn only(bytes: &'a [u8]) -> Result<Self, Flaw> {
        match next(bytes)? {
            (value, []) => Ok(value),
            _ => Err(Flaw::Trailing),
        }
    }

    /// Reads the value that `bytes` begin with, and returns what follows it.
    pub fn first(bytes: &'a [u8]) -> Result<(Self, &'a [u8]), Flaw> {
        next(bytes)
    }

    /// Returns an error if it has another tag.
    pub const fn expect(&self, tag: u8) -> Result<(), Flaw> {
        if self.tag == tag { Ok(()) } else { Err(Flaw::Type) }
    }

    /// The values inside it; it must have this tag.
    pub fn children(&self, tag: u8) -> Result<Vec<Self>, Flaw> {
        self.expect(tag)?;
        all(self.content)
    }

    /// The values inside it; it must have this tag and exactly `N` of them.
    pub fn fields<const N: usize>(&self, tag: u8) -> Result<[Self; N], Flaw> {
        self.children(tag)?.try_into().map_err(|_| Flaw::FieldCount)
    }
}

/// The length of the first value as its header says it, tag and length included; the value itself may
/// be cut off. `None` where the header is cut off or the length is indefinite.
pub fn announced_length(bytes: &[u8]) -> Option<usize> {
    let header = Header::read(bytes).ok()?;
    header.size.checked_add(header.content)
}

/// The content of the first value, as far as it is there.
pub fn available_content(bytes: &[u8]) -> Option<&[u8]> {
    let header = Header::read(bytes).ok()?;
    let end = header.size.checked_add(header.content)?.min(bytes.len());
    bytes.get(header.size..end)
}

/// Encodes a value whose content is these parts, one after the other.
pub fn encode(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let octets = length.to_be_bytes();
    let octets = &octets[octets.iter().take_while(|octet| **octet == 0).count()..];
    let mut der = Vec::with_capacity(2 + octets.len() + length);
    der.push(tag);
    if length < 0x80 {
        der.push(length as u8);
    } else {
        der.push(0x80 | octets.len() as u8);
        der.extend_from_slice(octets);
    }
    parts.iter().for_each(|part| der.extend_from_slice(part));
    der
}

/// The arcs of an object identifier, from its content; `None` if it is malformed or an arc is too large.
pub fn arcs(content: &[u8]) -> Option<Vec<u64>> {
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

/// An object identifier in dots, such as `2.5.29.17`.
pub fn dotted(arcs: &[u64]) -> String {
    arcs.iter().map(u64::to_string).collect::<Vec<_>>().join(".")
}

struct Header {
    tag: u8,
    /// How many octets tag and length take.
    size: usize,
    /// How many octets follow.
    content: usize,
    is_minimal: bool,
}

impl Header {
    fn read(bytes: &[u8]) -> Result<Self, Flaw> {
        let [tag, first, rest @ ..] = bytes else { return Err(Flaw::CutOff) };
        if tag & 0x1f == 0x1f {
            return Err(Flaw::Tag);
        }
        let count = match first {
            0..0x80 => {
                let content = usize::from(*first);
                return Ok(Self { tag: *tag, size: 2, content, is_minimal: true });
            }
            0x80 => return Err(Flaw::IndefiniteLength),
            0x81..=0x84 => usize::from(first & 0x7f),
            // Beyond 4 GiB, so it ends before its content does.
            _ => return Err(Flaw::CutOff),
        };
        let octets = rest.get(..count).ok_or(Flaw::CutOff)?;
        let content = octets.iter().fold(0, |sum, octet| sum << 8 | usize::from(*octet));
        let is_minimal = content >= 0x80 && octets.first() != Some(&0);
        Ok(Self { tag: *tag, size: 2 + count, content, is_minimal })
    }
}

fn next(bytes: &[u8]) -> Result<(Value<'_>, &[u8]), Flaw> {
    let Header { tag, size, content, is_minimal } = Header::read(bytes)?;
    if !is_minimal {
        return Err(Flaw::LongLength);
    }
    let (content, rest) = bytes[size..].split_at_checked(content).ok_or(Flaw::CutOff)?;
    let raw = &bytes[..bytes.len() - rest.len()];
    Ok((Value { tag, content, raw }, rest))
}

fn all(mut bytes: &[u8]) -> Result<Vec<Value<'_>>, Flaw> {
    let mut values = Vec::new();
    while !bytes.is_empty() {
        let (value, rest) = next(bytes)?;
        values.push(value);
        bytes = rest;
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_definite_minimal_and_within() {
        for (bad, flaw) in [
            (&[][..], Flaw::CutOff),
            (&[0x30], Flaw::CutOff),
            (&[0x30, 0x80, 0, 0], Flaw::IndefiniteLength),
            (&[0x30, 0x81, 0x01, 0x00], Flaw::LongLength),
            (&[0x30, 0x82, 0x00, 0x80], Flaw::LongLength),
            (&[0x30, 0x02, 0x00], Flaw::CutOff),
            (&[0x30, 0x85, 1, 0, 0, 0, 0], Flaw::CutOff),
            (&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff], Flaw::CutOff),
            (&[0x1f, 0x81, 0x00, 0x00], Flaw::Tag),
        ] {
            assert_eq!(Reader::new(bad, "text").any().unwrap_err().flaw, flaw, "{bad:?}");
        }
        let mut reader = Reader::new(&[0x30, 0x01, 0x07, 0x05], "text");
        assert_eq!(reader.tagged(SEQUENCE).unwrap().content, [7]);
        assert_eq!(
            reader.end().unwrap_err().to_string(),
            "the text cannot be read: bytes follow it"
        );
    }

    #[test]
    fn what_is_written_is_read_back() {
        for size in [0, 1, 127, 128, 255, 256, 70_000] {
            let content = vec![7; size];
            let der = encode(SEQUENCE, &[&content]);
            assert_eq!(announced_length(&der), Some(der.len()));
            assert_eq!(Value::only(&der).unwrap().content, content);
            let cut_off = &der[..der.len() - 1];
            assert_eq!(Value::only(cut_off), Err(Flaw::CutOff), "{size}");
            if size > 0 {
                assert_eq!(announced_length(cut_off), Some(der.len()));
                assert_eq!(available_content(cut_off), Some(&content[1..]));
            }
        }
        assert_eq!(announced_length(&[0x30, 0x85, 1, 1, 1, 1, 1]), None);
        assert_eq!(announced_length(&[0x30]), None);
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
