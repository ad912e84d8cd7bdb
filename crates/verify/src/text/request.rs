//! The text of a PKCS#10 request (RFC 2986, 4).

use super::{
    element::{self, Element, INTEGER, SEQUENCE, SET},
    extension::Extension,
    frame::{self, Signed},
    names::Name,
    objects::Object,
    page::Page,
    public_key,
};

pub(super) fn text(der: &[u8]) -> Option<Vec<u8>> {
    let signed = Signed::of(der)?;
    let mut page = Page::default();
    let mut fields = signed.body.inside();
    page.put("Certificate Request:\n    Data:\n");
    page.put(match frame::version_of(&fields.one(INTEGER)?)? {
        0 => "        Version: 1 (0x0)\n".to_owned(),
        version => format!("        Version: Unknown ({version})\n"),
    });
    let subject = Name::of(&fields.any()?)?;
    frame::put_name(&mut page, "        Subject: ", &subject)?;
    public_key::put(&mut page, &fields.any()?)?;
    let attributes = match fields.optional(0xa0)? {
        Some(attributes) => element::all(attributes.content)?,
        None => Vec::new(),
    };
    fields.end()?;
    page.put("        Attributes:\n");
    if attributes.is_empty() {
        page.put("            (none)\n");
    }
    let mut wishes = Some(Vec::new());
    for attribute in &attributes {
        let mut parts = Some(attribute).filter(|it| it.tag == SEQUENCE)?.inside();
        let kind = Object::of(&parts.any()?)?;
        let values = element::all(parts.one(SET)?.content)?;
        // PKCS#9's attribute for extensions, and Microsoft's.
        if matches!(kind.dotted.as_str(), "1.2.840.113549.1.9.14" | "1.3.6.1.4.1.311.2.1.14") {
            wishes = values.first().filter(|it| it.tag == SEQUENCE).and_then(Extension::all);
        } else {
            put_attribute(&mut page, &kind, &values)?;
        }
    }
    if let Some(wishes) = wishes {
        page.put("            Requested Extensions:\n");
        wishes.iter().for_each(|extension| extension.put(&mut page, 16));
    }
    signed.put_end(&mut page);
    Some(page.into_bytes())
}

/// An attribute of a request that wishes for no extensions. Of several values only the first stands
/// behind the name.
fn put_attribute(page: &mut Page, kind: &Object, values: &[Element<'_>]) -> Option<()> {
    let name = kind.long();
    page.put_at(12, name);
    let mut width = name.len();
    if values.is_empty() {
        return None;
    }
    for value in values {
        page.put_at(25_usize.saturating_sub(width), ":");
        page.put(match value.tag {
            element::PRINTABLE_STRING
            | element::T61_STRING
            | element::NUMERIC_STRING
            | element::UTF8_STRING
            | element::IA5_STRING => value.content,
            _ => b"unable to print attribute".as_slice(),
        });
        page.put("\n");
        width = 25;
    }
    Some(())
}
