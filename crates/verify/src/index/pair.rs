//! Two certificates by themselves, without a world around them. Looks at no date.

use kubepki_ca::Certificate;

use super::{
    Facts,
    signature::{self, Verdict},
};

/// Whether one certificate's name and key are those of the other's issuer.
pub(crate) fn is_issued_by(certificate: &Certificate, issuer: &Certificate) -> bool {
    if certificate.issuer_name() != issuer.subject_name() {
        return false;
    }
    let algorithm = Facts::of(certificate).signature_algorithm;
    signature::verify(certificate, &algorithm, &Facts::of(issuer).key) == Verdict::Holds
}
