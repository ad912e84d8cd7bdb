//! GeneralNames (RFC 5280, 4.2.1.6) and NameConstraints (4.2.1.10) in words. Judges nothing.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::{
    element::{self, Element, IA5_STRING, OBJECT_IDENTIFIER, SEQUENCE, UTF8_STRING},
    names,
    objects::Object,
};

/// The names of a GeneralNames value. A broken name is said to be so.
pub(super) fn in_words(names: &Element<'_>) -> Option<Vec<String>> {
    let names = element::all(names.tagged(SEQUENCE)?.content)?;
    let word = |name| word(name, address).unwrap_or_else(|| "a name that is broken".to_owned());
    Some(names.iter().map(word).collect())
}

/// The names of a NameConstraints value: `permitted DNS:example.com`.
pub(super) fn constraints(value: &Element<'_>) -> Option<Vec<String>> {
    let mut parts = value.tagged(SEQUENCE)?.inside();
    let subtrees = [("permitted", parts.optional(0xa0)?), ("excluded", parts.optional(0xa1)?)];
    parts.end()?;
    let mut words = Vec::new();
    for (title, trees) in subtrees {
        for tree in trees.map_or(Some(Vec::new()), |trees| element::all(trees.content))? {
            words.push(format!("{title} {}", base(&tree)?));
        }
    }
    Some(words)
}

fn base(subtree: &Element<'_>) -> Option<String> {
    let mut parts = subtree.tagged(SEQUENCE)?.inside();
    let base = parts.any()?;
    parts.optional(0x80)?;
    parts.optional(0x81)?;
    parts.end()?;
    word(&base, range)
}

fn word(name: &Element<'_>, ip: fn(&[u8]) -> String) -> Option<String> {
    Some(match name.tag {
        0xa0 => other(name)?,
        0x81 => format!("email:{}", text(name)?),
        0x82 => format!("DNS:{}", text(name)?),
        0xa3 => "X400Name:<unsupported>".to_owned(),
        0xa4 => format!("DirName:{}", names::plain(&name.only()?)?),
        0xa5 => "EdiPartyName:<unsupported>".to_owned(),
        0x86 => format!("URI:{}", text(name)?),
        0x87 => format!("IP:{}", ip(name.content)),
        0x88 => format!("Registered ID:{}", Object::of(&name.with_tag(OBJECT_IDENTIFIER))?.long()),
        _ => return None,
    })
}

fn other(name: &Element<'_>) -> Option<String> {
    let mut parts = name.inside();
    let kind = Object::of(&parts.one(OBJECT_IDENTIFIER)?)?;
    let value = parts.one(0xa0)?.only()?;
    parts.end()?;
    let value = match value.tag {
        IA5_STRING | UTF8_STRING => text(&value)?,
        _ => "<unsupported>".to_owned(),
    };
    Some(format!("othername: {}:{value}", kind.long()))
}

/// The text of a name. Programs in C cut it off at a zero octet, so such a name is broken.
fn text(name: &Element<'_>) -> Option<String> {
    (!name.content.contains(&0)).then(|| String::from_utf8_lossy(name.content).into_owned())
}

fn address(octets: &[u8]) -> String {
    if let Ok(octets) = <[u8; 4]>::try_from(octets) {
        Ipv4Addr::from(octets).to_string()
    } else if let Ok(octets) = <[u8; 16]>::try_from(octets) {
        Ipv6Addr::from(octets).to_string()
    } else {
        format!("<invalid length={}>", octets.len())
    }
}

/// An address and its mask.
fn range(octets: &[u8]) -> String {
    let (base, mask) = octets.split_at(octets.len() / 2);
    format!("{}/{}", address(base), address(mask))
}
