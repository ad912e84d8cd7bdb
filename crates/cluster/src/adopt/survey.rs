//! What each file of a folder is: a certificate, a key, a kubeconfig, or nothing of a PKI. Judges
//! nothing and keeps no private key.

use std::{
    collections::{BTreeSet, HashSet},
    fmt,
};

use kubepki_ca::{Certificate, PublicKey};
use kubepki_kubeconfig::Kubeconfig;
use rayon::prelude::*;
use zeroize::Zeroizing;

use super::{Note, backups, flags, role::Role};
use crate::store::{StoreError, StorePath, Visited};

/// The files of a folder, as they are found one by one.
#[derive(Default)]
pub struct Survey {
    files: Vec<(StorePath, Zeroizing<Vec<u8>>)>,
    pub(super) notes: Vec<Note>,
    /// What flags of static Pods and units say is the network of Services, and where.
    pub(super) service_ranges: Vec<(StorePath, String)>,
    /// The paths that flags of static Pods and units name.
    flagged: BTreeSet<String>,
    /// Those of them that are here.
    pub(super) named: HashSet<StorePath>,
    /// The paths whose keys sign or verify ServiceAccount tokens, by the flags.
    token_flags: BTreeSet<String>,
    /// The public keys of those of them that are here, and of what is called as such keys are.
    pub(super) token_keys: HashSet<Vec<u8>>,
}

/// A file of a PKI.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) path: StorePath,
    pub(super) content: Content,
}

#[derive(Debug)]
pub(super) enum Content {
    /// One certificate or several; never none.
    Certificates(Vec<Certificate>),
    Kubeconfig(Box<Kubeconfig>),
    /// The public half of a private key.
    PrivateKey(PublicKey),
    PublicKey(PublicKey),
}

impl Content {
    /// The key of a file of a key, or of the first certificate of a file.
    fn public_key(&self) -> Option<PublicKey> {
        match self {
            Self::Certificates(all) => all.first()?.public_key().ok(),
            Self::PrivateKey(key) | Self::PublicKey(key) => Some(key.clone()),
            Self::Kubeconfig(_) => None,
        }
    }
}

impl Survey {
    /// Takes what a walk comes by; what is no part of a PKI is forgotten at once.
    pub fn visit(&mut self, visited: Visited) {
        let is_of_pki = |path: &str| ENDINGS.iter().any(|ending| path.ends_with(ending));
        match visited {
            Visited::File(path, file) => self.add(path, file.contents),
            Visited::Link(path) if is_of_pki(&path) => {
                self.miss(path, "it is a symbolic link, and links are never followed");
            }
            Visited::Nameless(path) if is_of_pki(&path) => {
                self.leave_out(path, "its name is no UTF-8");
            }
            Visited::Unreadable(path, error) => {
                // What is too large to be of a PKI is none, unless it says so.
                let is_large = matches!(error, StoreError::TooLarge { .. });
                if !is_large || is_of_pki(&path) {
                    let why = std::error::Error::source(&error).map(ToString::to_string);
                    self.miss(path, why.unwrap_or_else(|| error.to_string()));
                }
            }
            Visited::Link(_) | Visited::Nameless(_) => {}
        }
    }

    /// Takes a file.
    pub fn add(&mut self, path: StorePath, contents: Zeroizing<Vec<u8>>) {
        if is_pem(&contents)
            || is_kubeconfig(&contents)
            || has_its_ending(&path)
            || is_kubeadms(&path)
        {
            self.files.push((path, contents));
            return;
        }
        let flags = flags::Flags::of(&contents);
        self.flagged.extend(flags.paths());
        self.token_flags.extend(flags.token_keys());
        if let Some(range) = flags.service_range() {
            self.service_ranges.push((path, range));
        }
    }

    fn miss(&mut self, path: String, why: impl Into<String>) {
        self.notes.push(Note::defective(path, why));
    }

    fn leave_out(&mut self, path: String, why: impl Into<String>) {
        self.notes.push(Note::LeftOut { path, why: why.into() });
    }

