//! What bytes look like before they are parsed. Cheap, and never the last word.

use base64::{Engine, engine::general_purpose::STANDARD};
use kubepki_ca::der;
use memchr::memmem;

use super::{Encoding, ReadError};

/// Whether it begins with a SEQUENCE whose length is in the long form, as every DER file here does,
/// or with one that is as long as the file.
pub(super) fn looks_like_der(bytes: &[u8]) -> bool {
    match bytes {
        [0x30, 0x81..=0x84, ..] => true,
        [0x30, length, rest @ ..] => usize::from(*length) == rest.len(),
        _ => false,
    }
}

/// Refuses a DER structure that is cut off, or followed by something.
pub(super) fn check_whole(bytes: &[u8]) -> Result<(), ReadError> {
    let actual = bytes.len();
    match der::announced_length(bytes) {
        Some(wanted) if wanted > actual => Err(ReadError::Truncated { wanted, actual }),
        Some(wanted) if wanted < actual => Err(ReadError::malformed(
            "DER structure",
            format!("{} bytes follow it", actual - wanted),
        )),
        Some(_) => Ok(()),
        None => Err(ReadError::Unknown),
    }
}

/// PFX: version 3, then a ContentInfo (RFC 7292, 4).
pub(super) fn looks_like_pkcs12(bytes: &[u8]) -> bool {
    der::available_content(bytes).is_some_and(|inner| inner.starts_with(&[2, 1, 3, 0x30]))
}

/// CertificationRequestInfo: a SEQUENCE that begins with version 0 (RFC 2986, 4.1).
pub(super) fn looks_like_request(bytes: &[u8]) -> bool {
    let info = der::available_content(bytes).and_then(der::available_content);
    info.is_some_and(|info| info.starts_with(&[2, 1, 0, 0x30]))
}

/// Whether it has the lists of a kubeconfig as keys, in YAML or JSON.
pub(super) fn looks_like_kubeconfig(bytes: &[u8]) -> bool {
    let lists = |name: &str| {
        // A key is followed by a colon, in JSON behind a quote.
        memmem::find_iter(bytes, name)
            .any(|at| matches!(bytes.get(at + name.len()..), Some([b':', ..] | [b'"', ..])))
    };
    lists("clusters")
        && lists("users")
        && (lists("contexts") || memmem::find(bytes, b"kind: Config\n").is_some())
}

/// How client-go and kubeadm begin a kubeconfig, and nothing else of Kubernetes begins.
const BEGINNINGS: [&[u8]; 2] = [b"apiVersion: v1\nclusters:\n", b"apiVersion: v1\nkind: Config\n"];

/// What to say of bytes that are nothing of ours.
pub(super) fn complaint(bytes: &[u8]) -> ReadError {
    if BEGINNINGS.iter().any(|beginning| bytes.starts_with(beginning)) {
        return ReadError::malformed(
            "kubeconfig",
            "it has no users or no contexts: is it cut off?",
        );
    }
    let text: Vec<u8> = bytes.iter().copied().filter(|b| !b.is_ascii_whitespace()).collect();
    // The beginning is enough, and a whole number of groups of four decodes by itself.
    let beginning = &text[..text.len().min(64) / 4 * 4];
    let decoded = STANDARD.decode(beginning).unwrap_or_default();
    if decoded.starts_with(b"-----BEGIN ") {
        ReadError::Encoded { what: Encoding::Pem }
    } else if decoded.len() > 16 && looks_like_der(&decoded) {
        ReadError::Encoded { what: Encoding::Der }
    } else {
        ReadError::Unknown
    }
}
