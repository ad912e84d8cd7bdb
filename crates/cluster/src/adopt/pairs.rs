//! Which key belongs to which certificate: by the public key. Where none fits, the name of a file says
//! where the key has to be, and the plan says that another lies there. Reads no file.

use std::collections::{HashMap, HashSet};

use kubepki_ca::{Certificate, PublicKey};
use kubepki_inspect::{self as inspect, Index};
use kubepki_kubeconfig::Kubeconfig;

use super::{
    Note,
    expected::is_well_known,
    survey::{Content, Found},
};
use crate::store::StorePath;

/// Everything that was found, sorted by what it is.
#[derive(Debug, Default)]
pub(super) struct Sorted {
    /// CA certificates, and leaves that have a key.
    pub(super) pairs: Vec<Pair>,
    /// Private and public halves without a certificate.
    pub(super) key_pairs: Vec<KeyPairFiles>,
    pub(super) kubeconfigs: Vec<(StorePath, Kubeconfig)>,
}

/// A certificate and its key.
#[derive(Debug)]
pub(super) struct Pair {
    pub(super) path: StorePath,
    pub(super) certificate: Certificate,
    /// What follows it in its file.
    pub(super) rest: Vec<Certificate>,
    /// Its private key; a CA may be without.
    pub(super) key: Option<StorePath>,
}

impl Pair {
    /// All certificates of its file. While a CA is replaced, its file has the new one and the old.
    pub(super) fn certificates(&self) -> impl Iterator<Item = &Certificate> {
        std::iter::once(&self.certificate).chain(&self.rest)
    }
}

/// A key pair without a certificate.
#[derive(Debug)]
pub(super) struct KeyPairFiles {
    pub(super) private: StorePath,
    pub(super) public: StorePath,
    pub(super) key: PublicKey,
}

/// Sorts what was found, and notes what fits nowhere.
///
/// Of several files with one certificate it is described where a program is told to read it
/// (`named`), else where its tool puts it.
pub(super) fn sort(found: Vec<Found>, named: &HashSet<StorePath>, notes: &mut Vec<Note>) -> Sorted {
    let mut sorted = Sorted::default();
    let (mut keys, mut public) = (Keys::default(), Vec::new());
    let mut certificates = Vec::new();
    for Found { path, content } in found {
        match content {
            Content::Certificates(all) => certificates.push((path, all)),
            Content::Kubeconfig(kubeconfig) => sorted.kubeconfigs.push((path, *kubeconfig)),
            Content::PrivateKey(key) => keys.add(path, &key),
            Content::PublicKey(key) => public.push((path, key)),
        }
    }
    // Where several certificates have one key, the one beside it gets it.
    certificates.sort_by_key(|(path, all)| {
        // And what has no key of its own takes what is left.
        let key = all.first().map(inspect::PublicKey::of);
        let fits = key.as_ref().is_some_and(|it| keys.has(it));
        let is_beside = key.as_ref().is_some_and(|it| keys.is_beside(path, it));
        let depth = path.as_str().matches('/').count();
        let is_archived = all.first().is_some_and(|it| is_called_by_serial(path, it));
        (
            !named.contains(path),
            is_archived,
            !fits,
            !is_beside,
            strange_folders(path),
            depth,
            path.clone(),
        )
    });
    let mut seen = HashMap::<[u8; 32], StorePath>::new();
    for (path, all) in certificates {
        let mut all = all.into_iter();
        let Some(certificate) = all.next() else { continue };
        if let Some(first) = seen.get(&certificate.sha256()) {
            notes.push(Note::left_out(&path, format!("it is a copy of `{first}`")));
            continue;
        }
        let key = keys.take(&path, &inspect::PublicKey::of(&certificate));
        let key = match key {
            None if certificate.is_ca() => None,
            // It says itself what it has to be.
            None if is_well_known(&path) => {
                notes.push(Note::defective(path.as_str(), "its private key is not here"));
                Some(missing_key(&path))
            }
            None => {
                notes.push(Note::left_out(&path, "its private key is not here"));
                continue;
            }
            key => key,
        };
        if let (Some(KeyFile { path: beside, .. }), Some(key)) = (keys.called_as(&path), &key)
            && beside != key
        {
            let what = format!("`{path}` belongs to `{key}`, not to `{beside}` beside it");
            notes.push(Note::Dangerous { what });
        }
        seen.insert(certificate.sha256(), path.clone());
        sorted.pairs.push(Pair { path, certificate, rest: all.collect(), key });
    }
    sorted.pairs.sort_by(|a, b| a.path.cmp(&b.path));
    for (path, key) in public {
        match keys.take(&path, &inspect::PublicKey::from(&key)) {
            Some(private) => sorted.key_pairs.push(KeyPairFiles { private, public: path, key }),
            None => notes.push(Note::defective(
                path.as_str(),
                "it is a public key without its private half",
            )),
        }
    }
    for (path, taken) in keys.left() {
        notes.push(match taken {
            Some(taken) => Note::left_out(path, format!("it is a copy of `{taken}`")),
            None => Note::defective(
                path.as_str(),
                "it is a private key without a certificate or a public half",
            ),
        });
    }
    sorted
}

