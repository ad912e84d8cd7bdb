//! Distinguished names in OpenSSL's two ways: `CN = a, O = b` and `/CN=a/O=b`. Knows no certificate.

use super::{
    element::{
        self, BIT_STRING, BMP_STRING, Element, IA5_STRING, NUMERIC_STRING, OBJECT_IDENTIFIER,
        PRINTABLE_STRING, SEQUENCE, SET, T61_STRING, UNIVERSAL_STRING, UTF8_STRING,
    },
    objects::Object,
    page::hex,
};

/// A distinguished name, taken apart.
#[derive(Clone, Debug)]
pub(super) struct Name<'a> {
    attributes: Vec<Attribute<'a>>,
}

#[derive(Clone, Debug)]
struct Attribute<'a> {
    /// Which relative name it belongs to.
    set: usize,
    kind: Object,
    value: Element<'a>,
}

impl<'a> Name<'a> {
    /// Takes a Name apart (RFC 5280, 4.1.2.4).
    pub(super) fn of(name: &Element<'a>) -> Option<Self> {
        if name.tag != SEQUENCE {
            return None;
        }
        let sets = element::all(name.content)?;
        let sets = sets.iter().map(|set| (set.tag == SET).then_some(set));
        let name = Self::of_sets(&sets.collect::<Option<Vec<_>>>()?)?.allowed()?;
        // OpenSSL refuses a name whose texts it cannot compare.
        let is_comparable = |attribute: &Attribute<'_>| match attribute.value.tag {
            UTF8_STRING => str::from_utf8(attribute.value.content).is_ok(),
            _ => attribute.utf8().is_some(),
        };
        name.attributes.iter().all(is_comparable).then_some(name)
    }

    /// Takes a Name apart that OpenSSL might refuse to show.
    pub(super) fn of_any(name: &Element<'a>) -> Option<Self> {
        let sets = element::all(Some(name).filter(|it| it.tag == SEQUENCE)?.content)?;
        Self::of_sets(&sets.iter().collect::<Vec<_>>())
    }

    /// Takes one relative name apart.
    pub(super) fn of_set(set: &Element<'a>) -> Option<Self> {
        Self::of_sets(&[set])?.allowed()
    }

    fn of_sets(sets: &[&Element<'a>]) -> Option<Self> {
        let mut attributes = Vec::new();
        for (index, set) in sets.iter().enumerate() {
            for attribute in element::all(set.content)? {
                let mut parts = Some(attribute).filter(|it| it.tag == SEQUENCE)?.inside();
                let kind = Object::of(&parts.one(OBJECT_IDENTIFIER)?)?;
                let value = parts.any()?;
                parts.end()?;
                attributes.push(Attribute { set: index, kind, value });
            }
        }
        Some(Self { attributes })
    }

    /// The name, if OpenSSL takes the types of its values.
    fn allowed(self) -> Option<Self> {
        self.attributes.iter().all(|attribute| is_allowed(attribute.value.tag)).then_some(self)
    }

    /// The name with commas, `C = US, CN = a + UID = b`; `None` where OpenSSL prints no more.
    pub(super) fn with_commas(&self) -> Option<Vec<u8>> {
        let mut text = Vec::new();
        let mut previous = None;
        for attribute in &self.attributes {
            text.extend_from_slice(match previous {
                None => b"".as_slice(),
                Some(set) if set == attribute.set => b" + ",
                Some(_) => b", ",
            });
            previous = Some(attribute.set);
            text.extend_from_slice(attribute.kind.short().as_bytes());
            text.extend_from_slice(b" = ");
            text.extend(attribute.escaped()?);
        }
        Some(text)
    }

    /// The name for people, `C=US, CN=a + UID=b`, with nothing escaped.
    pub(super) fn plain(&self) -> String {
        let mut text = String::new();
        let mut previous = None;
        for attribute in &self.attributes {
            text.push_str(match previous {
                None => "",
                Some(set) if set == attribute.set => " + ",
                Some(_) => ", ",
            });
            previous = Some(attribute.set);
            let value = attribute.utf8().flatten().and_then(|text| String::from_utf8(text).ok());
            let value = value.unwrap_or_else(|| format!("#{}", hex(attribute.value.raw, "")));
            text.push_str(attribute.kind.short());
            text.push('=');
            text.push_str(&value);
        }
        text
    }

    /// The name with slashes, `/C=US/CN=a+UID=b`, in a buffer of 256 that whole attributes fill.
    pub(super) fn with_slashes(&self) -> Vec<u8> {
        let mut text = Vec::new();
        let mut previous = None;
        for attribute in &self.attributes {
            let separator = if previous == Some(attribute.set) { '+' } else { '/' };
            let mut part = format!("{separator}{}=", attribute.kind.short()).into_bytes();
            part.extend(attribute.slashed());
            if text.len() + part.len() > 255 {
                break;
            }
            text.extend(part);
            previous = Some(attribute.set);
        }
        text
    }
}

