//! Files that a root keeps beside its transactions: taking one back leaves them.

use super::{DirStore, MAX_FILE_SIZE, StoreError, StoredFile};

impl DirStore {
    /// What [`DirStore::keep_undelivered`] keeps.
    ///
    /// # Errors
    /// Whatever the system says.
    pub fn undelivered(&self) -> Result<Option<StoredFile>, StoreError> {
        match self.directories() {
            Some((_, state)) => state.read(UNDELIVERED, MAX_FILE_SIZE),
            None => Ok(None),
        }
    }

    /// What [`DirStore::keep_bundle_key`] keeps.
    ///
    /// # Errors
    /// Whatever the system says.
    pub fn bundle_key(&self) -> Result<Option<StoredFile>, StoreError> {
        match self.directories() {
            Some((_, state)) => state.read(BUNDLE_KEY, MAX_FILE_SIZE),
            None => Ok(None),
        }
    }

    /// Keeps the key that signs bundles: with mode 0600, durable, wholly or not at all, and in no
    /// transaction, so that taking one back leaves it.
    ///
    /// # Errors
    /// [`StoreError::ReadOnly`], and whatever the system says.
    pub fn keep_bundle_key(&mut self, key: &[u8]) -> Result<(), StoreError> {
        self.keep(BUNDLE_KEY, BUNDLE_KEY_NEW, Some(key))
    }

    /// Keeps a text about which hosts still wait for their files, or none: with mode 0600, durable,
    /// wholly or not at all, and in no transaction.
    ///
    /// # Errors
    /// [`StoreError::ReadOnly`], and whatever the system says.
    pub fn keep_undelivered(&mut self, text: Option<&[u8]>) -> Result<(), StoreError> {
        self.keep(UNDELIVERED, UNDELIVERED_NEW, text)
    }

    fn keep(&mut self, name: &str, new: &str, text: Option<&[u8]>) -> Result<(), StoreError> {
        let locked = self.locked_root()?;
        let Some(text) = text else {
            let was_there = locked.state.unlink(name)?;
            return if was_there { locked.state.sync() } else { Ok(()) };
        };
        locked.sync_made()?;
        locked.state.unlink(new)?;
        locked.state.write_new(new, text, 0o600, None)?;
        locked.state.rename(new, &locked.state, name)?;
        locked.keep();
        locked.state.sync()
    }
}

/// The key that signs bundles, in the state directory.
const BUNDLE_KEY: &str = "bundle.key";

/// Its name until it is whole.
const BUNDLE_KEY_NEW: &str = "bundle.key.new";

/// The hosts that wait, in the state directory.
const UNDELIVERED: &str = "undelivered.json";
/// The same while it is being written.
const UNDELIVERED_NEW: &str = "undelivered.new";
