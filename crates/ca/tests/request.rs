//! Requests from outside: openssl accepts what is made here, what openssl makes is read, and what
//! is broken, weak or forged is refused.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
#![allow(clippy::disallowed_methods, reason = "openssl reads files")]

use std::fs;

use kubepki_ca::{
    Error, KeyAlgorithm, KeyPair, RequestedName, SigningRequest, StringType, Subject,
    SubjectAltName, Wish,
};
use kubepki_testkit::openssl;
use proptest::prelude::*;
use tempfile::TempDir;

fn tested_algorithms() -> impl Iterator<Item = KeyAlgorithm> {
    let all = KeyAlgorithm::ALL.into_iter();
    all.filter(|algorithm| algorithm.can_be_generated() && algorithm.rsa_bits() != Some(4096))
}

fn subject() -> Subject {
    Subject {
        uid: Some("u-123".to_owned()),
        ..Subject::new("jané").with_organizations(["dev", "oncall", "a,b+c=d/e", "ops"])
    }
}

fn names() -> Vec<SubjectAltName> {
    ["a.example", "10.0.0.1", "fd00::1", "spiffe://a.example/b"].map(|n| n.parse().unwrap()).into()
}

#[test]
fn openssl_verifies_a_request_of_every_algorithm() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("a.csr");
    for algorithm in tested_algorithms() {
        let key = KeyPair::generate(algorithm).unwrap();
        let request = SigningRequest::create(&subject(), &names(), &key).unwrap();
        fs::write(&path, request.to_pem()).unwrap();
        let text = openssl::request_text(&path).unwrap();
        for part in [
            "O = dev, O = oncall, O = \"a,b+c=d/e\", O = ops, CN = jan\\C3\\A9, 1.3.6.1.4.1.57683.2 = u-123",
            "DNS:a.example, IP Address:10.0.0.1, IP Address:FD00:0:0:0:0:0:0:1, URI:spiffe://a.example/b",
        ] {
            assert!(text.contains(part), "{algorithm}: {part} is not in\n{text}");
        }
        let again = SigningRequest::from_pem(request.to_pem().as_bytes()).unwrap();
        assert_eq!(again.der(), request.der());
        let known: Vec<_> = names().into_iter().map(RequestedName::Known).collect();
        assert!(again.requested_names().eq(&known));
        assert_eq!(
            again.requested_subject().to_string(),
            "O=dev, O=oncall, O=a,b+c=d/e, O=ops, CN=jané, UID=u-123"
        );
        let mut attributes = again.requested_subject().attributes();
        assert!(attributes.all(|a| a.string_type == StringType::Utf8 && a.is_text));
    }
}

#[test]
fn what_openssl_asks_for_is_seen() {
    let folder = TempDir::new().unwrap();
    let [key, request] = ["a.key", "a.csr"].map(|name| folder.path().join(name));
    let extensions = "subjectAltName=DNS:x.example,email:a@b.example,dirName:d,RID:1.2.3.4\n\
                      basicConstraints=critical,CA:TRUE,pathlen:3\nkeyUsage=keyCertSign,cRLSign\n\
                      extendedKeyUsage=serverAuth,1.2.3.4\nnameConstraints=permitted;DNS:x\n";
    let config = folder.path().join("config");
    fs::write(
        &config,
        format!("[req]\ndistinguished_name=n\nreq_extensions=e\nprompt=no\n[n]\nO=a\nCN=jane\n[d]\nCN=x\n[e]\n{extensions}"),
    )
    .unwrap();
    let path = |path: &std::path::Path| path.display().to_string();
    openssl::run(&[
        "req",
        "-new",
        "-nodes",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-384",
        "-config",
        &path(&config),
        "-keyout",
        &path(&key),
        "-out",
        &path(&request),
        "-sha256",
    ])
    .expect_success();
    let request = SigningRequest::from_pem(&fs::read(&request).unwrap()).unwrap();
    assert_eq!(request.public_key().algorithm(), KeyAlgorithm::EcdsaP384);
    let wishes: Vec<_> =
        request.requested_extensions().iter().map(|e| format!("{:?}", e.wish)).collect();
    assert_eq!(wishes.len(), 5, "{wishes:#?}");
    assert!(wishes[1].contains("ca: true, path_length: Some(3)"), "{wishes:#?}");
    assert!(request.requested_extensions()[1].critical);
    let Wish::KeyUsage(usage) = &request.requested_extensions()[2].wish else {
        panic!("{wishes:?}")
    };
    assert_eq!(usage.to_string(), "keyCertSign, cRLSign");
    assert!(wishes[3].contains("ServerAuth, Other(\"1.2.3.4\")"), "{wishes:#?}");
    assert_eq!(request.requested_extensions()[4].wish, Wish::Other("nameConstraints".to_owned()));
    let kinds: Vec<_> = request.requested_names().map(|n| n.to_string()).collect();
    assert_eq!(kinds[..2], ["DNS:x.example", "email:a@b.example"]);
    assert!(kinds[2].starts_with("dirName:") && kinds[3].starts_with("registeredID:"), "{kinds:?}");
}

