//! Brings the files of a bundle to their places on a machine: all of them or none. Reads no clock,
//! and touches files only through the store.

use jiff::Timestamp;
use kubepki_cluster::{
    Store, StorePath,
    store::{FileWrite, Mode},
};
use zeroize::Zeroizing;

use crate::{
    bundle::{Bundle, BundleFile},
    error::InstallError,
    manifest::Manifest,
};

/// Where a machine remembers which bundle it has: a copy of its manifest.
pub const MEMORY: &str = "var/lib/kubepki/installed.json";

/// What a push leaves behind that was killed while it put files into place.
const PUSH_JOURNAL: &str = "var/lib/kubepki/push/journal";

/// What an installation changes.
#[derive(Debug)]
pub struct Installation<'a> {
    bundle: &'a Bundle,
    /// What becomes of each file, in the order of the bundle.
    changes: Vec<Change>,
    /// Files of the last bundle that this one does not have, and that are still there.
    pub left_over: Vec<StorePath>,
    /// Whether the machine knew no key before, and takes that of this bundle as its root's.
    pub is_first: bool,
    /// Digests of CA certificates that the machine trusts from now on and did not before, where it
    /// trusted others.
    pub new_authorities: Vec<String>,
    memory: Option<FileWrite>,
}

/// What whoever installs a bundle says about it.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    /// The fingerprint of the key that has signed it, whatever the machine knows.
    pub signer: Option<String>,
    /// Whether it may be older than what is installed.
    pub older: bool,
    /// Whether the machine may lose every CA that it trusted.
    pub new_authorities: bool,
}

/// What becomes of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// It is made.
    Create,
    /// It is there already.
    Keep,
    /// It stays, and fewer may read it.
    Narrow,
    /// It takes the place of another.
    Replace,
}

impl<'a> Installation<'a> {
    /// Compares a bundle with what the machine has.
    ///
    /// # Errors
    /// When the machine has files of another host or cluster, and when something other than a file
    /// is where a file has to be.
    pub fn plan(
        bundle: &'a Bundle,
        store: &impl Store,
        trust: &Trust,
    ) -> Result<Self, InstallError> {
        if store.read(&StorePath::new(PUSH_JOURNAL)?)?.is_some() {
            return Err(InstallError::PushInterrupted);
        }
        let memory = memory_path()?;
        let old = match store.read(&memory)? {
            None => None,
            Some(file) => {
                let parsed = Manifest::parse(&file.contents);
                let unreadable = |reason| InstallError::Memory { path: memory.clone(), reason };
                Some((parsed.map_err(unreadable)?, file))
            }
        };
        let manifest = &bundle.manifest;
        let last = old.as_ref().map(|(old, _)| old);
        if let Some(last) = last {
            check_owner(manifest, last, trust)?;
        }
        check_signer(manifest, last, trust)?;
        check_age(manifest, last, trust)?;
        let new_authorities = new_authorities(bundle, store, trust)?;
        let is_first = old.is_none() && trust.signer.is_none();
        let changes = bundle.files.iter().map(|file| change(file, store));
        let changes = changes.collect::<Result<_, _>>()?;
        let mut left_over = Vec::new();
        for file in old.iter().flat_map(|(old, _)| &old.files) {
            let is_ours = manifest.files.iter().any(|new| new.path == file.path);
            if !is_ours && store.read(&file.path)?.is_some() {
                left_over.push(file.path.clone());
            }
        }
        let text = manifest.text();
        let is_known = old.is_some_and(|(_, file)| *file.contents == *text.as_bytes());
        let contents = Zeroizing::new(text.into_bytes());
        let write = FileWrite { path: memory, contents, mode: Mode::Private };
        let memory = (!is_known).then_some(write);
        Ok(Self { bundle, changes, left_over, is_first, new_authorities, memory })
    }

    /// Each file of the bundle, and what becomes of it.
    pub fn files(&self) -> impl Iterator<Item = (&StorePath, Change)> {
        self.bundle.files.iter().map(|file| &file.path).zip(self.changes.iter().copied())
    }

