//! Distinguished names in words. Judges nothing.

use super::{
    element::{
        self, BMP_STRING, Element, IA5_STRING, NUMERIC_STRING, OBJECT_IDENTIFIER, PRINTABLE_STRING,
        SEQUENCE, T61_STRING, UNIVERSAL_STRING, UTF8_STRING,
    },
    objects::Object,
};

/// A Name (RFC 5280, 4.1.2.4) as `C=US, CN=a + UID=b`, with nothing escaped.
pub(super) fn plain(name: &Element<'_>) -> Option<String> {
    let mut sets = Vec::new();
    for set in element::all(name.tagged(SEQUENCE)?.content)? {
        let attributes = element::all(set.content)?;
        let words: Option<Vec<_>> = attributes.iter().map(attribute).collect();
        sets.push(words?.join(" + "));
    }
    Some(sets.join(", "))
}

fn attribute(attribute: &Element<'_>) -> Option<String> {
    let mut parts = attribute.tagged(SEQUENCE)?.inside();
    let kind = Object::of(&parts.one(OBJECT_IDENTIFIER)?)?;
    let value = parts.any()?;
    parts.end()?;
    let words = text(&value).unwrap_or_else(|| {
        let hex: String = value.raw.iter().map(|octet| format!("{octet:02X}")).collect();
        format!("#{hex}")
    });
    Some(format!("{}={words}", kind.short()))
}

/// The value, if it is a whole text.
fn text(value: &Element<'_>) -> Option<String> {
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