#[test]
fn no_changed_octet_goes_unseen() {
    let key = KeyPair::generate(KeyAlgorithm::EcdsaP256).unwrap();
    let request = SigningRequest::create(&subject(), &names(), &key).unwrap();
    let mut survivors = Vec::new();
    for position in 0..request.der().len() {
        for mask in [0x01, 0x80, 0xff] {
            let mut der = request.der().to_vec();
            der[position] ^= mask;
            if SigningRequest::from_der(&der).is_ok() {
                survivors.push((position, mask));
            }
        }
    }
    assert_eq!(survivors, []);
}

#[test]
fn other_texts_are_refused_with_their_reason() {
    let key = KeyPair::generate(KeyAlgorithm::EcdsaP256).unwrap();
    let request = SigningRequest::create(&subject(), &[], &key).unwrap();
    let pem = request.to_pem();
    let refused = |text: &[u8]| SigningRequest::from_pem(text).unwrap_err().to_string();
    let key_pem = key.to_pem();
    assert!(refused(key_pem.as_bytes()).contains("it holds PRIVATE KEY"));
    assert!(refused(b"").ends_with("it is empty"));
    assert!(refused(request.der()).contains("is DER, of which `openssl req -inform DER`"));
    assert!(refused(&pem.as_bytes()[..pem.len() - 40]).contains("no END line"));
    assert!(refused(format!("{pem}{pem}").as_bytes()).contains("more than one"));
    assert!(refused(&vec![b'\n'; SigningRequest::MAX_SIZE + 1]).contains("larger than 65536"));
    let trailing = [request.der(), &[0x05, 0x00]].concat();
    let error = SigningRequest::from_der(&trailing).unwrap_err();
    assert!(matches!(error, Error::Malformed { .. }) && error.to_string().contains("follow"));
    for length in 0..request.der().len() {
        assert!(SigningRequest::from_der(&request.der()[..length]).is_err(), "{length} octets");
    }
    let java = pem.replace(" CERTIFICATE REQUEST", " NEW CERTIFICATE REQUEST");
    assert_eq!(SigningRequest::from_pem(java.as_bytes()).unwrap().to_pem(), pem);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Any subject that may be written is read back by our reader, x509-parser and openssl.
    #[test]
    fn any_subject_survives(
        common_name in text(),
        organizations in prop::collection::vec(text(), 0..6),
        uid in prop::option::of(text()),
    ) {
        let subject = Subject { common_name, organizations, uid };
        let key = KeyPair::generate(KeyAlgorithm::EcdsaP256).unwrap();
        let request = SigningRequest::create(&subject, &[], &key).unwrap();
        let mut values: Vec<_> = subject.organizations.clone();
        values.push(subject.common_name.clone());
        values.extend(subject.uid.clone());
        let read: Vec<_> =
            request.requested_subject().attributes().map(|a| a.value.clone()).collect();
        prop_assert_eq!(&read, &values);

        use x509_parser::prelude::{FromDer, X509CertificationRequest};
        let (_, parsed) = X509CertificationRequest::from_der(request.der()).unwrap();
        parsed.verify_signature().unwrap();
        let name = &parsed.certification_request_info.subject;
        let read: Vec<_> = name.iter_attributes().map(|a| a.as_str().unwrap().to_owned()).collect();
        prop_assert_eq!(&read, &values);

        let folder = TempDir::new().unwrap();
        let path = folder.path().join("a.csr");
        fs::write(&path, request.to_pem()).unwrap();
        let shown = openssl::run(&[
            "req", "-noout", "-subject", "-nameopt", "multiline,-esc_msb,-esc_ctrl,utf8,-align",
            "-verify", "-in", &path.display().to_string(),
        ]);
        prop_assert!(shown.succeeded() && shown.stderr.contains("OK"), "{:?}", shown);
        let read: Vec<_> = shown
            .stdout
            .split('\n')
            .filter_map(|line| Some(line.strip_prefix("    ")?.split_once(" = ")?.1.to_owned()))
            .collect();
        prop_assert_eq!(&read, &values);
    }

    /// Nothing that is fed to the reader makes it panic.
    #[test]
    fn any_octets_are_an_error(octets in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(SigningRequest::from_der(&octets).is_err());
        prop_assert!(SigningRequest::from_pem(&octets).is_err());
    }
}

/// Anything that a certificate of ours may say, but for line separators that no parser of
/// openssl's output could tell from its own.
fn text() -> impl Strategy<Value = String> {
    let ascii = "[ -~]{1,64}";
    let any = proptest::collection::vec(any::<char>(), 1..64)
        .prop_map(|c| c.into_iter().filter(|c| !c.is_control()).collect::<String>());
    prop_oneof![ascii, any.prop_filter("empty", |text| !text.is_empty())]
}