/// Whether a file has its certificate's serial number as its name, as copies in archives have.
fn is_called_by_serial(path: &StorePath, certificate: &Certificate) -> bool {
    let base = base(path);
    let stem = base.rsplit('/').next().unwrap_or(&base).to_ascii_lowercase();
    let serial = certificate.serial();
    stem.trim_start_matches('0') == serial.trim_start_matches('0')
}

/// Where the key of a certificate would be that is not here.
pub(super) fn missing_key(certificate: &StorePath) -> StorePath {
    let ending = if certificate.as_str().ends_with(".pem") { "-key.pem" } else { ".key" };
    StorePath::new(format!("{}{ending}", base(certificate))).unwrap_or_else(|_| certificate.clone())
}

/// How many folders of a path no tool has.
fn strange_folders(path: &StorePath) -> usize {
    let folders = path.as_str().rsplit('/').skip(1);
    folders.filter(|folder| !FOLDERS.contains(folder)).count()
}

/// kubeadm's, k3s's, Kubespray's.
pub(super) const FOLDERS: [&str; 8] =
    ["certs", "cred", "etc", "etcd", "kubernetes", "pki", "ssl", "tls"];

/// The private keys, by their public halves.
#[derive(Default)]
struct Keys {
    /// Each by its position among the files.
    index: Index<Certificate>,
    files: Vec<KeyFile>,
    /// The last file of each name.
    by_name: HashMap<String, usize>,
}

struct KeyFile {
    path: StorePath,
    key: inspect::PublicKey,
    is_taken: bool,
}

impl Keys {
    fn add(&mut self, path: StorePath, key: &PublicKey) {
        let (number, key) = (self.files.len(), inspect::PublicKey::from(key));
        self.index.add_key(number, key.clone());
        self.by_name.insert(base(&path), number);
        self.files.push(KeyFile { path, key, is_taken: false });
    }

    /// The key that is called as a certificate or public key is, whoever took it.
    fn called_as(&self, path: &StorePath) -> Option<&KeyFile> {
        self.by_name.get(&base(path)).and_then(|number| self.files.get(*number))
    }

    fn is_beside(&self, path: &StorePath, key: &inspect::PublicKey) -> bool {
        self.called_as(path).is_some_and(|file| file.key == *key)
    }

    fn has(&self, key: &inspect::PublicKey) -> bool {
        !self.index.keys_of(key).is_empty()
    }

    /// Takes a file with this key: the one that is called so, else the nearest. Where no file has the
    /// key, the one that is called so is where it has to be: the plan will say that it is another's.
    fn take(&mut self, path: &StorePath, key: &inspect::PublicKey) -> Option<StorePath> {
        let beside = self.by_name.get(&base(path)).copied();
        let is_free = |number: &usize| !self.files[*number].is_taken;
        let fitting = self.index.keys_of(key);
        let number = match beside.filter(is_free) {
            Some(beside) if fitting.is_empty() || fitting.contains(&beside) => Some(beside),
            _ => {
                let is_apart =
                    |number: &&usize| self.files[**number].path.parent() != path.parent();
                fitting.iter().filter(|it| is_free(it)).min_by_key(is_apart).copied()
            }
        };
        let file = self.files.get_mut(number?)?;
        file.is_taken = true;
        Some(file.path.clone())
    }

    /// The keys that nothing has taken, each with one that is the same and was.
    fn left(&self) -> impl Iterator<Item = (&StorePath, Option<&StorePath>)> {
        self.files.iter().filter(|file| !file.is_taken).map(|file| {
            let mut same = self.index.keys_of(&file.key).iter().map(|number| &self.files[*number]);
            (&file.path, same.find(|it| it.is_taken).map(|it| &it.path))
        })
    }
}

/// The path without what tells a certificate from its key.
pub(super) fn base(path: &StorePath) -> String {
    kubepki_model::base(path.as_str()).to_owned()
}
