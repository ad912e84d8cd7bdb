//! Whose key is this, and who issued that: certificates and keys, found by the bits of their keys, by
//! their Names and by their signatures. Knows no file's name, and judges nothing.

use std::{
    borrow::Borrow,
    collections::{BTreeMap, HashMap},
    sync::{Mutex, PoisonError},
};

use kubepki_ca::Certificate;

use crate::{
    key::PublicKey,
    signature::{self, Verdict},
};

/// Certificates and keys, each known by its position: the order in which it was added.
///
/// A certificate is looked at once when it is added. Each signature is verified when it is first asked
/// for, and once for each key.
#[derive(Debug)]
pub struct Index<C> {
    members: Vec<Member<C>>,
    /// The number of each key: copies of a CA's certificate have one.
    numbers: HashMap<PublicKey, usize>,
    /// What has each key, by its number.
    holders: Vec<Holders>,
    by_subject: HashMap<Box<[u8]>, Vec<usize>>,
    by_identifier: HashMap<Box<[u8]>, Vec<usize>>,
}

#[derive(Debug)]
struct Member<C> {
    certificate: C,
    /// The number of its key.
    key: usize,
    /// What came of its signature by a key, by the key's number.
    verdicts: Mutex<BTreeMap<usize, Verdict>>,
}

/// What has one key.
#[derive(Clone, Debug)]
struct Holders {
    key: PublicKey,
    certificates: Vec<usize>,
    /// The private keys, by the numbers that [`Index::add_key`] gave.
    private: Vec<usize>,
}

/// How many certificates of one name are tried: a thousand CAs of one name must not make a million of
/// signatures to verify.
pub const TRIED: usize = 100;

impl<C: Borrow<Certificate>> Index<C> {
    /// An index of these certificates, in their order.
    pub fn of(certificates: impl IntoIterator<Item = C>) -> Self {
        let mut index = Self::default();
        for certificate in certificates {
            index.add(certificate);
        }
        index
    }

    /// Adds a certificate, and returns its position.
    pub fn add(&mut self, certificate: C) -> usize {
        let position = self.members.len();
        let own: &Certificate = certificate.borrow();
        let key = self.number(PublicKey::of(own));
        self.holders[key].certificates.push(position);
        self.by_subject.entry(own.subject_name().into()).or_default().push(position);
        if let Some(identifier) = own.subject_key_identifier() {
            self.by_identifier.entry(identifier.into()).or_default().push(position);
        }
        self.members.push(Member { certificate, key, verdicts: Mutex::default() });
        position
    }

    /// Adds a private key by its public half, under a number of the caller's own.
    pub fn add_key(&mut self, number: usize, key: PublicKey) {
        let key = self.number(key);
        self.holders[key].private.push(number);
    }

    /// The certificate at a position.
    ///
    /// # Panics
    /// If there is none.
    pub fn certificate(&self, position: usize) -> &Certificate {
        self.members[position].certificate.borrow()
    }

    /// Its public key.
    ///
    /// # Panics
    /// If there is no certificate at the position.
    pub fn public_key(&self, position: usize) -> &PublicKey {
        &self.holders[self.members[position].key].key
    }

    /// How many certificates there are.
    pub const fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether there is no certificate.
    pub const fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// The certificates with this public key, in their order: whose key it is.
    pub fn certificates_of(&self, key: &PublicKey) -> &[usize] {
        self.holders_of(key).map(|it| it.certificates.as_slice()).unwrap_or_default()
    }

    /// The private keys with this public half, by their numbers, in the order in which they were added.
    pub fn keys_of(&self, key: &PublicKey) -> &[usize] {
        self.holders_of(key).map(|it| it.private.as_slice()).unwrap_or_default()
    }

    /// The certificates whose Name is that of a certificate's issuer: first those with the key
    /// identifier that it names (RFC 5280, 4.2.1.1). Whether one signed it is not said.
    pub fn namesakes_of_issuer<'b>(
        &'b self,
        certificate: &'b Certificate,
    ) -> impl Iterator<Item = usize> + 'b {
        let name = certificate.issuer_name();
        let wanted = certificate.authority_key_identifier();
        let identified = wanted.and_then(|wanted| self.by_identifier.get(wanted));
        let identified = identified.into_iter().flatten().copied();
        let identified = identified.filter(move |it| self.certificate(*it).subject_name() == name);
        let is_identified = move |it: &usize| {
            wanted.is_some() && self.certificate(*it).subject_key_identifier() == wanted
        };
        let others = self.by_subject.get(name).into_iter().flatten().copied();
        identified.chain(others.filter(move |it| !is_identified(it)))
    }

    /// The certificates that issued a certificate: those with its issuer's Name whose key verifies its
    /// signature. Several certificates of one CA are all of them its issuers.
    ///
    /// Of one Name at most [`TRIED`] are looked at.
    pub fn issuers_of<'b>(
        &'b self,
        certificate: &'b Certificate,
    ) -> impl Iterator<Item = usize> + 'b {
        let mut verdicts = BTreeMap::new();
        self.namesakes_of_issuer(certificate).take(TRIED).filter(move |it| {
            let key = self.members[*it].key;
            let verify = || signature::verify(certificate, &self.holders[key].key);
            *verdicts.entry(key).or_insert_with(verify) == Verdict::Holds
        })
    }

    /// What comes of the signature of the certificate at a position by the key of the one at another.
    ///
    /// # Panics
    /// If there is no certificate at one of the positions.
    pub fn verdict(&self, position: usize, issuer: usize) -> Verdict {
        let (member, key) = (&self.members[position], self.members[issuer].key);
        // A map of whole entries is whole after any panic.
        let known = || member.verdicts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(verdict) = known().get(&key) {
            return *verdict;
        }
        let verdict = signature::verify(member.certificate.borrow(), &self.holders[key].key);
        known().insert(key, verdict);
        verdict
    }

    /// Whether the certificates at two positions have one key and one subject: they are the same CA.
    ///
    /// # Panics
    /// If there is no certificate at one of the positions.
    pub fn are_one_entity(&self, one: usize, other: usize) -> bool {
        self.members[one].key == self.members[other].key
            && self.certificate(one).subject_name() == self.certificate(other).subject_name()
    }

    fn holders_of(&self, key: &PublicKey) -> Option<&Holders> {
        self.numbers.get(key).and_then(|number| self.holders.get(*number))
    }

    fn number(&mut self, key: PublicKey) -> usize {
        let next = self.holders.len();
        let number = *self.numbers.entry(key.clone()).or_insert(next);
        if number == next {
            self.holders.push(Holders { key, certificates: Vec::new(), private: Vec::new() });
        }
        number
    }
}

impl<C> Default for Index<C> {
    fn default() -> Self {
        Self {
            members: Vec::new(),
            numbers: HashMap::new(),
            holders: Vec::new(),
            by_subject: HashMap::new(),
            by_identifier: HashMap::new(),
        }
    }
}

/// The signatures are verified anew in the copy.
impl<C: Clone> Clone for Index<C> {
    fn clone(&self) -> Self {
        let member = |Member { certificate, key, .. }: &Member<C>| Member {
            certificate: certificate.clone(),
            key: *key,
            verdicts: Mutex::default(),
        };
        Self {
            members: self.members.iter().map(member).collect(),
            numbers: self.numbers.clone(),
            holders: self.holders.clone(),
            by_subject: self.by_subject.clone(),
            by_identifier: self.by_identifier.clone(),
        }
    }
}
