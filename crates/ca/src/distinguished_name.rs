//! A Name with every attribute, as somebody wrote it: for showing, never for comparing or writing.

use std::fmt;

use x509_parser::{der_parser::asn1_rs::FromDer as _, x509::X509Name};

use crate::{name::shorten, subject::text};

/// The attributes of a Name in their order, each with its short name and its text.
///
/// [`Subject`](crate::Subject) has those that Kubernetes reads.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DistinguishedName(Vec<(String, String)>);

impl DistinguishedName {
    /// Every value of an attribute, such as `CN` or `OU`, in order.
    pub fn values(&self, attribute: &str) -> impl Iterator<Item = &str> {
        let all = self.0.iter().filter(move |(name, _)| name == attribute);
        all.map(|(_, value)| value.as_str())
    }

    /// Every attribute: its short name (RFC 4514, 3), else its object identifier, and its text.
    pub fn attributes(&self) -> &[(String, String)] {
        &self.0
    }

    /// Reads a Name; what is none has no attributes.
    pub(crate) fn from_der(der: &[u8]) -> Self {
        let Ok((_, name)) = X509Name::from_der(der) else { return Self::default() };
        let attribute = |it: &x509_parser::x509::AttributeTypeAndValue<'_>| {
            let oid = it.attr_type().to_id_string();
            let short = SHORT.iter().find(|(known, _)| *known == oid);
            (short.map_or(oid, |(_, short)| (*short).to_owned()), text(it))
        };
        Self(name.iter_attributes().map(attribute).collect())
    }
}

/// Prints the attributes in their order, as [`Subject`](crate::Subject) does: `O=dev, CN=jane`.
impl fmt::Display for DistinguishedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for (name, value) in &self.0 {
            write!(f, "{separator}{name}={}", shorten(value))?;
            separator = ", ";
        }
        Ok(())
    }
}

const SHORT: &[(&str, &str)] = &[
    ("2.5.4.3", "CN"),
    ("2.5.4.5", "serialNumber"),
    ("2.5.4.6", "C"),
    ("2.5.4.7", "L"),
    ("2.5.4.8", "ST"),
    ("2.5.4.9", "street"),
    ("2.5.4.10", "O"),
    ("2.5.4.11", "OU"),
    ("0.9.2342.19200300.100.1.25", "DC"),
    ("1.2.840.113549.1.9.1", "emailAddress"),
    ("1.3.6.1.4.1.57683.2", "UID"),
];
