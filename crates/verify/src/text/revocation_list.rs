//! The text of a revocation list (RFC 5280, 5.1).

use super::{
    element::{self, INTEGER, SEQUENCE},
    extension::Extension,
    frame::{self, Signed},
    names::Name,
    number::Number,
    page::Page,
    time,
};

pub(super) fn text(der: &[u8]) -> Option<Vec<u8>> {
    let signed = Signed::of(der)?;
    let mut page = Page::default();
    let mut fields = signed.body.inside();
    page.put("Certificate Revocation List (CRL):\n");
    let version = match fields.optional(INTEGER)? {
        Some(version) => frame::version_of(&version)?,
        None => 0,
    };
    page.put(match version {
        0 | 1 => format!("        Version {} (0x{version:x})\n", version + 1),
        _ => format!("        Version unknown ({version})\n"),
    });
    fields.any()?; // The algorithm inside; the one outside is printed.
    signed.algorithm.put(&mut page, 8);
    frame::put_name(&mut page, "        Issuer: ", &Name::of(&fields.any()?)?)?;
    page.put_at(8, format!("Last Update: {}\n", frame::time_of(&fields.any()?)?));
    let next = match fields.optional(element::UTC_TIME)? {
        Some(next) => Some(next),
        None => fields.optional(element::GENERALIZED_TIME)?,
    };
    let next = next.as_ref().map_or("NONE".to_owned(), time::text);
    page.put_at(8, format!("Next Update: {next}\n"));
    let revoked = match fields.optional(SEQUENCE)? {
        Some(revoked) => element::all(revoked.content)?,
        None => Vec::new(),
    };
    frame::put_extensions(&mut page, "CRL extensions", 0xa0, &mut fields)?;
    fields.end()?;
    page.put(if revoked.is_empty() {
        "No Revoked Certificates.\n"
    } else {
        "Revoked Certificates:\n"
    });
    for entry in &revoked {
        let mut parts = Some(entry).filter(|it| it.tag == SEQUENCE)?.inside();
        let serial = Number::of(&parts.one(INTEGER)?)?;
        page.put(format!("    Serial Number: {}\n", serial.octets()));
        page.put_at(8, format!("Revocation Date: {}\n", frame::time_of(&parts.any()?)?));
        if let Some(extensions) = parts.optional(SEQUENCE)? {
            frame::put_all(&mut page, "CRL entry extensions", &Extension::all(&extensions)?);
        }
        parts.end()?;
    }
    signed.put_end(&mut page);
    Some(page.into_bytes())
}
