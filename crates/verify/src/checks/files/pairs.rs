//! What belongs together: `x.crt` and `x.key`, cfssl's `x.pem` and `x-key.pem`, both in one file,
//! and both in a kubeconfig.

use std::{borrow::Cow, collections::HashMap, ffi::OsStr, path::Path};

use kubepki_ca::Certificate;
use kubepki_inspect::{
    artifact::Artifact,
    key::PublicKey,
    kubeconfig::{FieldSource, UserEntry, beside},
};
use rayon::prelude::*;

use super::table::{KEY_MISMATCH, OWNER_DIFFERS};
use crate::{
    check::{Finding, Part, Place},
    index::CertificateIndex,
    input::{Holds, Input},
    read::ScannedFile,
    role,
};

pub(super) fn run(input: &Input, index: &CertificateIndex<'_>) -> Vec<Finding> {
    let pairs = Pairs { input, index };
    // By the letters of the paths: comparing them part by part takes longer than all the rest.
    let mut by_name: HashMap<(&OsStr, &str), Vec<&ScannedFile>> = HashMap::new();
    for file in &input.files {
        if file.contents.as_ref().is_ok_and(|artifacts| !artifacts.is_empty())
            && let (Some(folder), Some(stem)) = (file.path.parent(), role::stem(&file.path))
        {
            by_name.entry((folder.as_os_str(), stem)).or_default().push(file);
        }
    }
    let mut apart: Vec<[&ScannedFile; 2]> = Vec::new();
    // A spec may have a pair whose files lie or are named apart.
    for (path, expected) in &input.expected {
        let Holds::PrivateKey { of: Some(of) } = &expected.holds else { continue };
        let name = |path: &Path| Some((path.parent()?.to_owned(), role::stem(path)?.to_owned()));
        if (name(path).is_none() || name(path) != name(of))
            && let (Some(key), Some(of)) = (input.file(path), input.file(of))
        {
            apart.push([key, of]);
        }
    }
    let apart = apart.par_iter().flat_map_iter(|files| pairs.beside_each_other(files));
    let alone = input.files.par_iter().flat_map_iter(|file| pairs.in_one_file(file));
    let beside = by_name.par_iter().flat_map_iter(|(_, files)| pairs.beside_each_other(files));
    alone.chain(beside).chain(apart).collect()
}

struct Pairs<'a, 'b> {
    input: &'a Input,
    index: &'a CertificateIndex<'b>,
}

impl Pairs<'_, '_> {
    fn in_one_file(&self, file: &ScannedFile) -> Vec<Finding> {
        let artifacts = file.contents.as_deref().unwrap_or_default();
        let mut findings = Vec::new();
        for artifact in artifacts {
            if let Artifact::Kubeconfig(config) = artifact {
                findings.extend(config.users.iter().filter_map(|user| self.of_user(file, user)));
            }
        }
        if let Some(key) = private_key(file) {
            let mut certificates = certificates(file).peekable();
            let is_one =
                certificates.peek().is_none() || certificates.any(|it| *self.key_of(it) == *key);
            let what = "its certificate is for another key than the one that follows it";
            findings.extend(
                (!is_one).then(|| Finding::new(&KEY_MISMATCH, Place::file(&file.path), what)),
            );
        }
        findings
    }

    /// Files of one stem: a certificate or a public key, and private keys.
    fn beside_each_other(&self, files: &[&ScannedFile]) -> Vec<Finding> {
        let mut findings = Vec::new();
        for file in files {
            let Some(key) = private_key(file) else { continue };
            for other in files.iter().filter(|other| other.path != file.path) {
                let public: Vec<_> = self.publics(other);
                if public.is_empty() || private_key(other).is_some() {
                    continue;
                }
                let beside = other.path.file_name().unwrap_or_default().to_string_lossy();
                if !public.iter().any(|it| **it == *key) {
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
    fn publics<'c>(&'c self, file: &'c ScannedFile) -> Vec<Cow<'c, PublicKey>> {
        let mut certificates = certificates(file).peekable();
        let counted = match certificates.peek() {
            Some(first) if first.is_ca() => usize::MAX,
            _ => 1,
        };
        let of_certificates = certificates.take(counted).map(|it| self.key_of(it));
        let of_artifacts =
            file.contents.as_deref().unwrap_or_default().iter().filter_map(|it| match it {
                Artifact::PublicKey(key) => Some(Cow::Borrowed(key)),
                _ => None,
            });
        of_certificates.chain(of_artifacts).collect()
    }

    fn of_user(&self, file: &ScannedFile, user: &UserEntry) -> Option<Finding> {
        let leaf: &Certificate = match user.certificate.as_ref()? {
            FieldSource::Data(data) => data.as_ref().ok()?.first()?,
            FieldSource::Path(path) => {
                self.input.certificates(&beside(&file.path, path)).first()?
            }
        };
        let key = match user.key.as_ref()? {
            FieldSource::Data(key) => key.as_ref().ok()?.public_key()?,
            FieldSource::Path(path) => private_key(self.input.file(&beside(&file.path, path))?)?,
        };
        let place = || Place::file(&file.path).part(Part::User(user.name.clone()));
        let what = "its client key does not belong to its client certificate";
        (*self.key_of(leaf) != *key).then(|| Finding::new(&KEY_MISMATCH, place(), what))
    }

    /// The public key of a certificate, which the index knows of every one.
    fn key_of(&self, certificate: &Certificate) -> Cow<'_, PublicKey> {
        match self.index.get(certificate) {
            Some(known) => Cow::Borrowed(&known.facts.key),
            None => Cow::Owned(PublicKey::of(certificate)),
        }
    }
}

fn certificates(file: &ScannedFile) -> impl Iterator<Item = &Certificate> {
    let artifacts = file.contents.as_deref().unwrap_or_default().iter();
    artifacts.filter_map(|artifact| match artifact {
        Artifact::Certificate(certificate) => Some(&**certificate),
        _ => None,
    })
}

fn private_key(file: &ScannedFile) -> Option<&PublicKey> {
    file.contents.as_deref().ok()?.iter().find_map(|artifact| match artifact {
        Artifact::PrivateKey(key) => key.public_key(),
        _ => None,
    })
}
