//! DER, written by hand.

/// A value of a tag.
pub(crate) fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let length = content.len();
    let mut der = vec![tag];
    match length {
        0..=0x7f => der.push(length as u8),
        0x80..=0xff => der.extend([0x81, length as u8]),
        0x100..=0xffff => der.extend([0x82, (length >> 8) as u8, length as u8]),
        _ => der.extend([0x83, (length >> 16) as u8, (length >> 8) as u8, length as u8]),
    }
    der.extend(content);
    der
}

pub(crate) fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    tlv(0x30, parts)
}

pub(crate) fn oid(dotted: &str) -> Vec<u8> {
    let arcs: Vec<u64> = dotted.split('.').map(|arc| arc.parse().unwrap()).collect();
    let mut content = Vec::new();
    for arc in std::iter::once(arcs[0] * 40 + arcs[1]).chain(arcs[2..].iter().copied()) {
        let groups = (0..10).rev().map(|n| (arc >> (7 * n)) as u8 & 0x7f);
        let groups: Vec<_> = groups.skip_while(|group| *group == 0).collect();
        let (last, before) = groups.split_last().unwrap_or((&0, &[]));
        content.extend(before.iter().map(|group| group | 0x80));
        content.push(*last);
    }
    tlv(0x06, &[&content])
}

pub(crate) const UTF8: u8 = 12;
pub(crate) const NUMERIC: u8 = 18;
pub(crate) const PRINTABLE: u8 = 19;
pub(crate) const TELETEX: u8 = 20;
pub(crate) const IA5: u8 = 22;
pub(crate) const VISIBLE: u8 = 26;
pub(crate) const UNIVERSAL: u8 = 28;
pub(crate) const BMP: u8 = 30;

/// Text in a string type.
pub(crate) fn string(tag: u8, text: &str) -> Vec<u8> {
    let octets: Vec<u8> = match tag {
        UNIVERSAL => text.chars().flat_map(|c| u32::from(c).to_be_bytes()).collect(),
        BMP => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        TELETEX => text.chars().map(|c| u32::from(c) as u8).collect(),
        _ => text.as_bytes().to_vec(),
    };
    tlv(tag, &[&octets])
}

/// One RDN of attributes, each an object identifier and an encoded value.
pub(crate) fn rdn(attributes: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let attributes: Vec<_> =
        attributes.iter().map(|(kind, value)| sequence(&[&oid(kind), value])).collect();
    tlv(0x31, &[&attributes.concat()])
}

pub(crate) const CN: &str = "2.5.4.3";
pub(crate) const O: &str = "2.5.4.10";
pub(crate) const UID: &str = "1.3.6.1.4.1.57683.2";

/// A Name of one attribute an RDN.
pub(crate) fn name(attributes: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let rdns: Vec<_> =
        attributes.iter().map(|attribute| rdn(std::slice::from_ref(attribute))).collect();
    sequence(&[&rdns.concat()])
}

/// A Name in UTF-8: groups, then the common name.
pub(crate) fn subject(cn: &str, groups: &[&str]) -> Vec<u8> {
    let mut attributes: Vec<_> = groups.iter().map(|group| (O, string(UTF8, group))).collect();
    attributes.push((CN, string(UTF8, cn)));
    name(&attributes)
}

/// An extension.
pub(crate) fn extension(kind: &str, critical: bool, value: &[u8]) -> Vec<u8> {
    let critical: &[u8] = if critical { &[1, 1, 0xff] } else { &[] };
    sequence(&[&oid(kind), critical, &tlv(4, &[value])])
}

/// The attribute that asks for extensions.
pub(crate) fn asking(extensions: &[Vec<u8>]) -> Vec<u8> {
    asking_as("1.2.840.113549.1.9.14", extensions)
}

pub(crate) fn asking_as(attribute: &str, extensions: &[Vec<u8>]) -> Vec<u8> {
    sequence(&[&oid(attribute), &tlv(0x31, &[&sequence(&[&extensions.concat()])])])
}

/// A subjectAltName of encoded GeneralNames.
pub(crate) fn san(names: &[Vec<u8>]) -> Vec<u8> {
    extension("2.5.29.17", false, &sequence(&[&names.concat()]))
}

pub(crate) fn dns(name: &str) -> Vec<u8> {
    tlv(0x82, &[name.as_bytes()])
}

pub(crate) fn ip(octets: &[u8]) -> Vec<u8> {
    tlv(0x87, &[octets])
}

pub(crate) fn pem(label: &str, der: &[u8]) -> Vec<u8> {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let body = STANDARD.encode(der);
    let lines: Vec<_> = body.as_bytes().chunks(64).map(|line| [line, b"\n"].concat()).collect();
    let (begin, end) = (format!("-----BEGIN {label}-----\n"), format!("-----END {label}-----\n"));
    [begin.as_bytes(), &lines.concat(), end.as_bytes()].concat()
}
