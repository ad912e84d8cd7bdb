//! Extensions: the line that names one, and which grammar its value has. What has none here, or
//! breaks it, prints as the characters among its octets, as OpenSSL does.

mod access;
mod constraints;
mod general_name;
mod points;
mod policies;
mod transparency;
mod usage;
mod values;

use super::{
    element::{
        self, BOOLEAN, ENUMERATED, Element, GENERALIZED_TIME, IA5_STRING, INTEGER, NULL,
        OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE,
    },
    number::Number,
    objects::Object,
    page::{self, Page},
    time,
};

/// The names of a value of SubjectAltName, for people.
pub(super) fn alternative_names(value: &[u8]) -> Option<Vec<String>> {
    general_name::in_words(tagged(&Element::first(value)?, SEQUENCE)?)
}

/// What a value of NameConstraints says, for people.
pub(super) fn name_constraints(value: &[u8]) -> Option<Vec<String>> {
    constraints::in_words(&Element::first(value)?)
}

/// One extension (RFC 5280, 4.1.2.9).
pub(super) struct Extension<'a> {
    kind: Object,
    is_critical: bool,
    value: &'a [u8],
}

impl<'a> Extension<'a> {
    /// Every extension of a SEQUENCE of them.
    pub(super) fn all(extensions: &Element<'a>) -> Option<Vec<Self>> {
        element::all(extensions.content)?.iter().map(Self::of).collect()
    }

    fn of(extension: &Element<'a>) -> Option<Self> {
        let mut parts = Some(extension).filter(|it| it.tag == SEQUENCE)?.inside();
        let kind = Object::of(&parts.one(OBJECT_IDENTIFIER)?)?;
        let is_critical = flag(parts.optional(BOOLEAN)?)?;
        let value = parts.one(OCTET_STRING)?.content;
        parts.end()?;
        Some(Self { kind, is_critical, value })
    }

    /// Prints the name, and the value below it.
    pub(super) fn put(&self, page: &mut Page, indent: usize) {
        let critical = if self.is_critical { "critical" } else { "" };
        page.put_at(indent, format!("{}: {critical}\n", self.kind.long()));
        let indent = indent + 4;
        match Element::first(self.value).and_then(|value| self.known(&value, indent)) {
            Some(text) => page.put(text),
            None => page.put_at(indent, page::plain(self.value)),
        }
        page.put("\n");
    }

    /// The value of a known kind, indented.
    fn known(&self, value: &Element<'_>, indent: usize) -> Option<Vec<u8>> {
        let mut page = Page::default();
        match self.kind.dotted.as_str() {
            "1.3.6.1.4.1.11129.2.4.2" | "1.3.6.1.4.1.11129.2.4.4" => {
                transparency::put(&mut page, indent, value)?;
            }
            "1.3.6.1.4.1.11129.2.4.3" if value.tag == NULL => page.put_at(indent, "NULL"),
            "1.3.6.1.5.5.7.1.1" | "1.3.6.1.5.5.7.1.11" => {
                return access::values(value).map(|values| values.in_lines(indent));
            }
            "1.3.6.1.5.5.7.1.24" => return Some(usage::features(value)?.in_a_line(indent)),
            "1.3.6.1.5.5.7.48.1.5" if value.tag == NULL => {}
            "2.16.840.1.113730.1.1" => return Some(usage::netscape(value)?.in_a_line(indent)),
            "2.16.840.1.113730.1.2"
            | "2.16.840.1.113730.1.3"
            | "2.16.840.1.113730.1.4"
            | "2.16.840.1.113730.1.7"
            | "2.16.840.1.113730.1.8"
            | "2.16.840.1.113730.1.12"
            | "2.16.840.1.113730.1.13" => {
                let text = tagged(value, IA5_STRING)?.content;
                page.put_at(indent, page::until_nul(Some(text).filter(|it| !it.is_empty())?));
            }
            "2.5.29.14" => {
                page.put_at(indent, page::hex(tagged(value, OCTET_STRING)?.content, ":"));
            }
            "2.5.29.15" => return Some(usage::key(value)?.in_a_line(indent)),
            "2.5.29.16" => constraints::put_period(&mut page, indent, value)?,
            "2.5.29.17" | "2.5.29.18" | "2.5.29.29" => {
                return Some(general_name::values(tagged(value, SEQUENCE)?)?.in_a_line(indent));
            }
            "2.5.29.19" => return Some(constraints::basic(value)?.in_a_line(indent)),
            "2.5.29.20" | "2.5.29.27" | "2.5.29.54" => {
                page.put_at(indent, Number::of(tagged(value, INTEGER)?)?.short());
            }
            "2.5.29.21" => page.put_at(indent, usage::reason(tagged(value, ENUMERATED)?)?),
            "2.5.29.23" => {
                page.put_at(indent, Object::of(tagged(value, OBJECT_IDENTIFIER)?)?.long());
            }
            "2.5.29.24" => {
                page.put_at(indent, time::text(tagged(value, GENERALIZED_TIME)?));
                if !time::is_good(value) {
                    // OpenSSL has printed its complaint when it falls back.
                    page.put_at(indent, page::plain(self.value));
                }
            }
            "2.5.29.28" => points::put_issuing(&mut page, indent, value)?,
            "2.5.29.30" => constraints::put_names(&mut page, indent, value)?,
            "2.5.29.31" | "2.5.29.46" => points::put(&mut page, indent, value)?,
            "2.5.29.32" => policies::put(&mut page, indent, value)?,
            "2.5.29.33" => return Some(policies::mappings(value)?.in_a_line(indent)),
            "2.5.29.35" => return Some(access::authority_key(value)?.in_lines(indent)),
            "2.5.29.36" => return Some(policies::constraints(value)?.in_a_line(indent)),
            "2.5.29.37" => return Some(usage::extended(value)?.in_a_line(indent)),
            _ => return None,
        }
        Some(page.into_bytes())
    }
}

/// The value, if it has this tag.
fn tagged<'v, 'a>(value: &'v Element<'a>, tag: u8) -> Option<&'v Element<'a>> {
    (value.tag == tag).then_some(value)
}

/// A BOOLEAN DEFAULT FALSE.
fn flag(element: Option<Element<'_>>) -> Option<bool> {
    match element.map(|it| it.content) {
        None | Some([0]) => Some(false),
        Some([_]) => Some(true),
        Some(_) => None,
    }
}
