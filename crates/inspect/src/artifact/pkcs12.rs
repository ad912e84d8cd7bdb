//! PKCS#12 containers (RFC 7292) opened with their passphrase. Keeps no private key, as no reader here does.

use memchr::memmem;
use p12_keystore::{Pkcs12Archive, error::Error};

use super::{Artifact, ReadError, read};

/// Why a container could not be opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// What it holds cannot be read.
    #[error("what it holds cannot be read: {0}")]
    Content(#[source] ReadError),
    /// It is no container, or a broken one.
    #[error("it is damaged: {reason}")]
    Damaged {
        /// What is broken about it.
        reason: String,
    },
    /// It is sealed in a way that is no longer safe, and not opened here.
    #[error("it is sealed with RC2, 3DES or another old cipher")]
    OldCipher,
    /// The passphrase is another one.
    #[error("the passphrase is wrong")]
    Passphrase,
}

/// Opens a container: its private keys first, then its certificates, in their order.
///
/// # Errors
/// [`OpenError::Passphrase`] for a wrong passphrase; the others for what no passphrase opens.
pub fn open(container: &[u8], passphrase: &str) -> Result<Vec<Artifact>, OpenError> {
    let archive = Pkcs12Archive::from_pkcs12(container, passphrase);
    // The passphrase is tried first, and would not help.
    let archive = archive.map_err(|error| match failed(&error) {
        OpenError::Passphrase if is_old(container) => OpenError::OldCipher,
        error => error,
    })?;
    let keys = archive.keys.iter().map(|bag| bag.key.as_der());
    let certificates = archive.certs.iter().map(|bag| bag.cert.as_der());
    let mut artifacts = Vec::new();
    for der in keys.chain(certificates) {
        artifacts.extend(read(der).map_err(OpenError::Content)?);
    }
    Ok(artifacts)
}

/// Whether something in it is sealed by a scheme of PKCS#12's own (RFC 7292, appendix C), all of
/// which are old: 1.2.840.113549.1.12.1. Their identifiers stand in clear.
fn is_old(container: &[u8]) -> bool {
    const SCHEMES: &[u8] = b"\x06\x0a\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x01";
    memmem::find(container, SCHEMES).is_some()
}

fn failed(error: &Error) -> OpenError {
    match error {
        Error::MacError(_) | Error::UnpadError | Error::Pkcs5Error(_) => OpenError::Passphrase,
        Error::UnsupportedEncryptionScheme => OpenError::OldCipher,
        other => OpenError::Damaged { reason: other.to_string() },
    }
}
