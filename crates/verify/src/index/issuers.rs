//! The issuer of each certificate, by its name and its key's identifier, and by the signature,
//! which is verified once for each. Judges nothing.

use std::collections::{HashMap, HashSet};

use rayon::prelude::*;

use super::{
    Facts, Issued, SignatureAlgorithm,
    gather::Met,
    precomputed::{self, Signed, Verifier},
    signature::{self, Verdict},
};
use crate::key::KeyKind;

/// Where to look for the issuer of a certificate: by its name, and by its key's identifier.
pub(super) struct Issuers<'b, 'a> {
    met: &'b [Met<'a>],
    facts: &'b [Facts],
    authorities: HashMap<&'a [u8], Vec<usize>>,
    /// What bears the name of an issuer and is no CA, which is worth a word.
    others: HashMap<&'a [u8], usize>,
    by_identifier: HashMap<(&'a [u8], &'b [u8]), Vec<usize>>,
    /// Who surely signed each certificate, as far as that was found out for many at once.
    proven: Vec<Option<usize>>,
}

impl<'b, 'a> Issuers<'b, 'a> {
    /// How many certificates of one name are tried: of honest CAs there are a few generations, and
    /// a thousand of one name must not make a million of signatures to verify.
    const TRIED: usize = 16;

    pub(super) fn of(met: &'b [Met<'a>], facts: &'b [Facts]) -> Self {
        let mut issuers = Self {
            met,
            facts,
            authorities: HashMap::new(),
            others: HashMap::new(),
            by_identifier: HashMap::new(),
            proven: Vec::new(),
        };
        let asked: HashSet<_> = met.iter().map(|met| met.certificate.issuer_name()).collect();
        for (index, (met, facts)) in met.iter().zip(facts).enumerate() {
            let name = met.certificate.subject_name();
            // Most are nobody's issuer.
            if !asked.contains(name) {
                continue;
            }
            if met.certificate.is_ca() {
                issuers.authorities.entry(name).or_default().push(index);
            } else {
                issuers.others.entry(name).or_insert(index);
            }
            if let Some(identifier) = &facts.subject_key_identifier {
                let key = (name, identifier.as_slice());
                issuers.by_identifier.entry(key).or_default().push(index);
            }
        }
        issuers.proven = issuers.prove();
        issuers
    }

    /// Who issued each of the certificates.
    pub(super) fn of_each(&self) -> Vec<Issued> {
        (0..self.met.len()).into_par_iter().map(|index| self.of_certificate(index)).collect()
    }

    /// Verifies the signatures of the issuers that have signed very many, each with the issuer that
    /// is tried first.
    fn prove(&self) -> Vec<Option<usize>> {
        let mut by_issuer: HashMap<usize, Vec<usize>> = HashMap::new();
        let of_p256 = (0..self.met.len()).into_par_iter().map(|index| {
            let first = self.candidates(index).next();
            first.filter(|issuer| !self.is_own(index) && self.is_p256(index, *issuer))
        });
        for (index, issuer) in of_p256.collect::<Vec<_>>().into_iter().enumerate() {
            if let Some(issuer) = issuer {
                by_issuer.entry(issuer).or_default().push(index);
            }
        }
        let mut proven = vec![None; self.met.len()];
        for (issuer, issued) in by_issuer {
            if issued.len() < precomputed::WORTHWHILE {
                continue;
            }
            let Some(verifier) = Verifier::new(self.facts[issuer].key.bits()) else { continue };
            let hold = |some: &[usize]| {
                let signed = some.iter().map(|index| self.met[*index].certificate);
                let signed =
                    signed.map(|it| Signed { message: it.tbs(), signature: it.signature() });
                verifier.hold(&signed.collect::<Vec<_>>())
            };
            let held = issued.par_chunks(512).flat_map_iter(hold).collect::<Vec<_>>();
            let held = issued.into_iter().zip(held).filter(|(_, holds)| *holds);
            held.for_each(|(index, _)| proven[index] = Some(issuer));
        }
        proven
    }

    /// Whether a certificate names itself as its issuer.
    fn is_own(&self, index: usize) -> bool {
        let certificate = self.met[index].certificate;
        certificate.issuer_name() == certificate.subject_name()
    }

    /// Whether a certificate claims a signature by ECDSA with SHA-256, and the issuer has such a key.
    fn is_p256(&self, index: usize, issuer: usize) -> bool {
        self.facts[index].signature_algorithm == SignatureAlgorithm::EcdsaSha256
            && matches!(self.facts[issuer].key.kind(), KeyKind::Ecdsa { curve } if curve == "p256")
    }

    /// Whoever may have issued a certificate, the likeliest first.
    fn candidates(&self, index: usize) -> impl Iterator<Item = usize> {
        let (certificate, facts) = (self.met[index].certificate, &self.facts[index]);
        let name = certificate.issuer_name();
        let identifier = facts.authority_key_identifier.as_deref();
        let close = identifier.and_then(|identifier| self.by_identifier.get(&(name, identifier)));
        let named = self.authorities.get(name);
        let tried = [close, named].into_iter().flatten();
        let tried = tried.flat_map(|found| found.iter().copied().take(Self::TRIED));
        tried.chain(self.others.get(name).copied())
    }

    fn of_certificate(&self, index: usize) -> Issued {
        if let Some(issuer) = self.proven.get(index).copied().flatten() {
            return Issued::By(issuer);
        }
        let is_own = self.is_own(index);
        // What nobody verifies need not be verified here: a root is believed for its key.
        if is_own && self.verdict(index, index) != Verdict::Fails {
            return Issued::BySelf;
        }
        let mut issued = Issued::Unknown;
        for candidate in self.candidates(index).filter(|it| *it != index || !is_own) {
            match self.verdict(index, candidate) {
                Verdict::Holds => return Issued::By(candidate),
                Verdict::Unknown => issued = Issued::Perhaps(candidate),
                Verdict::Fails if issued == Issued::Unknown => {
                    issued = Issued::ByAnother(candidate);
                }
                Verdict::Fails => {}
            }
        }
        match issued {
            Issued::Unknown if is_own => Issued::ByAnother(index),
            issued => issued,
        }
    }

    fn verdict(&self, index: usize, issuer: usize) -> Verdict {
        let certificate = self.met[index].certificate;
        let algorithm = &self.facts[index].signature_algorithm;
        signature::verify(certificate, algorithm, &self.facts[issuer].key)
    }
}
