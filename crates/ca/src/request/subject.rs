//! The subject of a request as it was written: every RDN, every attribute, every string type.
//! Judges nothing.

use std::fmt;

use super::WHAT;
use crate::{
    Error,
    der::{self, Reader},
    name::shorten,
    subject::{COMMON_NAME, ORGANIZATION, UID},
};

/// A Name as somebody wrote it (RFC 5280, 4.1.2.4).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestedSubject {
    /// The relative distinguished names, in order; each has one attribute, or several.
    pub rdns: Vec<Vec<RequestedAttribute>>,
}

/// One attribute of a Name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestedAttribute {
    /// What it is.
    pub kind: AttributeType,
    /// The ASN.1 type of its value.
    pub string_type: StringType,
    /// The value as text; `#` and hex where the octets are no text of their type (RFC 4514, 2.4).
    pub value: String,
    /// Whether the octets are text of their type.
    pub is_text: bool,
}

/// The type of an attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AttributeType {
    /// CN.
    CommonName,
    /// O.
    Organization,
    /// Any other, by its usual short name or its object identifier.
    Other(String),
    /// The UID that Kubernetes reads (1.3.6.1.4.1.57683.2).
    Uid,
}

/// The ASN.1 type of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StringType {
    /// `BMPString`: UTF-16.
    Bmp,
    /// `IA5String`: ASCII.
    Ia5,
    /// `NumericString`: digits and spaces.
    Numeric,
    /// `PrintableString`: a part of ASCII.
    Printable,
    /// `TeletexString`, also called `T61String`; read as Latin-1, as everybody writes it.
    Teletex,
    /// `UniversalString`: UTF-32.
    Universal,
    /// `UTF8String`.
    Utf8,
    /// `VisibleString`: printable ASCII.
    Visible,
    /// Anything else, by its identifier octet.
    Other(u8),
}

impl RequestedSubject {
    /// Every attribute, in order.
    pub fn attributes(&self) -> impl Iterator<Item = &RequestedAttribute> {
        self.rdns.iter().flatten()
    }

    /// The values of the attributes of a type, in order.
    pub fn values(&self, kind: &AttributeType) -> impl Iterator<Item = &str> {
        let of_kind = self.attributes().filter(move |attribute| attribute.kind == *kind);
        of_kind.map(|attribute| attribute.value.as_str())
    }

    /// Reads the content of a Name.
    pub(super) fn read(name: &[u8]) -> Result<Self, Error> {
        let mut names = Reader::new(name, WHAT);
        let mut rdns = Vec::new();
        while !names.is_empty() {
            let mut set = names.inside(der::SET)?;
            let mut rdn = Vec::new();
            while !set.is_empty() {
                let mut attribute = set.inside(der::SEQUENCE)?;
                let arcs = der::arcs(attribute.tagged(der::OBJECT_IDENTIFIER)?.content)
                    .ok_or_else(|| attribute.malformed("an object identifier is malformed"))?;
                let value = attribute.any()?;
                attribute.end()?;
                let string_type = StringType::of_tag(value.tag);
                let text = string_type.decode(value.content);
                rdn.push(RequestedAttribute {
                    kind: AttributeType::of(&arcs),
                    string_type,
                    is_text: text.is_some(),
                    value: text.unwrap_or_else(|| hex(value.content)),
                });
            }
            if rdn.is_empty() {
                return Err(names.malformed("a part of its subject is empty"));
            }
            rdns.push(rdn);
        }
        Ok(Self { rdns })
    }
}

impl AttributeType {
    fn of(arcs: &[u64]) -> Self {
        const KNOWN: [(&[u64], &str); 9] = [
            (&[2, 5, 4, 4], "SN"),
            (&[2, 5, 4, 5], "serialNumber"),
            (&[2, 5, 4, 6], "C"),
            (&[2, 5, 4, 7], "L"),
            (&[2, 5, 4, 8], "ST"),
            (&[2, 5, 4, 11], "OU"),
            (&[1, 2, 840, 113549, 1, 9, 1], "emailAddress"),
            (&[0, 9, 2342, 19200300, 100, 1, 1], "userId"),
            (&[0, 9, 2342, 19200300, 100, 1, 25], "DC"),
        ];
        match arcs {
            COMMON_NAME => Self::CommonName,
            ORGANIZATION => Self::Organization,
            UID => Self::Uid,
            _ => {
                let known = KNOWN.iter().find(|(oid, _)| *oid == arcs);
                Self::Other(known.map_or_else(|| der::dotted(arcs), |(_, name)| (*name).to_owned()))
            }
        }
    }
}

