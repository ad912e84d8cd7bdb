//! Whether a file holds what its kind says: so that no text which a program of a host would run or
//! obey arrives as a certificate or kubeconfig. Shows no contents.

use kubepki_ca::{Certificate, PublicKey};
use kubepki_kubeconfig::{Kubeconfig, NamedUser};
use serde::Deserialize;

use crate::share::Part;

/// What is wrong with it.
pub(crate) fn defect(kind: Part, contents: &[u8]) -> Option<&'static str> {
    match kind {
        Part::Certificate => match Certificate::all_from_pem(contents) {
            Ok(all) if !all.is_empty() => None,
            _ => Some("holds no certificate"),
        },
        Part::Key if is_private_pem(contents) => None,
        Part::Key => Some("holds no private key"),
        Part::Public => {
            let is_one = PublicKey::from_pem(contents).is_ok()
                || Certificate::all_from_pem(contents).is_ok_and(|all| !all.is_empty());
            (!is_one).then_some("holds no public key")
        }
        Part::Kubeconfig => match Kubeconfig::parse(contents) {
            Ok(config) if config.users.iter().any(is_asked_for) => {
                Some("has a credential that a program is run for")
            }
            Ok(_) => None,
            Err(_) => Some("holds no kubeconfig"),
        },
        Part::Configuration => {
            (!is_encryption(contents)).then_some("holds no EncryptionConfiguration")
        }
    }
}

/// Whether a client would run a program for the credential: a host's is always in the file.
fn is_asked_for(user: &NamedUser) -> bool {
    ["exec", "auth-provider"].iter().any(|field| user.user.other.get(field).is_some())
}

/// Whether this is PEM of a private key, of whatever algorithm.
fn is_private_pem(contents: &[u8]) -> bool {
    let first = contents.trim_ascii_start().split(|byte| *byte == b'\n').next().unwrap_or_default();
    let label = first.trim_ascii_end().strip_prefix(b"-----BEGIN ");
    label.is_some_and(|it| it.ends_with(b"PRIVATE KEY-----") || it == b"EC PARAMETERS-----")
}

fn is_encryption(contents: &[u8]) -> bool {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Head {
        api_version: String,
        kind: String,
    }
    serde_yaml::from_slice::<Head>(contents).is_ok_and(|Head { api_version, kind }| {
        kind == "EncryptionConfiguration" && api_version.starts_with("apiserver.config.k8s.io/")
    })
}
