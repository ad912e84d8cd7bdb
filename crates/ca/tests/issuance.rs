//! Issuance from outside: what is prepared is linted, what is signed is checked, and path
//! validation agrees.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use jiff::{SignedDuration, Timestamp};
use kubepki_ca::{
    CA, CLIENT, Certificate, Error, Issuer, KeyAlgorithm, KeyPair, KeyUsage, PEER, Profile,
    PublicKey, Purpose, SERVER, Signature, SignatureAlgorithm, Signer, SignerError, Subject,
    SubjectAltName, Template, TrustBundle, Validity,
};

fn tested_algorithms() -> impl Iterator<Item = KeyAlgorithm> {
    let all = KeyAlgorithm::ALL.into_iter();
    all.filter(|algorithm| algorithm.can_be_generated() && algorithm.rsa_bits() != Some(4096))
}

fn now() -> Timestamp {
    "2026-11-20T12:00:00Z".parse().unwrap()
}

fn template(cn: &str, profile: Profile, days: i64) -> Template {
    let sans = match profile {
        SERVER | PEER => vec!["b.example", "10.0.0.1", "fd00::1", "a.example", "10.0.0.1"],
        _ => vec![],
    };
    Template {
        subject: Subject::new(cn),
        subject_alt_names: sans.into_iter().map(|san| san.parse().unwrap()).collect(),
        profile,
        validity: Validity::starting(now(), SignedDuration::from_hours(24 * days)).unwrap(),
    }
}

fn ca(algorithm: KeyAlgorithm) -> Issuer {
    Issuer::self_signed(&template("test-ca-1", CA, 3650), KeyPair::generate(algorithm).unwrap())
        .unwrap()
}

fn issue(ca: &Issuer, template: &Template, algorithm: KeyAlgorithm) -> Certificate {
    let key = KeyPair::generate(algorithm).unwrap();
    ca.prepare(template, key.public_key()).unwrap().sign().unwrap()
}

#[test]
fn every_algorithm_and_profile_verifies_for_its_purpose_alone() {
    for algorithm in tested_algorithms() {
        let ca = ca(algorithm);
        let trust = TrustBundle::new(ca.certificate().clone(), vec![]);
        for (profile, client, server) in
            [(CLIENT, true, false), (SERVER, false, true), (PEER, true, true)]
        {
            let leaf = issue(&ca, &template("leaf", profile, 365), algorithm);
            assert_eq!(trust.verify(&leaf, Purpose::Client, now()).is_ok(), client, "{algorithm}");
            assert_eq!(trust.verify(&leaf, Purpose::Server, now()).is_ok(), server, "{algorithm}");
            assert!(leaf.is_issued_by(ca.certificate()));
        }
    }
}

#[test]
fn who_issued_it_is_told_by_identifiers_where_there_are_some() {
    let (ca, twin) = (ca(KeyAlgorithm::EcdsaP256), ca(KeyAlgorithm::EcdsaP256));
    let leaf = issue(&ca, &template("leaf", CLIENT, 365), KeyAlgorithm::EcdsaP256);
    assert!(leaf.says_issued_by(ca.certificate()));
    assert!(!leaf.says_issued_by(twin.certificate()), "the same name and another key");
    assert!(!leaf.says_issued_by(&leaf));
    assert!(ca.certificate().says_issued_by(ca.certificate()));
    assert!(!ca.certificate().says_issued_by(twin.certificate()));
    let names = leaf.issuer_attributes();
    assert_eq!(names, ca.certificate().subject_attributes());
    assert_eq!(names.values("CN").collect::<Vec<_>>(), ["test-ca-1"]);
}

#[test]
fn the_public_half_of_a_key_is_its_own() {
    for algorithm in tested_algorithms() {
        let key = KeyPair::generate(algorithm).unwrap();
        let half = PublicKey::of_private_pem(key.to_pem().as_bytes()).unwrap();
        assert_eq!(&half, key.public_key());
    }
    assert!(PublicKey::of_private_pem(b"").is_err());
}

