//! Certificates among which paths are sought, each signature of which is verified once for each key.
//! Judges nothing.

use std::{
    collections::{BTreeMap, HashMap},
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
    /// What came of a member's signature by a key, by the key's number.
    verdicts: Vec<Mutex<BTreeMap<usize, Verdict>>>,
}

#[derive(Clone, Copy)]
pub(crate) struct Member<'p> {
    pub(crate) certificate: &'p Certificate,
    pub(crate) facts: &'p Facts,
    /// The number of its key: copies of a CA have one.
    key: usize,
}

impl<'p> Pool<'p> {
    pub(crate) fn of(certificates: impl Iterator<Item = (&'p Certificate, &'p Facts)>) -> Self {
        let mut keys: HashMap<&PublicKey, usize> = HashMap::new();
        let mut pool = Self { members: Vec::new(), by_name: HashMap::new(), verdicts: Vec::new() };
        for (certificate, facts) in certificates {
            let next = keys.len();
            let key = *keys.entry(&facts.key).or_insert(next);
            let named = pool.by_name.entry(certificate.subject_name()).or_default();
            named.push(pool.members.len());
            pool.members.push(Member { certificate, facts, key });
            pool.verdicts.push(Mutex::default());
        }
        pool
    }

    pub(crate) fn member(&self, position: usize) -> Member<'p> {
        self.members[position]
    }

    /// What bears the name of a member's issuer, the likeliest first: what has the identifier that
    /// the member names, then what says nothing of its identifier.
    pub(crate) fn candidates(&self, position: usize) -> Vec<usize> {
        let member = self.member(position);
        let named = self.by_name.get(member.certificate.issuer_name());
        let mut candidates = named.cloned().unwrap_or_default();
        let wanted = member.facts.authority_key_identifier.as_deref();
        candidates.sort_by_key(|candidate| {
            match (wanted, self.member(*candidate).facts.subject_key_identifier.as_deref()) {
                (Some(wanted), Some(own)) if wanted == own => 0,
                (Some(_), Some(_)) => 2,
                _ => 1,
            }
        });
        candidates
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
