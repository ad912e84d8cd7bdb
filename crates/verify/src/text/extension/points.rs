//! Where revocation lists lie and what they cover (RFC 5280, 4.2.1.13, 5.2.5). Fetches none.

use super::{general_name::GeneralName, usage};
use crate::text::{
    element::{self, BIT_STRING, Element, SEQUENCE, SET},
    names::Name,
    page::Page,
};

/// CRLDistributionPoints and FreshestCRL.
pub(super) fn put(page: &mut Page, indent: usize, value: &Element<'_>) -> Option<()> {
    for (index, point) in element::all(super::tagged(value, SEQUENCE)?.content)?.iter().enumerate()
    {
        let mut parts = super::tagged(point, SEQUENCE)?.inside();
        let name = parts.optional(0xa0)?;
        let reasons = parts.optional(0x81)?;
        let issuer = parts.optional(0xa2)?;
        parts.end()?;
        page.put(if index > 0 { "\n" } else { "" });
        if let Some(name) = name {
            put_name(page, indent, &name.only()?)?;
        }
        if let Some(reasons) = reasons {
            put_reasons(page, indent, "Reasons", &reasons)?;
        }
        if let Some(issuer) = issuer {
            page.put_at(indent, "CRL Issuer:\n");
            put_names(page, indent, &issuer)?;
        }
    }
    Some(())
}

/// IssuingDistributionPoint.
pub(super) fn put_issuing(page: &mut Page, indent: usize, value: &Element<'_>) -> Option<()> {
    let mut parts = super::tagged(value, SEQUENCE)?.inside();
    let name = parts.optional(0xa0)?;
    let only_users = super::flag(parts.optional(0x81)?)?;
    let only_authorities = super::flag(parts.optional(0x82)?)?;
    let reasons = parts.optional(0x83)?;
    let is_indirect = super::flag(parts.optional(0x84)?)?;
    let only_attributes = super::flag(parts.optional(0x85)?)?;
    parts.end()?;
    let mut is_empty = name.is_none() && reasons.is_none();
    if let Some(name) = name {
        put_name(page, indent, &name.only()?)?;
    }
    let mut put_if = |page: &mut Page, holds: bool, text: &str| {
        if holds {
            page.put_at(indent, format!("{text}\n"));
            is_empty = false;
        }
    };
    put_if(page, only_users, "Only User Certificates");
    put_if(page, only_authorities, "Only CA Certificates");
    put_if(page, is_indirect, "Indirect CRL");
    if let Some(reasons) = reasons {
        put_reasons(page, indent, "Only Some Reasons", &reasons)?;
    }
    put_if(page, only_attributes, "Only Attribute Certificates");
    if is_empty {
        page.put_at(indent, "<EMPTY>\n");
    }
    Some(())
}

/// DistributionPointName.
fn put_name(page: &mut Page, indent: usize, name: &Element<'_>) -> Option<()> {
    match name.tag {
        0xa0 => {
            page.put_at(indent, "Full Name:\n");
            put_names(page, indent, name)
        }
        0xa1 => {
            let relative = Name::of_set(&name.with_tag(SET))?;
            page.put_at(indent, "Relative Name:\n");
            page.put_at(indent + 2, relative.with_commas()?);
            page.put("\n");
            Some(())
        }
        _ => None,
    }
}

fn put_names(page: &mut Page, indent: usize, names: &Element<'_>) -> Option<()> {
    for (index, name) in element::all(names.content)?.iter().enumerate() {
        page.put(if index > 0 { "\n" } else { "" });
        page.put_at(indent + 2, GeneralName::of(name)?.text()?);
    }
    Some(())
}

fn put_reasons(page: &mut Page, indent: usize, title: &str, reasons: &Element<'_>) -> Option<()> {
    const NAMES: [&str; 9] = [
        "Unused",
        "Key Compromise",
        "CA Compromise",
        "Affiliation Changed",
        "Superseded",
        "Cessation Of Operation",
        "Certificate Hold",
        "Privilege Withdrawn",
        "AA Compromise",
    ];
    let names = usage::names_of(&reasons.with_tag(BIT_STRING), &NAMES)?;
    let names = if names.is_empty() { "<EMPTY>".to_owned() } else { names.join(", ") };
    page.put_at(indent, format!("{title}:\n"));
    page.put_at(indent + 2, format!("{names}\n"));
    Some(())
}
