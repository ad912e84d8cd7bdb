//! The names that a CA allows below itself (RFC 5280, 4.2.1.10). What cannot be read or judged allows
//! nothing: Go, OpenSSL, GnuTLS and pyca differ here, and the strictest of them counts.

use x509_parser::extensions::{GeneralName, GeneralSubtree, NameConstraints};

use super::identity::{Distinguished, Identity};

/// The nameConstraints of a CA.
#[derive(Debug, Default)]
pub(crate) struct Constraints {
    permitted: Vec<Subtree>,
    excluded: Vec<Subtree>,
    /// What is wrong with them, so that Go reads nothing of the certificate or nobody judges by them.
    pub(crate) faults: Vec<String>,
    /// Whether it constrains kinds of names that Go does not know how to.
    pub(crate) has_unknown: bool,
}

#[derive(Debug)]
enum Subtree {
    Directory(Distinguished),
    Dns(String),
    /// A network and its mask, of 4 octets or of 16.
    Ip(Vec<u8>, Vec<u8>),
    /// A mailbox with its `@`, a host, or a domain with a dot in front.
    Mail(String),
    Other(&'static str),
    Uri(String),
}

impl Constraints {
    pub(crate) fn of(parsed: &NameConstraints<'_>) -> Self {
        let mut constraints = Self::default();
        let mut read = |subtrees: &Option<Vec<GeneralSubtree<'_>>>| -> Vec<_> {
            let known = subtrees.iter().flatten().map(|subtree| Subtree::of(&subtree.base));
            let known = known.filter_map(|subtree| {
                let subtree = subtree.map_err(|fault| constraints.faults.push(fault)).ok()?;
                let is_known = !matches!(subtree, Subtree::Other(_) | Subtree::Directory(_));
                constraints.has_unknown |= !is_known;
                Some(subtree)
            });
            known.collect()
        };
        let (permitted, excluded) =
            (read(&parsed.permitted_subtrees), read(&parsed.excluded_subtrees));
        let subtrees = [&parsed.permitted_subtrees, &parsed.excluded_subtrees];
        if subtrees.into_iter().flatten().all(Vec::is_empty) {
            constraints.faults.push("its nameConstraints constrain nothing".to_owned());
        }
        Self { permitted, excluded, ..constraints }
    }

    /// Whether a name may be in a certificate below.
    pub(crate) fn allow(&self, name: &Identity) -> bool {
        let mut permitted = self.permitted.iter().filter_map(|it| it.permits(name)).peekable();
        // What no subtree of its kind is permitted for is not limited.
        let is_permitted = permitted.peek().is_none() || permitted.any(|it| it);
        is_permitted && !self.excluded.iter().any(|it| it.excludes(name) == Some(true))
    }
}

impl Subtree {
    fn of(base: &GeneralName<'_>) -> Result<Self, String> {
        let shown = || crate::check::visible(&Identity::of(base).to_string());
        let malformed = || format!("its nameConstraints have `{}`, which is none", shown());
        Ok(match base {
            GeneralName::DNSName(name) if is_domain(name.strip_prefix('.').unwrap_or(name)) => {
                Self::Dns(name.to_lowercase())
            }
            GeneralName::DirectoryName(name) => Self::Directory(Distinguished::of(name)),
            GeneralName::IPAddress(octets) if matches!(octets.len(), 8 | 32) => {
                let (network, mask) = octets.split_at(octets.len() / 2);
                let bits = mask.iter().map(|octet| octet.count_ones()).sum::<u32>();
                let leading = mask.iter().take_while(|octet| **octet == 0xff).count() as u32 * 8;
                let next = mask.iter().find(|octet| **octet != 0xff);
                if bits != leading + next.map_or(0, |octet| octet.leading_ones()) {
                    return Err("its nameConstraints have a mask with holes".to_owned());
                }
                Self::Ip(network.to_vec(), mask.to_vec())
            }
            GeneralName::IPAddress(octets) => {
                let size = octets.len();
                return Err(format!(
                    "its nameConstraints have an address of {size} octets, not 8 or 32"
                ));
            }
            GeneralName::RFC822Name(base) => match base.rsplit_once('@') {
                Some((local, host)) if !is_mailbox(local, host) => return Err(malformed()),
                None if !is_domain(base.strip_prefix('.').unwrap_or(base)) => {
                    return Err(malformed());
                }
                _ => Self::Mail((*base).to_owned()),
            },
            GeneralName::URI(host)
                if is_domain(host.strip_prefix('.').unwrap_or(host))
                    && host.parse::<std::net::IpAddr>().is_err() =>
            {
                Self::Uri(host.to_lowercase())
            }
            GeneralName::DNSName(_) | GeneralName::Invalid(..) | GeneralName::URI(_) => {
                return Err(malformed());
            }
            other => match Identity::of(other) {
                Identity::Other(kind) => Self::Other(kind),
                _ => return Err(malformed()),
            },
        })
    }

