//! Checks 1 to 3: what a file is, who may touch it, and whether a key belongs to its certificate.

mod keys;
mod pairs;
mod table;

use std::{collections::HashSet, ffi::OsStr, path::Path};

use kubepki_inspect::{
    artifact::{Artifact, Form, ReadError},
    kubeconfig::{FieldSource, KubeconfigFile},
};
use rayon::prelude::*;

use self::table::*;
pub(crate) use self::table::{CHECKS, UNREADABLE, UNSUPPORTED_KEY};
use crate::{
    check::{Check, Finding, Place},
    index::CertificateIndex,
    input::{Holds, Input},
    read::ScannedFile,
    role::{self, Role},
};

pub(crate) fn run(input: &Input, index: &CertificateIndex<'_>) -> Vec<Finding> {
    let of_files = input.files.par_iter().flat_map_iter(|file| of_file(input, file));
    let mut findings: Vec<_> = of_files.collect();
    findings.extend(folders(input));
    findings.extend(pairs::run(input, index));
    findings.extend(keys::run(input, index));
    findings
}

fn of_file(input: &Input, file: &ScannedFile) -> Vec<Finding> {
    let mut findings = Vec::new();
    match &file.contents {
        Err(ReadError::Unknown) if is_foreign(input, file) => {
            let what = "it holds neither PEM nor DER, and nothing else says that it is of a PKI";
            findings.push(Finding::new(&FOREIGN_KEY, Place::file(&file.path), what));
        }
        Err(error) => findings.push(unreadable(file, error)),
        Ok(artifacts) if !artifacts.is_empty() || file.form.is_some() => {
            findings.extend(written(input, file, artifacts));
            findings.extend(mode(file, artifacts));
        }
        // It is no part of a PKI, and as secret as a key.
        Ok(_) if role_of(input, &file.path) == Some(Role::EncryptionConfig) => {
            findings.extend(too_open(file, "the keys that encrypt Secrets"));
        }
        Ok(_) => {}
    }
    findings
}

/// Whether a file is named as a key and nothing else says that it is one of a PKI: disks and backups
/// have keys, too.
fn is_foreign(input: &Input, file: &ScannedFile) -> bool {
    let has_beside = || {
        let endings = ["cer", "crt", "pem", "pub"];
        endings.iter().any(|ending| input.file(&file.path.with_extension(ending)).is_some())
    };
    has_ending(&file.path, &["key"])
        && !input.expected.contains_key(&file.path)
        && role_of(input, &file.path).is_none()
        && !has_beside()
}

fn unreadable(file: &ScannedFile, error: &ReadError) -> Finding {
    let check = match error {
        ReadError::Encoded { .. } => &DOUBLE_BASE64,
        _ => &UNREADABLE,
    };
    // A cause of the error says where in a kubeconfig it is.
    let cause = std::error::Error::source(error).map(ToString::to_string);
    let what = match cause {
        Some(cause) if !error.to_string().contains(&cause) => format!("{error}: {cause}"),
        _ => error.to_string(),
    };
    Finding::new(check, Place::file(&file.path), what)
}

/// Whether the file is written as the spec or its name and its readers want it.
fn written(input: &Input, file: &ScannedFile, artifacts: &[Artifact]) -> Option<Finding> {
    let is = |endings: &[&str]| has_ending(&file.path, endings);
    let found = |check, what: String| Some(Finding::new(check, Place::file(&file.path), what));
    let (who, wanted) = match input.expected.get(&file.path) {
        Some(expected) => ("the spec", FileContent::of(&expected.holds)),
        None if is(&["crt", "cer"]) => ("its name", Some(FileContent::Certificate)),
        None if is(&["key"]) => ("its name", Some(FileContent::PrivateKey)),
        None => ("its name", None),
    };
    if let Some(wanted) = wanted.filter(|wanted| !artifacts.iter().any(|it| wanted.is(it))) {
        let held = artifacts.first().map_or("nothing of a PKI", Artifact::kind);
        let wanted = wanted.name();
        return found(
            &WRONG_KIND,
            format!("{who} says that it holds {wanted}, and it holds {held}"),
        );
    }
    match file.form {
        Some(Form::Der) if is(&["crt", "key", "pem", "pub"]) => found(
            &DER_NOT_PEM,
            "it is DER, and nothing that reads it takes anything but PEM".into(),
        ),
        Some(Form::Pem { old_label: true, .. }) => found(
            &OLD_LABEL,
            "its label is `X509 CERTIFICATE`, and Go reads `CERTIFICATE` alone".into(),
        ),
        Some(Form::Pem { byte_order_mark: true, .. }) => found(
            &BYTE_ORDER_MARK,
            "it begins with a byte order mark, which hides its first section from Go".into(),
        ),
        _ => None,
    }
}

