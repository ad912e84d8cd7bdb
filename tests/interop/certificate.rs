//! What openssl reads in a certificate.

use std::{collections::BTreeSet, net::IpAddr, path::Path};

use kubepki_testkit::programs;

/// The parts of a certificate that the spec decides.
pub(crate) struct Certificate {
    /// The attributes of the subject in order, as `O=dev`.
    pub(crate) subject: Vec<String>,
    /// The names and addresses of the subjectAltName, which may hold nothing else.
    pub(crate) names: BTreeSet<String>,
    /// The key's algorithm by its name in the spec.
    pub(crate) key_algorithm: String,
}

impl Certificate {
    /// Has openssl read the first certificate of a file.
    pub(crate) fn read(file: &Path) -> Self {
        let mut command = programs::command("openssl");
        command.args(["x509", "-noout", "-text", "-nameopt", "sep_multiline,utf8", "-in"]);
        let text = programs::finish(
            {
                command.arg(file);
                command
            },
            b"",
        )
        .expect_success();
        let (_, rest) = text.split_once("Subject:\n").expect("a subject");
        let (subject, rest) = rest.split_once("Subject Public Key Info:\n").expect("a key");
        Self {
            subject: subject.trim_end().lines().map(|line| line.trim().to_owned()).collect(),
            names: names(rest),
            key_algorithm: key_algorithm(rest),
        }
    }
}

fn names(text: &str) -> BTreeSet<String> {
    let Some((_, names)) = text.split_once("Subject Alternative Name:") else {
        return BTreeSet::new();
    };
    let mut lines = names.lines();
    assert_eq!(lines.next().map(str::trim), Some(""), "not critical, as the subject is not empty");
    let name = |part: &str| match part.trim().split_once(':').expect("a kind of name") {
        ("DNS", name) => name.to_owned(),
        ("IP Address", address) => address.parse::<IpAddr>().unwrap().to_string(),
        other => panic!("neither a DNS name nor an address: {other:?}"),
    };
    lines.next().expect("names").split(',').map(name).collect()
}

fn key_algorithm(text: &str) -> String {
    let after = |mark| text.split_once(mark).map(|(_, rest): (_, &str)| rest);
    let word = after("Public Key Algorithm: ").and_then(|rest| rest.split_whitespace().next());
    let bits = after("Public-Key: (").and_then(|rest| rest.split(' ').next()).unwrap_or_default();
    match word {
        Some("ED25519") => "ed25519".to_owned(),
        Some("id-ecPublicKey") => format!("ecdsa-p{bits}"),
        Some("rsaEncryption") => format!("rsa-{bits}"),
        other => panic!("unknown: {other:?}"),
    }
}
