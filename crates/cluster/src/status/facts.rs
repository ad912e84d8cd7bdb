//! What a certificate says, as far as its state is concerned, and what follows from its dates. Holds no key.

use jiff::{SignedDuration, Timestamp};
use kubepki_ca::{Certificate, DistinguishedName, Validity};

use crate::observe::{AuthorityName, Issue};

/// What a certificate says.
#[derive(Clone, Debug)]
pub struct Facts {
    /// Who it speaks for.
    pub subject: DistinguishedName,
    /// Who it says has issued it.
    pub issuer: DistinguishedName,
    /// Its serial number, in lower-case hex.
    pub serial: String,
    /// When it is valid.
    pub validity: Validity,
    /// SHA-256 of its DER.
    pub sha256: [u8; 32],
    /// Whether it is a CA's.
    pub is_ca: bool,
}

impl Facts {
    pub(super) fn of(certificate: &Certificate) -> Self {
        Self {
            subject: certificate.subject_attributes(),
            issuer: certificate.issuer_attributes(),
            serial: certificate.serial(),
            validity: certificate.validity(),
            sha256: certificate.sha256(),
            is_ca: certificate.is_ca(),
        }
    }
}

/// How long after its CA a certificate may end: who makes both in one go, for the same number of
/// days, makes the certificate seconds later.
const NEGLIGIBLE: SignedDuration = SignedDuration::from_hours(24);

/// What the dates of a certificate call for; its CA's row and validity where that is known.
pub(super) fn judge_dates(
    validity: Validity,
    authority: Option<(&AuthorityName, Validity)>,
    due: SignedDuration,
    at: Timestamp,
) -> impl Iterator<Item = Issue> {
    let (not_before, not_after) = (validity.not_before(), validity.not_after());
    let own = if not_after < at {
        Some(Issue::Expired { not_after })
    } else if at < not_before {
        Some(Issue::NotYetValid { not_before })
    } else if not_after.duration_since(at) <= due {
        let ends_with_issuer = authority.is_some_and(|(_, ca)| ca.not_after() <= not_after);
        Some(Issue::Due { not_after, ends_with_issuer })
    } else {
        None
    };
    let is_over = matches!(own, Some(Issue::Expired { .. }));
    let of_authority = authority.filter(|_| !is_over).and_then(|(issuer, ca)| {
        let (issuer, ca) = (issuer.clone(), ca.not_after());
        if ca < at {
            Some(Issue::IssuerExpired { issuer, not_after: ca })
        } else if not_after.duration_since(ca) > NEGLIGIBLE {
            Some(Issue::OutlivesIssuer { issuer, not_after: ca })
        } else {
            None
        }
    });
    own.into_iter().chain(of_authority)
}
