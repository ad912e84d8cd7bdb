//! PKCS#7 structures (RFC 2315) as far as they carry certificates. Verifies no signature of theirs.

use std::sync::Arc;

use super::{Artifact, ReadError};
use crate::{cache::Cache, der};

/// The certificates of signed data (RFC 2315, 9.1), in their order; none for what has none.
///
/// # Errors
/// [`ReadError::Malformed`] for what is no signed data, or written with lengths that DER does not
/// allow, and for what is no certificate among them.
pub fn certificates(structure: &[u8]) -> Result<Vec<Artifact>, ReadError> {
    let no_signed_data = "it is no signed data in DER";
    let mut rest = certificate_set(structure)
        .ok_or_else(|| ReadError::malformed("PKCS#7 structure", no_signed_data))?;
    let cache = Cache::default();
    let mut found = Vec::new();
    while !rest.is_empty() {
        let length = der::length(rest).filter(|length| *length <= rest.len());
        let length =
            length.ok_or_else(|| ReadError::malformed("PKCS#7 structure", no_signed_data))?;
        let (certificate, behind) = rest.split_at(length);
        let certificate: Arc<_> = cache.certificate(certificate)?;
        found.push(Artifact::Certificate(certificate));
        rest = behind;
    }
    Ok(found)
}

/// Whether it is a ContentInfo of one of the kinds of PKCS#7.
pub(super) fn looks_like_one(structure: &[u8]) -> bool {
    der::content(structure).is_some_and(|inner| inner.starts_with(KIND))
}

/// The identifiers 1.2.840.113549.1.7.x, but for the x.
const KIND: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07";

const SIGNED_DATA: u8 = 2;

fn certificate_set(structure: &[u8]) -> Option<&[u8]> {
    let (info, _) = der::take(structure, 0x30)?;
    let (&kind, explicit) = info.strip_prefix(KIND)?.split_first()?;
    if kind != SIGNED_DATA {
        return None;
    }
    let (signed, _) = der::take(der::take(explicit, 0xa0)?.0, 0x30)?;
    let (_version, signed) = der::take(signed, 0x02)?;
    let (_digests, signed) = der::take(signed, 0x31)?;
    let (_content, signed) = der::take(signed, 0x30)?;
    Some(der::take(signed, 0xa0).map_or(&[], |(certificates, _)| certificates))
}
