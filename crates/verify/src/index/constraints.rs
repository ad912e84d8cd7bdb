//! The names that a CA allows below itself, as Go's crypto/x509 understands them (RFC 5280, 4.2.1.10).
//! Looks at DNS names, addresses and URIs, which are all that Kubernetes' certificates have.

use std::net::IpAddr;

use kubepki_ca::SubjectAltName;
use x509_parser::extensions::{GeneralName, GeneralSubtree, NameConstraints};

/// The nameConstraints of a CA.
#[derive(Debug, Default)]
pub(crate) struct Constraints {
    permitted: Vec<Subtree>,
    excluded: Vec<Subtree>,
    /// Whether it constrains kinds of names that Go does not know how to.
    pub(crate) has_unknown: bool,
}

#[derive(Debug)]
enum Subtree {
    Dns(String),
    /// A network and its mask, of 4 octets or of 16.
    Ip(Vec<u8>, Vec<u8>),
    Uri(String),
}

impl Constraints {
    pub(crate) fn of(parsed: &NameConstraints<'_>) -> Self {
        let mut constraints = Self::default();
        let mut known = |subtrees: &Option<Vec<GeneralSubtree<'_>>>| -> Vec<_> {
            let bases = subtrees.iter().flatten().map(|subtree| &subtree.base);
            let read = bases.filter_map(|base| {
                let is_known = matches!(
                    base,
                    GeneralName::DNSName(_)
                        | GeneralName::IPAddress(_)
                        | GeneralName::RFC822Name(_)
                        | GeneralName::URI(_)
                );
                constraints.has_unknown |= !is_known;
                Subtree::of(base)
            });
            read.collect()
        };
        let (permitted, excluded) =
            (known(&parsed.permitted_subtrees), known(&parsed.excluded_subtrees));
        Self { permitted, excluded, ..constraints }
    }

    /// Whether a name may be in a certificate below.
    pub(crate) fn allow(&self, name: &SubjectAltName) -> bool {
        let mut permitted = self.permitted.iter().filter_map(|it| it.has(name)).peekable();
        // What no subtree of its kind is permitted for is not limited.
        let is_permitted = permitted.peek().is_none() || permitted.any(|it| it);
        is_permitted && !self.excluded.iter().any(|it| it.has(name) == Some(true))
    }
}

impl Subtree {
    fn of(base: &GeneralName<'_>) -> Option<Self> {
        match base {
            GeneralName::DNSName(name) => Some(Self::Dns(name.to_lowercase())),
            GeneralName::IPAddress(octets) if matches!(octets.len(), 8 | 32) => {
                let (network, mask) = octets.split_at(octets.len() / 2);
                Some(Self::Ip(network.to_vec(), mask.to_vec()))
            }
            GeneralName::URI(host) => Some(Self::Uri(host.to_lowercase())),
            _ => None,
        }
    }

    /// Whether the name is in it; `None` for one of another kind.
    fn has(&self, name: &SubjectAltName) -> Option<bool> {
        match (self, name) {
            (Self::Dns(domain), SubjectAltName::Dns(name)) => Some(is_below(name.as_str(), domain)),
            (Self::Ip(network, mask), SubjectAltName::Ip(address)) => {
                let octets = match address {
                    IpAddr::V4(address) => address.octets().to_vec(),
                    IpAddr::V6(address) => address.octets().to_vec(),
                };
                let mut bits = octets.iter().zip(network).zip(mask);
                let is_in = bits.all(|((octet, network), mask)| octet & mask == network & mask);
                Some(octets.len() == network.len() && is_in)
            }
            (Self::Uri(domain), SubjectAltName::Uri(uri)) => {
                Some(host(uri).is_some_and(|host| is_below(host, domain)))
            }
            _ => None,
        }
    }
}

/// Whether a host is in a domain: it or below it, and only below it where that begins with a dot.
fn is_below(host: &str, domain: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host).to_lowercase();
    if domain.is_empty() || host == domain {
        return true;
    }
    let above = host.strip_suffix(domain.strip_prefix('.').unwrap_or(domain));
    above.is_some_and(|above| above.ends_with('.'))
}

/// The host of a URI (RFC 3986, 3.2.2).
fn host(uri: &str) -> Option<&str> {
    let (_, rest) = uri.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = host.split_once(':').map_or(host, |(host, _)| host);
    (!host.is_empty()).then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains_have_themselves_and_what_is_below() {
        for (host, domain, expected) in [
            ("example.com", "example.com", true),
            ("a.Example.com", "example.com", true),
            ("aexample.com", "example.com", false),
            ("a.example.com.", ".example.com", true),
            ("example.com", ".example.com", false),
            ("*.example.com", "example.com", true),
            ("anything", "", true),
            ("com", "example.com", false),
        ] {
            assert_eq!(is_below(host, domain), expected, "{host} in {domain}");
        }
        assert_eq!(host("spiffe://u@a.example:1/x"), Some("a.example"));
        assert_eq!(host("urn:x"), None);
    }
}
