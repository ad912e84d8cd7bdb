//! Certificates, requests and revocation lists as `openssl x509 -text`, `openssl req -text` and
//! `openssl crl -text` of OpenSSL 3.0 print them, byte for byte. Judges nothing, and reads what
//! kubepki itself refuses.

mod certificate;
mod element;
mod extension;
mod frame;
mod names;
mod number;
mod objects;
mod page;
mod public_key;
mod request;
mod revocation_list;
mod signature;
mod time;

use self::{element::Element, frame::Signed, names::Name};
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
    certificate::text(der).ok_or(TextError { what: "certificate" })
}

/// Prints a DER PKCS#10 request as `openssl req -noout -text` does.
///
/// # Errors
/// [`TextError`] for what is no request.
pub fn request(der: &[u8]) -> Result<Vec<u8>, TextError> {
    request::text(der).ok_or(TextError { what: "certificate request" })
}

/// Prints a DER revocation list as `openssl crl -noout -text` does.
///
/// # Errors
/// [`TextError`] for what is no revocation list.
pub fn revocation_list(der: &[u8]) -> Result<Vec<u8>, TextError> {
    revocation_list::text(der).ok_or(TextError { what: "revocation list" })
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

/// A Name in words, with OpenSSL's short names of attributes; `None` for what is none.
pub(crate) fn name(der: &[u8]) -> Option<String> {
    Name::of_any(&Element::first(der)?).map(|name| name.plain())
}

/// The names in the value of a SubjectAltName, worded like OpenSSL's; `None` for what is none.
pub(crate) fn alternative_names(value: &[u8]) -> Option<Vec<String>> {
    extension::alternative_names(value)
}

/// What the value of NameConstraints says, a name each: `permitted DNS:example.com`.
pub(crate) fn name_constraints(value: &[u8]) -> Option<Vec<String>> {
    extension::name_constraints(value)
}

/// The algorithm of a signature, by OpenSSL's name or in dots; empty for what is nothing signed.
pub(crate) fn signature_algorithm(der: &[u8]) -> String {
    Signed::of(der).map_or_else(String::new, |signed| signed.algorithm.kind.long().to_owned())
}

#[cfg(test)]
mod tests;
