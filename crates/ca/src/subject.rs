//! A certificate's subject: one common name, any number of organizations, perhaps a UID.

use std::fmt;

use x509_parser::x509::{AttributeTypeAndValue, X509Name};
use yasna::{DERWriter, models::ObjectIdentifier};

use crate::{Error, name::shorten, request::StringType};

/// Who a certificate speaks for.
///
/// An apiserver reads the common name as the user name, every organization as a group, and the
/// UID attribute (OID 1.3.6.1.4.1.57683.2) as the user's UID.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Subject {
    /// The common name (CN); empty only in certificates that somebody else made.
    pub common_name: String,
    /// The organizations (O), in order, each an attribute of its own.
    pub organizations: Vec<String>,
    /// The UID.
    pub uid: Option<String>,
}

impl Subject {
    /// A subject of a common name alone.
    pub fn new(common_name: impl Into<String>) -> Self {
        Self { common_name: common_name.into(), organizations: Vec::new(), uid: None }
    }

    /// The same subject with these organizations.
    #[must_use]
    pub fn with_organizations(
        mut self,
        names: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        self.organizations = names.into_iter().map(Into::into).collect();
        self
    }

    /// Reads a Name, whatever its string types; `TeletexString` as Latin-1, as openssl and newer Go
    /// read it. What is no text of its type reads as `#` and its octets in hex (RFC 4514, 2.4); of
    /// several common names the last one counts, as in Go's `crypto/x509`.
    pub(crate) fn from_name(name: &X509Name<'_>) -> Self {
        Self {
            common_name: name.iter_common_name().last().map(text).unwrap_or_default(),
            organizations: name.iter_organization().map(text).collect(),
            uid: name
                .iter_attributes()
                .find(|attribute| {
                    attribute.attr_type().iter().is_some_and(|oid| oid.eq(UID.iter().copied()))
                })
                .map(text),
        }
    }

    /// Writes the Name: every O, then CN, then UID, each an RDN of its own, as UTF8String.
    ///
    /// rcgen keeps one value per attribute type, so Names never pass through it
    /// (docs/design/0002-names-are-ours.md).
    pub(crate) fn to_der(&self) -> Result<Vec<u8>, Error> {
        check("CN", &self.common_name)?;
        self.organizations.iter().try_for_each(|organization| check("O", organization))?;
        self.uid.iter().try_for_each(|uid| check("UID", uid))?;
        Ok(yasna::construct_der(|writer| {
            writer.write_sequence(|rdns| {
                for organization in &self.organizations {
                    write_rdn(rdns.next(), ORGANIZATION, organization);
                }
                write_rdn(rdns.next(), COMMON_NAME, &self.common_name);
                if let Some(uid) = &self.uid {
                    write_rdn(rdns.next(), UID, uid);
                }
            });
        }))
    }
}

/// Prints the attributes in the order in which they are written: `O=dev, O=oncall, CN=jane`.
impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for organization in &self.organizations {
            write!(f, "O={}, ", shorten(organization))?;
        }
        write!(f, "CN={}", shorten(&self.common_name))?;
        self.uid.iter().try_for_each(|uid| write!(f, ", UID={}", shorten(uid)))
    }
}

pub(crate) const COMMON_NAME: &[u64] = &[2, 5, 4, 3];
pub(crate) const ORGANIZATION: &[u64] = &[2, 5, 4, 10];
pub(crate) const UID: &[u64] = &[1, 3, 6, 1, 4, 1, 57683, 2];

/// ub-common-name and ub-organization-name, in characters (RFC 5280, appendix A.1).
const LONGEST: usize = 64;

fn check(attribute: &'static str, value: &str) -> Result<(), Error> {
    let reason = if value.is_empty() {
        "it is empty"
    } else if value.chars().count() > LONGEST {
        "it is longer than 64 characters"
    } else if value.chars().any(char::is_control) {
        "it has a control character"
    } else {
        return Ok(());
    };
    Err(Error::InvalidSubject { attribute, value: shorten(value), reason })
}

fn write_rdn(writer: DERWriter<'_>, oid: &[u64], value: &str) {
    writer.write_set(|rdn| {
        rdn.next().write_sequence(|attribute| {
            attribute.next().write_oid(&ObjectIdentifier::from_slice(oid));
            attribute.next().write_utf8_string(value);
        });
    });
}

/// The text of a value; `#` and its octets in hex where it is none.
pub(crate) fn text(attribute: &AttributeTypeAndValue<'_>) -> String {
    let octets = attribute.as_slice();
    let tag = u8::try_from(attribute.attr_value().tag().0).ok();
    tag.and_then(|tag| StringType::of_tag(tag).decode(octets)).unwrap_or_else(|| {
        let hex = octets.iter().take(256).map(|octet| format!("{octet:02x}"));
        std::iter::once("#".to_owned()).chain(hex).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use x509_parser::prelude::FromDer;

    #[test]
    fn every_organization_survives_encode_and_parse() {
        let subject = Subject {
            uid: Some("u-123".to_owned()),
            ..Subject::new("jané").with_organizations(["dev", "oncall", "a,b+c=d", "dev2"])
        };
        let der = subject.to_der().unwrap();
        let (rest, name) = X509Name::from_der(&der).unwrap();
        assert!(rest.is_empty());
        assert_eq!(Subject::from_name(&name), subject);
        assert_eq!(subject.to_string(), "O=dev, O=oncall, O=a,b+c=d, O=dev2, CN=jané, UID=u-123");
    }

    #[test]
    fn old_string_types_are_read_as_text() {
        let read = |tag: u8, octets: &[u8]| {
            let length = |octets: &[u8]| u8::try_from(octets.len()).unwrap();
            let value = [&[tag, length(octets)], octets].concat();
            let attribute = [&b"\x06\x03\x55\x04\x0a"[..], &value].concat();
            let attribute = [&[0x30, length(&attribute)], &attribute[..]].concat();
            let set = [&[0x31, length(&attribute)], &attribute[..]].concat();
            let der = [&[0x30, length(&set)], &set[..]].concat();
            Subject::from_name(&X509Name::from_der(&der).unwrap().1).organizations.remove(0)
        };
        assert_eq!(read(30, b"\0c\0a\0f\0\xe9"), "café");
        assert_eq!(read(20, b"caf\xe9"), "café");
        assert_eq!(read(28, b"\0\0\0c\0\0\0\xe9"), "cé");
        assert_eq!(read(4, b"\xff"), "#ff");
    }

    #[test]
    fn empty_long_and_control_values_are_refused() {
        for bad in ["", "a\0b", "line\nbreak", &"x".repeat(65)] {
            assert!(Subject::new(bad).to_der().is_err(), "{bad:?} as CN");
            assert!(Subject::new("cn").with_organizations([bad]).to_der().is_err(), "{bad:?} as O");
        }
        assert!(Subject::new("ä".repeat(64)).to_der().is_ok());
    }
}
