//! The name by which a server is called. Resolves nothing.

use std::{fmt, net::IpAddr, str::FromStr};

use kubepki_ca::DnsName;

/// A DNS name without wildcard, or an address.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Name {
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
        let name = DnsName::parse(text.strip_suffix('.').unwrap_or(text));
        name.map(Self::Dns).map_err(|error| invalid(error.to_string()))
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dns(name) => name.fmt(f),
            Self::Ip(address) => address.fmt(f),
        }
    }
}