impl Attribute<'_> {
    /// The value as RFC 2253 has it, in quotes where it needs them, and in ASCII.
    fn escaped(&self) -> Option<Vec<u8>> {
        let Some(octets) = self.utf8()? else {
            return Some(format!("#{}", hex(self.value.raw, "")).into_bytes());
        };
        let (Some(last), mut text) = (octets.len().checked_sub(1), Vec::new()) else {
            return Some(Vec::new());
        };
        let mut needs_quotes = false;
        for (index, octet) in octets.iter().enumerate() {
            match octet {
                b',' | b'+' | b'<' | b'>' | b';' => needs_quotes = true,
                b' ' if index == 0 || index == last => needs_quotes = true,
                // The last character is no first one for OpenSSL, even if there is no other.
                b'#' if index == 0 && index != last => needs_quotes = true,
                b'"' | b'\\' => text.push(b'\\'),
                0..=0x1f | 0x7f.. => {
                    text.extend(format!("\\{octet:02X}").into_bytes());
                    continue;
                }
                _ => {}
            }
            text.push(*octet);
        }
        if needs_quotes {
            text.insert(0, b'"');
            text.push(b'"');
        }
        Some(text)
    }

    /// The value in UTF-8 if it is a text, whole or not; the outer `None` for what OpenSSL cannot read.
    fn utf8(&self) -> Option<Option<Vec<u8>>> {
        let octets = self.value.content;
        let wide = |width: usize| {
            let characters = octets.chunks_exact(width);
            let number = |it: &[u8]| it.iter().fold(0, |sum, octet| sum << 8 | u32::from(*octet));
            let is_whole = characters.remainder().is_empty();
            // Surrogates and what lies beyond Unicode print as nothing.
            is_whole
                .then(|| characters.filter_map(|it| char::from_u32(number(it))).collect::<String>())
        };
        match self.value.tag {
            UTF8_STRING => Some(Some(octets.to_vec())),
            BMP_STRING => wide(2).map(|text| Some(text.into_bytes())),
            UNIVERSAL_STRING => wide(4).map(|text| Some(text.into_bytes())),
            NUMERIC_STRING | PRINTABLE_STRING | T61_STRING | IA5_STRING => {
                let latin: String = octets.iter().map(|octet| char::from(*octet)).collect();
                Some(Some(latin.into_bytes()))
            }
            _ => Some(None),
        }
    }

    /// The value with everything escaped that is not graphic.
    fn slashed(&self) -> Vec<u8> {
        let mut text = Vec::new();
        for octet in self.value.content {
            match octet {
                b'/' | b'+' => text.extend([b'\\', *octet]),
                b' '..=b'~' => text.push(*octet),
                _ => text.extend(format!("\\x{octet:02X}").into_bytes()),
            }
        }
        text
    }
}

/// Whether OpenSSL takes a value of this type for one of a name: the strings of RFC 5280, a BIT
/// STRING, a SEQUENCE, and types that nobody has defined.
const fn is_allowed(tag: u8) -> bool {
    matches!(
        tag,
        BIT_STRING | 7..=9 | 11 | UTF8_STRING | 13..=15 | SEQUENCE | NUMERIC_STRING
        | PRINTABLE_STRING | T61_STRING | IA5_STRING | UNIVERSAL_STRING | 29 | BMP_STRING
    )
}
