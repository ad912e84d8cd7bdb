//! Names that certificates bind: DNS names and the other subject alternative names.

use std::{fmt, net::IpAddr, str::FromStr};

use crate::Error;

/// A DNS name in lower case, optionally with `*` as its whole first label.
///
/// Labels are letters, digits and inner hyphens, at most 63 octets each and 253 in all
/// (RFC 1123, 2.1; RFC 5280, 4.2.1.6). Stricter than the RFCs: a last label of digits alone is
/// refused, because such a name is a mistyped IPv4 address.
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
            if !label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
                return Err(invalid("only letters, digits, `-` and `.` are allowed"));
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
}

impl SubjectAltName {
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

/// Prints the form openssl uses: `DNS:name`, `IP:address`, `URI:uri`.
impl fmt::Display for SubjectAltName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dns(name) => write!(f, "DNS:{name}"),
            Self::Ip(address) => write!(f, "IP:{address}"),
            Self::Uri(uri) => write!(f, "URI:{uri}"),
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
        for good in ["a", "kubernetes.default.svc", "*.example.com", "Node-0", "1password.com"] {
            assert_eq!(DnsName::parse(good).unwrap().as_str(), good.to_lowercase());
        }
        let long = "a".repeat(64);
        for bad in ["", ".", "a..b", "a.", "-a", "a-", "a_b", "a b", "*", "a.*.b", "ä", &long] {
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
