//! PKCS#7 structures (RFC 2315) as far as they carry certificates. Verifies no signature of theirs.

use std::sync::Arc;

use kubepki_ca::der::{self, DerError, Flaw, INTEGER, Reader, SEQUENCE, SET};

use super::{Artifact, ReadError};
use crate::cache::Cache;

/// The certificates of signed data (RFC 2315, 9.1), in their order; none for what has none.
///
/// # Errors
/// [`ReadError::Malformed`] for what is no signed data, or written with lengths that DER does not
/// allow, and for what is no certificate among them.
pub fn certificates(structure: &[u8]) -> Result<Vec<Artifact>, ReadError> {
    let malformed = |_| ReadError::malformed(WHAT, "it is no signed data in DER");
    let mut set = certificate_set(structure).map_err(malformed)?;
    let cache = Cache::default();
    let mut found = Vec::new();
    while !set.is_empty() {
        let certificate: Arc<_> = cache.certificate(set.any().map_err(malformed)?.raw)?;
        found.push(Artifact::Certificate(certificate));
    }
    Ok(found)
}

/// Whether it is a ContentInfo of one of the kinds of PKCS#7.
pub(super) fn looks_like_one(structure: &[u8]) -> bool {
    der::available_content(structure).is_some_and(|inner| inner.starts_with(KIND))
}

/// The identifiers 1.2.840.113549.1.7.x, but for the x.
const KIND: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07";

const SIGNED_DATA: u8 = 2;

const WHAT: &str = "PKCS#7 structure";

/// The values of the field `certificates`; none where it is absent.
fn certificate_set(structure: &[u8]) -> Result<Reader<'_>, DerError> {
    let mut info = Reader::new(structure, WHAT).inside(SEQUENCE)?;
    if info.any()?.raw.strip_prefix(KIND) != Some(&[SIGNED_DATA]) {
        return Err(DerError { what: WHAT, flaw: Flaw::Type });
    }
    let mut signed = info.inside(0xa0)?.inside(SEQUENCE)?;
    // The version, the digests and the content that was signed.
    for tag in [INTEGER, SET, SEQUENCE] {
        signed.tagged(tag)?;
    }
    let certificates = signed.optional(0xa0)?;
    Ok(Reader::new(certificates.map_or(&[], |it| it.content), WHAT))
}
