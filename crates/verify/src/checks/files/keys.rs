//! Checks 3 and 7, of keys by themselves: whether any component can use them. A key that lies at several
//! places is told of once, at its certificate if there is one.

use std::collections::HashSet;

use kubepki_inspect::{
    artifact::Artifact,
    key::{KeyKind, PrivateKey, PublicHalf, PublicKey},
};

use super::{role_of, table::*};
use crate::{
    check::{Check, Finding, Part, Place},
    checks::authorities::WEAK_KEY,
    index::CertificateIndex,
    input::Input,
    read::ScannedFile,
    role::Role,
};

pub(super) fn run(input: &Input, index: &CertificateIndex<'_>) -> Vec<Finding> {
    let of_certificates = index.certificates.iter().map(|known| &known.facts.key);
    let mut told: HashSet<&PublicKey> =
        of_certificates.filter(|key| unusable(key.kind()).is_some()).collect();
    let mut findings = Vec::new();
    for file in &input.files {
        for artifact in file.contents.as_deref().unwrap_or_default() {
            let found = private_keys(file, artifact).filter_map(|(key, place)| {
                let (check, what) = of_private(input, file, key)?;
                let is_new = key.public_key().is_none_or(|public| told.insert(public));
                (is_new || !is_of_kind(check)).then(|| Finding::new(check, place, what))
            });
            findings.extend(found);
        }
    }
    for file in &input.files {
        for artifact in file.contents.as_deref().unwrap_or_default() {
            let Artifact::PublicKey(key) = artifact else { continue };
            if let Some((check, what)) = of_kind(input, file, key.kind())
                && told.insert(key)
            {
                findings.push(Finding::new(check, Place::file(&file.path), what));
            }
        }
    }
    findings
}

type KeyFault = Option<(&'static Check, String)>;

/// Whether a check is one of the key, wherever it lies, and not of how the file holds it.
fn is_of_kind(check: &Check) -> bool {
    *check != ENCRYPTED_KEY
}

/// The private keys of a file and of a kubeconfig, which has no file of its own for them.
fn private_keys<'a>(
    file: &'a ScannedFile,
    artifact: &'a Artifact,
) -> impl Iterator<Item = (&'a PrivateKey, Place)> {
    let (own, users) = match artifact {
        Artifact::PrivateKey(key) => (Some(&**key), None),
        Artifact::Kubeconfig(config) => (None, Some(&config.users)),
        _ => (None, None),
    };
    let own = own.map(|key| (key, Place::file(&file.path).part(Part::Key)));
    let users = users.into_iter().flatten().filter_map(|user| {
        let place = || Place::file(&file.path).part(Part::User(user.name.clone()));
        Some((user.key.as_ref()?.data()?, place()))
    });
    own.into_iter().chain(users)
}

fn of_private(input: &Input, file: &ScannedFile, key: &PrivateKey) -> KeyFault {
    match key.public() {
        PublicHalf::Encrypted => {
            Some((&ENCRYPTED_KEY, "no component can ask for its passphrase".into()))
        }
        PublicHalf::Known(public) => of_kind(input, file, public.kind()),
        PublicHalf::Missing(kind) => of_kind(input, file, kind),
    }
}

fn of_kind(input: &Input, file: &ScannedFile, kind: &KeyKind) -> KeyFault {
    let is_account = || role_of(input, &file.path) == Some(Role::ServiceAccount);
    match unusable(kind) {
        None if *kind == KeyKind::Ed25519 && is_account() => {
            Some((&SERVICE_ACCOUNT_KEY_KIND, format!("it is {kind}; RSA and ECDSA sign tokens")))
        }
        found => found,
    }
}

/// What is wrong with any key of this kind.
fn unusable(kind: &KeyKind) -> KeyFault {
    match kind {
        KeyKind::Rsa { bits } if *bits < 2048 => {
            Some((&WEAK_KEY, format!("its RSA key has {bits} bits")))
        }
        kind if !kind.is_known_to_go() => Some((&UNSUPPORTED_KEY, format!("it is {kind}"))),
        _ => None,
    }
}
