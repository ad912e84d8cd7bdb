//! Requests and who signs them.

use std::{path::PathBuf, sync::LazyLock};

use kubepki_testkit::openssl;
use ring::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _},
};

use crate::bytes::{oid, pem, sequence, tlv};

/// A request as a file of this folder.
#[derive(Clone)]
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) what: String,
    pub(crate) profile: &'static str,
    pub(crate) expect: String,
    pub(crate) text: Vec<u8>,
}

pub(crate) fn case(
    profile: &'static str,
    name: &str,
    expect: &str,
    what: &str,
    text: Vec<u8>,
) -> Case {
    let (name, what, expect) = (name.to_owned(), what.to_owned(), expect.to_owned());
    Case { name, what, profile, expect, text }
}

/// The CertificationRequestInfo.
pub(crate) fn info(subject: &[u8], spki: &[u8], attributes: &[Vec<u8>]) -> Vec<u8> {
    sequence(&[&tlv(2, &[&[0]]), subject, spki, &tlv(0xa0, &[&attributes.concat()])])
}

/// The request around it.
pub(crate) fn signed(info: &[u8], algorithm: &[u8], signature: &[u8]) -> Vec<u8> {
    sequence(&[info, algorithm, &tlv(3, &[&[0], signature])])
}

/// A request of a P-256 key that is otherwise in order.
pub(crate) fn request(subject: &[u8], attributes: &[Vec<u8>]) -> Vec<u8> {
    pem("CERTIFICATE REQUEST", &request_der(subject, attributes))
}

pub(crate) fn request_der(subject: &[u8], attributes: &[Vec<u8>]) -> Vec<u8> {
    let info = info(subject, &p256_spki(), attributes);
    signed(&info, &ecdsa_sha256(), &p256_sign(&info))
}

pub(crate) fn ecdsa_sha256() -> Vec<u8> {
    sequence(&[&oid("1.2.840.10045.4.3.2")])
}

/// One key for all, which is written nowhere.
static P256: LazyLock<EcdsaKeyPair> = LazyLock::new(|| {
    let (random, kind) = (SystemRandom::new(), &ECDSA_P256_SHA256_ASN1_SIGNING);
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(kind, &random).unwrap();
    EcdsaKeyPair::from_pkcs8(kind, pkcs8.as_ref(), &random).unwrap()
});

pub(crate) fn p256_sign(message: &[u8]) -> Vec<u8> {
    P256.sign(&SystemRandom::new(), message).unwrap().as_ref().to_vec()
}

pub(crate) fn p256_point() -> Vec<u8> {
    P256.public_key().as_ref().to_vec()
}

pub(crate) fn p256_spki() -> Vec<u8> {
    ec_spki(&oid("1.2.840.10045.3.1.7"), &p256_point())
}

pub(crate) fn ec_spki(parameters: &[u8], point: &[u8]) -> Vec<u8> {
    sequence(&[&sequence(&[&oid("1.2.840.10045.2.1"), parameters]), &tlv(3, &[&[0], point])])
}

/// A key that openssl makes and signs with.
pub(crate) struct OpensslKey {
    folder: tempfile::TempDir,
}

impl OpensslKey {
    pub(crate) fn new(arguments: &[&str]) -> Self {
        let this = Self { folder: tempfile::tempdir().unwrap() };
        let key = this.path("key");
        let all: Vec<_> = ["genpkey"].iter().chain(arguments).copied().collect();
        openssl::run(&[all.as_slice(), &["-out", &key]].concat()).expect_success();
        this
    }

    pub(crate) fn spki(&self) -> Vec<u8> {
        let out = self.path("spki");
        openssl::run(&[
            "pkey",
            "-in",
            &self.path("key"),
            "-pubout",
            "-outform",
            "DER",
            "-out",
            &out,
        ])
        .expect_success();
        std::fs::read(out).unwrap()
    }

    /// A request that openssl makes itself.
    pub(crate) fn request(&self, arguments: &[&str]) -> Vec<u8> {
        let (key, out) = (self.path("key"), self.path("csr"));
        let all = ["req", "-new", "-key", &key, "-subj", "/O=dev/CN=joe", "-out", &out];
        openssl::run(&[&all, arguments].concat()).expect_success();
        std::fs::read(out).unwrap()
    }

    /// A signature over `message` with a digest such as `-md5`.
    pub(crate) fn sign(&self, digest: &str, message: &[u8]) -> Vec<u8> {
        let [message_path, out] = ["message", "signature"].map(|name| self.path(name));
        std::fs::write(&message_path, message).unwrap();
        let key = self.path("key");
        openssl::run(&["dgst", digest, "-sign", &key, "-out", &out, &message_path])
            .expect_success();
        std::fs::read(out).unwrap()
    }

    fn path(&self, name: &str) -> String {
        let path: PathBuf = self.folder.path().join(name);
        path.display().to_string()
    }
}
