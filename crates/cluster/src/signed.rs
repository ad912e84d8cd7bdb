//! What was just signed, as values: for whoever keeps a record of it. Records nothing itself.

use kubepki_ca::{Certificate, Profile};

/// A certificate that was just signed. It is put on record before anybody gets it.
#[derive(Clone, Debug)]
pub struct Signed {
    /// The certificate.
    pub certificate: Certificate,
    /// The certificate of the CA that signed it.
    pub issuer: Certificate,
    /// The profile it was issued under.
    pub profile: Profile,
    /// Where the request came from.
    pub origin: RequestOrigin,
}

/// Where the request for a certificate came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RequestOrigin {
    /// A file with a certificate signing request.
    File,
    /// A CertificateSigningRequest object of an API server.
    Object {
        /// Its UID.
        uid: String,
    },
    /// The operator, for a key that was made here.
    Operator,
}
