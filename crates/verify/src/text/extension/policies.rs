//! Certificate policies, their mappings and constraints (RFC 5280, 4.2.1.4, 4.2.1.5, 4.2.1.11).

use super::values::Values;
use crate::text::{
    element::{self, Element, IA5_STRING, INTEGER, OBJECT_IDENTIFIER, SEQUENCE},
    number::Number,
    objects::Object,
    page::{Page, until_nul},
};

/// CertificatePolicies.
pub(super) fn put(page: &mut Page, indent: usize, value: &Element<'_>) -> Option<()> {
    for (index, policy) in element::all(super::tagged(value, SEQUENCE)?.content)?.iter().enumerate()
    {
        let mut parts = super::tagged(policy, SEQUENCE)?.inside();
        let kind = Object::of(&parts.one(OBJECT_IDENTIFIER)?)?;
        let qualifiers = parts.optional(SEQUENCE)?;
        parts.end()?;
        page.put(if index > 0 { "\n" } else { "" });
        page.put_at(indent, format!("Policy: {}", kind.long()));
        if let Some(qualifiers) = qualifiers {
            page.put("\n");
            for (index, qualifier) in element::all(qualifiers.content)?.iter().enumerate() {
                page.put(if index > 0 { "\n" } else { "" });
                put_qualifier(page, indent + 2, qualifier)?;
            }
        }
    }
    Some(())
}

/// PolicyMappings.
pub(super) fn mappings(value: &Element<'_>) -> Option<Values> {
    let mut values = Values::default();
    for mapping in element::all(super::tagged(value, SEQUENCE)?.content)? {
        let mut parts = super::tagged(&mapping, SEQUENCE)?.inside();
        let from = Object::of(&parts.one(OBJECT_IDENTIFIER)?)?;
        let to = Object::of(&parts.one(OBJECT_IDENTIFIER)?)?;
        parts.end()?;
        values.add(from.long_cut(), to.long_cut());
    }
    values.unless_empty()
}

/// PolicyConstraints.
pub(super) fn constraints(value: &Element<'_>) -> Option<Values> {
    let mut parts = super::tagged(value, SEQUENCE)?.inside();
    let mut values = Values::default();
    for (tag, name) in [(0x80, "Require Explicit Policy"), (0x81, "Inhibit Policy Mapping")] {
        if let Some(number) = parts.optional(tag)? {
            values.add(name, Number::of(&number.with_tag(INTEGER))?.short());
        }
    }
    parts.end()?;
    values.unless_empty()
}

fn put_qualifier(page: &mut Page, indent: usize, qualifier: &Element<'_>) -> Option<()> {
    let mut parts = super::tagged(qualifier, SEQUENCE)?.inside();
    let kind = Object::of(&parts.one(OBJECT_IDENTIFIER)?)?;
    match kind.dotted.as_str() {
        "1.3.6.1.5.5.7.2.1" => {
            page.put_at(indent, "CPS: ");
            page.put(until_nul(parts.one(IA5_STRING)?.content));
        }
        "1.3.6.1.5.5.7.2.2" => {
            page.put_at(indent, "User Notice:\n");
            put_notice(page, indent + 2, &parts.one(SEQUENCE)?)?;
        }
        _ => {
            parts.any()?;
            page.put_at(indent + 2, format!("Unknown Qualifier: {}", kind.long()));
        }
    }
    parts.end()
}

fn put_notice(page: &mut Page, indent: usize, notice: &Element<'_>) -> Option<()> {
    let mut parts = notice.inside();
    let reference = parts.optional(SEQUENCE)?;
    let text = if parts.end().is_some() { None } else { Some(parts.any()?) };
    parts.end()?;
    if let Some(reference) = reference {
        let mut parts = reference.inside();
        let organization = parts.any().filter(is_display_text)?;
        let numbers = element::all(parts.one(SEQUENCE)?.content)?;
        parts.end()?;
        page.put_at(indent, "Organization: ");
        page.put(until_nul(organization.content));
        page.put("\n");
        let number = |it: &Element<'_>| Some(Number::of(super::tagged(it, INTEGER)?)?.short());
        let written = numbers.iter().map(number).collect::<Option<Vec<_>>>()?;
        let several = if written.len() > 1 { "s" } else { "" };
        page.put_at(indent, format!("Number{several}: {}", written.join(", ")));
        page.put(if text.is_some() { "\n" } else { "" });
    }
    if let Some(text) = text.map(|it| is_display_text(&it).then_some(it)) {
        page.put_at(indent, "Explicit Text: ");
        page.put(until_nul(text?.content));
    }
    Some(())
}

/// DisplayText, and what else OpenSSL takes for it.
const fn is_display_text(element: &Element<'_>) -> bool {
    matches!(
        element.tag,
        IA5_STRING | element::VISIBLE_STRING | element::BMP_STRING | element::UTF8_STRING
    )
}
