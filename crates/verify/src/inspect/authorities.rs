//! Who signed a certificate, among the CAs that are at hand. Says nothing of whether it may.

use std::collections::HashMap;

use kubepki_ca::Certificate;
use serde::Serialize;

use crate::index::{
    Facts, name,
    signature::{Verdict, verify},
};

/// The CAs that may have signed something, by their names.
#[derive(Clone, Debug, Default)]
pub struct Authorities {
    by_name: HashMap<Vec<u8>, Vec<Candidate>>,
}

#[derive(Clone, Debug)]
struct Candidate {
    place: String,
    certificate: Certificate,
    /// Whether it is known by the place, so that others that are the same are told so.
    is_reference: bool,
}

/// Who signed a certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "by", rename_all = "camelCase")]
#[non_exhaustive]
pub enum SignedBy {
    /// One of the issuer's name is at hand, and another key has signed.
    AnotherKey {
        /// Where that one is.
        place: String,
    },
    /// This CA, whose key verifies the signature.
    Authority {
        /// Where it is.
        place: String,
    },
    /// Its own key.
    Itself,
    /// Itself by its name, and the signature is of a kind that is not verified here.
    ItselfUnverified,
    /// The signature is of a kind that is not verified here.
    Unverifiable {
        /// Where the CA of the issuer's name is.
        place: String,
    },
    /// None of the issuer's name is at hand.
    Unknown,
}

impl Authorities {
    /// How many of one name are tried: of honest CAs there are a few generations.
    const TRIED: usize = 16;

    /// Adds a certificate if it is one of a CA. `place` says where it is, such as `` `a.pem` ``.
    pub fn add(&mut self, place: String, certificate: &Certificate) {
        self.add_candidate(place, certificate, false);
    }

    /// Adds a CA whose place others are compared with, such as `the root's ca`.
    pub fn add_reference(&mut self, place: String, certificate: &Certificate) {
        self.add_candidate(place, certificate, true);
    }

    fn add_candidate(&mut self, place: String, certificate: &Certificate, is_reference: bool) {
        let is_authority = certificate.is_ca() || certificate.is_self_signed();
        let same_name = self.by_name.entry(certificate.subject_name().to_vec()).or_default();
        if is_authority && same_name.len() < Self::TRIED {
            let certificate = certificate.clone();
            same_name.push(Candidate { place, certificate, is_reference });
        }
    }

    /// The place of the reference that is this very certificate.
    pub(super) fn reference(&self, certificate: &Certificate) -> Option<&str> {
        let same_name = self.by_name.get(certificate.subject_name())?;
        let same = same_name.iter().find(|it| it.is_reference && it.certificate == *certificate);
        same.map(|it| it.place.as_str())
    }

    /// Finds the one that signed a certificate.
    pub fn issuer_of(&self, certificate: &Certificate) -> SignedBy {
        let algorithm = Facts::of(certificate).signature_algorithm;
        let signed = |by: &Certificate| verify(certificate, &algorithm, &Facts::key_of(by));
        let mut best = SignedBy::Unknown;
        if certificate.issuer_name() == certificate.subject_name() {
            match signed(certificate) {
                Verdict::Holds => return SignedBy::Itself,
                Verdict::Unknown => best = SignedBy::ItselfUnverified,
                Verdict::Fails => {}
            }
        }
        let same_name = self.by_name.get(certificate.issuer_name());
        let others = same_name.into_iter().flatten().filter(|it| it.certificate != *certificate);
        for Candidate { place, certificate, .. } in others {
            let place = place.clone();
            match (signed(certificate), &best) {
                (Verdict::Holds, _) => return SignedBy::Authority { place },
                (Verdict::Unknown, SignedBy::ItselfUnverified) => {}
                (Verdict::Unknown, _) => best = SignedBy::Unverifiable { place },
                (Verdict::Fails, SignedBy::Unknown) => best = SignedBy::AnotherKey { place },
                (Verdict::Fails, _) => {}
            }
        }
        best
    }
}

/// The issuer's Name in words.
pub(super) fn issuer(certificate: &Certificate) -> String {
    name(certificate.issuer_name())
}