/// What a file has to hold.
#[derive(Clone, Copy)]
enum FileContent {
    Certificate,
    Kubeconfig,
    PrivateKey,
    PublicKey,
}

impl FileContent {
    const fn of(holds: &Holds) -> Option<Self> {
        match holds {
            Holds::Certificate => Some(Self::Certificate),
            Holds::Kubeconfig { .. } => Some(Self::Kubeconfig),
            Holds::Plain(_) => None,
            Holds::PrivateKey { .. } => Some(Self::PrivateKey),
            Holds::PublicKey => Some(Self::PublicKey),
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Certificate => "a certificate",
            Self::Kubeconfig => "a kubeconfig",
            Self::PrivateKey => "a private key",
            Self::PublicKey => "a public key",
        }
    }

    const fn is(self, artifact: &Artifact) -> bool {
        match self {
            Self::Certificate => matches!(artifact, Artifact::Certificate(_)),
            Self::Kubeconfig => matches!(artifact, Artifact::Kubeconfig(_)),
            Self::PrivateKey => matches!(artifact, Artifact::PrivateKey(_)),
            Self::PublicKey => matches!(artifact, Artifact::PublicKey(_)),
        }
    }
}

fn mode(file: &ScannedFile, artifacts: &[Artifact]) -> Option<Finding> {
    let holds =
        if artifacts.iter().any(|it| matches!(it, Artifact::PrivateKey(_) | Artifact::Pkcs12(_))) {
            "the private key"
        } else if artifacts.iter().any(is_credential) {
            "the credential"
        } else {
            return match file.mode & 0o002 {
                0 => None,
                _ => Some(of_mode(file, &WRITABLE_BY_ALL, "everybody may change it")),
            };
        };
    too_open(file, holds)
}

fn too_open(file: &ScannedFile, holds: &str) -> Option<Finding> {
    let mode = file.mode;
    if mode & 0o007 != 0 {
        Some(of_mode(file, &KEY_READABLE_BY_ALL, &format!("everybody may use {holds}")))
    } else if mode & 0o070 != 0 {
        Some(of_mode(file, &KEY_READABLE_BY_GROUP, &format!("its group may use {holds}")))
    } else {
        None
    }
}

fn of_mode(file: &ScannedFile, check: &'static Check, who: &str) -> Finding {
    let what = format!("its mode is {:04o}: {who}", file.mode);
    Finding::new(check, Place::file(&file.path), what)
}

fn is_credential(artifact: &Artifact) -> bool {
    let has_secret = |config: &KubeconfigFile| {
        config.users.iter().any(|user| {
            matches!(user.key, Some(FieldSource::Data(_)))
                || user.others.iter().any(|other| matches!(*other, "token" | "password"))
        })
    };
    matches!(artifact, Artifact::Kubeconfig(config) if has_secret(config))
}

fn role_of(input: &Input, path: &Path) -> Option<Role> {
    let known = input.roles.get(path).map(|assigned| assigned.role);
    known.or_else(|| role::of_path(path))
}

/// The folders that hold something of a PKI and that anybody may write.
fn folders(input: &Input) -> Vec<Finding> {
    let held =
        input.files.iter().filter(|file| file.contents.as_ref().is_ok_and(|it| !it.is_empty()));
    let held: HashSet<&OsStr> =
        held.filter_map(|file| file.path.parent()).map(|it| here(it).as_os_str()).collect();
    let mut findings = Vec::new();
    for folder in &input.directories {
        let place = || Place::file(&folder.path);
        if let Some(error) = &folder.error {
            let what = format!("its files cannot be listed: {error}");
            findings.push(Finding::new(&UNREADABLE, place(), what));
        }
        // With the sticky bit nobody can replace another's files.
        if folder.mode & 0o1002 == 0o002 && held.contains(folder.path.as_os_str()) {
            let what =
                format!("its mode is {:04o}: everybody may replace what lies in it", folder.mode);
            findings.push(Finding::new(&WRITABLE_FOLDER, place(), what));
        }
    }
    findings
}

/// The working folder, whose files have no folder in their paths, under its name.
fn here(folder: &Path) -> &Path {
    if folder.as_os_str().is_empty() { Path::new(".") } else { folder }
}

/// Whether the file's name ends in one of these, in any case.
pub(super) fn has_ending(path: &Path, endings: &[&str]) -> bool {
    path.extension().is_some_and(|it| endings.iter().any(|ending| it.eq_ignore_ascii_case(ending)))
}