#[test]
#[cfg(feature = "rsa")]
fn a_certificate_reads_back_as_it_was_asked_for() {
    let ca = ca(KeyAlgorithm::EcdsaP256);
    let mut wanted = template("system:node:node-0", PEER, 365);
    wanted.subject.organizations = vec!["system:nodes".into(), "b".into(), "a".into()];
    wanted.subject.uid = Some("u-1".into());
    let leaf = issue(&ca, &wanted, KeyAlgorithm::Rsa2048);
    assert_eq!(leaf.subject(), &wanted.subject);
    assert_eq!(leaf.validity(), wanted.validity);
    let sans: Vec<_> = leaf.subject_alt_names().iter().map(ToString::to_string).collect();
    assert_eq!(sans, ["DNS:a.example", "DNS:b.example", "IP:10.0.0.1", "IP:fd00::1"]);
    assert_eq!(leaf.key_usage().unwrap().to_string(), "digitalSignature, keyEncipherment");
    let mut usages = leaf.extended_key_usage().to_vec();
    usages.sort();
    assert_eq!(
        usages,
        [kubepki_ca::ExtendedKeyUsage::ClientAuth, kubepki_ca::ExtendedKeyUsage::ServerAuth]
    );
    assert_eq!(leaf.serial().len(), 34);
    assert_eq!(Certificate::from_pem(leaf.to_pem().as_bytes()).unwrap(), leaf);
}

#[test]
fn validity_is_capped_to_the_issuers() {
    let ca = Issuer::self_signed(
        &template("short-ca-1", CA, 10),
        KeyPair::generate(KeyAlgorithm::EcdsaP256).unwrap(),
    )
    .unwrap();
    let leaf = issue(&ca, &template("leaf", CLIENT, 365), KeyAlgorithm::EcdsaP256);
    assert_eq!(leaf.validity().not_after(), ca.certificate().validity().not_after());

    let mut late = template("leaf", CLIENT, 365);
    let later = now() + SignedDuration::from_hours(24 * 11);
    late.validity = Validity::starting(later, SignedDuration::from_hours(1)).unwrap();
    let key = KeyPair::generate(KeyAlgorithm::EcdsaP256).unwrap();
    let error = ca.prepare(&late, key.public_key()).unwrap_err();
    assert!(matches!(error, Error::IssuerExpired { .. }), "{error}");

    // As where a clock stands at 1970.
    let mut early = template("leaf", CLIENT, 1);
    early.validity =
        Validity::starting(Timestamp::UNIX_EPOCH, SignedDuration::from_hours(24)).unwrap();
    let error = ca.prepare(&early, key.public_key()).unwrap_err();
    assert!(matches!(error, Error::IssuerNotYetValid { .. }), "{error}");
}

#[test]
fn an_issuer_is_a_ca_with_its_own_key() {
    let ca = ca(KeyAlgorithm::EcdsaP256);
    let stranger = KeyPair::generate(KeyAlgorithm::EcdsaP256).unwrap();
    let error = Issuer::load(ca.certificate().clone(), stranger).unwrap_err();
    assert!(matches!(error, Error::KeyMismatch { .. }), "{error}");

    let key = KeyPair::generate(KeyAlgorithm::EcdsaP256).unwrap();
    let leaf = ca.prepare(&template("leaf", CLIENT, 1), key.public_key()).unwrap().sign().unwrap();
    let error = Issuer::load(leaf, key).unwrap_err();
    assert!(matches!(error, Error::NotAnIssuer { .. }), "{error}");

    let key = KeyPair::generate(KeyAlgorithm::EcdsaP256).unwrap();
    let error = Issuer::self_signed(&template("leaf", SERVER, 1), key).unwrap_err();
    assert!(matches!(error, Error::NotAnIssuer { .. }), "{error}");
}

#[test]
fn lints_refuse_before_anything_is_signed() {
    let ca = ca(KeyAlgorithm::EcdsaP256);
    let key = KeyPair::generate(KeyAlgorithm::EcdsaP256).unwrap();
    let lint_of = |template: &Template| match ca.prepare(template, key.public_key()) {
        Err(Error::Lint { finding, .. }) => finding.lint,
        other => panic!("{other:?}"),
    };
    let mut nameless = template("server", SERVER, 1);
    nameless.subject_alt_names.clear();
    assert_eq!(lint_of(&nameless), "subject-alt-name");
    assert_eq!(lint_of(&template("sub-ca", CA, 1)), "path-length");
}

