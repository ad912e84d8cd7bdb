//! What exists of everything that a catalog knows: each file read and parsed once, side by side, and
//! what is wrong with it whatever the time. `plan` and `status` are functions of it.
//!
//! Private keys are read for their public halves alone. Reads no clock and decides nothing.

mod authority;
pub(crate) mod client;
mod derived;
mod drift;
mod files;
mod issue;
mod json;
mod leaf;
pub(crate) mod mend;
mod sentence;

use std::collections::BTreeMap;

use jiff::Timestamp;
use kubepki_ca::{Certificate, PublicKey};
use rayon::prelude::*;

pub(crate) use self::sentence::minute;
use self::{client::ObservedKubeconfig, files::Files};
pub use self::{
    issue::{AuthorityName, Issue},
    json::Tagged,
    sentence::Hint,
};
use crate::{
    catalog::{Catalog, Content, Entry, Position},
    store::{Store, StoreError, StorePath, StoredFile},
};

/// What exists of everything that a catalog knows.
#[derive(Debug)]
pub struct Observations {
    files: Files,
    entries: Vec<Observation>,
}

/// What exists of one entry.
#[derive(Debug, Default)]
pub(crate) struct Observation {
    /// What is wrong, whatever the time.
    pub(crate) issues: Vec<Issue>,
    /// Its certificate, where that can be read: in its own file, in a copy of a CA's, or in its
    /// kubeconfig.
    pub(crate) certificate: Option<Certificate>,
    /// The public half of its private key, where that can be read.
    pub(crate) key: Option<PublicKey>,
    /// What its kubeconfig says, where that can be read.
    pub(crate) kubeconfig: Option<ObservedKubeconfig>,
    /// Until when its secret of no certificate is good.
    pub(crate) secret_expiry: Option<Timestamp>,
    /// Its missing files of which copies have survived, and these.
    pub(crate) copies: Vec<(StorePath, StorePath)>,
    /// How a CA differs from the spec.
    pub(crate) differences: Vec<Difference>,
}

/// A field of a CA that differs from the spec and stays as it is.
#[derive(Clone, Debug)]
pub(crate) struct Difference {
    pub(crate) field: &'static str,
    pub(crate) was: String,
    pub(crate) now: String,
}

impl Observation {
    /// The files of it that are missing.
    pub(crate) fn missing(&self) -> impl Iterator<Item = &Issue> {
        self.issues.iter().filter(|issue| matches!(issue, Issue::Missing { .. }))
    }

    /// Why nothing of it can be used.
    pub(crate) fn unusable(&self) -> Option<&Issue> {
        self.issues.iter().find(|issue| issue.is_unusable())
    }

    /// How it differs from the spec or its sources, where it can be used.
    pub(crate) fn differing(&self) -> impl Iterator<Item = &Issue> {
        self.issues.iter().filter(|issue| {
            !issue.is_unusable() && !matches!(issue, Issue::Missing { .. } | Issue::TooOpen { .. })
        })
    }
}

/// Reads every file that the catalog knows, and goes on where one cannot be read.
pub fn observe(store: &(impl Store + Sync), catalog: &Catalog) -> Observations {
    let paths = catalog.files().map(|(path, _)| path).collect();
    Observations::new(catalog, Files::read(store, paths))
}

/// Reads the files of the catalog's CAs only, for entries whose own files lie elsewhere.
pub(crate) fn observe_authorities(store: &(impl Store + Sync), catalog: &Catalog) -> Observations {
    let is_authority = |entry: &&Entry| matches!(entry.content, Content::Authority { .. });
    let entries = catalog.entries.iter().filter(is_authority);
    let paths = entries.flat_map(Entry::files).map(|(path, _)| path).collect();
    Observations::new(catalog, Files::read(store, paths))
}

impl Observations {
    fn new(catalog: &Catalog, files: Files) -> Self {
        let mut observer = Observer { catalog, files: &files, authorities: BTreeMap::new() };
        observer.authorities = catalog
            .entries
            .iter()
            .enumerate()
            .filter_map(|(position, entry)| match &entry.content {
                Content::Authority { request, files } => {
                    Some((position, observer.authority(position, request, files)))
                }
                _ => None,
            })
            .collect();
        let others: Vec<_> = catalog
            .entries
            .par_iter()
            .enumerate()
            .map(|(position, entry)| observer.entry(position, entry))
            .collect();
        let mut authorities = observer.authorities;
        let entries = others.into_iter().enumerate().zip(&catalog.entries);
        let entries = entries.map(|((position, seen), entry)| {
            let mut seen = seen.or_else(|| authorities.remove(&position)).unwrap_or_default();
            seen.issues.extend(too_open(entry, &files));
            seen
        });
        let entries = entries.collect();
        Self { files, entries }
    }

    /// The same, where every file could be read.
    ///
    /// # Errors
    /// The [`StoreError`] of the first file that could not.
    pub fn complete(mut self) -> Result<Self, StoreError> {
        self.files.inaccessible.pop_first().map_or(Ok(self), |(_, error)| Err(error))
    }

    /// What exists of the entry at a position.
    pub(crate) fn of(&self, position: Position) -> &Observation {
        &self.entries[position]
    }

    /// The file at a path, where there is one.
    pub fn file(&self, path: &StorePath) -> Option<&StoredFile> {
        self.files.present.get(path)
    }

    /// Its bytes.
    pub(crate) fn contents(&self, path: &StorePath) -> Option<&[u8]> {
        self.files.contents(path)
    }
}

/// Looks at one entry after the other; at the CAs first.
struct Observer<'a> {
    catalog: &'a Catalog,
    files: &'a Files,
    authorities: BTreeMap<Position, Observation>,
}

impl<'a> Observer<'a> {
    fn entry(&self, position: Position, entry: &'a Entry) -> Option<Observation> {
        Some(match &entry.content {
            Content::Authority { .. } => return None,
            Content::Certificate { leaf, files } => self.pair(entry.id.slot, leaf, files),
            Content::Derived { path, from, .. } => self.derived(entry, path, from),
            Content::KeyPair { key, public, .. } => self.key_pair(position, key, public),
            Content::Kubeconfig { leaf, connection, path } => {
                self.leaf_in_kubeconfig(entry.id.slot, leaf, connection, path)
            }
            Content::Secret { secret, path } => self.secret(position, secret, path),
        })
    }

    /// The certificate of the CA at a position.
    fn certificate_of(&self, authority: Position) -> Option<&Certificate> {
        self.authorities.get(&authority)?.certificate.as_ref()
    }
}

/// The files of an entry that more people may read or write than should.
fn too_open<'a>(entry: &'a Entry, files: &'a Files) -> impl Iterator<Item = Issue> + 'a {
    entry.files().filter_map(|(path, mode)| {
        let file = files.present.get(path).filter(|file| mode.is_passed_by(file))?;
        let (bits, widest) = (file.mode & 0o7777, mode.bits() & 0o7777);
        Some(Issue::TooOpen { path: path.to_string(), mode: bits, widest })
    })
}
