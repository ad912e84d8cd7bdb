//! Whose key is this, and who issued that: by the bits of keys and by signatures, and by nothing else.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use jiff::SignedDuration;
use kubepki_ca::{
    CA, CLIENT, Certificate, Issuer, KeyAlgorithm, KeyPair, Profile, Signer, Subject, Template,
    Validity,
};
use kubepki_inspect::{Index, PublicKey, Verdict};

fn template(name: &str, profile: Profile) -> Template {
    let now = "2026-11-20T12:00:00Z".parse().unwrap();
    Template {
        subject: Subject::new(name),
        subject_alt_names: vec![],
        profile,
        validity: Validity::starting(now, SignedDuration::from_hours(24)).unwrap(),
    }
}

fn authority(name: &str, key: KeyPair) -> Issuer {
    Issuer::self_signed(&template(name, CA), key).unwrap()
}

fn key() -> KeyPair {
    KeyPair::generate(KeyAlgorithm::EcdsaP256).unwrap()
}

fn leaf(issuer: &Issuer, key: &KeyPair) -> Certificate {
    issuer.prepare(&template("jane", CLIENT), key.public_key()).unwrap().sign().unwrap()
}

fn public(key: &KeyPair) -> PublicKey {
    PublicKey::from_spki(key.public_key().spki()).unwrap()
}

#[test]
fn the_issuer_is_the_one_that_signed_and_not_its_namesake() {
    let of_ca = key();
    let same = KeyPair::from_pem(of_ca.to_pem().as_bytes()).unwrap();
    let (real, renewed) = (authority("ca", of_ca), authority("ca", same));
    let namesake = authority("ca", key());
    let jane = leaf(&real, &key());
    let all = [namesake.certificate(), &jane, real.certificate(), renewed.certificate()];
    let index = Index::of(all);
    // Each certificate of the CA is its issuer, and the namesake is none.
    let mut issuers: Vec<_> = index.issuers_of(&jane).collect();
    issuers.sort_unstable();
    assert_eq!(issuers, [2, 3]);
    assert!(index.are_one_entity(2, 3) && !index.are_one_entity(0, 2));
    assert_eq!(index.verdict(1, 0), Verdict::Fails);
    assert_eq!(index.verdict(1, 2), Verdict::Holds);
    // A certificate that is not in the index is asked about in the same way.
    let john = leaf(&namesake, &key());
    assert_eq!(index.issuers_of(&john).collect::<Vec<_>>(), [0]);
    assert_eq!(index.issuers_of(namesake.certificate()).collect::<Vec<_>>(), [0]);
}

#[test]
fn a_key_belongs_to_whatever_has_its_public_half() {
    let (ca, of_jane, of_nobody) = (authority("ca", key()), key(), key());
    let (first, second) = (leaf(&ca, &of_jane), leaf(&ca, &of_jane));
    let mut index = Index::of([&first, ca.certificate(), &second]);
    index.add_key(7, public(&of_nobody));
    index.add_key(8, public(&of_jane));
    assert_eq!(index.certificates_of(&public(&of_jane)), [0, 2]);
    assert_eq!(index.certificates_of(&public(&of_nobody)), [0; 0]);
    assert_eq!(index.keys_of(&PublicKey::of(&first)), [8]);
    assert_eq!(index.keys_of(index.public_key(1)), [0; 0]);
}
