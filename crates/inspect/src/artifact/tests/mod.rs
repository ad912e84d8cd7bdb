//! Everything is made by the real openssl, and read in every form it writes.
#![expect(clippy::disallowed_methods, reason = "tests write and read files")]

use std::{fs, path::Path};

use base64::{Engine, engine::general_purpose::STANDARD};
use kubepki_testkit::openssl;

use super::*;
use crate::key::PublicHalf;

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).display().to_string()
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(Path::new(&self.path(name))).unwrap()
    }

    /// Runs openssl with `%name` for the paths of files here.
    fn openssl(&self, arguments: &str) {
        let arguments: Vec<_> = arguments
            .split_whitespace()
            .map(|it| it.strip_prefix('%').map_or(it.to_owned(), |name| self.path(name)))
            .collect();
        openssl::run(&arguments.iter().map(String::as_str).collect::<Vec<_>>()).expect_success();
    }

    /// A self-signed certificate `NAME.crt` with its key `NAME.key`.
    fn certificate(&self, name: &str) {
        let new = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";
        self.openssl(&format!(
            "req -x509 {new} -subj /CN={name} -keyout %{name}.key -out %{name}.crt"
        ));
    }
}

fn kinds(bytes: &[u8]) -> Vec<&'static str> {
    read(bytes).unwrap().iter().map(Artifact::kind).collect()
}

fn error(bytes: &[u8]) -> String {
    read(bytes).unwrap_err().to_string()
}

