//! The one place that reads and writes PEM (RFC 7468).

use base64::{Engine, engine::general_purpose::STANDARD};
use rustls_pki_types::pem::{PemObject, SectionKind};
use zeroize::Zeroizing;

use crate::Error;

/// One section of a PEM text.
pub(crate) type Section = (SectionKind, Zeroizing<Vec<u8>>);

/// Reads every section whose label is known; text around sections is passed over.
pub(crate) fn sections(text: &[u8]) -> Result<Vec<Section>, Error> {
    <(SectionKind, Vec<u8>)>::pem_slice_iter(text)
        .map(|section| match section {
            Ok((kind, der)) => Ok((kind, Zeroizing::new(der))),
            Err(error) => Err(Error::malformed("PEM text", reason(&error))),
        })
        .collect()
}

/// The first section of one of the `kinds`; `wanted` names them in the error.
pub(crate) fn first(
    text: &[u8],
    kinds: &[SectionKind],
    wanted: &'static str,
) -> Result<Section, Error> {
    let sections = sections(text)?;
    let found = describe(text, &sections, wanted);
    let mut matching = sections.into_iter().filter(|(kind, _)| kinds.contains(kind));
    matching.next().ok_or(Error::PemKind { wanted, found })
}

/// Writes one section, 64 characters a line.
pub(crate) fn write(label: &str, der: &[u8]) -> Zeroizing<String> {
    let body = Zeroizing::new(STANDARD.encode(der));
    // Reserved in full, so that no reallocation leaves a copy of a key behind.
    let mut text = Zeroizing::new(String::with_capacity(body.len() + body.len() / 64 + 80));
    text.push_str("-----BEGIN ");
    text.push_str(label);
    text.push_str("-----\n");
    let mut rest = body.as_str();
    while !rest.is_empty() {
        // Base64 is ASCII, so every index is a character boundary.
        let (line, tail) = rest.split_at(rest.len().min(64));
        text.push_str(line);
        text.push('\n');
        rest = tail;
    }
    text.push_str("-----END ");
    text.push_str(label);
    text.push_str("-----\n");
    text
}

/// What a PEM text holds, for an error about what it does not hold.
pub(crate) fn describe(text: &[u8], sections: &[Section], wanted: &str) -> String {
    if contains(text, b"-----BEGIN ENCRYPTED PRIVATE KEY-----") {
        return "holds an encrypted private key".to_owned();
    }
    if sections.is_empty() {
        return without_sections(text, wanted);
    }
    let mut labels: Vec<_> = sections.iter().map(|(kind, _)| label(*kind)).collect();
    labels.dedup();
    format!("holds {}", labels.join(", "))
}

/// What a text without any PEM section is, and how it becomes one.
fn without_sections(text: &[u8], wanted: &str) -> String {
    if text.iter().all(u8::is_ascii_whitespace) {
        return "is empty".to_owned();
    }
    if looks_like_der(text) {
        let command = match wanted {
            "CERTIFICATE" => "x509",
            "CERTIFICATE REQUEST" => "req",
            "PUBLIC KEY" => "pkey -pubin",
            _ => "pkey",
        };
        return format!("is DER, of which `openssl {command} -inform DER` makes PEM");
    }
    let letters = text.iter().copied().filter(|byte| !byte.is_ascii_whitespace());
    // The beginning is enough, and a whole number of groups of four decodes by itself.
    let letters: Zeroizing<Vec<u8>> = Zeroizing::new(letters.take(64).collect());
    let whole = letters.len() / 4 * 4;
    let decoded = Zeroizing::new(STANDARD.decode(&letters[..whole]).unwrap_or_default());
    if decoded.starts_with(b"-----BEGIN ") {
        "is base64 of a PEM text, encoded once too often".to_owned()
    } else if looks_like_der(&decoded) {
        "is base64 of DER, without BEGIN and END lines".to_owned()
    } else {
        "has no PEM section".to_owned()
    }
}

/// A SEQUENCE whose length is in the long form, as that of every certificate and key is that
/// Kubernetes can use; a text may begin with the same first byte, `0`.
const fn looks_like_der(bytes: &[u8]) -> bool {
    matches!(bytes, [0x30, 0x81..=0x84, ..])
}

fn label(kind: SectionKind) -> &'static str {
    match kind {
        SectionKind::Certificate => "CERTIFICATE",
        SectionKind::PublicKey => "PUBLIC KEY",
        SectionKind::RsaPrivateKey => "RSA PRIVATE KEY",
        SectionKind::PrivateKey => "PRIVATE KEY",
        SectionKind::EcPrivateKey => "EC PRIVATE KEY",
        SectionKind::Crl => "X509 CRL",
        SectionKind::Csr => "CERTIFICATE REQUEST",
        _ => "another section",
    }
}

/// The parser's words without the bytes of the text, which may be a key's.
fn reason(error: &rustls_pki_types::pem::Error) -> &'static str {
    use rustls_pki_types::pem::Error as Pem;
    match error {
        Pem::MissingSectionEnd { .. } => "a section has no END line",
        Pem::IllegalSectionStart { .. } => "a BEGIN line is broken",
        Pem::Base64Decode(_) => "a section is not base64",
        _ => "it is not PEM",
    }
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        for length in [0, 1, 47, 48, 49, 1000] {
            let der = vec![7; length];
            let text = write("PUBLIC KEY", &der);
            assert!(text.lines().all(|line| line.len() <= 64));
            let read = first(text.as_bytes(), &[SectionKind::PublicKey], "PUBLIC KEY").unwrap();
            assert_eq!(*read.1, der);
        }
    }

    #[test]
    fn errors_say_what_is_there_and_never_its_bytes() {
        let wanted = |text: &[u8]| {
            first(text, &[SectionKind::Certificate], "CERTIFICATE").unwrap_err().to_string()
        };
        assert_eq!(wanted(b""), "no CERTIFICATE in it: it is empty");
        assert_eq!(wanted(b" \n"), "no CERTIFICATE in it: it is empty");
        assert!(wanted(&[0x30, 0x82]).contains("is DER, of which `openssl x509 -inform DER`"));
        assert!(wanted(b"0 words").contains("has no PEM section"));
        let pem = write("PRIVATE KEY", &[7; 100]);
        let twice = wanted(STANDARD.encode(pem.as_bytes()).as_bytes());
        assert!(twice.contains("is base64 of a PEM text, encoded once too often"), "{twice}");
        let bare = wanted(STANDARD.encode([&[0x30, 0x82][..], &[7; 100]].concat()).as_bytes());
        assert!(bare.contains("is base64 of DER, without BEGIN and END lines"), "{bare}");
        assert!(wanted(write("PRIVATE KEY", b"secret").as_bytes()).contains("holds PRIVATE KEY"));
        let encrypted = write("ENCRYPTED PRIVATE KEY", b"secret");
        assert!(wanted(encrypted.as_bytes()).contains("an encrypted private key"));
        let broken = wanted(b"-----BEGIN PRIVATE KEY-----\nc2VjcmV0!\n-----END PRIVATE KEY-----\n");
        assert!(broken.contains("not base64") && !broken.contains("c2Vj"), "{broken}");
    }
}
