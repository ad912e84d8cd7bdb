//! What certificates, requests and revocation lists have in common.

use super::{
    element::{Element, Elements, SEQUENCE},
    extension::Extension,
    names::Name,
    number::Number,
    page::Page,
    signature::{self, Algorithm},
    time,
};

/// The outer form of all three: what is signed, how, and the signature.
pub(super) struct Signed<'a> {
    pub(super) body: Element<'a>,
    pub(super) algorithm: Algorithm<'a>,
    signature: Vec<u8>,
}

impl<'a> Signed<'a> {
    pub(super) fn of(der: &'a [u8]) -> Option<Self> {
        let mut parts = Element::first(der).filter(|it| it.tag == SEQUENCE)?.inside();
        let body = parts.one(SEQUENCE)?;
        let algorithm = Algorithm::of(&parts.any()?)?;
        let signature = signature::octets(&parts.any()?)?;
        parts.end()?;
        Some(Self { body, algorithm, signature })
    }

    pub(super) fn put_end(&self, page: &mut Page) {
        self.algorithm.put_with(page, &self.signature);
    }
}

pub(super) fn version_of(element: &Element<'_>) -> Option<i128> {
    let number = Number::of(element)?;
    let magnitude = i128::try_from(number.small()?).ok()?;
    Some(if number.is_negative { -magnitude } else { magnitude })
}

pub(super) fn put_name(page: &mut Page, label: &str, name: &Name<'_>) -> Option<()> {
    page.put(label);
    page.put(name.with_commas()?);
    page.put("\n");
    Some(())
}

pub(super) fn time_of(element: &Element<'_>) -> Option<String> {
    time::is_time(element).then(|| time::text(element))
}

/// Extensions in an explicit tag.
pub(super) fn put_extensions(
    page: &mut Page,
    title: &str,
    tag: u8,
    fields: &mut Elements<'_>,
) -> Option<()> {
    if let Some(wrapped) = fields.optional(tag)? {
        let extensions = wrapped.only().filter(|it| it.tag == SEQUENCE)?;
        let extensions = Extension::all(&extensions)?;
        put_all(page, title, &extensions);
    }
    Some(())
}

pub(super) fn put_all(page: &mut Page, title: &str, extensions: &[Extension<'_>]) {
    if !extensions.is_empty() {
        page.put_at(8, format!("{title}:\n"));
        extensions.iter().for_each(|extension| extension.put(page, 12));
    }
}