fn public(bytes: &[u8]) -> PublicKey {
    match &read(bytes).unwrap()[..] {
        [Artifact::PublicKey(key)] => key.clone(),
        [Artifact::PrivateKey(key)] => key.public_key().unwrap().clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_certificate_is_read_in_every_form() {
    let folder = Folder::new();
    folder.certificate("a");
    folder.certificate("b");
    folder.openssl("x509 -in %a.crt -outform DER -out %a.der");
    folder.openssl("x509 -in %a.crt -text -out %text.crt");
    let (a, b, key) = (folder.read("a.crt"), folder.read("b.crt"), folder.read("a.key"));
    let windows = String::from_utf8(a.clone()).unwrap().replace('\n', "\r\n");
    let marked = [b"\xef\xbb\xbf".as_slice(), &a].concat();
    for form in [&a, &folder.read("a.der"), &folder.read("text.crt"), &windows.into(), &marked] {
        let found = read(form).unwrap();
        let [Artifact::Certificate(found)] = &found[..] else { panic!("{found:?}") };
        assert_eq!(found.subject().common_name, "a");
    }
    // As in kubelet-client-current.pem, and as in a bundle.
    assert_eq!(kinds(&[a.clone(), key].concat()), ["a certificate", "a private key"]);
    assert_eq!(kinds(&[a, b].concat()), ["a certificate", "a certificate"]);
}

#[test]
fn every_form_of_a_private_key_gives_its_public_half() {
    let folder = Folder::new();
    for (name, making) in [
        ("p256", "EC -pkeyopt ec_paramgen_curve:P-256"),
        ("p384", "EC -pkeyopt ec_paramgen_curve:P-384"),
        ("p521", "EC -pkeyopt ec_paramgen_curve:P-521"),
        ("rsa", "RSA -pkeyopt rsa_keygen_bits:2048"),
        ("weak", "RSA -pkeyopt rsa_keygen_bits:1024"),
        ("ed25519", "ED25519"),
    ] {
        folder.openssl(&format!("genpkey -algorithm {making} -out %{name}.key"));
        folder.openssl(&format!("pkey -in %{name}.key -pubout -out %{name}.pub"));
        folder.openssl(&format!("pkey -in %{name}.key -outform DER -out %{name}.key.der"));
        folder.openssl(&format!("pkey -in %{name}.key -pubout -outform DER -out %{name}.pub.der"));
        let wanted = public(&folder.read(&format!("{name}.pub")));
        for form in [".key", ".key.der", ".pub.der"] {
            assert_eq!(public(&folder.read(&format!("{name}{form}"))), wanted, "{name}{form}");
        }
        if name != "ed25519" {
            folder.openssl(&format!("pkey -in %{name}.key -traditional -out %{name}.old"));
            assert_eq!(public(&folder.read(&format!("{name}.old"))), wanted, "{name}.old");
        }
    }
    let shown = |name| public(&folder.read(name)).to_string();
    assert_eq!(shown("p256.key"), "ecdsa-p256");
    assert_eq!(shown("p521.old"), "ecdsa-p521");
    assert_eq!(shown("weak.key"), "rsa-1024");
    assert_eq!(shown("ed25519.key.der"), "ed25519");
    assert_ne!(shown("rsa.key"), shown("weak.key"));
}

#[test]
fn an_encrypted_key_is_known_as_one() {
    let folder = Folder::new();
    folder.openssl("genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out %a.key");
    folder.openssl("pkey -in %a.key -aes256 -passout pass:secret -out %new.key");
    folder.openssl("rsa -in %a.key -aes256 -passout pass:secret -traditional -out %old.key");
    folder.openssl("pkcs8 -topk8 -in %a.key -outform DER -passout pass:secret -out %a.der");
    for name in ["new.key", "old.key", "a.der"] {
        let found = read(&folder.read(name)).unwrap();
        let [Artifact::PrivateKey(key)] = &found[..] else { panic!("{name}: {found:?}") };
        assert_eq!(key.public(), &PublicHalf::Encrypted, "{name}");
    }
}

#[test]
fn requests_lists_and_containers_are_told_apart() {
    let folder = Folder::new();
    folder.certificate("ca");
    folder.openssl("req -new -key %ca.key -subj /CN=jane -out %jane.csr");
    folder.openssl("req -in %jane.csr -outform DER -out %jane.csr.der");
    folder.openssl("pkcs12 -export -in %ca.crt -inkey %ca.key -passout pass:x -out %ca.p12");
    fs::write(folder.path("index.txt"), "").unwrap();
    let config = format!("[ca]\ndefault_ca=d\n[d]\ndatabase={}\n", folder.path("index.txt"));
    fs::write(folder.path("ca.conf"), config).unwrap();
    folder.openssl(
        "ca -gencrl -config %ca.conf -md sha256 -crldays 7 -keyfile %ca.key -cert %ca.crt -out %ca.crl",
    );
    folder.openssl("crl -in %ca.crl -outform DER -out %ca.crl.der");
    for (name, kind) in [
        ("jane.csr", "a certificate request"),
        ("jane.csr.der", "a certificate request"),
        ("ca.p12", "a PKCS#12 container"),
        ("ca.crl", "a revocation list"),
        ("ca.crl.der", "a revocation list"),
    ] {
        assert_eq!(kinds(&folder.read(name)), [kind], "{name}");
    }
}

#[test]
fn what_is_broken_is_named() {
    let folder = Folder::new();
    folder.certificate("a");
    let pem = String::from_utf8(folder.read("a.crt")).unwrap();
    folder.openssl("x509 -in %a.crt -outform DER -out %a.der");
    let der = folder.read("a.der");

    assert_eq!(read(b"").unwrap_err(), ReadError::Empty);
    assert_eq!(read(b" \r\n").unwrap_err(), ReadError::Empty);
    assert_eq!(read(b"hello").unwrap_err(), ReadError::Unknown);
    assert_eq!(
        read(&vec![b' '; MAX_SIZE + 1]).unwrap_err(),
        ReadError::TooLarge { limit: MAX_SIZE }
    );
    assert!(matches!(
        read(&der[..der.len() / 2]).unwrap_err(),
        ReadError::Truncated { wanted, actual } if wanted == der.len() && actual == der.len() / 2
    ));
    assert!(error(&[der.clone(), der.clone()].concat()).contains("bytes follow it"));
    assert!(
        error(&pem.as_bytes()[..pem.len() / 2])
            .contains("line 1: a section begins here and has no END")
    );
    assert!(
        error(pem.replace("MII", "!II").as_bytes())
            .contains("line 1: a section begins here that is not base64")
    );
    assert!(
        error(pem.replace("-----BEGIN CERTIFICATE-----", "-----BEGIN CERTIFICATE----").as_bytes())
            .contains("BEGIN line is broken")
    );
    assert!(error(format!("\n {pem}").as_bytes()).contains("line 2: the BEGIN line is indented"));
    assert!(error(STANDARD.encode(&pem).as_bytes()).contains("it is base64 of a PEM text"));
    assert!(error(STANDARD.encode(&der).as_bytes()).contains("it is base64 of DER"));
    let spoilt = pem.replace("MII", "MIJ");
    assert!(
        error(spoilt.as_bytes()).contains("the certificate on line 1 cannot be read"),
        "{}",
        error(spoilt.as_bytes())
    );
    // A certificate's text under a key's label, and the other way round.
    let mislabelled = pem.replace("CERTIFICATE", "PRIVATE KEY");
    assert!(error(mislabelled.as_bytes()).contains("the private key on line 1 cannot be read"));
}

#[test]
fn no_prefix_of_anything_panics() {
    let folder = Folder::new();
    folder.certificate("a");
    folder.openssl("pkey -in %a.key -outform DER -out %key.der");
    folder.openssl("x509 -in %a.crt -outform DER -out %crt.der");
    for name in ["a.crt", "a.key", "key.der", "crt.der"] {
        let whole = folder.read(name);
        for end in 0..whole.len() {
            // Whether it is an error is of no matter: `CERTIFICATE` may be whole before its newline.
            let _ = read(&whole[..end]);
            let mut spoilt = whole.clone();
            spoilt[end] ^= 0x80;
            let _ = read(&spoilt);
        }
    }
}

#[test]
fn a_damaged_private_key_is_none() {
    let folder = Folder::new();
    for (name, making) in [("ec", "EC -pkeyopt ec_paramgen_curve:P-256"), ("rsa", "RSA")] {
        folder.openssl(&format!("genpkey -algorithm {making} -out %{name}.key"));
        folder.openssl(&format!("pkey -in %{name}.key -traditional -outform DER -out %{name}.der"));
        let mut der = folder.read(&format!("{name}.der"));
        let middle = if name == "ec" { 20 } else { der.len() - 20 };
        der[middle] ^= 1;
        assert!(error(&der).contains("do not fit together"), "{name}: {}", error(&der));
    }
}

#[test]
fn a_kubeconfig_shows_its_certificates_and_no_secret() {
    let folder = Folder::new();
    folder.certificate("a");
    let data = |name: &str| STANDARD.encode(folder.read(name));
    let text = format!(
        "apiVersion: v1
kind: Config
clusters: [{{name: c, cluster: {{server: 'https://[fd00::1]:6443', certificate-authority-data: {ca}}}}}]
users: [{{name: u, user: {{client-certificate: a.crt, client-key-data: {key}, token: s3cret}}}}]
contexts: [{{name: x, context: {{cluster: c, user: u}}}}]
current-context: x
",
        ca = data("a.crt"),
        key = data("a.key"),
    );
    let found = read(text.as_bytes()).unwrap();
    let [Artifact::Kubeconfig(file)] = &found[..] else { panic!("{found:?}") };
    let (cluster, user) = file.entries_of(file.context("x").unwrap());
    let (cluster, user) = (cluster.unwrap(), user.unwrap());
    let authority = cluster.authority.as_ref().unwrap().data().unwrap();
    assert_eq!(authority[0].subject().common_name, "a");
    assert!(
        matches!(&user.certificate, Some(crate::kubeconfig::FieldSource::Path(path)) if path == "a.crt")
    );
    assert_eq!(
        user.key.as_ref().unwrap().data().unwrap().public_key(),
        Some(&public(&folder.read("a.key")))
    );
    assert_eq!(user.others, ["token"]);
    assert!(!format!("{file:?}").contains("s3cret"));
    let server = crate::kubeconfig::Server::parse(&cluster.server).unwrap();
    assert_eq!((server.host.as_str(), server.port, server.tls), ("fd00::1", 6443, true));
    assert!(
        error(text.replace("name: c,", "nam: [").as_bytes()).contains("kubeconfig cannot be read")
    );
}
