//! GeneralNames (RFC 5280, 4.2.1.6) and NameConstraints (4.2.1.10) in words. Judges nothing.

use std::net::{Ipv4Addr, Ipv6Addr};

use kubepki_ca::der::{OBJECT_IDENTIFIER, SEQUENCE, Value};

use super::{names, objects::Object};

/// The names of a GeneralNames value. A broken name is said to be so.
pub(super) fn in_words(names: &Value<'_>) -> Option<Vec<String>> {
    let names = names.children(SEQUENCE).ok()?;
    let word = |name| word(name, address).unwrap_or_else(|| "a name that is broken".to_owned());
    Some(names.iter().map(word).collect())
}

/// The names of a NameConstraints value: `permitted DNS:example.com`.
pub(super) fn constraints(value: &Value<'_>) -> Option<Vec<String>> {
    let mut words = Vec::new();
    for subtrees in value.children(SEQUENCE).ok()? {
        let title = match subtrees.tag {
            0xa0 => "permitted",
            0xa1 => "excluded",
            _ => return None,
        };
        for subtree in subtrees.children(subtrees.tag).ok()? {
            words.push(format!("{title} {}", base(&subtree)?));
        }
    }
    Some(words)
}

fn base(subtree: &Value<'_>) -> Option<String> {
    // A minimum and a maximum, which nobody reads, may follow it.
    word(subtree.children(SEQUENCE).ok()?.first()?, range)
}

fn word(name: &Value<'_>, ip: fn(&[u8]) -> String) -> Option<String> {
    Some(match name.tag {
        0xa0 => other(name)?,
        0x81 => format!("email:{}", text(name)?),
        0x82 => format!("DNS:{}", text(name)?),
        0xa3 => "X400Name:<unsupported>".to_owned(),
        0xa4 => format!("DirName:{}", names::plain(&Value::only(name.content).ok()?)?),
        0xa5 => "EdiPartyName:<unsupported>".to_owned(),
        0x86 => format!("URI:{}", text(name)?),
        0x87 => format!("IP:{}", ip(name.content)),
        0x88 => format!("Registered ID:{}", Object::of(name).long()),
        _ => return None,
    })
}

fn other(name: &Value<'_>) -> Option<String> {
    let [kind, value] = name.fields::<2>(name.tag).ok()?;
    kind.expect(OBJECT_IDENTIFIER).ok()?;
    let kind = Object::of(&kind);
    let [value] = value.fields::<1>(0xa0).ok()?;
    let value = match value.tag {
        // An IA5String or a UTF8String.
        0x16 | 0x0c => text(&value)?,
        _ => "<unsupported>".to_owned(),
    };
    Some(format!("othername: {}:{value}", kind.long()))
}

/// The text of a name. Programs in C cut it off at a zero octet, so such a name is broken.
fn text(name: &Value<'_>) -> Option<String> {
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
