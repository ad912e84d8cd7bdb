//! Revocation lists (RFC 5280, 5), which no component of Kubernetes asks. Judges nothing.

use jiff::Timestamp;
use x509_parser::{der_parser::asn1_rs::FromDer as _, revocation_list::CertificateRevocationList};

use crate::{artifact::ReadError, text::name_in_words};

/// A list of revoked certificates. Reading one checks its form, never its signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevocationList {
    der: Vec<u8>,
    issuer: String,
    this_update: Timestamp,
    next_update: Option<Timestamp>,
    revoked: Vec<String>,
}

impl RevocationList {
    /// Reads one DER CertificateList.
    ///
    /// # Errors
    /// [`ReadError::Malformed`] for what is none, or more than one.
    pub fn from_der(der: &[u8]) -> Result<Self, ReadError> {
        let Ok((&[], list)) = CertificateRevocationList::from_der(der) else {
            return Err(ReadError::malformed("revocation list", "it is no CertificateList"));
        };
        let moment = |time: x509_parser::time::ASN1Time| {
            Timestamp::from_second(time.timestamp()).unwrap_or(Timestamp::MAX)
        };
        let serial = |octets: &[u8]| octets.iter().map(|octet| format!("{octet:02x}")).collect();
        Ok(Self {
            issuer: name_in_words(list.issuer().as_raw()),
            this_update: moment(list.last_update()),
            next_update: list.next_update().map(moment),
            revoked: list.iter_revoked_certificates().map(|it| serial(it.raw_serial())).collect(),
            der: der.to_vec(),
        })
    }

    /// The DER bytes.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// Who issued it, in words.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// When it was made.
    pub const fn this_update(&self) -> Timestamp {
        self.this_update
    }

    /// When the next one is due at the latest.
    pub const fn next_update(&self) -> Option<Timestamp> {
        self.next_update
    }

    /// The serial numbers, as lower-case hex.
    pub fn revoked(&self) -> &[String] {
        &self.revoked
    }
}
