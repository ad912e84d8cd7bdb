//! Trust: which CAs are believed, and path validation by rustls-webpki, code that made nothing.

use std::time::Duration;

use jiff::Timestamp;
use rustls_pki_types::UnixTime;
use webpki::{ALL_VERIFICATION_ALGS, EndEntityCert, KeyUsage, anchor_from_trusted_cert};

use crate::{Certificate, Error};

/// The CA that issues, and those that are accepted beside it while a rotation is under way.
#[derive(Clone, Debug)]
pub struct TrustBundle {
    issuing: Certificate,
    accepted: Vec<Certificate>,
}

/// What a verifier wants a certificate for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// TLS client authentication.
    Client,
    /// TLS server authentication.
    Server,
}

impl TrustBundle {
    /// A bundle of CAs; `issuing` is the one that signs.
    pub const fn new(issuing: Certificate, accepted: Vec<Certificate>) -> Self {
        Self { issuing, accepted }
    }

    /// The CA that signs.
    pub const fn issuing(&self) -> &Certificate {
        &self.issuing
    }

    /// Every believed CA as PEM, the issuing one first.
    pub fn to_pem(&self) -> String {
        self.certificates().map(Certificate::to_pem).collect()
    }

    /// Validates the path from `leaf` to one of the CAs at the time `at`.
    ///
    /// webpki takes a CA for its name and key alone, so the CA's own dates and `CA:TRUE` are
    /// looked at here.
    pub fn verify(&self, leaf: &Certificate, purpose: Purpose, at: Timestamp) -> Result<(), Error> {
        let untrusted =
            |reason: String| Error::Untrusted { subject: leaf.subject().to_string(), reason };
        let usable = self.certificates().filter(|ca| ca.is_ca() && ca.validity().contains(at));
        let ders: Vec<_> = usable.map(Certificate::as_pki_types).collect();
        let anchors: Vec<_> =
            ders.iter().filter_map(|der| anchor_from_trusted_cert(der).ok()).collect();
        if anchors.is_empty() {
            return Err(untrusted("no CA certificate is valid at this time".to_owned()));
        }
        let seconds = u64::try_from(at.as_second())
            .map_err(|_| untrusted("the time is before 1970".to_owned()))?;
        let der = leaf.as_pki_types();
        let end_entity =
            EndEntityCert::try_from(&der).map_err(|error| untrusted(error.to_string()))?;
        let usage = match purpose {
            Purpose::Client => KeyUsage::client_auth(),
            Purpose::Server => KeyUsage::server_auth(),
        };
        end_entity
            .verify_for_usage(
                ALL_VERIFICATION_ALGS,
                &anchors,
                &[],
                UnixTime::since_unix_epoch(Duration::from_secs(seconds)),
                usage,
                None,
                None,
            )
            .map(drop)
            .map_err(|error| untrusted(error.to_string()))
    }

    fn certificates(&self) -> impl Iterator<Item = &Certificate> {
        std::iter::once(&self.issuing).chain(&self.accepted)
    }
}
