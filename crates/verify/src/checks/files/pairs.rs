//! What belongs together: `x.crt` and `x.key`, cfssl's `x.pem` and `x-key.pem`, both in one file,
//! and both in a kubeconfig.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use kubepki_ca::Certificate;

use super::table::{KEY_MISMATCH, OWNER_DIFFERS};
use crate::{
    artifact::Artifact,
    check::{Finding, Part, Place},
    index::Facts,
    key::PublicKey,
    kubeconfig::{Given, UserEntry, beside},
    read::ScannedFile,
    role,
    world::World,
};

pub(super) fn run(world: &World) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut by_name: BTreeMap<(&Path, &str), Vec<&ScannedFile>> = BTreeMap::new();
    for file in &world.files {
        let artifacts = file.contents.as_deref().unwrap_or_default();
        findings.extend(in_one_file(world, file));
        for artifact in artifacts {
            if let Artifact::Kubeconfig(config) = artifact {
                findings.extend(config.users.iter().filter_map(|user| of_user(world, file, user)));
            }
        }
        if !artifacts.is_empty()
            && let (Some(folder), Some(stem)) = (file.path.parent(), role::stem(&file.path))
        {
            by_name.entry((folder, stem)).or_default().push(file);
        }
    }
    findings.extend(by_name.values().flat_map(|files| beside_each_other(world, files)));
    findings
}

fn in_one_file(world: &World, file: &ScannedFile) -> Option<Finding> {
    let (leaf, key) = (world.certificates(&file.path), private_key(file)?);
    let is_one = leaf.is_empty() || leaf.iter().any(|it| Facts::key_of(it) == *key);
    let what = || "its certificate is for another key than the one that follows it";
    (!is_one).then(|| Finding::new(&KEY_MISMATCH, Place::file(&file.path), what()))
}

/// Files of one stem: a certificate or a public key, and private keys.
fn beside_each_other(world: &World, files: &[&ScannedFile]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in files {
        let Some(key) = private_key(file) else { continue };
        for other in files.iter().filter(|other| other.path != file.path) {
            let public: Vec<_> = publics(world, other);
            if public.is_empty() || private_key(other).is_some() {
                continue;
            }
            let beside = other.path.file_name().unwrap_or_default().to_string_lossy();
            if !public.contains(key) {
                let what = format!("it is not the key of `{beside}` beside it");
                findings.push(Finding::new(&KEY_MISMATCH, Place::file(&file.path), what));
            }
            if other.uid != file.uid {
                let what = format!(
                    "it belongs to user {}, and `{beside}` to user {}",
                    file.uid, other.uid
                );
                findings.push(Finding::new(&OWNER_DIFFERS, Place::file(&file.path), what));
            }
        }
    }
    findings
}

/// The public keys that a file shows: of a CA's file any certificate counts, of others the first.
fn publics(world: &World, file: &ScannedFile) -> Vec<PublicKey> {
    let certificates = world.certificates(&file.path);
    let counted = match certificates.first() {
        Some(first) if first.is_ca() => certificates.len(),
        _ => 1,
    };
    let of_certificates = certificates.into_iter().take(counted).map(|it| Facts::key_of(it));
    let of_artifacts =
        file.contents.as_deref().unwrap_or_default().iter().filter_map(|it| match it {
            Artifact::PublicKey(key) => Some(key.clone()),
            _ => None,
        });
    of_certificates.chain(of_artifacts).collect()
}

fn private_key(file: &ScannedFile) -> Option<&PublicKey> {
    file.contents.as_deref().ok()?.iter().find_map(|artifact| match artifact {
        Artifact::PrivateKey(key) => key.public_key(),
        _ => None,
    })
}

fn of_user(world: &World, file: &ScannedFile, user: &UserEntry) -> Option<Finding> {
    let certificates: Vec<&Arc<Certificate>> = match user.certificate.as_ref()? {
        Given::Data(data) => data.as_ref().ok()?.iter().collect(),
        Given::Path(path) => world.certificates(&beside(&file.path, path)),
    };
    let key = match user.key.as_ref()? {
        Given::Data(key) => key.as_ref().ok()?.public_key()?,
        Given::Path(path) => private_key(world.file(&beside(&file.path, path))?)?,
    };
    let leaf = certificates.first()?;
    let place = Place::file(&file.path).part(Part::User(user.name.clone()));
    let what = "its client key does not belong to its client certificate";
    (Facts::key_of(leaf) != *key).then(|| Finding::new(&KEY_MISMATCH, place, what))
}
