//! What the input holds, each certificate once: where it lies, what it is for, and who issued it.
//! Every signature is verified here, once, side by side. Judges nothing.

mod anchors;
mod etcd;
mod facts;
mod gather;
mod issuers;

use std::{collections::HashMap, sync::Arc};

use kubepki_ca::Certificate;
use kubepki_inspect::key::PublicKey;
use rayon::prelude::*;

pub(crate) use self::facts::Facts;
use self::{
    anchors::Anchors,
    gather::{ByAddress, Met},
};
use crate::{
    check::{Check, Finding, Place},
    input::Input,
    path::pool::Pool,
    role::Role,
};

/// The certificates of the input.
pub(crate) struct CertificateIndex<'a> {
    /// Each once, in the order of their first places.
    pub(crate) certificates: Vec<PlacedCertificate<'a>>,
    /// Whether any of the files has a CA.
    pub(crate) has_authorities: bool,
    anchors: Anchors<'a>,
    by_address: ByAddress,
    by_role: HashMap<Role, Vec<usize>>,
}

/// A certificate, wherever it lies.
pub(crate) struct PlacedCertificate<'a> {
    pub(crate) certificate: &'a Certificate,
    pub(crate) facts: Facts,
    /// Where it lies; at least one, files of its own first.
    pub(crate) places: Vec<Place>,
    /// What it is for at each of its places.
    roles_at: Vec<Option<Role>>,
    /// What it is for, as far as that is known.
    pub(crate) roles: Vec<Role>,
    pub(crate) issued: Issued,
    /// The best path from it, itself first, by the positions in [`CertificateIndex::certificates`].
    path: Vec<usize>,
    /// Whether it is a certificate of a CA that no path of others needs, since another one is better.
    pub(crate) is_spare: bool,
}

/// Who issued a certificate, by the positions in [`CertificateIndex::certificates`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Issued {
    /// This one, whose key verifies the signature.
    By(usize),
    /// One of this name is known, and none of this name signed it.
    ByAnother(usize),
    /// Itself.
    BySelf,
    /// One of this name is known, and the signature is of a kind that is not verified here.
    Perhaps(usize),
    /// None of the issuer's name is known.
    Unknown,
}

impl<'a> CertificateIndex<'a> {
    /// Gathers and verifies. The cost is linear in the number of certificates.
    pub(crate) fn of(input: &'a Input) -> Self {
        let (met, by_address) = gather::certificates(input);
        let facts: Vec<_> = met.par_iter().map(|met| Facts::of(met.certificate)).collect();
        let (issued, spares) = issuers::of_each(&met, &facts, input.now);
        let has_authorities = met.iter().any(|met| met.certificate.is_ca() && met.is_in_file());
        let anchors = Anchors::of(&met, !input.endpoints.is_empty());
        let all = met.into_iter().zip(facts).zip(issued).enumerate();
        let certificates = all.map(|(position, ((met, facts), (issued, path)))| {
            let Met { certificate, places, roles_at, roles } = met;
            let is_spare = spares.contains(&position);
            PlacedCertificate {
                certificate,
                facts,
                places,
                roles_at,
                roles,
                issued,
                path,
                is_spare,
            }
        });
        let mut certificates: Vec<_> = certificates.collect();
        etcd::name_members(&mut certificates);
        let mut by_role: HashMap<_, Vec<_>> = HashMap::new();
        for (index, known) in certificates.iter().enumerate() {
            known.roles.iter().for_each(|role| by_role.entry(*role).or_default().push(index));
        }
        Self { certificates, has_authorities, anchors, by_address, by_role }
    }

    /// What is known of a certificate of the input, of which this has to be one and no copy.
    pub(crate) fn get(&self, certificate: &Certificate) -> Option<&PlacedCertificate<'a>> {
        self.certificates.get(self.position(certificate)?)
    }

    /// Where a certificate of the input is among them.
    pub(crate) fn position(&self, certificate: &Certificate) -> Option<usize> {
        self.by_address.get(&gather::address(certificate)).copied()
    }

    /// All of them, to seek paths among.
    pub(crate) fn pool(&self) -> Pool<'_> {
        Pool::of(self.certificates.iter().map(|known| (known.certificate, &known.facts)))
    }

    /// The keys of certificates of the input.
    pub(crate) fn keys<'b>(
        &'b self,
        certificates: Vec<&'b Arc<Certificate>>,
    ) -> impl Iterator<Item = &'b PublicKey> {
        certificates.into_iter().filter_map(|it| Some(&self.get(it)?.facts.key))
    }

    /// The certificates of a role.
    pub(crate) fn of_role(&self, role: Role) -> impl Iterator<Item = &PlacedCertificate<'a>> {
        let positions = self.by_role.get(&role).map(Vec::as_slice).unwrap_or_default();
        positions.iter().filter_map(|position| self.certificates.get(*position))
    }

    /// The issuer, where it is known and has signed.
    pub(crate) fn issuer(&self, known: &PlacedCertificate<'_>) -> Option<&PlacedCertificate<'a>> {
        match known.issued {
            Issued::By(position) => self.certificates.get(position),
            _ => None,
        }
    }

    /// Whether a certificate's chain meets a CA that lies in a file, be it this one.
    pub(crate) fn is_anchored(&self, known: &PlacedCertificate<'a>) -> bool {
        let facts = |position: usize| Some(&self.certificates.get(position)?.facts);
        self.chain(known).any(|above| {
            self.anchors.have(above.certificate.subject_name(), &above.facts.key, facts)
        })
    }

    /// The certificate and its issuers, as far as they are known.
    pub(crate) fn chain<'b>(
        &'b self,
        known: &'b PlacedCertificate<'a>,
    ) -> impl Iterator<Item = &'b PlacedCertificate<'a>> {
        known.path.iter().filter_map(|position| self.certificates.get(*position))
    }
}

impl PlacedCertificate<'_> {
    /// A finding about it, wherever it lies.
    pub(crate) fn found(&self, check: &'static Check, what: impl Into<String>) -> Finding {
        Finding::at(check, &self.places, what)
    }

    /// Whether a server sent it as its own.
    pub(crate) fn is_served(&self) -> bool {
        self.places.iter().any(|place| place.path().is_none() && place.part.is_none())
    }

    /// Whether it lies in a file, and was not only sent by a server.
    pub(crate) fn is_in_file(&self) -> bool {
        self.places.iter().any(|place| place.path().is_some())
    }

    /// Where it lies, with what it is for there, as far as that is known.
    pub(crate) fn roles_at(&self) -> impl Iterator<Item = (&Place, Role)> {
        let places = self.places.iter().zip(&self.roles_at);
        places.filter_map(|(place, role)| Some((place, (*role)?)))
    }

    pub(crate) fn has_role(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }

    /// The file or endpoint that it is reported at.
    pub(crate) fn place(&self) -> Option<&Place> {
        self.places.first()
    }
}
