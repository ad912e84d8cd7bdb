//! What kubeconfigs say and name: their users' certificates and what they trust. A file that is
//! named is read where it lies.

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
    sync::Arc,
};

use kubepki_cluster::{
    EntryId, Status,
    status::{Contents, Embedded, EmbeddedKind, Found, KeyFound, Kind, Row},
};
use kubepki_inspect::{
    artifact::{Artifact, ReadError},
    key::{PrivateKey, PublicKey},
    kubeconfig::{FieldSource, KubeconfigFile},
};
use kubepki_verify::{
    Certificate,
    read::{ScannedFile, scan_all},
};

use super::collect::{Index, contents, place, public_key};
use crate::files;

/// A kubeconfig that could be read.
#[derive(Clone, Copy)]
pub(super) struct Kubeconfig<'a> {
    pub(super) path: &'a Path,
    pub(super) file: &'a KubeconfigFile,
    /// The folder that stands for the `/` of the machine that reads it, where that is not this one.
    pub(super) machine: Option<&'a Path>,
}

impl Kubeconfig<'_> {
    /// A path that it names counts from its folder.
    fn named(&self, named: &str) -> PathBuf {
        match (self.machine, named.strip_prefix('/')) {
            (Some(machine), Some(named)) => machine.join(named),
            _ => self.path.parent().unwrap_or(Path::new("")).join(named),
        }
    }
}

/// The users of those kubeconfigs of the root at `root` of which the rows do not say everything.
pub(super) fn of_root(status: &Status, root: &Path) -> Vec<(EntryId, Found)> {
    let mut found = Vec::new();
    for row in status.rows.iter().filter(|row| row.has_more) {
        let Some(id) = &row.id else { continue };
        let machine = machine(row, root);
        // What cannot be read is told already.
        for ScannedFile { path, contents, .. } in scan_all(&[root.join(&row.place)]).files {
            for artifact in contents.iter().flatten() {
                if let Artifact::Kubeconfig(file) = artifact {
                    let machine = machine.as_deref();
                    let kubeconfig = Kubeconfig { path: &path, file, machine };
                    let users = users(kubeconfig, &Index::default(), &mut HashSet::new());
                    let users = users.into_iter().filter(|found| found.embedded.is_some());
                    found.extend(users.map(|found| (id.clone(), found)));
                }
            }
        }
    }
    found
}

/// Where the files of a host lie in a root that has a folder for each.
fn machine(row: &Row, root: &Path) -> Option<PathBuf> {
    let folder = format!("hosts/{}/", row.id.as_ref()?.host.as_ref()?);
    row.place.starts_with(&folder).then(|| root.join(folder))
}

/// The users of a kubeconfig, and the kubeconfig itself where none has a certificate.
pub(super) fn users(
    kubeconfig: Kubeconfig<'_>,
    index: &Index<'_>,
    used: &mut HashSet<PublicKey>,
) -> Vec<Found> {
    let path = kubeconfig.path;
    let row = |embedded, contents| Found {
        place: place(path),
        kind: Kind::Kubeconfig,
        embedded,
        contents,
    };
    let mut found = Vec::new();
    for user in &kubeconfig.file.users {
        let embedded = Embedded { kind: EmbeddedKind::User, key: user.name.clone() };
        let read = match (&user.certificate, &user.key) {
            // With nothing else to show, it comes as nobody.
            (None, Some(_)) if user.others.is_empty() => {
                Err(Contents::FieldMissing { field: "client-certificate-data" })
            }
            (None, _) => continue,
            (Some(FieldSource::Data(Ok(chain))), _) => match chain.first() {
                Some(first) => Ok(Arc::clone(first)),
                None => continue,
            },
            (Some(FieldSource::Data(Err(error))), _) => Err(broken(path, error)),
            (Some(FieldSource::Path(named)), _) => {
                named_certificate(&kubeconfig.named(named), index)
            }
        };
        let contents = match read {
            Err(contents) => contents,
            Ok(certificate) => {
                let key = match &user.key {
                    Some(FieldSource::Data(Ok(key))) => pair(&certificate, key, path, used),
                    Some(FieldSource::Data(Err(error))) => {
                        KeyFound::Unreadable { path: place(path), why: error.to_string() }
                    }
                    Some(FieldSource::Path(named)) => {
                        named_key(&kubeconfig.named(named), &certificate, used)
                    }
                    // client-go refuses it, whatever else is there (clientcmd, validateAuthInfo).
                    None => KeyFound::FieldMissing { field: "client-key-data" },
                };
                contents(&certificate, key)
            }
        };
        found.push(row(Some(embedded), contents));
    }
    if found.is_empty() {
        found.push(row(None, Contents::NoCertificate { has_key: false }));
    }
    found
}

