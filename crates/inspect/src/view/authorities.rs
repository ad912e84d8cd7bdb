//! Who signed a certificate, among the CAs that are at hand. Says nothing of whether it may.

use std::sync::Arc;

use kubepki_ca::Certificate;
use serde::Serialize;

use crate::{
    index::{Index, TRIED},
    key::PublicKey,
    signature::{Verdict, verify},
    text::name_in_words,
};

/// The CAs that may have signed something.
#[derive(Clone, Debug, Default)]
pub struct Authorities {
    index: Index<Arc<Certificate>>,
    /// Where each certificate of the index is.
    places: Vec<AuthorityPlace>,
}

#[derive(Clone, Debug)]
struct AuthorityPlace {
    place: String,
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
    /// Adds a certificate if it is one of a CA. `place` says where it is, such as `` `a.pem` ``.
    pub fn add(&mut self, place: String, certificate: &Certificate) {
        self.add_at(AuthorityPlace { place, is_reference: false }, certificate);
    }

    /// Adds a CA whose place others are compared with, such as `the root's ca`.
    pub fn add_reference(&mut self, place: String, certificate: &Certificate) {
        self.add_at(AuthorityPlace { place, is_reference: true }, certificate);
    }

    fn add_at(&mut self, place: AuthorityPlace, certificate: &Certificate) {
        if certificate.is_ca() || certificate.is_self_signed() {
            self.index.add(Arc::new(certificate.clone()));
            self.places.push(place);
        }
    }

    /// The place of the reference that is this very certificate.
    pub(super) fn reference(&self, certificate: &Certificate) -> Option<&str> {
        let same_key = self.index.certificates_of(&PublicKey::of(certificate)).iter();
        let mut same = same_key.filter(|it| self.index.certificate(**it) == certificate);
        let place = same.find_map(|it| self.places.get(*it).filter(|place| place.is_reference));
        place.map(|it| it.place.as_str())
    }

    /// Finds the one that signed a certificate.
    pub fn issuer_of(&self, certificate: &Certificate) -> SignedBy {
        let signed = |by: &Certificate| verify(certificate, &PublicKey::of(by));
        let mut best = SignedBy::Unknown;
        if certificate.issuer_name() == certificate.subject_name() {
            match signed(certificate) {
                Verdict::Holds => return SignedBy::Itself,
                Verdict::Unknown => best = SignedBy::ItselfUnverified,
                Verdict::Fails => {}
            }
        }
        for position in self.index.namesakes_of_issuer(certificate).take(TRIED) {
            let (issuer, place) = (self.index.certificate(position), &self.places[position].place);
            if issuer == certificate {
                continue;
            }
            let place = place.clone();
            match (signed(issuer), &best) {
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
    name_in_words(certificate.issuer_name())
}
