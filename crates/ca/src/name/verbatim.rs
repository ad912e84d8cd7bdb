//! Subject alternative names that are kept as they are, because nobody knows who matches them.

use std::fmt;

use super::DnsName;
use crate::{Error, SubjectAltName, der};

const EMAIL: u8 = 0x81;
const DNS: u8 = 0x82;
const URI: u8 = 0x86;
const IP: u8 = 0x87;
const REGISTERED_ID: u8 = 0x88;

/// A GeneralName (RFC 5280, 4.2.1.6) as its DER bytes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct VerbatimName {
    tag: u8,
    content: Vec<u8>,
}

impl VerbatimName {
    pub(crate) fn new(tag: u8, content: &[u8]) -> Self {
        Self { tag, content: content.to_vec() }
    }

    /// Reads the form that [`Display`](fmt::Display) prints: `DNS:`, `email:` or `URI:` and a text,
    /// `RID:` and an object identifier, `DER:` and hex. `None` for a text with no such prefix.
    ///
    /// A `DNS:` name that [`DnsName`] takes is read as one.
    ///
    /// # Errors
    /// [`Error::Malformed`] for a text that is no such name.
    pub fn parse(text: &str) -> Option<Result<SubjectAltName, Error>> {
        let (prefix, value) = text.split_once(':')?;
        let name = match prefix {
            "DNS" => match DnsName::parse(value) {
                Ok(name) => return Some(Ok(SubjectAltName::Dns(name))),
                Err(_) => Self::new(DNS, value.as_bytes()),
            },
            "URI" => match SubjectAltName::uri(value) {
                Ok(name) => return Some(Ok(name)),
                Err(_) => Self::new(URI, value.as_bytes()),
            },
            "email" => Self::new(EMAIL, value.as_bytes()),
            "RID" => Self::registered_id(value)?,
            "DER" => Self::from_hex(value)?,
            _ => return None,
        };
        let broken = || Error::malformed("subject alternative name", "it is not of its form");
        Some(if name.can_be_issued() { Ok(SubjectAltName::Verbatim(name)) } else { Err(broken()) })
    }

    fn registered_id(dotted: &str) -> Option<Self> {
        let arcs: Option<Vec<u64>> = dotted.split('.').map(|arc| arc.parse().ok()).collect();
        let arcs = arcs.filter(|arcs| arcs.len() > 1 && arcs[0] < 3 && arcs[1] < 40)?;
        let identifier = yasna::models::ObjectIdentifier::from_slice(&arcs);
        let der = yasna::construct_der(|writer| writer.write_oid(&identifier));
        let content = der::Value::only(&der).ok()?.content.to_vec();
        Some(Self { tag: REGISTERED_ID, content })
    }

    fn from_hex(hex: &str) -> Option<Self> {
        let octets = hex.as_bytes().chunks(2).map(|digits| {
            let digits = std::str::from_utf8(digits).ok().filter(|it| it.len() == 2)?;
            u8::from_str_radix(digits, 16).ok()
        });
        let octets = octets.collect::<Option<Vec<_>>>()?;
        let value = der::Value::only(&octets).ok()?;
        Some(Self::new(value.tag, value.content))
    }

    /// Whether a new certificate may have this name: every reader has to be able to read it. Go reads
    /// nothing of a certificate with a name that is no IA5String or no address.
    pub fn can_be_issued(&self) -> bool {
        match self.tag {
            EMAIL | DNS | URI => self.text().is_some(),
            REGISTERED_ID => der::arcs(&self.content).is_some(),
            // otherName, directoryName.
            0xa0 | 0xa4 => der::Value::first(&self.content).is_ok(),
            _ => false,
        }
    }

    /// What it says, if that is plain text.
    fn text(&self) -> Option<&str> {
        let is_plain = |octet: &u8| (0x20..0x7f).contains(octet);
        let is_text = !self.content.is_empty() && self.content.iter().all(is_plain);
        std::str::from_utf8(&self.content).ok().filter(|_| is_text)
    }

    /// The kind, in openssl's word.
    pub fn kind(&self) -> &'static str {
        match self.tag {
            EMAIL => "email",
            DNS => "DNS",
            URI => "URI",
            IP => "IP",
            0xa0 => "otherName",
            0xa4 => "dirName",
            REGISTERED_ID => "registeredID",
            _ => "another name",
        }
    }

    /// What it says, as far as it is text.
    pub(crate) fn value(&self) -> String {
        String::from_utf8_lossy(&self.content).into_owned()
    }

    /// Its DER, with tag and length.
    pub(crate) fn to_der(&self) -> Vec<u8> {
        // As one octet string with another identifier octet: the length is written by yasna.
        let mut der = yasna::construct_der(|writer| writer.write_bytes(&self.content));
        der[0] = self.tag;
        der
    }
}

impl fmt::Display for VerbatimName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.tag, self.text(), der::arcs(&self.content)) {
            (EMAIL | DNS | URI, Some(text), _) => write!(f, "{}:{text}", self.kind()),
            (REGISTERED_ID, _, Some(arcs)) => write!(f, "RID:{}", der::dotted(&arcs)),
            (EMAIL | DNS | URI, None, _) => {
                write!(f, "{}:{}", self.kind(), self.value().escape_default())
            }
            _ => {
                f.write_str("DER:")?;
                self.to_der().iter().try_for_each(|octet| write!(f, "{octet:02x}"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> VerbatimName {
        match VerbatimName::parse(text) {
            Some(Ok(SubjectAltName::Verbatim(name))) => name,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn what_is_printed_is_read_back() {
        for text in [
            "DNS:server.example.",
            "DNS:*",
            "DNS:a*.example",
            "DNS:with space",
            "email:ops@example.com",
            "URI:no scheme",
            "RID:1.2.3.4",
            "DER:a40d300b3109300706035504030c00",
        ] {
            let name = parse(text);
            assert!(name.can_be_issued(), "{text}");
            assert_eq!(name.to_string(), text);
            let der = name.to_der();
            let value = der::Value::only(&der).unwrap();
            assert_eq!(VerbatimName::new(value.tag, value.content), name);
        }
    }

    #[test]
    fn long_names_have_long_lengths() {
        let name = parse(&format!("email:{}@x", "a".repeat(300)));
        assert_eq!(name.to_der()[..4], [0x81, 0x82, 1, 46]);
    }

    #[test]
    fn what_no_reader_reads_is_no_name() {
        assert!(matches!(VerbatimName::parse("DNS:kubernetes"), Some(Ok(SubjectAltName::Dns(_)))));
        for bad in ["email:", "DNS:\u{ff0c}", "email:a\u{7}b"] {
            assert!(matches!(VerbatimName::parse(bad), Some(Err(_))), "{bad}");
        }
        for other in ["etcd_1", "RID:x", "RID:1", "DER:8", "DER:820161ff", "10.0.0.1"] {
            assert!(VerbatimName::parse(other).is_none(), "{other}");
        }
    }
}