#[test]
fn a_signer_that_signs_something_else_is_caught() {
    struct Liar(KeyPair);
    impl Signer for Liar {
        fn public_key(&self) -> &PublicKey {
            self.0.public_key()
        }
        fn sign(&self, _: &[u8], with: SignatureAlgorithm) -> Result<Signature, SignerError> {
            self.0.sign(b"something else", with)
        }
    }
    let key = KeyPair::generate(KeyAlgorithm::EcdsaP256).unwrap();
    let error = Issuer::self_signed(&template("ca", CA, 1), Liar(key)).unwrap_err();
    assert_eq!(error, Error::Signature { what: "certificate" });

    let honest = ca(KeyAlgorithm::EcdsaP256);
    let certificate = honest.certificate().clone();
    let trust = TrustBundle::new(certificate.clone(), vec![]);
    let leaf = template("leaf", CLIENT, 1);
    let key = KeyPair::generate(KeyAlgorithm::EcdsaP256).unwrap();
    let sign = |issuance: kubepki_ca::Issuance<'_, KeyPair>, purpose| {
        issuance.sign_for(&trust, purpose, now())
    };
    let prepare = || honest.prepare(&leaf, key.public_key()).unwrap();
    assert!(sign(prepare(), Purpose::Client).unwrap().is_issued_by(&certificate));
    assert!(matches!(sign(prepare(), Purpose::Server), Err(Error::Untrusted { .. })));
    let liar = Issuer::load(
        certificate,
        Liar(KeyPair::from_pem(honest.signer().to_pem().as_bytes()).unwrap()),
    );
    let issued = liar.unwrap();
    let error = issued.prepare(&leaf, key.public_key()).unwrap();
    let error = error.sign_for(&trust, Purpose::Client, now()).unwrap_err();
    assert!(matches!(error, Error::Untrusted { .. }), "{error}");
}

#[test]
fn another_ca_of_the_same_name_is_not_trusted() {
    let (first, second) = (ca(KeyAlgorithm::EcdsaP256), ca(KeyAlgorithm::EcdsaP256));
    let leaf = issue(&first, &template("leaf", CLIENT, 1), KeyAlgorithm::EcdsaP256);
    let trust = |ca: &Issuer, more| TrustBundle::new(ca.certificate().clone(), more);
    assert!(trust(&second, vec![]).verify(&leaf, Purpose::Client, now()).is_err());
    assert!(!leaf.is_issued_by(second.certificate()));
    let both = trust(&second, vec![first.certificate().clone()]);
    both.verify(&leaf, Purpose::Client, now()).unwrap();
    let after = now() + SignedDuration::from_hours(24 * 4000);
    assert!(both.verify(&leaf, Purpose::Client, after).is_err());
}

#[test]
fn serial_numbers_do_not_repeat() {
    let ca = ca(KeyAlgorithm::EcdsaP256);
    let key = KeyPair::generate(KeyAlgorithm::EcdsaP256).unwrap();
    let mut serials = std::collections::HashSet::new();
    for _ in 0..1000 {
        let leaf = ca.prepare(&template("leaf", CLIENT, 1), key.public_key()).unwrap();
        assert!(serials.insert(leaf.sign().unwrap().serial()));
    }
}

#[test]
fn dates_around_2050_are_encoded_as_rfc_5280_says() {
    for start in [
        "1970-01-01T00:05:00Z",
        "2037-12-31T00:00:00Z",
        "2049-12-31T23:59:59Z",
        "2100-01-01T00:00:00Z",
    ] {
        let start: Timestamp = start.parse().unwrap();
        let validity = Validity::starting(start, SignedDuration::from_hours(24 * 365)).unwrap();
        let mut template = template("ca", CA, 1);
        template.validity = validity;
        let key = KeyPair::generate(KeyAlgorithm::EcdsaP256).unwrap();
        let ca = Issuer::self_signed(&template, key).unwrap();
        assert_eq!(ca.certificate().validity(), validity);
    }
}

#[test]
fn a_loaded_ca_with_several_organizations_issues_chains_that_verify() {
    let mut template = template("multi-ca", CA, 3650);
    template.subject.organizations = vec!["Acme".into(), "Widgets".into()];
    let made = Issuer::self_signed(&template, KeyPair::generate(KeyAlgorithm::EcdsaP384).unwrap())
        .unwrap();
    let key = KeyPair::from_pem(made.signer().to_pem().as_bytes()).unwrap();
    let ca = Issuer::load(made.certificate().clone(), key).unwrap();
    let leaf = issue(&ca, &self::template("leaf", CLIENT, 1), KeyAlgorithm::EcdsaP256);
    let trust = TrustBundle::new(ca.certificate().clone(), vec![]);
    trust.verify(&leaf, Purpose::Client, now()).unwrap();
    assert!(ca.certificate().key_usage().unwrap().contains(KeyUsage::KEY_CERT_SIGN));
}

#[test]
fn uris_are_kept() {
    let ca = ca(KeyAlgorithm::EcdsaP256);
    let mut wanted = template("leaf", CLIENT, 1);
    wanted.subject_alt_names = vec![SubjectAltName::uri("spiffe://cluster.local/ns/x").unwrap()];
    let leaf = issue(&ca, &wanted, KeyAlgorithm::EcdsaP256);
    assert_eq!(leaf.subject_alt_names(), wanted.subject_alt_names);
}
