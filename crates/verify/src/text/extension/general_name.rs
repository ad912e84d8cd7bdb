//! GeneralNames (RFC 5280, 4.2.1.6) in OpenSSL's two ways: as values of a list, and in a text.

use std::net::Ipv6Addr;

use super::values::Values;
use crate::text::{
    element::{self, Element, IA5_STRING, OBJECT_IDENTIFIER, UTF8_STRING},
    names::Name,
    objects::Object,
    page,
};

/// The names of alternative names.
pub(super) fn values(names: &Element<'_>) -> Option<Values> {
    let mut values = Values::default();
    for name in element::all(names.content)? {
        add(&mut values, &GeneralName::of(&name)?)?;
    }
    Some(values)
}

/// The names for people: as OpenSSL words them, but for names of directories, whose text is
/// whole, and addresses, which are as short as can be. A broken one is said to be so.
pub(super) fn in_words(names: &Element<'_>) -> Option<Vec<String>> {
    let word = |name: &Element<'_>| {
        let name = GeneralName::of(name)?;
        match &name {
            GeneralName::Directory(name) => return Some(format!("DirName:{}", name.plain())),
            GeneralName::Ip(octets) => return Some(format!("IP:{}", short_address(octets))),
            _ => {}
        }
        let mut values = Values::default();
        add(&mut values, &name)?;
        values.into_texts().pop()
    };
    let names = element::all(names.content)?;
    Some(
        names.iter().map(|it| word(it).unwrap_or_else(|| "a name that is broken".into())).collect(),
    )
}

/// One name.
pub(super) enum GeneralName<'a> {
    /// With the other name's kind.
    Other(Object, Element<'a>),
    Email(&'a [u8]),
    Dns(&'a [u8]),
    X400,
    Directory(Name<'a>),
    EdiParty,
    Uri(&'a [u8]),
    Ip(&'a [u8]),
    Registered(Object),
}

impl<'a> GeneralName<'a> {
    pub(super) fn of(name: &Element<'a>) -> Option<Self> {
        Some(match name.tag {
            0xa0 => {
                let mut parts = name.inside();
                let kind = Object::of(&parts.one(OBJECT_IDENTIFIER)?)?;
                let value = parts.one(0xa0)?.only()?;
                parts.end()?;
                Self::Other(kind, value)
            }
            0x81 => Self::Email(name.content),
            0x82 => Self::Dns(name.content),
            0xa3 => Self::X400,
            0xa4 => Self::Directory(Name::of(&name.only()?)?),
            0xa5 => {
                let mut parts = name.inside();
                parts.optional(0xa0)?;
                parts.one(0xa1)?;
                parts.end()?;
                Self::EdiParty
            }
            0x86 => Self::Uri(name.content),
            0x87 => Self::Ip(name.content),
            0x88 => Self::Registered(Object::of(&name.with_tag(OBJECT_IDENTIFIER))?),
            _ => return None,
        })
    }

    /// The name in a text.
    pub(super) fn text(&self) -> Option<Vec<u8>> {
        let plain = |label: &str, text: &[u8]| [label.as_bytes(), &page::plain(text)].concat();
        Some(match self {
            Self::Other(kind, value) => {
                let label = known(kind).filter(|(_, tag)| *tag == value.tag);
                let text = label.map(|(label, _)| {
                    let start = format!("othername:{label}:").into_bytes();
                    [start.as_slice(), page::until_nul(value.content)].concat()
                });
                text.unwrap_or_else(|| b"othername:<unsupported>".to_vec())
            }
            Self::Email(text) => plain("email:", text),
            Self::Dns(text) => plain("DNS:", text),
            Self::X400 => b"X400Name:<unsupported>".to_vec(),
            Self::Directory(name) => [b"DirName:".as_slice(), &name.with_commas()?].concat(),
            Self::EdiParty => b"EdiPartyName:<unsupported>".to_vec(),
            Self::Uri(text) => plain("URI:", text),
            Self::Ip(octets) => format!("IP Address:{}", address(octets)).into_bytes(),
            Self::Registered(object) => format!("Registered ID:{}", object.long()).into_bytes(),
        })
    }
}

fn add(values: &mut Values, name: &GeneralName<'_>) -> Option<()> {
    // A name with a zero octet in it is cut off by programs in C, so that OpenSSL shows none.
    let whole = |text: &[u8]| !text.contains(&0);
    match name {
        GeneralName::Other(kind, value) => match known(kind) {
            Some((label, tag)) if value.tag == tag && whole(value.content) => {
                values.add(&format!("othername: {label}:"), value.content);
            }
            Some(_) => return None,
            None => {
                let is_text = matches!(value.tag, IA5_STRING | UTF8_STRING) && whole(value.content);
                let text = if is_text { value.content } else { b"<unsupported>" };
                let kind: String = kind.long().chars().take(255).collect();
                values.add(&format!("othername: {kind}:"), text);
            }
        },
        GeneralName::Email(text) if whole(text) => values.add("email", text),
        GeneralName::Dns(text) if whole(text) => values.add("DNS", text),
        GeneralName::Uri(text) if whole(text) => values.add("URI", text),
        GeneralName::Email(_) | GeneralName::Dns(_) | GeneralName::Uri(_) => return None,
        GeneralName::X400 => values.add("X400Name", "<unsupported>"),
        GeneralName::Directory(name) => values.add("DirName", name.with_slashes()),
        GeneralName::EdiParty => values.add("EdiPartyName", "<unsupported>"),
        GeneralName::Ip(octets) => values.add("IP Address", address(octets)),
        GeneralName::Registered(object) => values.add("Registered ID", object.long()),
    }
    Some(())
}

/// The label of another name that OpenSSL knows, and the string it is.
fn known(kind: &Object) -> Option<(&'static str, u8)> {
    Some(match kind.dotted.as_str() {
        "1.3.6.1.4.1.311.20.2.3" => ("UPN", UTF8_STRING),
        "1.3.6.1.5.5.7.8.5" => ("XmppAddr", UTF8_STRING),
        "1.3.6.1.5.5.7.8.7" => ("SRVName", IA5_STRING),
        "1.3.6.1.5.5.7.8.8" => ("NAIRealm", UTF8_STRING),
        "1.3.6.1.5.5.7.8.9" => ("SmtpUTF8Mailbox", UTF8_STRING),
        _ => return None,
    })
}

/// An IP address as people write it.
pub(super) fn short_address(octets: &[u8]) -> String {
    match <[u8; 16]>::try_from(octets) {
        Ok(octets) => Ipv6Addr::from(octets).to_string(),
        Err(_) => address(octets),
    }
}

/// An IP address; an IPv6 one in full.
pub(super) fn address(octets: &[u8]) -> String {
    match octets {
        [a, b, c, d] => format!("{a}.{b}.{c}.{d}"),
        octets if octets.len() == 16 => {
            let group = |pair: &[u8]| format!("{:X}", u16::from_be_bytes([pair[0], pair[1]]));
            octets.chunks_exact(2).map(group).collect::<Vec<_>>().join(":")
        }
        _ => format!("<invalid length={}>", octets.len()),
    }
}
