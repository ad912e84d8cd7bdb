//! What lies outside the root: files, kubeconfigs and servers, read and put into the model's words.
//! Judges nothing but which key is whose.

use std::{
    collections::{HashMap, HashSet},
    path::{Path, PathBuf},
    sync::Arc,
};

use kubepki_cluster::status::{
    Contents, DiscoveredKey, Discovery, Embedded, EmbeddedKind, StatusKind,
};
use kubepki_inspect::{
    artifact::Artifact,
    key::{PrivateKey, PublicKey},
};
use kubepki_verify::{
    Certificate,
    read::{ProbeError, Scan, ScannedFile, probe, scan_all},
};

use super::{
    Args,
    kubeconfigs::{Kubeconfig, clusters, users},
};
use crate::{context::Context, error::CommandError, files};

/// Everything that the options name.
///
/// Files that are `known` are left out, because they are shown by their names in the catalog.
pub(super) fn found(
    args: &Args,
    known: &HashSet<PathBuf>,
    context: &Context,
) -> Result<Vec<Discovery>, CommandError> {
    for (paths, option) in [(&args.paths, "--path"), (&args.kubeconfigs, "--kubeconfig")] {
        if let Some(path) = paths.iter().find(|path| !files::exists(path)) {
            let error = CommandError::usage(format!("cannot read `{}`", path.display()));
            let error = error.because("there is no such file or folder");
            return Err(error.hint(format!("name another with `{option}`")));
        }
    }
    let here = context.environment.current_dir.clone().unwrap_or_default();
    let is_known = |file: &ScannedFile| {
        known.contains(&here.join(&file.path).components().collect::<PathBuf>())
    };
    let named = args.paths.iter().chain(&args.kubeconfigs).map(PathBuf::as_path).collect();
    let mut collection = Collection { named, ..Collection::default() };
    let mut scan = scan_all(&args.paths);
    scan.files.retain(|file| !is_known(file));
    collection.add(scan, Expected::Anything);
    collection.add(scan_all(&args.kubeconfigs), Expected::Kubeconfig);
    let mut found = collection.finish();
    found.extend(servers(args)?);
    Ok(found)
}

/// What somebody who named a file expects in it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Expected {
    Anything,
    Kubeconfig,
}

#[derive(Default)]
struct Collection<'a> {
    files: Vec<ScannedFile>,
    found: Vec<Discovery>,
    /// What somebody asked for by name.
    named: HashSet<&'a Path>,
}

impl Collection<'_> {
    fn add(&mut self, scan: Scan, expected: Expected) {
        for directory in scan.directories {
            if let Some(why) = directory.error {
                self.found.push(unreadable(&directory.path, &why));
            }
        }
        let seen: HashSet<_> = self.files.iter().map(|file| file.path.clone()).collect();
        for mut file in scan.files {
            let has_kubeconfig = file.contents.as_ref().is_ok_and(|found| {
                found.iter().any(|artifact| matches!(artifact, Artifact::Kubeconfig(_)))
            });
            let is_wrong =
                expected == Expected::Kubeconfig && file.contents.is_ok() && !has_kubeconfig;
            if is_wrong {
                self.found.push(unreadable(&file.path, &"it is no kubeconfig"));
                file.contents = Ok(Vec::new());
            } else if is_pkcs7(&file) {
                let why = "status cannot read PKCS#7; convert it to PEM with `openssl pkcs7 -print_certs`";
                self.found.push(unreadable(&file.path, &why));
                file.contents = Ok(Vec::new());
            }
            if !seen.contains(&file.path) {
                self.files.push(file);
            }
        }
    }

    fn finish(self) -> Vec<Discovery> {
        let Self { files, mut found, named } = self;
        let index = Index::of(&files);
        let mut used = HashSet::new();
        let mut seen = HashSet::new();
        let mut kubeconfigs = Vec::new();
        let mut told = HashSet::new();
        for file in &files {
            let artifacts = match &file.contents {
                Ok(artifacts) => artifacts,
                Err(error) => {
                    found.push(unreadable(&file.path, error));
                    continue;
                }
            };
            if let Some(other) =
                no_certificate(file, artifacts, named.contains(file.path.as_path()))
            {
                told.insert(file.path.as_path());
                found.push(other);
            }
            let mut number = 0;
            for artifact in artifacts {
                match artifact {
                    Artifact::Certificate(certificate) => {
                        number += 1;
                        seen.insert(certificate.sha256());
                        let key = index.key_of(&file.path, certificate, number == 1, &mut used);
                        found.push(Discovery {
                            place: place(&file.path),
                            kind: StatusKind::Certificate,
                            embedded: (number > 1).then(|| chain(number)),
                            contents: contents(certificate, key),
                        });
                    }
                    Artifact::Kubeconfig(kubeconfig) => kubeconfigs.push((&file.path, kubeconfig)),
                    _ => {}
                }
            }
        }
        for (path, file) in kubeconfigs {
            let kubeconfig = Kubeconfig { path, file, machine: None };
            found.extend(users(kubeconfig, &index, &mut used));
            found.extend(clusters(kubeconfig, &mut seen));
        }
        let lone = index.lone_keys(&used);
        found.extend(lone.into_iter().filter(|(path, _)| !told.contains(path)).map(|(_, key)| key));
        found
    }
}

