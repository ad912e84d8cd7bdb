//! Certificates among which paths are sought, each signature of which is verified once for each key.
//! Judges nothing.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::{Mutex, PoisonError},
};

use kubepki_ca::Certificate;

use crate::{
    index::{
        Facts,
        signature::{self, Verdict},
    },
    key::PublicKey,
};

pub(crate) struct Pool<'p> {
    members: Vec<Member<'p>>,
    by_name: HashMap<&'p [u8], Vec<usize>>,
    by_identifier: HashMap<(&'p [u8], &'p [u8]), Vec<usize>>,
    /// What came of a member's signature by a key, by the key's number.
    verdicts: Vec<Mutex<BTreeMap<usize, Verdict>>>,
}

#[derive(Clone, Copy)]
pub(crate) struct Member<'p> {
    pub(crate) certificate: &'p Certificate,
    pub(crate) facts: &'p Facts,
    /// The number of its key: copies of a CA have one.
    pub(crate) key: usize,
}

impl<'p> Pool<'p> {
    /// How many certificates of one name are tried: a thousand of one name must not make a million of
    /// signatures to verify.
    pub(crate) const TRIED: usize = 100;

    pub(crate) fn of(certificates: impl Iterator<Item = (&'p Certificate, &'p Facts)>) -> Self {
        let mut keys: HashMap<&PublicKey, usize> = HashMap::new();
        let members = certificates.map(|(certificate, facts)| {
            let next = keys.len();
            let key = *keys.entry(&facts.key).or_insert(next);
            Member { certificate, facts, key }
        });
        let members: Vec<_> = members.collect();
        let verdicts = members.iter().map(|_| Mutex::default()).collect();
        let asked: HashSet<_> = members.iter().map(|it| it.certificate.issuer_name()).collect();
        let mut pool =
            Self { members, by_name: HashMap::new(), by_identifier: HashMap::new(), verdicts };
        for (position, member) in pool.members.iter().enumerate() {
            let name = member.certificate.subject_name();
            // Most are nobody's issuer.
            if !asked.contains(name) {
                continue;
            }
            pool.by_name.entry(name).or_default().push(position);
            if let Some(identifier) = &member.facts.subject_key_identifier {
                let key = (name, identifier.as_slice());
                pool.by_identifier.entry(key).or_default().push(position);
            }
        }
        pool
    }

    pub(crate) fn member(&self, position: usize) -> Member<'p> {
        self.members[position]
    }

    /// Whether a member names itself as its issuer.
    pub(crate) fn names_itself(&self, position: usize) -> bool {
        let certificate = self.member(position).certificate;
        certificate.issuer_name() == certificate.subject_name()
    }

    /// What bears the name of a member's issuer: what has the identifier that the member names first.
    pub(crate) fn candidates(&self, position: usize) -> impl Iterator<Item = usize> {
        let member = self.member(position);
        let name = member.certificate.issuer_name();
        let wanted = member.facts.authority_key_identifier.as_deref();
        let close = wanted.and_then(|wanted| self.by_identifier.get(&(name, wanted)));
        let is_close = move |candidate: usize| {
            let own = self.member(candidate).facts.subject_key_identifier.as_deref();
            wanted.is_some() && own == wanted
        };
        let named = self.by_name.get(name).into_iter().flatten().copied();
        let others = named.filter(move |candidate| !is_close(*candidate));
        close.into_iter().flatten().copied().chain(others)
    }

    /// Whether the key of one member signed the other.
    pub(crate) fn verdict(&self, position: usize, issuer: usize) -> Verdict {
        let (member, issuer) = (self.member(position), self.member(issuer));
        // A map of whole entries is whole after any panic.
        let known = || self.verdicts[position].lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(verdict) = known().get(&issuer.key) {
            return *verdict;
        }
        let algorithm = &member.facts.signature_algorithm;
        let verdict = signature::verify(member.certificate, algorithm, &issuer.facts.key);
        known().insert(issuer.key, verdict);
        verdict
    }
}