    /// What the files are, in the order of their paths, but for what somebody kept of others.
    pub(super) fn read(&mut self) -> Vec<Found> {
        let mut files = std::mem::take(&mut self.files);
        files.sort_by(|a, b| a.0.cmp(&b.0));
        let read: Vec<_> = files
            .into_par_iter()
            .map(|(path, contents)| match read(&contents) {
                Ok(content) => Ok(content.map(|content| Found { path, content })),
                Err(_) if is_kubeadms(&path) && !is_kubeconfig(&contents) => {
                    Err((path, "it is no kubeconfig".to_owned()))
                }
                Err(why) => Err((path, why)),
            })
            .collect();
        let (mut found, mut defective) = (Vec::new(), Vec::new());
        for file in read {
            match file {
                Ok(file) => found.extend(file),
                Err((path, why)) => {
                    self.notes.push(Note::defective(path.as_str(), why));
                    defective.push(path);
                }
            }
        }
        let paths = || found.iter().map(|it| &it.path).chain(&defective);
        self.named = flags::named(&self.flagged, paths());
        let token_files = flags::named(&self.token_flags, paths());
        let signs_tokens =
            |it: &&Found| token_files.contains(&it.path) || Role::is_service_account(&it.path);
        let keys = found.iter().filter(signs_tokens).filter_map(|it| it.content.public_key());
        self.token_keys = keys.map(|key| key.spki().to_vec()).collect();
        backups::leave_out(found, &defective, &self.named, &mut self.notes)
    }
}

/// Shows no contents, which may be private keys.
impl fmt::Debug for Survey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { files, notes, service_ranges, flagged, named, token_flags, token_keys } = self;
        f.debug_struct("Survey")
            .field("files", &files.len())
            .field("notes", notes)
            .field("service_ranges", service_ranges)
            .field("flagged", flagged)
            .field("named", named)
            .field("token_flags", token_flags)
            .field("token_keys", &token_keys.len())
            .finish()
    }
}

/// What a file holds; `None` for requests, CRLs and the like, which are nothing to describe.
fn read(contents: &[u8]) -> Result<Option<Content>, String> {
    if contents.is_empty() {
        return Err("it is empty".to_owned());
    }
    if is_kubeconfig(contents) {
        let kubeconfig = Kubeconfig::parse(contents).map_err(|error| error.to_string())?;
        return Ok(Some(Content::Kubeconfig(Box::new(kubeconfig))));
    }
    if !is_pem(contents) {
        return match contents.first() {
            Some(0x30) => Err("it is DER, and Kubernetes reads PEM".to_owned()),
            _ => Err("it is no PEM text".to_owned()),
        };
    }
    let has = |label: &[u8]| contains(contents, label);
    match (has(b"-----BEGIN CERTIFICATE-----"), has(b"PRIVATE KEY-----")) {
        (true, true) => Err("it holds a certificate and a private key in one file".to_owned()),
        (true, false) => {
            let all = Certificate::all_from_pem(contents).map_err(|error| error.to_string())?;
            Ok(Some(Content::Certificates(all)))
        }
        (false, true) => {
            let key = PublicKey::of_private_pem(contents).map_err(|error| error.to_string())?;
            Ok(Some(Content::PrivateKey(key)))
        }
        (false, false) if has(b"-----BEGIN PUBLIC KEY-----") => {
            let key = PublicKey::from_pem(contents).map_err(|error| error.to_string())?;
            Ok(Some(Content::PublicKey(key)))
        }
        (false, false) => Ok(None),
    }
}

fn is_pem(contents: &[u8]) -> bool {
    contains(contents, b"-----BEGIN ")
}

fn is_kubeconfig(contents: &[u8]) -> bool {
    let is_kind = |line: &[u8]| line.trim_ascii() == b"kind: Config";
    contains(contents, b"current-context:") || contents.split(|byte| *byte == b'\n').any(is_kind)
}

/// Whether a file's name promises a certificate or key, so that it is missed if it holds none.
fn has_its_ending(path: &StorePath) -> bool {
    ENDINGS.iter().any(|ending| path.as_str().ends_with(ending))
}

/// Whether a file is called as a kubeconfig is, so that it is missed if it is none.
fn is_kubeadms(path: &StorePath) -> bool {
    path.as_str().ends_with(".conf") && kubepki_model::slot_of(path.as_str()).is_some()
}

pub(super) const ENDINGS: [&str; 7] =
    [".crt", ".cer", ".cert", ".der", ".key", ".pem", ".kubeconfig"];

fn contains(text: &[u8], part: &[u8]) -> bool {
    find(text, part).is_some()
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}