/// Which keys lie where.
#[derive(Default)]
pub(super) struct Index<'a> {
    private: HashMap<&'a Path, Vec<&'a PrivateKey>>,
    /// The public halves of the private keys, wherever those lie.
    halves: HashSet<&'a PublicKey>,
    public: Vec<(&'a Path, &'a PublicKey)>,
    pub(super) certificates: HashMap<&'a Path, &'a Arc<Certificate>>,
}

impl<'a> Index<'a> {
    fn of(files: &'a [ScannedFile]) -> Self {
        let mut index = Self::default();
        for file in files {
            for artifact in file.contents.iter().flatten() {
                let path = file.path.as_path();
                match artifact {
                    Artifact::Certificate(certificate) => {
                        index.certificates.entry(path).or_insert(certificate);
                    }
                    Artifact::PrivateKey(key) => {
                        index.halves.extend(key.public_key());
                        index.private.entry(path).or_default().push(key);
                    }
                    Artifact::PublicKey(key) => index.public.push((path, key)),
                    _ => {}
                }
            }
        }
        index
    }

    /// The private key of a certificate, wherever it lies and whatever it is called. A key in the same
    /// file, or in the one beside it that is named after it, is what programs load: if it is another's,
    /// that is said. Only a file's first certificate can have the wrong one.
    fn key_of(
        &self,
        path: &Path,
        certificate: &Certificate,
        is_first: bool,
        used: &mut HashSet<PublicKey>,
    ) -> DiscoveredKey {
        let Some(public) = public_key(certificate) else { return DiscoveredKey::None };
        let mut other = DiscoveredKey::None;
        for candidate in std::iter::once(path.to_path_buf()).chain(beside(path)) {
            for key in self.private.get(candidate.as_path()).into_iter().flatten() {
                match key.public_key() {
                    Some(key) if *key == public => {
                        used.insert(public);
                        return DiscoveredKey::Own;
                    }
                    Some(_) if is_first && other == DiscoveredKey::None => {
                        other = DiscoveredKey::Mismatch { path: place(&candidate) };
                    }
                    _ => {}
                }
            }
        }
        if other == DiscoveredKey::None && self.halves.contains(&public) {
            used.insert(public);
            return DiscoveredKey::Own;
        }
        other
    }

    /// Keys that are no certificate's: those of the ServiceAccounts, most often.
    fn lone_keys(&self, used: &HashSet<PublicKey>) -> Vec<(&Path, Discovery)> {
        let private =
            self.private.iter().flat_map(|(path, keys)| keys.iter().map(move |it| (path, it)));
        let mut lone: Vec<_> = private
            .filter(|(_, key)| key.public_key().is_none_or(|key| !used.contains(key)))
            .map(|(path, key)| (*path, key.public_key(), true))
            .collect();
        let halves: HashSet<_> = lone.iter().filter_map(|(_, key, _)| *key).collect();
        let public =
            self.public.iter().filter(|(_, key)| !used.contains(key) && !halves.contains(key));
        let public: Vec<_> = public.map(|(path, key)| (*path, Some(*key), false)).collect();
        lone.extend(public);
        lone.sort_by_key(|(path, _, _)| *path);
        lone.into_iter()
            .map(|(path, _, has_key)| {
                let contents = Contents::NoCertificate { has_key };
                let kind = StatusKind::KeyPair;
                (path, Discovery { place: place(path), kind, embedded: None, contents })
            })
            .collect()
    }
}