    /// Writes what changes, in one transaction, into the store that it was planned on.
    ///
    /// A second time there is nothing to write, and no byte changes.
    pub fn commit(&mut self, store: &mut impl Store, now: Timestamp) -> Result<(), InstallError> {
        let files = self.bundle.files.iter().zip(&self.changes);
        let changed = files.filter(|(_, change)| **change != Change::Keep);
        let mut writes: Vec<_> = changed
            .map(|(BundleFile { path, mode, contents }, _)| FileWrite {
                path: path.clone(),
                contents: contents.clone(),
                mode: *mode,
            })
            .collect();
        writes.extend(self.memory.take());
        Ok(store.commit(writes, now)?)
    }
}

/// Whether a machine that calls itself `nodename` may well be `host`: the name, or its first label.
pub fn is_machine_of(host: &str, nodename: &str) -> bool {
    let first = nodename.split('.').next().unwrap_or_default();
    host.eq_ignore_ascii_case(nodename) || host.eq_ignore_ascii_case(first)
}

/// A machine takes only bundles of one key: that of its first, or the one that is given.
fn check_signer(new: &Manifest, old: Option<&Manifest>, trust: &Trust) -> Result<(), InstallError> {
    let known = trust.signer.clone().or_else(|| old.map(Manifest::fingerprint));
    let bundle = new.fingerprint();
    match known {
        Some(known) if known != bundle => Err(InstallError::OtherSigner { bundle, known }),
        _ => Ok(()),
    }
}

/// What was valid once may be what somebody wants to bring back.
fn check_age(new: &Manifest, old: Option<&Manifest>, trust: &Trust) -> Result<(), InstallError> {
    let at = |manifest: &Manifest| Timestamp::from_second(manifest.serial).unwrap_or_default();
    match old {
        Some(old) if new.serial < old.serial && !trust.older => {
            Err(InstallError::Older { bundle: at(new), installed: at(old) })
        }
        _ => Ok(()),
    }
}

/// The CA certificates that a file says to trust and the one on the machine does not; a file that
/// has none in common with the one on the machine is refused.
fn new_authorities(
    bundle: &Bundle,
    store: &impl Store,
    trust: &Trust,
) -> Result<Vec<String>, InstallError> {
    let mut all = Vec::new();
    for (listed, file) in bundle.manifest.files.iter().zip(&bundle.files) {
        let Some(new) = Bundle::authorities_in(listed, &file.contents) else { continue };
        let Some(old) = store.read(&file.path)? else { continue };
        let old = Bundle::authorities_in(listed, &old.contents).unwrap_or_default();
        if !trust.new_authorities && !new.iter().any(|digest| old.contains(digest)) {
            return Err(InstallError::NewAuthority { path: file.path.clone() });
        }
        all.extend(new.into_iter().filter(|digest| !old.contains(digest)));
    }
    all.sort();
    all.dedup();
    Ok(all)
}

fn check_owner(new: &Manifest, old: &Manifest, trust: &Trust) -> Result<(), InstallError> {
    if new.cluster != old.cluster {
        let (bundle, installed) = (new.cluster.clone(), old.cluster.clone());
        return Err(InstallError::OtherCluster { bundle, installed });
    }
    if new.host != old.host {
        let (bundle, machine) = (new.host.clone(), old.host.clone());
        return Err(InstallError::OtherHost { bundle, machine });
    }
    let has_common = new.authorities.iter().any(|it| old.authorities.contains(it));
    if !trust.new_authorities && !has_common {
        return Err(InstallError::OtherAuthorities { cluster: new.cluster.clone() });
    }
    Ok(())
}

fn change(file: &BundleFile, store: &impl Store) -> Result<Change, InstallError> {
    Ok(match store.read(&file.path)? {
        None => Change::Create,
        Some(old) if *old.contents != *file.contents => Change::Replace,
        Some(old) if file.mode.is_passed_by(&old) => Change::Narrow,
        Some(_) => Change::Keep,
    })
}

fn memory_path() -> Result<StorePath, InstallError> {
    Ok(StorePath::new(MEMORY)?)
}
