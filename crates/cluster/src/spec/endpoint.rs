//! Where kubeconfigs point: the host and port of the apiserver or of a load balancer before it.

use std::{
    fmt,
    net::{IpAddr, Ipv6Addr},
    str::FromStr,
};

use kubepki_ca::{DnsName, SubjectAltName};

use super::{
    address,
    error::{InvalidValue, quote},
};

/// The host and port under which clients reach the apiserver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// A DNS name without a wildcard, or an address; never a URI.
    pub host: SubjectAltName,
    /// The TCP port, 6443 unless the spec says otherwise; never 0.
    pub port: u16,
}

impl Endpoint {
    /// The port that is taken where none is written.
    pub const DEFAULT_PORT: u16 = 6443;

    /// The URL for a kubeconfig's `server`, such as `https://[fd00::10]:6443`.
    pub fn url(&self) -> String {
        format!("https://{self}")
    }
}

/// Prints `host:port`, an IPv6 address in brackets.
impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.host {
            SubjectAltName::Ip(IpAddr::V6(address)) => write!(f, "[{address}]:{}", self.port),
            SubjectAltName::Ip(address) => write!(f, "{address}:{}", self.port),
            SubjectAltName::Dns(name) => write!(f, "{name}:{}", self.port),
            other => write!(f, "{other}:{}", self.port),
        }
    }
}

/// Reads `host`, `host:port`, an IPv4 or IPv6 address, `address:port` or `[address]:port`.
impl FromStr for Endpoint {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        let invalid = |reason: String| {
            InvalidValue::new(format!("{} is no endpoint: {reason}", quote(text)))
                .hinted("write `host:port`, such as `api.example.com:6443`")
        };
        if let Some((_, rest)) = text.split_once("://") {
            let host = rest.split('/').next().unwrap_or(rest);
            return Err(invalid("it has a scheme".to_owned())
                .hinted(format!("write `host:port`, here {}", quote(host))));
        }
        if let Ok(address) = text.parse::<IpAddr>() {
            return Self::of_address(address, Self::DEFAULT_PORT);
        }
        if let Some((address, port)) = text.strip_prefix('[').and_then(|t| t.split_once(']')) {
            let address: Ipv6Addr = address
                .parse()
                .map_err(|_| invalid(format!("{} is no IPv6 address", quote(address))))?;
            let port = match port.strip_prefix(':') {
                None if port.is_empty() => Self::DEFAULT_PORT,
                None => return Err(invalid("no `:` follows the bracket".to_owned())),
                Some(port) => read_port(port).map_err(invalid)?,
            };
            return Self::of_address(address.into(), port);
        }
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) => (host, read_port(port).map_err(invalid)?),
            None => (text, Self::DEFAULT_PORT),
        };
        if let Ok(address) = host.parse::<IpAddr>() {
            if address.is_ipv6() {
                return Err(invalid("an IPv6 address with a port needs brackets".to_owned())
                    .hinted(format!("write `\"[{address}]:{port}\"`, in quotes")));
            }
            return Self::of_address(address, port);
        }
        let name = DnsName::parse(host).map_err(|error| invalid(error.to_string()))?;
        if host.starts_with('*') {
            return Err(invalid("a wildcard is no host".to_owned())
                .hinted("wildcards go to `certificates.apiserverSANs`"));
        }
        Ok(Self { host: SubjectAltName::Dns(name), port })
    }
}

impl Endpoint {
    fn of_address(address: IpAddr, port: u16) -> Result<Self, InvalidValue> {
        address::check(address)?;
        Ok(Self { host: SubjectAltName::Ip(address), port })
    }
}

fn read_port(text: &str) -> Result<u16, String> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    match text.parse() {
        Ok(port) if digits && port > 0 => Ok(port),
        _ => Err(format!("{} is no port from 1 to 65535", quote(text))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_are_read_and_printed() {
        for (text, printed) in [
            ("server.kubernetes.local:6443", "server.kubernetes.local:6443"),
            ("api.example.com", "api.example.com:6443"),
            ("10.0.0.1", "10.0.0.1:6443"),
            ("10.0.0.1:443", "10.0.0.1:443"),
            ("fd00::1", "[fd00::1]:6443"),
            ("[fd00::1]", "[fd00::1]:6443"),
            ("[fd00::1]:8443", "[fd00::1]:8443"),
        ] {
            let endpoint: Endpoint = text.parse().unwrap();
            assert_eq!(endpoint.to_string(), printed);
            assert_eq!(endpoint.url(), format!("https://{printed}"));
            assert_eq!(printed.parse(), Ok(endpoint));
        }
    }

    #[test]
    fn other_text_is_refused() {
        for (text, part) in [
            ("", "it is empty"),
            (":6443", "it is empty"),
            ("https://a:6443/x", "scheme"),
            ("a:0", "`0` is no port"),
            ("a:65536", "`65536` is no port"),
            ("a:+1", "`+1` is no port"),
            ("a:", "`` is no port"),
            ("10.0.0.300:1", "like an IPv4 address"),
            ("*.example.com", "wildcard"),
            ("0.0.0.0", "unspecified"),
            ("[10.0.0.1]:1", "no IPv6 address"),
            ("[::1]6443", "no `:`"),
            ("fd00:0:0:0:0:0:0:0:6443", "needs brackets"),
        ] {
            let error = text.parse::<Endpoint>().unwrap_err();
            assert!(error.to_string().contains(part), "{text}: {error}");
            assert!(error.hint().is_some(), "{text}");
        }
    }
}
