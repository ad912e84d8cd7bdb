//! Every name that a certificate has, of whatever kind, as constraints are held against them: the
//! alternative names, the subject, and mail addresses in the subject. Judges nothing.

use std::fmt;

use kubepki_inspect::text::name_in_words;
use x509_parser::{extensions::GeneralName, x509::X509Name};

/// A name of a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Identity {
    Directory(Distinguished),
    Dns(String),
    /// An address of 4 or 16 octets, or of another number that is none.
    Ip(Vec<u8>),
    Mail(String),
    /// A kind that nobody here judges, by its name in RFC 5280.
    Other(&'static str),
    Uri(String),
}

/// A Name as it is compared: each relative name with its attributes, without regard to letter case,
/// spaces and string types (RFC 5280, 7.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Distinguished {
    relative: Vec<Vec<(String, String)>>,
    shown: String,
}

impl Identity {
    pub(crate) fn of(name: &GeneralName<'_>) -> Self {
        match name {
            GeneralName::DNSName(name) => Self::Dns((*name).to_owned()),
            GeneralName::DirectoryName(name) => Self::Directory(Distinguished::of(name)),
            GeneralName::EDIPartyName(_) => Self::Other("ediPartyName"),
            GeneralName::IPAddress(octets) => Self::Ip(octets.to_vec()),
            GeneralName::Invalid(..) => Self::Other("invalid name"),
            GeneralName::OtherName(..) => Self::Other("otherName"),
            GeneralName::RFC822Name(name) => Self::Mail((*name).to_owned()),
            GeneralName::RegisteredID(_) => Self::Other("registeredID"),
            GeneralName::URI(uri) => Self::Uri((*uri).to_owned()),
            GeneralName::X400Address(_) => Self::Other("x400Address"),
        }
    }

    /// What a subject says: its Name, where that is not empty, and the mail addresses in it, which
    /// OpenSSL and GnuTLS hold against constraints too.
    pub(crate) fn of_subject(subject: &X509Name<'_>) -> Vec<Self> {
        const MAIL: &str = "1.2.840.113549.1.9.1";
        let name = Distinguished::of(subject);
        let attributes = name.relative.iter().flatten();
        let mail = attributes.filter(|(kind, _)| kind == MAIL);
        let mail: Vec<_> = mail.map(|(_, value)| Self::Mail(value.clone())).collect();
        let is_empty = name.relative.is_empty();
        (!is_empty).then_some(Self::Directory(name)).into_iter().chain(mail).collect()
    }
}

impl Distinguished {
    pub(crate) fn of(name: &X509Name<'_>) -> Self {
        let relative = name.iter_rdn().map(|relative| {
            let mut attributes: Vec<_> = relative
                .iter()
                .map(|it| (it.attr_type().to_string(), folded(it.as_slice())))
                .collect();
            attributes.sort();
            attributes
        });
        Self { relative: relative.collect(), shown: name_in_words(name.as_raw()) }
    }

    /// Whether it is this Name or one below it.
    pub(crate) fn is_below(&self, above: &Self) -> bool {
        self.relative.starts_with(&above.relative)
    }
}

fn folded(octets: &[u8]) -> String {
    let text = String::from_utf8_lossy(octets).to_lowercase();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Prints the form openssl uses: `DNS:name`, `email:jane@example.com`.
impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = match self {
            Self::Directory(name) => name.shown.clone(),
            Self::Dns(name) => format!("DNS:{name}"),
            Self::Ip(octets) => match address(octets) {
                Some(address) => format!("IP:{address}"),
                None => format!("IP:{} octets", octets.len()),
            },
            Self::Mail(address) => format!("email:{address}"),
            Self::Other(kind) => (*kind).to_owned(),
            Self::Uri(uri) => format!("URI:{uri}"),
        };
        f.write_str(&crate::check::visible(&shown))
    }
}

fn address(octets: &[u8]) -> Option<std::net::IpAddr> {
    let v4 = <[u8; 4]>::try_from(octets).map(std::net::IpAddr::from);
    v4.or_else(|_| <[u8; 16]>::try_from(octets).map(std::net::IpAddr::from)).ok()
}