impl StringType {
    pub(crate) const fn of_tag(tag: u8) -> Self {
        match tag {
            12 => Self::Utf8,
            18 => Self::Numeric,
            19 => Self::Printable,
            20 => Self::Teletex,
            22 => Self::Ia5,
            26 => Self::Visible,
            28 => Self::Universal,
            30 => Self::Bmp,
            other => Self::Other(other),
        }
    }

    /// The octets as text, where they are text of this type.
    pub(crate) fn decode(self, octets: &[u8]) -> Option<String> {
        match self {
            Self::Utf8 => String::from_utf8(octets.to_vec()).ok(),
            Self::Ia5 | Self::Numeric | Self::Printable | Self::Visible => {
                octets.is_ascii().then(|| octets.iter().copied().map(char::from).collect())
            }
            Self::Teletex => Some(octets.iter().copied().map(char::from).collect()),
            Self::Bmp => {
                let (units, rest) = octets.as_chunks::<2>();
                let units = units.iter().copied().map(u16::from_be_bytes);
                let text: Result<String, _> = char::decode_utf16(units).collect();
                text.ok().filter(|_| rest.is_empty())
            }
            Self::Universal => {
                let (units, rest) = octets.as_chunks::<4>();
                let units = units.iter().copied().map(u32::from_be_bytes);
                let text: Option<String> = units.map(char::from_u32).collect();
                text.filter(|_| rest.is_empty())
            }
            Self::Other(_) => None,
        }
    }
}

impl fmt::Display for AttributeType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CommonName => "CN",
            Self::Organization => "O",
            Self::Other(name) => name,
            Self::Uid => "UID",
        })
    }
}

impl fmt::Display for StringType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bmp => "BMPString",
            Self::Ia5 => "IA5String",
            Self::Numeric => "NumericString",
            Self::Printable => "PrintableString",
            Self::Teletex => "TeletexString",
            Self::Universal => "UniversalString",
            Self::Utf8 => "UTF8String",
            Self::Visible => "VisibleString",
            Self::Other(tag) => return write!(f, "ASN.1 type {tag:#04x}"),
        })
    }
}

/// Prints the type and the value, shortened: `O=dev`.
impl fmt::Display for RequestedAttribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.kind, shorten(&self.value))
    }
}

/// Prints the attributes in their order, those of one RDN joined by ` + `: `O=dev, CN=jane`.
impl fmt::Display for RequestedSubject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, rdn) in self.rdns.iter().enumerate() {
            f.write_str(if position == 0 { "" } else { ", " })?;
            for (position, attribute) in rdn.iter().enumerate() {
                write!(f, "{}{attribute}", if position == 0 { "" } else { " + " })?;
            }
        }
        Ok(())
    }
}

fn hex(octets: &[u8]) -> String {
    let hex = octets.iter().take(256).map(|octet| format!("{octet:02x}"));
    std::iter::once("#".to_owned()).chain(hex).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_string_type_is_read_as_the_text_it_stands_for() {
        for (tag, octets, text) in [
            (12, &b"jan\xc3\xa9"[..], Some("jané")),
            (12, b"jan\xe9", None),
            (18, b"12 3", Some("12 3")),
            (19, b"jane", Some("jane")),
            (19, b"jan\xe9", None),
            (20, b"jan\xe9", Some("jané")),
            (22, b"jane", Some("jane")),
            (28, b"\0\0\0j\0\x01\xf6\0", Some("j😀")),
            (28, b"\0\0\0j\0", None),
            (30, b"\0j\xd8\x3d\xde\0", Some("j😀")),
            (30, b"\xd8\x3d\0j", None),
            (30, b"\0", None),
            (4, b"jane", None),
        ] {
            assert_eq!(StringType::of_tag(tag).decode(octets).as_deref(), text, "{tag} {octets:?}");
        }
    }
}