/// What a kubeconfig trusts. What was seen before is a copy.
pub(super) fn clusters(kubeconfig: Kubeconfig<'_>, seen: &mut HashSet<[u8; 32]>) -> Vec<Found> {
    let path = kubeconfig.path;
    let mut found = Vec::new();
    for cluster in &kubeconfig.file.clusters {
        let embedded = Embedded { kind: EmbeddedKind::Cluster, key: cluster.name.clone() };
        let mut push = |kind, contents| {
            let embedded = Some(embedded.clone());
            found.push(Found { place: place(path), kind, embedded, contents });
        };
        match &cluster.authority {
            Some(FieldSource::Data(Ok(authorities))) => {
                for authority in authorities {
                    let is_new = seen.insert(authority.sha256());
                    let kind = if is_new { Kind::Certificate } else { Kind::Copy };
                    push(kind, contents(authority, KeyFound::None));
                }
            }
            Some(FieldSource::Data(Err(error))) => push(Kind::Kubeconfig, broken(path, error)),
            // A file that is named is looked at where it is, if somebody asks for it.
            Some(FieldSource::Path(_)) | None => {}
        }
    }
    found
}

/// A certificate in a file that a kubeconfig names.
fn named_certificate(path: &Path, index: &Index<'_>) -> Result<Arc<Certificate>, Contents> {
    if let Some(known) = index.certificates.get(path) {
        return Ok(Arc::clone(known));
    }
    let shown = place(path);
    if !files::exists(path) {
        return Err(Contents::Missing { path: shown });
    }
    let certificate = |artifact: &Artifact| match artifact {
        Artifact::Certificate(certificate) => Some(Arc::clone(certificate)),
        _ => None,
    };
    in_file(path, certificate).map_err(|why| {
        let why = why.unwrap_or_else(|| "it holds no certificate".to_owned());
        Contents::Unreadable { path: shown, why }
    })
}

/// The key in a file that a kubeconfig names.
fn named_key(path: &Path, certificate: &Certificate, used: &mut HashSet<PublicKey>) -> KeyFound {
    let shown = place(path);
    if !files::exists(path) {
        return KeyFound::Missing { path: shown };
    }
    let key = |artifact: &Artifact| match artifact {
        Artifact::PrivateKey(key) => Some(pair(certificate, key, path, used)),
        _ => None,
    };
    in_file(path, key).unwrap_or_else(|why| {
        let why = why.unwrap_or_else(|| "it holds no private key".to_owned());
        KeyFound::Unreadable { path: shown, why }
    })
}

/// The first of the wanted in a file, or why it cannot be read.
fn in_file<T>(
    path: &Path,
    wanted: impl FnMut(&Artifact) -> Option<T>,
) -> Result<T, Option<String>> {
    let scanned = scan_all(&[path.to_path_buf()]);
    let mut artifacts = scanned.files.iter().flat_map(|file| file.contents.iter().flatten());
    artifacts.find_map(wanted).ok_or_else(|| {
        let error = scanned.files.iter().find_map(|file| file.contents.as_ref().err());
        error.map(ToString::to_string)
    })
}

fn pair(
    certificate: &Certificate,
    key: &PrivateKey,
    path: &Path,
    used: &mut HashSet<PublicKey>,
) -> KeyFound {
    match (public_key(certificate), key.public_key()) {
        (Some(wanted), Some(key)) if wanted == *key => {
            used.insert(wanted);
            KeyFound::Own
        }
        (Some(_), Some(_)) => KeyFound::Mismatch { path: place(path) },
        _ => KeyFound::None,
    }
}

fn broken(path: &Path, error: &ReadError) -> Contents {
    Contents::Unreadable { path: place(path), why: error.to_string() }
}