    /// Whether the name is surely in it; `None` for one of another kind.
    fn permits(&self, name: &Identity) -> Option<bool> {
        match (self, name) {
            // A host is itself and nothing below it, whatever Go says.
            (Self::Mail(base), Identity::Mail(name)) => {
                Some(mailbox(name).is_some_and(|(local, host)| {
                    match (base.rsplit_once('@'), base.strip_prefix('.')) {
                        (Some(base), _) => base.0 == local && base.1.eq_ignore_ascii_case(host),
                        (None, Some(_)) => is_below(host, base),
                        (None, None) => base.is_empty() || base.eq_ignore_ascii_case(host),
                    }
                }))
            }
            (Self::Uri(domain), Identity::Uri(uri)) => Some(host(uri).is_some_and(|host| {
                is_below(host, domain)
                    && (domain.is_empty()
                        || domain.starts_with('.')
                        || host.eq_ignore_ascii_case(domain))
            })),
            (Self::Dns(domain), Identity::Dns(name)) => {
                Some(is_name(name) && is_below(name, domain))
            }
            _ => self.has(name),
        }
    }

    /// Whether the name may be in it: what cannot be read as such a name is, too.
    fn excludes(&self, name: &Identity) -> Option<bool> {
        match (self, name) {
            (Self::Mail(base), Identity::Mail(name)) => {
                Some(mailbox(name).is_none_or(|(local, host)| match base.rsplit_once('@') {
                    Some(base) => base.0 == local && base.1.eq_ignore_ascii_case(host),
                    None => is_below(host, base),
                }))
            }
            (Self::Uri(domain), Identity::Uri(uri)) => {
                Some(host(uri).is_none_or(|host| is_below(host, domain)))
            }
            (Self::Dns(domain), Identity::Dns(name)) => {
                let covers = name.strip_prefix("*.").is_some_and(|base| {
                    // One label stands for the asterisk.
                    let label = domain.strip_prefix('.').unwrap_or(domain).split_once('.');
                    label.is_some_and(|(_, rest)| rest.eq_ignore_ascii_case(base))
                });
                Some(!is_name(name) || is_below(name, domain) || covers)
            }
            _ => self.has(name),
        }
    }

    fn has(&self, name: &Identity) -> Option<bool> {
        match (self, name) {
            (Self::Directory(above), Identity::Directory(name)) => Some(name.is_below(above)),
            (Self::Ip(network, mask), Identity::Ip(octets)) => {
                let mut bits = octets.iter().zip(network).zip(mask);
                let is_in = bits.all(|((octet, network), mask)| octet & mask == network & mask);
                Some(octets.len() == network.len() && is_in)
            }
            // Of a kind that nobody judges, none is permitted and all are excluded.
            (Self::Other(kind), Identity::Other(name)) => (kind == name).then_some(false),
            _ => None,
        }
    }
}

/// Whether a host is in a domain: it or below it, and only below it where that begins with a dot.
fn is_below(host: &str, domain: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host).to_lowercase();
    let domain = domain.to_lowercase();
    if domain.is_empty() || host == domain {
        return true;
    }
    let above = host.strip_suffix(domain.strip_prefix('.').unwrap_or(&domain));
    above.is_some_and(|above| above.ends_with('.'))
}

