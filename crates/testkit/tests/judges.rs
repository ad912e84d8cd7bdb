//! The judges of certificates, proven on certificates that openssl made: each accepts what is
//! right and refuses what is wrong, for the reason that is wrong.

#![allow(clippy::disallowed_methods, reason = "a test makes its own files")]

use std::path::{Path, PathBuf};

use kubepki_testkit::{Verification, certtool, openssl, pkilint};

const NAMES: &str = "subjectAltName=DNS:api.example.com,DNS:kubernetes,IP:10.32.0.1,IP:::1";

#[test]
fn the_right_chain_is_verified_for_each_name() {
    let pki = Pki::new();
    let addresses = ["10.32.0.1".parse().unwrap(), "::1".parse().unwrap()];
    let hosts = ["api.example.com", "kubernetes"];
    let question = Verification::of_server(&pki.leaf, &pki.authority, &hosts, &addresses);
    openssl::verify(&question).unwrap();
    certtool::verify(&question).unwrap();
    let itself = Verification::of_chain(&pki.authority, &pki.authority);
    openssl::verify(&itself).unwrap();
    certtool::verify(&itself).unwrap();
}

#[test]
fn a_wrong_authority_purpose_or_name_is_refused() {
    let pki = Pki::new();
    let addresses = ["10.32.0.2".parse().unwrap()];
    let right = Verification::of_server(&pki.leaf, &pki.authority, &[], &[]);
    let cases = [
        Verification { authority: &pki.stranger, ..right },
        Verification::of_client(&pki.leaf, &pki.authority),
        // A right name after the wrong one: each is asked for.
        Verification { hosts: &["kubernetes.default", "kubernetes"], ..right },
        Verification { addresses: &addresses, ..right },
    ];
    for case in cases {
        openssl::verify(&case).expect_err(&format!("openssl accepts {case:?}"));
        certtool::verify(&case).expect_err(&format!("certtool accepts {case:?}"));
    }
}

#[test]
fn keys_requests_and_texts_are_read() {
    let pki = Pki::new();
    assert!(openssl::key_matches(&pki.leaf.with_extension("key"), &pki.leaf));
    assert!(!openssl::key_matches(&pki.authority.with_extension("key"), &pki.leaf));
    // OpenSSL 3.2 and later write names without the spaces.
    let spaceless = |text: String| text.replace(" = ", "=");
    assert!(spaceless(openssl::text(&pki.leaf)).contains("Subject: CN=leaf"));

    let (key, request) = (pki.path("jane.key"), pki.path("jane.csr"));
    openssl::new_request(&key, &request, "/O=dev/O=oncall/CN=jane", &["DNS:jane.example.com"]);
    let text = spaceless(openssl::request_text(&request).unwrap());
    assert!(text.contains("O=dev, O=oncall, CN=jane"), "{text}");
    assert!(text.contains("DNS:jane.example.com"), "{text}");
    openssl::request_text(&key).unwrap_err();
}

#[test]
fn pkilint_finds_what_is_wrong_and_allows_what_is_listed() {
    let pki = Pki::new();
    let task = |certificate: &Path, issuer: &Path| pkilint::Task {
        certificate: certificate.to_owned(),
        issuer: Some(issuer.to_owned()),
    };
    let right = pkilint::lint(&[task(&pki.leaf, &pki.authority)]);
    right.expect_clean_with_all_entries_used();
    assert_eq!(right.findings.len(), 1, "the name `kubernetes`, allowed: {:#?}", right.findings);
    assert!(!pkilint::lint(&[task(&pki.authority, &pki.authority)]).unused.is_empty());

    let wrong = pkilint::lint(&[task(&pki.leaf, &pki.stranger), task(&pki.bad, &pki.authority)]);
    let codes: Vec<_> = wrong.refused().iter().map(|finding| finding.code.as_str()).collect();
    assert!(codes.contains(&"pkix.signature_verification_failed"), "{codes:?}");
    // Two empty labels are no single label: the allow-list does not cover them.
    assert!(codes.contains(&"pkix.invalid_domain_name_syntax"), "{codes:?}");
}

/// A CA, a server certificate of it, one with a bad name, and a CA that signed neither.
struct Pki {
    folder: tempfile::TempDir,
    authority: PathBuf,
    leaf: PathBuf,
    bad: PathBuf,
    stranger: PathBuf,
}

impl Pki {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let at = |name: &str| folder.path().join(name);
        let (authority, leaf, bad, stranger) =
            (at("ca.crt"), at("leaf.crt"), at("bad.crt"), at("stranger.crt"));
        for (certificate, name) in [(&authority, "/CN=ca"), (&stranger, "/CN=stranger")] {
            let use_ = ["basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign"];
            make(certificate, name, None, &use_);
        }
        let use_ = ["basicConstraints=critical,CA:FALSE", "keyUsage=critical,digitalSignature"];
        for (certificate, names) in [(&leaf, NAMES), (&bad, "subjectAltName=DNS:bad..example.com")]
        {
            let of_a_server = [use_[0], use_[1], "extendedKeyUsage=serverAuth", names];
            make(certificate, "/CN=leaf", Some(&authority), &of_a_server);
        }
        Self { folder, authority, leaf, bad, stranger }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

/// Makes a P-256 certificate and its key, with exactly the extensions given and the two key
/// identifiers.
fn make(certificate: &Path, subject: &str, issuer: Option<&Path>, extensions: &[&str]) {
    let text = |path: &Path| path.to_str().expect("a UTF-8 path").to_owned();
    let key = text(&certificate.with_extension("key"));
    let config = certificate.with_extension("conf");
    let extensions = extensions.join("\n");
    let identifiers = "subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid";
    let sections = "[req]\ndistinguished_name=dn\n[dn]\n[extensions]";
    std::fs::write(&config, format!("{sections}\n{identifiers}\n{extensions}\n"))
        .expect("a writable folder");
    let (config, certificate) = (text(&config), text(certificate));
    let mut arguments =
        vec!["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"];
    arguments.extend(["-nodes", "-days", "30", "-subj", subject, "-config", &config]);
    arguments.extend(["-extensions", "extensions", "-keyout", &key, "-out", &certificate]);
    let issuer = issuer.map(|issuer| (text(issuer), text(&issuer.with_extension("key"))));
    if let Some((certificate, key)) = &issuer {
        arguments.extend(["-CA", certificate, "-CAkey", key]);
    }
    openssl::run(&arguments).expect_success();
}