/// What is to be said of a file that can be read and has no certificate: that its name promises one,
/// or, where somebody asked for it by name, why nothing in it expires.
fn no_certificate(file: &ScannedFile, artifacts: &[Artifact], is_named: bool) -> Option<Discovery> {
    use Artifact::{
        Certificate, Kubeconfig, Pkcs12, PrivateKey, PublicKey, Request, RevocationList,
    };
    let has = |wanted: fn(&Artifact) -> bool| artifacts.iter().any(wanted);
    let first = artifacts.first()?;
    if has(|it| matches!(it, Certificate(_) | Kubeconfig(_))) {
        return None;
    }
    let has_key = has(|it| matches!(it, PrivateKey(_)));
    let contents = match first {
        Pkcs12(_) if is_named => {
            Contents::Unreadable { path: place(&file.path), why: SEALED.to_owned() }
        }
        Pkcs12(_) => Contents::Other { what: "a PKCS#12 container, which `kubepki inspect` opens" },
        _ if is_certificate_name(&file.path) => {
            Contents::NotACertificate { holds: first.kind(), has_key }
        }
        Request(_) if is_named && !has_key => {
            Contents::Other { what: "a certificate request, in which nothing expires" }
        }
        RevocationList(_) if is_named && !has_key => {
            Contents::Other { what: "a revocation list, whose dates `kubepki inspect` shows" }
        }
        _ => return None,
    };
    let is_key = matches!(first, PrivateKey(_) | PublicKey(_));
    let kind = if is_key { StatusKind::KeyPair } else { StatusKind::File };
    Some(Discovery { place: place(&file.path), kind, embedded: None, contents })
}

/// Nothing is known of what it holds, and it may well be over.
const SEALED: &str = "it is a PKCS#12 container, which `kubepki inspect` opens with its passphrase";

/// What the servers show, asked side by side: one that hangs holds up no other.
fn servers(args: &Args) -> Result<Vec<Discovery>, CommandError> {
    const AT_ONCE: usize = 64;
    let timeout = args.timeout.duration().unsigned_abs();
    let mut found = Vec::new();
    for some in args.endpoints.chunks(AT_ONCE) {
        let answers = std::thread::scope(|scope| {
            let asked: Vec<_> = some
                .iter()
                .map(|address| scope.spawn(move || probe(address, None, timeout)))
                .collect();
            let answers =
                asked.into_iter().map(|thread| thread.join().unwrap_or(Err(ProbeError::Closed)));
            answers.collect::<Vec<_>>()
        });
        for (address, answer) in some.iter().zip(answers) {
            match answer {
                Ok(served) => {
                    let chain_of = served.chain.into_iter().zip(1..);
                    found.extend(chain_of.map(|(certificate, number)| Discovery {
                        place: address.clone(),
                        kind: StatusKind::Endpoint,
                        embedded: (number > 1).then(|| chain(number)),
                        contents: contents(&Arc::new(certificate), DiscoveredKey::None),
                    }));
                }
                Err(error @ ProbeError::Address { .. }) => {
                    return Err(CommandError::usage(error.to_string())
                        .hint("write it as `10.240.0.10:6443` or `[fd00::1]:6443`"));
                }
                Err(error) => found.push(Discovery {
                    place: address.clone(),
                    kind: StatusKind::Endpoint,
                    embedded: None,
                    contents: Contents::Unreachable { why: error.to_string() },
                }),
            }
        }
    }
    Ok(found)
}

pub(super) fn contents(certificate: &Arc<Certificate>, key: DiscoveredKey) -> Contents {
    Contents::Certificate { certificate: Arc::clone(certificate), key }
}

fn unreadable(path: &Path, why: &impl ToString) -> Discovery {
    let (place, why) = (place(path), why.to_string());
    let contents = Contents::Unreadable { path: place.clone(), why };
    Discovery { place, kind: StatusKind::File, embedded: None, contents }
}

fn chain(number: usize) -> Embedded {
    Embedded { kind: EmbeddedKind::Chain, key: number.to_string() }
}

pub(super) fn place(path: &Path) -> String {
    path.display().to_string()
}

pub(super) fn public_key(certificate: &Certificate) -> Option<PublicKey> {
    PublicKey::from_spki(certificate.public_key().ok()?.spki()).ok()
}

/// Where the key of a certificate file lies, by the names of kubeadm, cfssl and others.
fn beside(certificate: &Path) -> impl Iterator<Item = PathBuf> {
    let stem = certificate.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let stem = stem.unwrap_or_default();
    [".key", "-key.pem", ".key.pem"]
        .into_iter()
        .map(move |end| certificate.with_file_name(format!("{stem}{end}")))
}

fn is_certificate_name(path: &Path) -> bool {
    has_ending(path, &["cer", "crt"])
}

/// Whether a file is PKCS#7, or is called so and holds nothing that is read here.
fn is_pkcs7(file: &ScannedFile) -> bool {
    let is_one = |artifact: &Artifact| matches!(artifact, Artifact::Pkcs7(_));
    let is_nothing = !file.contents.as_ref().is_ok_and(|it| !it.is_empty());
    let holds_one = file.contents.as_ref().is_ok_and(|it| it.iter().any(is_one));
    holds_one || is_nothing && has_ending(&file.path, &["p7b", "p7c"])
}

fn has_ending(path: &Path, endings: &[&str]) -> bool {
    path.extension().is_some_and(|it| endings.iter().any(|ending| it.eq_ignore_ascii_case(ending)))
}
