//! Certificate requests (PKCS#10, RFC 2986). Only the key is ever taken from one.

use rustls_pki_types::pem::SectionKind;
use x509_parser::{
    certification_request::X509CertificationRequest, der_parser::asn1_rs::FromDer as _,
};

use crate::{Error, PublicKey, Subject, pem};

/// A certificate request whose own signature has been checked: the sender holds the key.
#[derive(Clone, Debug)]
pub struct SigningRequest {
    public_key: PublicKey,
    subject: Subject,
}

impl SigningRequest {
    /// Reads a `CERTIFICATE REQUEST` of a PEM text and checks its signature.
    pub fn from_pem(text: &[u8]) -> Result<Self, Error> {
        let (_, der) = pem::first(text, &[SectionKind::Csr], "CERTIFICATE REQUEST")?;
        Self::from_der(&der)
    }

    /// Reads a DER request and checks its signature.
    ///
    /// # Errors
    /// [`Error::UnsupportedKey`] for keys that are not supported, [`Error::Signature`] when the
    /// signature is not the key's own.
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        let malformed = |reason: String| Error::malformed("certificate request", reason);
        let (rest, parsed) = X509CertificationRequest::from_der(der)
            .map_err(|error| malformed(error.to_string()))?;
        if !rest.is_empty() {
            return Err(malformed("bytes follow it".to_owned()));
        }
        let info = &parsed.certification_request_info;
        let public_key = PublicKey::from_spki(info.subject_pki.raw)?;
        parsed.verify_signature().map_err(|_| Error::Signature { what: "certificate request" })?;
        Ok(Self { public_key, subject: Subject::from_name(&info.subject) })
    }

    /// The key that the request is for.
    pub const fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// The subject that was asked for: a wish, never a fact.
    pub const fn requested_subject(&self) -> &Subject {
        &self.subject
    }
}
