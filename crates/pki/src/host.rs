//! What one host gets, and the key that signs it.

use jiff::Timestamp;
use kubepki_cluster::{
    Allow, DirStore, RenewalPolicy, Store, StorePath,
    catalog::{Content, EntryId},
    store::{StoredFile, Transaction},
};
use kubepki_host::{Bundle, BundleKey, Share};
use zeroize::Zeroizing;

use crate::{Operation, Pki, PkiError};

/// What one host gets, signed.
#[derive(Debug)]
pub struct HostBundle {
    /// The files.
    pub bundle: Bundle,
    /// How many entries of it [`Pki::apply`] would change.
    pub due: usize,
}

impl Pki {
    /// What a host gets, by its name in the spec.
    ///
    /// # Errors
    /// [`PkiError::NoHost`], and [`PkiError::Share`] where the layout does not say what goes where.
    pub fn share(&self, name: &str) -> Result<Share, PkiError> {
        let file = self.spec()?;
        let mut hosts = file.spec.hosts.iter();
        let host = hosts.find(|host| host.name.as_str() == name);
        let host = host.ok_or_else(|| PkiError::NoHost { name: name.to_owned() })?;
        Share::of(&file.spec, &file.catalog, host)
            .map_err(|source| PkiError::Share { host: name.to_owned(), source })
    }

    /// Which files of a share are there, in its order.
    ///
    /// # Errors
    /// [`PkiError::Store`] where one cannot be read.
    pub fn are_there(&self, share: &Share) -> Result<Vec<bool>, PkiError> {
        let store = self.read()?;
        let is_there = |path| store.read(path).map(|file| file.is_some());
        let are_there = share.files.iter().map(|file| is_there(&file.source));
        are_there.collect::<Result<_, _>>().map_err(PkiError::unreadable)
    }

    /// What a host gets, with contents, signed by the key of the root. That key is made where there is
    /// none.
    ///
    /// # Errors
    /// [`PkiError::Bundle`] where a file is missing or is not what it should be.
    pub fn bundle(&self, name: &str, now: Timestamp) -> Result<HostBundle, PkiError> {
        let file = self.spec()?;
        let share = self.share(name)?;
        let failed = |source| PkiError::Bundle { host: name.to_owned(), source: Box::new(source) };
        let store = self.read()?;
        let history = store.history().map_err(PkiError::unreadable)?;
        let changed = history.last().map(Transaction::time);
        let unsigned = Bundle::collect(file.spec.name.as_str(), &share, &store, changed);
        let unsigned = unsigned.map_err(failed)?;
        let (_, plan) = self.compare(&store, &RenewalPolicy::Due, Allow::default(), now)?;
        let is_of_host = |id: &EntryId| share.files.iter().any(|file| file.entry == *id);
        let due = plan.changes().filter(|step| is_of_host(&step.id)).count();
        // Its lock keeps every writer away, that of the key too.
        drop(store);
        let bundle = unsigned.sign(&self.ensure_bundle_key(now)?).map_err(failed)?;
        Ok(HostBundle { bundle, due })
    }

    /// The key that signs bundles, where there is one.
    ///
    /// # Errors
    /// [`PkiError::BundleKey`], and [`PkiError::BundleKeyOpen`] where others may use it.
    pub fn bundle_key(&self) -> Result<Option<BundleKey>, PkiError> {
        bundle_key(&self.read()?)
    }

    /// Every CA's certificate that is there: the entry, its path, and the bytes. What cannot be read is
    /// left out. None without a spec.
    ///
    /// # Errors
    /// [`PkiError`] where there is a spec that cannot be used.
    pub fn authority_files(&self) -> Result<Vec<AuthorityFile>, PkiError> {
        let Some(file) = self.spec_if_any()? else { return Ok(Vec::new()) };
        let Ok(store) = self.read() else { return Ok(Vec::new()) };
        let files = file.catalog.entries().iter().filter_map(|entry| {
            let Content::Authority { files, .. } = &entry.content else { return None };
            let path = files.certificate.clone();
            let found = store.read(&path).ok()??;
            Some((entry.id.clone(), path, found.contents))
        });
        Ok(files.collect())
    }

    fn ensure_bundle_key(&self, now: Timestamp) -> Result<BundleKey, PkiError> {
        if let Some(key) = self.bundle_key()? {
            return Ok(key);
        }
        let mut store = self.lock(now)?;
        // Somebody else may have made it meanwhile.
        if let Some(key) = bundle_key(&store)? {
            return Ok(key);
        }
        let key = BundleKey::generate().map_err(PkiError::NoBundleKey)?;
        let operation = Operation::KeepBundleKey;
        let kept = store.keep_bundle_key(key.to_pem().as_bytes());
        kept.map_err(|source| PkiError::Store { operation, source })?;
        Ok(key)
    }
}

/// The entry of a CA, the path of its certificate, and its bytes.
pub type AuthorityFile = (EntryId, StorePath, Zeroizing<Vec<u8>>);

fn bundle_key(store: &DirStore) -> Result<Option<BundleKey>, PkiError> {
    let operation = Operation::ReadBundleKey;
    let found = store.bundle_key().map_err(|source| PkiError::Store { operation, source })?;
    let Some(StoredFile { contents, mode, .. }) = found else { return Ok(None) };
    if mode & 0o077 != 0 {
        return Err(PkiError::BundleKeyOpen { mode });
    }
    BundleKey::from_pem(&contents).map(Some).map_err(PkiError::BundleKey)
}
