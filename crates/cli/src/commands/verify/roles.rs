//! What each file of a root is for, by the catalog of its spec.

use std::{
    collections::{HashMap, HashSet},
    path::{Path, PathBuf},
};

use kubepki_cluster::{
    Catalog, SubjectAltName,
    catalog::{CertificateRequest, Content, Derivation, Entry, Part},
    store::StorePath,
};
use kubepki_verify::{Assignment, Expected, Holds, Role, Wrong};

/// The roles of the files of a root, by their paths as they are scanned.
pub(super) fn of(catalog: &Catalog, root: &Path) -> HashMap<PathBuf, Assignment> {
    let mut assigned: HashMap<&StorePath, Assignment> = HashMap::new();
    for entry in catalog.entries() {
        let Some(role) = role(entry) else { continue };
        let request = request(catalog, entry);
        let assignment = Assignment {
            role,
            host: entry.id.host.clone(),
            common_name: request.map(|it| it.subject.common_name.clone()),
            names: names(entry),
        };
        for (path, _) in entry.files() {
            assigned.insert(path, assignment.clone());
        }
    }
    assigned.into_iter().map(|(path, assignment)| (below(root, path), assignment)).collect()
}

/// The files of the CAs that certificates come from, where they are not those of their roles: k3s has
/// one CA for servers and another for clients.
pub(super) fn issuers(catalog: &Catalog, root: &Path) -> HashMap<PathBuf, PathBuf> {
    let mut issuers = HashMap::new();
    for entry in catalog.entries() {
        let Some(issuer) = catalog.issuer_of(entry) else { continue };
        let usual = role(entry).and_then(Role::authority);
        if usual.is_some() && usual == role(issuer) {
            continue;
        }
        if let Content::Authority { files, .. } = &issuer.content {
            let issuer = below(root, &files.certificate);
            issuers.extend(entry.files().map(|(path, _)| (below(root, path), issuer.clone())));
        }
    }
    issuers
}

/// The files of the CAs that kubeconfigs trust, where they are not the cluster's: those of the spec,
/// and the CA named `users`, which those trust that `kubepki issue` writes beside it.
pub(super) fn trust(catalog: &Catalog, users: &str, root: &Path) -> Vec<PathBuf> {
    let of_users = catalog.entries().iter().filter(|entry| entry.id.name() == users);
    let of_entries = catalog.entries().iter().filter_map(|entry| catalog.trusted_by(entry));
    let mut trusted: Vec<_> = of_entries
        .chain(of_users)
        .filter_map(|authority| match &authority.content {
            Content::Authority { files, .. } if role(authority) != Some(Role::ClusterCa) => {
                Some(below(root, &files.certificate))
            }
            _ => None,
        })
        .collect();
    trusted.sort();
    trusted.dedup();
    trusted
}

/// What each file of the spec has to hold, by its path. `wrong` says what is wrong with one that only
/// the spec can judge.
pub(super) fn expected(
    catalog: &Catalog,
    root: &Path,
    is_there: impl Fn(&Path) -> bool,
    wrong: impl Fn(&Entry) -> Option<Wrong>,
) -> HashMap<PathBuf, Expected> {
    let is_absent = |path: &StorePath| !is_there(&below(root, path));
    let copied: HashSet<_> = catalog
        .entries()
        .iter()
        .filter_map(|entry| match &entry.content {
            Content::Derived { path, from: Derivation::Copy { source, .. }, .. }
                if !is_absent(path) =>
            {
                Some(source)
            }
            _ => None,
        })
        .collect();
    let is_copied = |path: &StorePath| copied.contains(path);
    let mut expected = HashMap::new();
    for entry in catalog.entries() {
        for (path, _) in entry.files() {
            let may_be_elsewhere = match &entry.content {
                // Without its certificate the whole CA is missing, and one of which a host has a copy is
                // not kept elsewhere.
                Content::Authority { files, .. } => {
                    *path == files.key && !is_absent(&files.certificate) && !is_copied(path)
                }
                // A host's copy is away with its source.
                Content::Derived {
                    from: Derivation::Copy { part: Part::Key, source, of }, ..
                } => is_absent(source) && is_authority(catalog.entries().get(*of)),
                _ => false,
            };
            let source = match &entry.content {
                Content::Derived { from: Derivation::Copy { source, .. }, .. } => {
                    Some(below(root, source))
                }
                _ => None,
            };
            let holds = match wrong(entry) {
                Some(wrong) => Holds::Plain(Some(wrong)),
                None => holds(catalog, root, entry, path),
            };
            let entry = entry.id.to_string();
            let it = Expected { entry, holds, may_be_elsewhere, source };
            expected.insert(below(root, path), it);
        }
    }
    expected
}

/// What a file of an entry has to hold.
fn holds(catalog: &Catalog, root: &Path, entry: &Entry, path: &StorePath) -> Holds {
    match &entry.content {
        Content::Authority { files, .. } | Content::Certificate { files, .. } => {
            match *path == files.key {
                true => Holds::PrivateKey { of: Some(below(root, &files.certificate)) },
                false => Holds::Certificate,
            }
        }
        Content::KeyPair { key, public, .. } => match path == key {
            true => Holds::PrivateKey { of: Some(below(root, public)) },
            false => Holds::PublicKey,
        },
        Content::Derived { from: Derivation::Copy { part, .. }, .. } => match part {
            Part::Certificate => Holds::Certificate,
            Part::Key => Holds::PrivateKey { of: None },
            Part::Public => Holds::PublicKey,
            Part::Configuration | Part::Kubeconfig => Holds::Plain(None),
        },
        Content::Kubeconfig { .. }
        | Content::Derived { from: Derivation::Kubeconfig { .. }, .. } => {
            let request = request(catalog, entry);
            let common_name = request.map(|it| it.subject.common_name.clone()).unwrap_or_default();
            Holds::Kubeconfig { common_name }
        }
        _ => Holds::Plain(None),
    }
}

fn is_authority(entry: Option<&Entry>) -> bool {
    entry.is_some_and(|entry| matches!(entry.content, Content::Authority { .. }))
}

/// A path as it is scanned.
pub(super) fn below(root: &Path, path: &StorePath) -> PathBuf {
    match root == Path::new(".") {
        true => PathBuf::from(path.as_str()),
        false => root.join(path.as_str()),
    }
}

/// What a certificate should say; for the kubeconfig that embeds it, too.
fn request<'a>(catalog: &'a Catalog, entry: &'a Entry) -> Option<&'a CertificateRequest> {
    let made_from = match &entry.content {
        Content::Derived { from: Derivation::Kubeconfig { of, .. }, .. } => {
            catalog.entries().get(*of)?
        }
        _ => entry,
    };
    match &made_from.content {
        Content::Certificate { leaf, .. } | Content::Kubeconfig { leaf, .. } => Some(&leaf.request),
        _ => None,
    }
}

fn names(entry: &Entry) -> Vec<SubjectAltName> {
    match &entry.content {
        Content::Certificate { leaf, .. } | Content::Kubeconfig { leaf, .. } => {
            leaf.request.subject_alt_names.clone()
        }
        _ => Vec::new(),
    }
}

/// What an entry is for; none for what is no certificate, and for what is guessed by its file.
fn role(entry: &Entry) -> Option<Role> {
    match entry.id.slot {
        Role::Other | Role::BootstrapToken | Role::Rbac => None,
        // A user like any other.
        Role::Admin => Some(Role::User),
        slot => Some(slot),
    }
}
