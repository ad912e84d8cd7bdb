//! DER values taken apart as far as showing them needs it. Lenient: lengths need not be minimal.
//! Never panics on any bytes.

/// One encoded value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Element<'a> {
    /// The identifier octet: class, form and number.
    pub(super) tag: u8,
    /// Behind tag and length.
    pub(super) content: &'a [u8],
    /// All of it.
    pub(super) raw: &'a [u8],
}

pub(super) const OBJECT_IDENTIFIER: u8 = 0x06;
pub(super) const UTF8_STRING: u8 = 0x0c;
pub(super) const NUMERIC_STRING: u8 = 0x12;
pub(super) const PRINTABLE_STRING: u8 = 0x13;
pub(super) const T61_STRING: u8 = 0x14;
pub(super) const IA5_STRING: u8 = 0x16;
pub(super) const UNIVERSAL_STRING: u8 = 0x1c;
pub(super) const BMP_STRING: u8 = 0x1e;
pub(super) const SEQUENCE: u8 = 0x30;

/// The values that are still to be read, one after the other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Elements<'a> {
    rest: &'a [u8],
}

impl<'a> Elements<'a> {
    pub(super) const fn of(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// The next value, whatever it is; `None` at the end and for what is broken.
    pub(super) fn any(&mut self) -> Option<Element<'a>> {
        let (element, rest) = split(self.rest)?;
        self.rest = rest;
        Some(element)
    }

    /// The next value, which must have this tag.
    pub(super) fn one(&mut self, tag: u8) -> Option<Element<'a>> {
        self.any().filter(|element| element.tag == tag)
    }

    /// The next value if it has this tag; else it is left for others. The outer `None` is for what
    /// is broken.
    pub(super) fn optional(&mut self, tag: u8) -> Option<Option<Element<'a>>> {
        if self.rest.first() == Some(&tag) { self.any().map(Some) } else { Some(None) }
    }

    /// Demands that nothing is left.
    pub(super) fn end(&self) -> Option<()> {
        self.rest.is_empty().then_some(())
    }
}

/// Every value of a content, to its end.
pub(super) fn all(content: &[u8]) -> Option<Vec<Element<'_>>> {
    let mut elements = Elements::of(content);
    let mut all = Vec::new();
    while elements.end().is_none() {
        all.push(elements.any()?);
    }
    Some(all)
}

impl<'a> Element<'a> {
    /// The first value of `bytes`; what follows is left aside.
    pub(super) fn first(bytes: &'a [u8]) -> Option<Self> {
        split(bytes).map(|(element, _)| element)
    }

    /// The value itself, if it has this tag.
    pub(super) fn tagged(&self, tag: u8) -> Option<&Self> {
        (self.tag == tag).then_some(self)
    }

    /// The values inside.
    pub(super) const fn inside(&self) -> Elements<'a> {
        Elements::of(self.content)
    }

    /// The only value inside, as in an EXPLICIT tag.
    pub(super) fn only(&self) -> Option<Self> {
        let mut inside = self.inside();
        let only = inside.any()?;
        inside.end()?;
        Some(only)
    }

    /// The value as if it had another tag, for IMPLICIT ones.
    pub(super) const fn with_tag(self, tag: u8) -> Self {
        Self { tag, ..self }
    }
}

fn split(bytes: &[u8]) -> Option<(Element<'_>, &[u8])> {
    let (&tag, behind) = bytes.split_first()?;
    // A tag of two octets may be a small one in disguise; nothing here has a larger one.
    let (tag, behind) = match (tag & 0x1f == 0x1f, behind) {
        (false, _) => (tag, behind),
        (true, [number @ ..0x1f, behind @ ..]) => (tag & 0xe0 | number, behind),
        (true, _) => return None,
    };
    let (&first, behind) = behind.split_first()?;
    let (length, behind) = if first < 0x80 {
        (usize::from(first), behind)
    } else {
        let (octets, behind) = behind.split_at_checked(usize::from(first & 0x7f))?;
        let octets = &octets[octets.iter().take_while(|octet| **octet == 0).count()..];
        // 0x80 alone is the indefinite length of BER.
        if first == 0x80 || octets.len() > 4 {
            return None;
        }
        (octets.iter().fold(0, |length, octet| length << 8 | usize::from(*octet)), behind)
    };
    let (content, rest) = behind.split_at_checked(length)?;
    let raw = &bytes[..bytes.len() - rest.len()];
    Some((Element { tag, content, raw }, rest))
}
