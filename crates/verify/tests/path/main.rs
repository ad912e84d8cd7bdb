//! Paths from certificates to CAs: what is accepted, and for what reason the rest is not.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use jiff::{SignedDuration, Timestamp};
use kubepki_ca::{
    CA, CLIENT, Certificate, Issuer, KeyAlgorithm, KeyPair, SERVER, Signer, Subject, Template,
    Validity,
};
use kubepki_verify::path::{Problem, Purpose, Question, judge};

const NOW: &str = "2026-11-20T12:00:00Z";

fn template(name: &str, profile: kubepki_ca::Profile) -> Template {
    let now: Timestamp = NOW.parse().unwrap();
    Template {
        subject: Subject::new(name),
        subject_alt_names: vec!["web.example".parse().unwrap()],
        profile,
        validity: Validity::starting(now, SignedDuration::from_hours(24)).unwrap(),
    }
}

fn authority(name: &str) -> Issuer {
    let template = Template { subject_alt_names: vec![], ..template(name, CA) };
    Issuer::self_signed(&template, KeyPair::generate(KeyAlgorithm::EcdsaP256).unwrap()).unwrap()
}

fn leaf(issuer: &Issuer, profile: kubepki_ca::Profile) -> Certificate {
    let key = KeyPair::generate(KeyAlgorithm::EcdsaP256).unwrap();
    issuer.prepare(&template("web", profile), key.public_key()).unwrap().sign().unwrap()
}

#[test]
fn a_certificate_is_good_for_its_purpose_name_and_anchor_alone() {
    let (ca, other) = (authority("ca"), authority("other"));
    let (server, client) = (leaf(&ca, SERVER), leaf(&ca, CLIENT));
    let question = Question {
        leaf: &server,
        intermediates: vec![],
        anchors: vec![ca.certificate()],
        purpose: Purpose::Server,
        name: Some("web.example".parse().unwrap()),
        time: NOW.parse().unwrap(),
    };
    let good = judge(&question);
    assert_eq!(good.path.unwrap(), [&server, ca.certificate()]);
    let problem = |question: Question<'_>| {
        let judgement = judge(&question);
        assert!(!judgement.is_accepted(), "{judgement:?}");
        judgement.reasons.into_iter().map(|it| it.problem).next().unwrap()
    };
    let name = Some("mail.example".parse().unwrap());
    assert!(matches!(problem(Question { name, ..question.clone() }), Problem::Name { .. }));
    let usage = problem(Question { leaf: &client, ..question.clone() });
    assert!(matches!(usage, Problem::Usage { .. }));
    let anchors = vec![other.certificate()];
    let unknown = problem(Question { anchors, ..question.clone() });
    assert!(matches!(unknown, Problem::UnknownAuthority { .. }));
    let time = "2026-11-22T12:00:00Z".parse().unwrap();
    assert!(matches!(problem(Question { time, ..question }), Problem::Expired { .. }));
}