/// Whether a domain can be compared with names: labels without spaces, or nothing at all, for all.
fn is_domain(domain: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty() && label.bytes().all(|octet| octet.is_ascii_graphic() && octet != b'*')
    };
    domain.is_empty() || domain.split('.').all(is_label)
}

/// Whether a DNS name, be it a wildcard, can be compared with domains.
fn is_name(name: &str) -> bool {
    let name = name.strip_prefix("*.").unwrap_or(name);
    !name.is_empty() && is_domain(name.strip_suffix('.').unwrap_or(name))
}

fn is_mailbox(local: &str, host: &str) -> bool {
    let is_plain = |text: &str| text.bytes().all(|octet| octet.is_ascii_graphic() && octet != b'@');
    !local.is_empty() && is_plain(local) && !host.is_empty() && is_domain(host)
}

/// The parts of a mail address; `None` for what is none.
fn mailbox(address: &str) -> Option<(&str, &str)> {
    address.rsplit_once('@').filter(|(local, host)| is_mailbox(local, host))
}

/// The host of a URI (RFC 3986, 3.2.2), where it has one that is no address.
fn host(uri: &str) -> Option<&str> {
    let (_, rest) = uri.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    if host.starts_with('[') {
        return None;
    }
    let host = host.split_once(':').map_or(host, |(host, _)| host);
    let is_address = host.parse::<std::net::IpAddr>().is_ok();
    (!host.is_empty() && is_domain(host) && !is_address).then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dns(domain: &str) -> Subtree {
        Subtree::of(&GeneralName::DNSName(domain)).unwrap()
    }

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
            let name = Identity::Dns(host.to_owned());
            assert_eq!(dns(domain).permits(&name), Some(expected), "{host} in {domain}");
        }
        assert_eq!(host("spiffe://u@a.example:1/x"), Some("a.example"));
        for none in ["urn:x", "https://10.0.0.1/", "https://[::1]/", "https:///x"] {
            assert_eq!(host(none), None, "{none}");
        }
    }

    #[test]
    fn what_may_be_excluded_is() {
        let name = |name: &str| Identity::Dns(name.to_owned());
        assert_eq!(dns("a.example").excludes(&name("*.example")), Some(true));
        assert_eq!(dns("b.a.example").excludes(&name("*.example")), Some(false));
        assert_eq!(dns("a.example").excludes(&name("a b")), Some(true));
        let mail = |base| Subtree::of(&GeneralName::RFC822Name(base)).unwrap();
        let jane = Identity::Mail("jane@a.example".to_owned());
        assert_eq!(mail("example").permits(&jane), Some(false));
        assert_eq!(mail("example").excludes(&jane), Some(true));
        assert_eq!(mail(".example").permits(&jane), Some(true));
        assert_eq!(mail("Jane@a.example").permits(&jane), Some(false));
        let uri = Subtree::of(&GeneralName::URI("example")).unwrap();
        let no_host = Identity::Uri("urn:x".to_owned());
        assert_eq!((uri.permits(&no_host), uri.excludes(&no_host)), (Some(false), Some(true)));
    }

    #[test]
    fn what_cannot_be_read_is_a_fault() {
        for bad in [
            GeneralName::IPAddress(&[10, 0, 0, 0, 255]),
            GeneralName::IPAddress(&[10, 0, 0, 0, 255, 0, 255, 0]),
            GeneralName::DNSName("a..example"),
            GeneralName::DNSName("*.example"),
            GeneralName::DNSName("a b"),
            GeneralName::RFC822Name("a@b@c"),
            GeneralName::URI("10.0.0.1"),
        ] {
            assert!(Subtree::of(&bad).is_err(), "{bad:?}");
        }
        assert!(Subtree::of(&GeneralName::IPAddress(&[10, 0, 0, 0, 255, 128, 0, 0])).is_ok());
    }
}
