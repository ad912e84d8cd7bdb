//! Which key belongs to which certificate: by the public key, and where none fits by the file's
//! name, so that a wrong key shows. Reads no file.

use std::collections::{BTreeMap, HashMap, HashSet};

use kubepki_ca::{Certificate, PublicKey};
use kubepki_kubeconfig::Kubeconfig;

use super::{
    Note,
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

/// A key pair without a certificate.
#[derive(Debug)]
pub(super) struct KeyPairFiles {
    pub(super) private: StorePath,
    pub(super) public: StorePath,
    pub(super) key: PublicKey,
}

/// Sorts what was found, and notes what fits nowhere.
pub(super) fn sort(found: Vec<Found>, notes: &mut Vec<Note>) -> Sorted {
    let mut sorted = Sorted::default();
    let (mut keys, mut public) = (Keys::default(), Vec::new());
    let mut certificates = Vec::new();
    for Found { path, content } in found {
        match content {
            Content::Certificates(all) => certificates.push((path, all)),
            Content::Kubeconfig(kubeconfig) => sorted.kubeconfigs.push((path, *kubeconfig)),
            Content::PrivateKey(key) => keys.add(path, key),
            Content::PublicKey(key) => public.push((path, key)),
        }
    }
    // Where several certificates have one key, the one beside it gets it.
    certificates.sort_by_key(|(path, all)| {
        let is_beside = all.first().is_some_and(|it| keys.is_beside(path, it));
        (!is_beside, path.as_str().matches('/').count(), path.clone())
    });
    let mut seen = HashMap::<[u8; 32], StorePath>::new();
    for (path, all) in certificates {
        let mut all = all.into_iter();
        let Some(certificate) = all.next() else { continue };
        if let Some(first) = seen.get(&certificate.sha256()) {
            notes.push(Note::left_out(&path, format!("it is a copy of `{first}`")));
            continue;
        }
        let key = keys.take_for(&path, &certificate);
        if key.is_none() && !certificate.is_ca() {
            notes.push(Note::left_out(&path, "its private key is not here"));
            continue;
        }
        if let (Some(beside), Some(key)) = (keys.by_name.get(&base(&path)), &key)
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
        match keys.take_half(&path, &key) {
            Some(private) => sorted.key_pairs.push(KeyPairFiles { private, public: path, key }),
            None => {
                notes.push(Note::left_out(&path, "it is a public key without its private half"))
            }
        }
    }
    for path in keys.left() {
        let why = "it is a private key without a certificate or a public half";
        notes.push(Note::left_out(&path, why));
    }
    sorted
}

/// The private keys, by their public halves and by their names.
#[derive(Default)]
struct Keys {
    by_key: HashMap<Vec<u8>, Vec<StorePath>>,
    by_name: BTreeMap<String, StorePath>,
    all: Vec<StorePath>,
    taken: HashSet<StorePath>,
}

impl Keys {
    fn add(&mut self, path: StorePath, key: PublicKey) {
        self.by_key.entry(key.spki().to_vec()).or_default().push(path.clone());
        self.by_name.insert(base(&path), path.clone());
        self.all.push(path);
    }

    fn is_beside(&self, path: &StorePath, certificate: &Certificate) -> bool {
        self.fitting(certificate).iter().any(|key| base(key) == base(path))
    }

    fn fitting(&self, certificate: &Certificate) -> &[StorePath] {
        let key = certificate.public_key();
        key.ok().and_then(|key| self.by_key.get(key.spki())).map_or(&[], Vec::as_slice)
    }

    fn take_for(&mut self, path: &StorePath, certificate: &Certificate) -> Option<StorePath> {
        let free = |key: &&StorePath| !self.taken.contains(*key);
        let near = |key: &&StorePath| (base(key) != base(path), key.parent() != path.parent());
        let fitting = self.fitting(certificate);
        let key = fitting.iter().filter(free).min_by_key(near);
        // A key of that name beside it, which is another's: the plan will say so.
        let key = key.or_else(|| {
            self.by_name.get(&base(path)).filter(|_| fitting.is_empty()).filter(|key| free(key))
        });
        let key = key.cloned();
        self.taken.extend(key.clone());
        key
    }

    fn take_half(&mut self, path: &StorePath, public: &PublicKey) -> Option<StorePath> {
        let fitting = self.by_key.get(public.spki()).map_or(&[][..], Vec::as_slice);
        let near = |key: &&StorePath| (base(key) != base(path), key.parent() != path.parent());
        let free = |key: &&StorePath| !self.taken.contains(*key);
        let key = fitting.iter().filter(free).min_by_key(near);
        let key = key.or_else(|| self.by_name.get(&base(path)).filter(|key| free(key))).cloned();
        self.taken.extend(key.clone());
        key
    }

    fn left(self) -> impl Iterator<Item = StorePath> {
        self.all.into_iter().filter(move |path| !self.taken.contains(path))
    }
}

/// The path without what tells a certificate from its key: `ca.crt`, `ca.key`, `ca.pem` and
/// `ca-key.pem` are all `ca`.
pub(super) fn base(path: &StorePath) -> String {
    let mut base = path.as_str();
    let cut = |base: &mut &str, endings: &[&str]| {
        if let Some(short) = endings.iter().find_map(|ending| base.strip_suffix(ending))
            && !short.is_empty()
            && !short.ends_with('/')
        {
            *base = short;
        }
    };
    cut(&mut base, &[".pem", ".crt", ".cer", ".key", ".pub", ".conf", ".kubeconfig", ".yaml"]);
    cut(&mut base, &["-key", ".key", ".cert", ".crt", "-cert", ".pub"]);
    base.to_owned()
}
