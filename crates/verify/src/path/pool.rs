//! Certificates among which paths are sought. Judges nothing.

use kubepki_ca::Certificate;
use kubepki_inspect::{Index, Verdict};

use crate::index::Facts;

/// The certificates, by the positions in which they were given.
pub(crate) struct Pool<'p> {
    index: Index<&'p Certificate>,
    facts: Vec<&'p Facts>,
}

#[derive(Clone, Copy)]
pub(crate) struct Member<'p> {
    pub(crate) certificate: &'p Certificate,
    pub(crate) facts: &'p Facts,
}

impl<'p> Pool<'p> {
    pub(crate) fn of(certificates: impl Iterator<Item = (&'p Certificate, &'p Facts)>) -> Self {
        let mut pool = Self { index: Index::default(), facts: Vec::new() };
        for (certificate, facts) in certificates {
            pool.index.add(certificate);
            pool.facts.push(facts);
        }
        pool
    }

    pub(crate) fn member(&self, position: usize) -> Member<'_> {
        let certificate = self.index.certificate(position);
        Member { certificate, facts: self.facts[position] }
    }

    /// Whether a member names itself as its issuer.
    pub(crate) fn names_itself(&self, position: usize) -> bool {
        let certificate = self.index.certificate(position);
        certificate.names_as_issuer(certificate)
    }

    /// What bears the name of a member's issuer: what has the identifier that the member names first.
    pub(crate) fn candidates(&self, position: usize) -> impl Iterator<Item = usize> {
        self.index.namesakes_of_issuer(self.index.certificate(position))
    }

    /// Whether the key of one member signed the other.
    pub(crate) fn verdict(&self, position: usize, issuer: usize) -> Verdict {
        self.index.verdict(position, issuer)
    }

    /// Whether two members are certificates of one CA.
    pub(crate) fn are_one_entity(&self, one: usize, other: usize) -> bool {
        self.index.are_one_entity(one, other)
    }
}
