//! The name by which a server is called. Resolves nothing.

use std::{fmt, net::IpAddr, str::FromStr};

use kubepki_ca::{Certificate, DnsName, SubjectAltName};

use crate::checks::contents::matches;

/// A DNS name without wildcard, or an address.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Name {
    /// A DNS name with a dot at its end, for which most programs take no certificate.
    Absolute(DnsName),
    /// A DNS name.
    Dns(DnsName),
    /// An address.
    Ip(IpAddr),
}

/// A text that is no name of a server.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` is no DNS name and no IP address: {reason}")]
pub struct InvalidName {
    name: String,
    reason: String,
}

impl Name {
    /// Whether a certificate is good for it. OpenSSL and GnuTLS take no wildcard right below a top-level
    /// domain, which Go does.
    pub(super) fn is_of(&self, certificate: &Certificate) -> bool {
        certificate.subject_alt_names().iter().any(|name| match (name, self) {
            (SubjectAltName::Dns(name), Self::Dns(asked)) => {
                let is_top = |it: &str| it.strip_prefix("*.").is_some_and(|it| !it.contains('.'));
                !is_top(name.as_str()) && matches(name, asked.as_str())
            }
            (SubjectAltName::Ip(name), Self::Ip(asked)) => name == asked,
            _ => false,
        })
    }
}

impl FromStr for Name {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
        if let Ok(address) = bare.parse() {
            return Ok(Self::Ip(address));
        }
        let invalid = |reason: String| InvalidName { name: crate::check::visible(text), reason };
        if text.starts_with('*') {
            return Err(invalid("nobody calls a server by a wildcard".to_owned()));
        }
        let (name, kind): (_, fn(DnsName) -> Self) = match text.strip_suffix('.') {
            Some(name) => (name, Self::Absolute),
            None => (text, Self::Dns),
        };
        DnsName::parse(name).map(kind).map_err(|error| invalid(error.to_string()))
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absolute(name) => write!(f, "{name}."),
            Self::Dns(name) => name.fmt(f),
            Self::Ip(address) => address.fmt(f),
        }
    }
}
