//! What limits a CA or a key: BasicConstraints, NameConstraints, the key's period (RFC 5280, 4.2.1.9,
//! 4.2.1.10).

use super::{
    general_name::{self, GeneralName},
    values::Values,
};
use crate::text::{
    element::{self, BOOLEAN, Element, GENERALIZED_TIME, INTEGER, SEQUENCE},
    number::Number,
    page::Page,
    time,
};

/// BasicConstraints.
pub(super) fn basic(value: &Element<'_>) -> Option<Values> {
    let mut parts = super::tagged(value, SEQUENCE)?.inside();
    let is_ca = super::flag(parts.optional(BOOLEAN)?)?;
    let length = parts.optional(INTEGER)?;
    parts.end()?;
    let mut values = Values::default();
    values.add("CA", if is_ca { "TRUE" } else { "FALSE" });
    if let Some(length) = length {
        values.add("pathlen", Number::of(&length)?.short());
    }
    Some(values)
}

/// NameConstraints.
pub(super) fn put_names(page: &mut Page, indent: usize, value: &Element<'_>) -> Option<()> {
    let mut lines = Vec::new();
    for (title, bases) in bases(value)? {
        if !bases.is_empty() {
            lines.push([vec![b' '; indent], format!("{title}:").into_bytes()].concat());
        }
        for base in bases {
            lines.push([vec![b' '; indent + 2], text(&base)?].concat());
        }
    }
    page.put(lines.join(b"\n".as_slice()));
    Some(())
}

/// NameConstraints for people: `permitted DNS:example.com`.
pub(super) fn in_words(value: &Element<'_>) -> Option<Vec<String>> {
    let mut words = Vec::new();
    for (title, bases) in bases(value)? {
        for base in bases {
            let base = String::from_utf8_lossy(&text(&base)?).into_owned();
            words.push(format!("{} {base}", title.to_lowercase()));
        }
    }
    Some(words)
}

/// The names that are permitted, and those that are excluded.
fn bases<'a>(value: &Element<'a>) -> Option<[(&'static str, Vec<GeneralName<'a>>); 2]> {
    let mut parts = super::tagged(value, SEQUENCE)?.inside();
    let permitted = parts.optional(0xa0)?;
    let excluded = parts.optional(0xa1)?;
    parts.end()?;
    let bases = |trees: Option<Element<'a>>| {
        let trees = trees.map_or(Some(Vec::new()), |trees| element::all(trees.content))?;
        trees.iter().map(base).collect::<Option<Vec<_>>>()
    };
    Some([("Permitted", bases(permitted)?), ("Excluded", bases(excluded)?)])
}

fn base<'a>(tree: &Element<'a>) -> Option<GeneralName<'a>> {
    let mut parts = super::tagged(tree, SEQUENCE)?.inside();
    let base = GeneralName::of(&parts.any()?)?;
    parts.optional(0x80)?;
    parts.optional(0x81)?;
    parts.end()?;
    Some(base)
}

fn text(base: &GeneralName<'_>) -> Option<Vec<u8>> {
    match base {
        GeneralName::Ip(octets) => Some(range(octets).into_bytes()),
        base => base.text(),
    }
}

/// PrivateKeyUsagePeriod.
pub(super) fn put_period(page: &mut Page, indent: usize, value: &Element<'_>) -> Option<()> {
    let mut parts = super::tagged(value, SEQUENCE)?.inside();
    let bounds = [("Not Before", parts.optional(0x80)?), ("Not After", parts.optional(0x81)?)];
    parts.end()?;
    let said = bounds.into_iter().filter_map(|(name, bound)| {
        bound.map(|it| format!("{name}: {}", time::text(&it.with_tag(GENERALIZED_TIME))))
    });
    page.put_at(indent, said.collect::<Vec<_>>().join(", "));
    Some(())
}

/// An address and its mask.
fn range(octets: &[u8]) -> String {
    let first = match octets.len() {
        16.. => 16,
        4.. => 4,
        length => length,
    };
    let (address, mask) = octets.split_at(first);
    format!("IP:{}/{}", general_name::address(address), general_name::address(mask))
}
