//! openssl accepts every certificate for what it is for, and for nothing else.

use std::{fs, net::IpAddr};

use kubepki_testkit::{Purpose, Verification, openssl};

use super::{
    certificate::Certificate,
    made::{Found, Made},
    spec::Spec,
};

pub(super) fn judge(made: &Made) {
    assert!(!made.certificates.is_empty());
    for certificate in &made.certificates {
        contents(certificate, &made.spec);
        uses(certificate);
    }
    for (key, public) in &made.keys {
        let is_match = match public.extension().is_some_and(|end| end == "pub") {
            true => openssl::public_key(key) == fs::read_to_string(public).unwrap(),
            false => openssl::key_matches(key, public),
        };
        assert!(is_match, "{} and {}", key.display(), public.display());
    }
}

/// The question of one certificate's chain and of all its names, put for each of its purposes.
pub(super) fn each_use(certificate: &Found, mut ask: impl FnMut(&Verification<'_>)) {
    let Found { file, authority, expected, .. } = certificate;
    let (mut hosts, mut addresses) = (Vec::new(), Vec::<IpAddr>::new());
    for name in &expected.names {
        match name.parse() {
            Ok(address) => addresses.push(address),
            Err(_) => hosts.push(name.as_str()),
        }
    }
    if expected.purposes.is_empty() {
        ask(&Verification::of_chain(file, authority));
    }
    for purpose in expected.purposes {
        ask(&match purpose {
            Purpose::ServerAuth => Verification::of_server(file, authority, &hosts, &addresses),
            _ => Verification::of_client(file, authority),
        });
    }
}

fn contents(Found { found_in, file, expected, .. }: &Found, spec: &Spec) {
    let Certificate { subject, names, key_algorithm } = Certificate::read(file);
    assert_eq!(subject, expected.subject, "{found_in}");
    assert_eq!(names, expected.names, "{found_in}");
    // The key of tokens has an algorithm of its own; its certificate is the tutorial's way.
    let expected = match found_in.as_str() {
        "service-accounts.crt" => &spec.token_algorithm,
        _ => &spec.key_algorithm,
    };
    assert_eq!(&key_algorithm, expected, "{found_in}");
}

fn uses(certificate: &Found) {
    let Found { found_in, file, authority, strangers, expected } = certificate;
    each_use(certificate, |question| {
        openssl::verify(question).unwrap_or_else(|e| panic!("{found_in}: {question:?}: {e}"));
    });
    for purpose in [Purpose::ClientAuth, Purpose::ServerAuth] {
        if !expected.purposes.contains(&purpose) {
            let question = Verification { purpose, ..Verification::of_chain(file, authority) };
            let refusal = openssl::verify(&question).expect_err(found_in);
            assert!(refusal.contains("unsuitable certificate purpose"), "{found_in}: {refusal}");
        }
    }
    for stranger in strangers {
        openssl::verify(&Verification::of_chain(file, stranger)).expect_err(found_in);
    }
}
