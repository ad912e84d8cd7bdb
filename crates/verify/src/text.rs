//! Certificates, requests and revocation lists as `openssl x509 -text`, `openssl req -text` and
//! `openssl crl -text` of OpenSSL 3.0 print them, byte for byte. Judges nothing, and reads what
//! kubepki itself refuses.

mod element;
mod extension;
mod names;
mod number;
mod objects;
mod page;
mod public_key;
mod signature;
mod time;

use self::{
    element::{BIT_STRING, Element, Elements, INTEGER, SEQUENCE, SET},
    extension::Extension,
    names::Name,
    number::Number,
    objects::Object,
    page::Page,
    signature::Algorithm,
};
use crate::{artifact::ReadError, pem};

/// The bytes are no DER of their kind, so that OpenSSL would not print them either.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is no {what} in DER")]
pub struct TextError {
    what: &'static str,
}

/// Prints a DER certificate as `openssl x509 -noout -text` does.
///
/// The text need not be UTF-8, since names in a certificate need not be. The public key of an
/// algorithm that is not in a PKI of Kubernetes shows as one that cannot be loaded.
///
/// # Errors
/// [`TextError`] for what is no certificate.
pub fn certificate(der: &[u8]) -> Result<Vec<u8>, TextError> {
    put_certificate(der).ok_or(TextError { what: "certificate" })
}

/// Prints a DER PKCS#10 request as `openssl req -noout -text` does.
///
/// # Errors
/// [`TextError`] for what is no request.
pub fn request(der: &[u8]) -> Result<Vec<u8>, TextError> {
    put_request(der).ok_or(TextError { what: "certificate request" })
}

/// Prints a DER revocation list as `openssl crl -noout -text` does.
///
/// # Errors
/// [`TextError`] for what is no revocation list.
pub fn revocation_list(der: &[u8]) -> Result<Vec<u8>, TextError> {
    put_revocation_list(der).ok_or(TextError { what: "revocation list" })
}

/// Prints every certificate, request and revocation list of a PEM text, in order, or the one that a
/// DER structure is. Other sections of PEM, such as keys, are passed over.
///
/// # Errors
/// What is wrong with the PEM, or with what is in it; [`ReadError::Unknown`] where nothing can be
/// printed.
pub fn all(bytes: &[u8]) -> Result<Vec<Vec<u8>>, ReadError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if bytes.is_empty() {
        return Err(ReadError::Empty);
    }
    if !pem::begins_somewhere(bytes) {
        let print = [certificate, request, revocation_list];
        let printed = print.iter().find_map(|print| print(bytes).ok());
        return printed.map(|text| vec![text]).ok_or(ReadError::Unknown);
    }
    let mut printed = Vec::new();
    for section in pem::sections(bytes)? {
        let text = match section.label.as_str() {
            "CERTIFICATE" | "X509 CERTIFICATE" => certificate(&section.der),
            "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST" => request(&section.der),
            "X509 CRL" => revocation_list(&section.der),
            _ => continue,
        };
        let broken = |error: TextError| {
            ReadError::malformed(error.what, "its DER is broken").at_line(section.line)
        };
        printed.push(text.map_err(broken)?);
    }
    if printed.is_empty() { Err(ReadError::Unknown) } else { Ok(printed) }
}

/// The name that OpenSSL has for an object identifier in dots.
pub(crate) fn object_name(dotted: &str) -> Option<&'static str> {
    objects::long_name(dotted)
}

/// The algorithm of a signature, by OpenSSL's name or in dots; empty for what is nothing signed.
pub(crate) fn signature_algorithm(der: &[u8]) -> String {
    Signed::of(der).map_or_else(String::new, |signed| signed.algorithm.kind.long().to_owned())
}

fn put_certificate(der: &[u8]) -> Option<Vec<u8>> {
    let signed = Signed::of(der)?;
    let mut page = Page::default();
    let mut fields = signed.body.inside();
    page.put("Certificate:\n    Data:\n");
    let version = match fields.optional(0xa0)? {
        Some(version) => version_of(&version.only().filter(|it| it.tag == INTEGER)?)?,
        None => 0,
    };
    page.put(match version {
        0..=2 => format!("        Version: {} (0x{version:x})\n", version + 1),
        _ => format!("        Version: Unknown ({version})\n"),
    });
    put_serial(&mut page, &Number::of(&fields.one(INTEGER)?)?);
    Algorithm::of(&fields.any()?)?.put(&mut page, 8);
    let issuer = Name::of(&fields.any()?)?;
    put_name(&mut page, "        Issuer: ", &issuer)?;
    let mut validity = fields.one(SEQUENCE)?.inside();
    page.put("        Validity\n");
    page.put_at(12, format!("Not Before: {}\n", time_of(&validity.any()?)?));
    page.put_at(12, format!("Not After : {}\n", time_of(&validity.any()?)?));
    validity.end()?;
    let subject = Name::of(&fields.any()?)?;
    put_name(&mut page, "        Subject: ", &subject)?;
    public_key::put(&mut page, &fields.any()?)?;
    for (tag, name) in [(0x81, "Issuer"), (0x82, "Subject")] {
        if let Some(identifier) = fields.optional(tag)? {
            page.put_at(8, format!("{name} Unique ID: "));
            put_dump(&mut page, 12, &identifier.with_tag(BIT_STRING).bits()?);
        }
    }
    put_extensions(&mut page, "X509v3 extensions", 0xa3, &mut fields)?;
    fields.end()?;
    signed.put_end(&mut page);
    Some(page.into_bytes())
}

