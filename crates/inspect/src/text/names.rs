//! Distinguished names in words. Judges nothing.

use kubepki_ca::der::{OBJECT_IDENTIFIER, SEQUENCE, Value};

use super::objects::Object;

const UTF8_STRING: u8 = 0x0c;
const NUMERIC_STRING: u8 = 0x12;
const PRINTABLE_STRING: u8 = 0x13;
const T61_STRING: u8 = 0x14;
const IA5_STRING: u8 = 0x16;
const UNIVERSAL_STRING: u8 = 0x1c;
const BMP_STRING: u8 = 0x1e;

/// A Name (RFC 5280, 4.1.2.4) as `C=US, CN=a + UID=b`, with nothing escaped.
pub(super) fn plain(name: &Value<'_>) -> Option<String> {
    let mut sets = Vec::new();
    for set in name.children(SEQUENCE).ok()? {
        let attributes = set.children(set.tag).ok()?;
        let words: Option<Vec<_>> = attributes.iter().map(attribute).collect();
        sets.push(words?.join(" + "));
    }
    Some(sets.join(", "))
}

fn attribute(attribute: &Value<'_>) -> Option<String> {
    let [kind, value] = attribute.fields::<2>(SEQUENCE).ok()?;
    kind.expect(OBJECT_IDENTIFIER).ok()?;
    let kind = Object::of(&kind);
    let words = text(&value).unwrap_or_else(|| {
        let hex: String = value.raw.iter().map(|octet| format!("{octet:02X}")).collect();
        format!("#{hex}")
    });
    Some(format!("{}={words}", kind.short()))
}

/// The value, if it is a whole text.
fn text(value: &Value<'_>) -> Option<String> {
    let wide = |width: usize| {
        let characters = value.content.chunks_exact(width);
        let number = |it: &[u8]| it.iter().fold(0, |sum, octet| sum << 8 | u32::from(*octet));
        // Surrogates and what lies beyond Unicode show as nothing.
        let is_whole = characters.remainder().is_empty();
        is_whole.then(|| characters.filter_map(|it| char::from_u32(number(it))).collect())
    };
    match value.tag {
        UTF8_STRING => String::from_utf8(value.content.to_vec()).ok(),
        BMP_STRING => wide(2),
        UNIVERSAL_STRING => wide(4),
        NUMERIC_STRING | PRINTABLE_STRING | T61_STRING | IA5_STRING => {
            Some(value.content.iter().map(|octet| char::from(*octet)).collect())
        }
        _ => None,
    }
}
