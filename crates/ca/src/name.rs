//! Names that certificates bind: DNS names and the other subject alternative names.

mod verbatim;

use std::{fmt, net::IpAddr, str::FromStr};

pub use verbatim::VerbatimName;

use crate::{
    Error,
    der::{self, Reader},
};

/// A DNS name in lower case, optionally with `*` as its whole first label.
///
/// Labels are letters, digits, underscores and inner hyphens, at most 63 octets each and 253 in all
/// (RFC 1123, 2.1; RFC 5280, 4.2.1.6). Stricter than the RFCs: a last label of digits alone is
/// refused, because such a name is a mistyped IPv4 address. More lenient in one point: Go's
/// crypto/x509 matches underscores, and names like `etcd_1` are in use.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DnsName(String);

impl DnsName {
    /// Reads a name; upper-case letters are folded, as DNS compares them.
    pub fn parse(name: &str) -> Result<Self, Error> {
        let invalid = |reason| Error::InvalidDnsName { name: shorten(name), reason };
        if name.is_empty() {
            return Err(invalid("it is empty"));
        }
        if name.len() > 253 {
            return Err(invalid("it is longer than 253 characters"));
        }
        let labels = name.strip_prefix("*.").unwrap_or(name);
        for label in labels.split('.') {
            if label.is_empty() {
                return Err(invalid("a label is empty"));
            }
            if label.len() > 63 {
                return Err(invalid("a label is longer than 63 characters"));
            }
            if label.starts_with('-') || label.ends_with('-') {
                return Err(invalid("a label starts or ends with a hyphen"));
            }
            if !label.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b)) {
                return Err(invalid("only letters, digits, `-`, `_` and `.` are allowed"));
            }
        }
        // The loop has seen at least one label, so `rsplit` has a first item.
        if labels.rsplit('.').next().is_some_and(|l| l.bytes().all(|b| b.is_ascii_digit())) {
            return Err(invalid("it ends in digits like an IPv4 address, but is none"));
        }
        Ok(Self(name.to_ascii_lowercase()))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DnsName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A name or address that a certificate is good for (RFC 5280, 4.2.1.6).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum SubjectAltName {
    /// A `dNSName`.
    Dns(DnsName),
    /// An `iPAddress`, 4 or 16 octets.
    Ip(IpAddr),
    /// A `uniformResourceIdentifier`, with a scheme.
    Uri(String),
    /// Any other name, as it was found in a certificate: an e-mail address, a registered
    /// identifier, a DNS name that [`DnsName`] refuses.
    Verbatim(VerbatimName),
}

impl SubjectAltName {
    /// Reads GeneralNames (RFC 5280, 4.2.1.6).
    pub(crate) fn all_from_der(der: &[u8]) -> Result<Vec<Self>, Error> {
        let mut outer = Reader::new(der, "subject alternative name");
        let mut list = outer.inside(der::SEQUENCE)?;
        outer.end()?;
        let mut names = Vec::new();
        while !list.is_empty() {
            let der::Value { tag, content, .. } = list.any()?;
            let text = std::str::from_utf8(content).ok();
            let name = match tag {
                0x82 => text.and_then(|text| DnsName::parse(text).ok()).map(Self::Dns),
                0x86 => text.and_then(|text| Self::uri(text).ok()),
                0x87 => address(content).map(Self::Ip),
                _ => None,
            };
            names.push(name.unwrap_or_else(|| Self::Verbatim(VerbatimName::new(tag, content))));
        }
        Ok(names)
    }

    /// GeneralNames as DER.
    pub(crate) fn all_to_der(names: &[Self]) -> Vec<u8> {
        let verbatim = |tag, content: &[u8]| VerbatimName::new(tag, content).to_der();
        let write = |name: &Self| match name {
            Self::Dns(name) => verbatim(0x82, name.as_str().as_bytes()),
            Self::Uri(uri) => verbatim(0x86, uri.as_bytes()),
            Self::Ip(IpAddr::V4(address)) => verbatim(0x87, &address.octets()),
            Self::Ip(IpAddr::V6(address)) => verbatim(0x87, &address.octets()),
            Self::Verbatim(name) => name.to_der(),
        };
        yasna::construct_der(|writer| {
            writer.write_sequence(|list| {
                names.iter().for_each(|name| list.next().write_der(&write(name)));
            });
        })
    }

    /// A `uniformResourceIdentifier`: ASCII, and a scheme before the colon.
    pub fn uri(uri: &str) -> Result<Self, Error> {
        let scheme = uri.split_once(':').map(|(scheme, _)| scheme);
        let starts_well =
            scheme.and_then(|s| s.bytes().next()).is_some_and(|b| b.is_ascii_alphabetic());
        if starts_well && uri.bytes().all(|b| b.is_ascii_graphic()) {
            Ok(Self::Uri(uri.to_owned()))
        } else {
            Err(Error::InvalidUri { uri: shorten(uri) })
        }
    }
}

fn address(octets: &[u8]) -> Option<IpAddr> {
    match octets.len() {
        4 => <[u8; 4]>::try_from(octets).ok().map(IpAddr::from),
        16 => <[u8; 16]>::try_from(octets).ok().map(IpAddr::from),
        _ => None,
    }
}

/// Prints the form openssl uses: `DNS:name`, `IP:address`, `URI:uri`.
impl fmt::Display for SubjectAltName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dns(name) => write!(f, "DNS:{name}"),
            Self::Ip(address) => write!(f, "IP:{address}"),
            Self::Uri(uri) => write!(f, "URI:{uri}"),
            Self::Verbatim(name) => name.fmt(f),
        }
    }
}

/// Reads an IP address, a URI (recognised by `://`), or a DNS name, in that order.
impl FromStr for SubjectAltName {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        if let Ok(address) = text.parse() {
            return Ok(Self::Ip(address));
        }
        if text.contains("://") {
            return Self::uri(text);
        }
        DnsName::parse(text).map(Self::Dns)
    }
}

/// At most 80 characters of a text that is quoted in an error, control characters escaped.
pub(crate) fn shorten(text: &str) -> String {
    let mut short: String = text.chars().take(80).flat_map(char::escape_debug).collect();
    if text.chars().nth(80).is_some() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dns_names_are_lower_case_labels() {
        for good in [
            "a",
            "kubernetes.default.svc",
            "*.example.com",
            "Node-0",
            "1password.com",
            "etcd_1",
            "_dns._tcp.x",
        ] {
            assert_eq!(DnsName::parse(good).unwrap().as_str(), good.to_lowercase());
        }
        let long = "a".repeat(64);
        for bad in ["", ".", "a..b", "a.", "-a", "a-", "a b", "*", "a.*.b", "ä", &long] {
            assert!(DnsName::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_mistyped_address_is_not_a_dns_name() {
        assert!("10.0.0.300".parse::<SubjectAltName>().is_err());
        assert!("10.0.0.30".parse::<SubjectAltName>().is_ok());
    }

    #[test]
    fn errors_quote_at_most_eighty_characters() {
        let error = DnsName::parse(&"\n".repeat(100_000)).unwrap_err().to_string();
        assert!(error.len() < 300, "{error}");
    }
}