fn put_request(der: &[u8]) -> Option<Vec<u8>> {
    let signed = Signed::of(der)?;
    let mut page = Page::default();
    let mut fields = signed.body.inside();
    page.put("Certificate Request:\n    Data:\n");
    page.put(match version_of(&fields.one(INTEGER)?)? {
        0 => "        Version: 1 (0x0)\n".to_owned(),
        version => format!("        Version: Unknown ({version})\n"),
    });
    let subject = Name::of(&fields.any()?)?;
    put_name(&mut page, "        Subject: ", &subject)?;
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

fn put_revocation_list(der: &[u8]) -> Option<Vec<u8>> {
    let signed = Signed::of(der)?;
    let mut page = Page::default();
    let mut fields = signed.body.inside();
    page.put("Certificate Revocation List (CRL):\n");
    let version = match fields.optional(INTEGER)? {
        Some(version) => version_of(&version)?,
        None => 0,
    };
    page.put(match version {
        0 | 1 => format!("        Version {} (0x{version:x})\n", version + 1),
        _ => format!("        Version unknown ({version})\n"),
    });
    fields.any()?; // The algorithm inside; the one outside is printed.
    signed.algorithm.put(&mut page, 8);
    put_name(&mut page, "        Issuer: ", &Name::of(&fields.any()?)?)?;
    page.put_at(8, format!("Last Update: {}\n", time_of(&fields.any()?)?));
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
    put_extensions(&mut page, "CRL extensions", 0xa0, &mut fields)?;
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
        page.put_at(8, format!("Revocation Date: {}\n", time_of(&parts.any()?)?));
        if let Some(extensions) = parts.optional(SEQUENCE)? {
            put_all(&mut page, "CRL entry extensions", &Extension::all(&extensions)?);
        }
        parts.end()?;
    }
    signed.put_end(&mut page);
    Some(page.into_bytes())
}

/// The outer form of all three: what is signed, how, and the signature.
struct Signed<'a> {
    body: Element<'a>,
    algorithm: Algorithm<'a>,
    signature: Vec<u8>,
}

impl<'a> Signed<'a> {
    fn of(der: &'a [u8]) -> Option<Self> {
        let mut parts = Element::first(der).filter(|it| it.tag == SEQUENCE)?.inside();
        let body = parts.one(SEQUENCE)?;
        let algorithm = Algorithm::of(&parts.any()?)?;
        let signature = signature::octets(&parts.any()?)?;
        parts.end()?;
        Some(Self { body, algorithm, signature })
    }

    fn put_end(&self, page: &mut Page) {
        self.algorithm.put_with(page, &self.signature);
    }
}

fn version_of(element: &Element<'_>) -> Option<i128> {
    let number = Number::of(element)?;
    let magnitude = i128::try_from(number.small()?).ok()?;
    Some(if number.is_negative { -magnitude } else { magnitude })
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
            page.put(page::hex(&serial.magnitude, ":").to_lowercase());
            page.put("\n");
        }
    }
}

fn put_name(page: &mut Page, label: &str, name: &Name<'_>) -> Option<()> {
    page.put(label);
    page.put(name.with_commas()?);
    page.put("\n");
    Some(())
}

fn time_of(element: &Element<'_>) -> Option<String> {
    time::is_time(element).then(|| time::text(element))
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

/// Extensions in an explicit tag.
fn put_extensions(page: &mut Page, title: &str, tag: u8, fields: &mut Elements<'_>) -> Option<()> {
    if let Some(wrapped) = fields.optional(tag)? {
        let extensions = wrapped.only().filter(|it| it.tag == SEQUENCE)?;
        let extensions = Extension::all(&extensions)?;
        put_all(page, title, &extensions);
    }
    Some(())
}

fn put_all(page: &mut Page, title: &str, extensions: &[Extension<'_>]) {
    if !extensions.is_empty() {
        page.put_at(8, format!("{title}:\n"));
        extensions.iter().for_each(|extension| extension.put(page, 12));
    }
}

fn put_dump(page: &mut Page, indent: usize, octets: &[u8]) {
    if octets.is_empty() {
        page.put("\n");
    } else {
        page.put_octets(indent, octets, 18);
    }
}

#[cfg(test)]
mod tests;
