//! The text of a certificate (RFC 5280, 4.1).

use super::{
    element::{BIT_STRING, INTEGER, SEQUENCE},
    frame::{self, Signed},
    names::Name,
    number::Number,
    page::{Page, hex},
    public_key,
    signature::Algorithm,
};

pub(super) fn text(der: &[u8]) -> Option<Vec<u8>> {
    let signed = Signed::of(der)?;
    let mut page = Page::default();
    let mut fields = signed.body.inside();
    page.put("Certificate:\n    Data:\n");
    let version = match fields.optional(0xa0)? {
        Some(version) => frame::version_of(&version.only().filter(|it| it.tag == INTEGER)?)?,
        None => 0,
    };
    page.put(match version {
        0..=2 => format!("        Version: {} (0x{version:x})\n", version + 1),
        _ => format!("        Version: Unknown ({version})\n"),
    });
    put_serial(&mut page, &Number::of(&fields.one(INTEGER)?)?);
    Algorithm::of(&fields.any()?)?.put(&mut page, 8);
    let issuer = Name::of(&fields.any()?)?;
    frame::put_name(&mut page, "        Issuer: ", &issuer)?;
    let mut validity = fields.one(SEQUENCE)?.inside();
    page.put("        Validity\n");
    page.put_at(12, format!("Not Before: {}\n", frame::time_of(&validity.any()?)?));
    page.put_at(12, format!("Not After : {}\n", frame::time_of(&validity.any()?)?));
    validity.end()?;
    let subject = Name::of(&fields.any()?)?;
    frame::put_name(&mut page, "        Subject: ", &subject)?;
    public_key::put(&mut page, &fields.any()?)?;
    for (tag, name) in [(0x81, "Issuer"), (0x82, "Subject")] {
        if let Some(identifier) = fields.optional(tag)? {
            page.put_at(8, format!("{name} Unique ID: "));
            put_dump(&mut page, 12, &identifier.with_tag(BIT_STRING).bits()?);
        }
    }
    frame::put_extensions(&mut page, "X509v3 extensions", 0xa3, &mut fields)?;
    fields.end()?;
    signed.put_end(&mut page);
    Some(page.into_bytes())
}

/// Up to what a signed number of 64 bits holds, in decimal and hex; else as octets. OpenSSL takes
/// -1 for an error of its own.
fn put_serial(page: &mut Page, serial: &Number) {
    page.put("        Serial Number:");
    let limit = i64::MAX.unsigned_abs() + u64::from(serial.is_negative);
    let small = serial.small().filter(|it| *it <= u128::from(limit));
    match small.filter(|it| !(serial.is_negative && *it == 1)) {
        Some(number) => {
            let sign = if serial.is_negative { "-" } else { "" };
            page.put(format!(" {sign}{number} ({sign}0x{number:x})\n"));
        }
        None => {
            page.put("\n            ");
            page.put(if serial.is_negative { " (Negative)" } else { "" });
            page.put(hex(&serial.magnitude, ":").to_lowercase());
            page.put("\n");
        }
    }
}

fn put_dump(page: &mut Page, indent: usize, octets: &[u8]) {
    if octets.is_empty() {
        page.put("\n");
    } else {
        page.put_octets(indent, octets, 18);
    }
}
