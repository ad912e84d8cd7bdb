//! Rotating the keys that encrypt Secrets in etcd, one step at a time.

use jiff::Timestamp;
use kubepki_cluster::{
    DirStore, Rollout, Store, StorePath,
    encryption::{EncryptionConfig, EncryptionFiles, EncryptionFilesError, RotationStep},
    store::FileWrite,
};

use crate::{Pki, PkiError};

/// The encryption keys as they are, or would be, after a step.
#[derive(Debug)]
pub struct EncryptionKeys {
    /// The configuration.
    pub config: EncryptionConfig,
    /// Where it lies.
    pub path: StorePath,
    /// The files that the step writes.
    pub changed: Vec<StorePath>,
    /// What has to happen then, by host.
    pub rollout: Rollout,
}

/// Whether every Secret has been written again since the new key was promoted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rewritten {
    /// Nobody says so: the old key is not dropped.
    Unknown,
    /// The operator says so.
    Yes,
}

impl Pki {
    /// The encryption keys as they are.
    ///
    /// # Errors
    /// [`PkiError::Encryption`] where the files are not as the spec says.
    pub fn encryption_keys(&self) -> Result<EncryptionKeys, PkiError> {
        let EncryptionFiles { config, path, .. } = self.encryption_files(&self.read()?)?;
        Ok(EncryptionKeys { config, path, changed: Vec::new(), rollout: Rollout::default() })
    }

    /// The encryption keys as they would be after a step. Writes nothing.
    ///
    /// # Errors
    /// [`PkiError::Rotation`] when the step is not the next one.
    pub fn plan_encryption_keys(&self, step: RotationStep) -> Result<EncryptionKeys, PkiError> {
        Ok(self.after(step, &self.read()?)?.0)
    }

    /// Takes a step: the file and every copy of it change, or none.
    ///
    /// # Errors
    /// [`PkiError::Rotation`] when the step is not the next one, and [`PkiError::NotRewritten`] where
    /// an old key is still needed.
    pub fn rotate_encryption_keys(
        &self,
        step: RotationStep,
        rewritten: Rewritten,
        now: Timestamp,
    ) -> Result<EncryptionKeys, PkiError> {
        let mut store = self.lock(now)?;
        let (keys, writes) = self.after(step, &store)?;
        // Only after the order: what is not promoted has nothing to be written again.
        if step == RotationStep::Drop && rewritten == Rewritten::Unknown {
            let resources = keys.config.resources().to_vec();
            return Err(PkiError::NotRewritten { resources });
        }
        let failed = |source| PkiError::Write { recorded: 0, source };
        store.commit(writes, now).map_err(failed)?;
        Ok(keys)
    }

    fn encryption_files(&self, store: &DirStore) -> Result<EncryptionFiles, PkiError> {
        EncryptionFiles::read(&self.spec()?.catalog, store).map_err(PkiError::Encryption)
    }

    fn after(
        &self,
        step: RotationStep,
        store: &DirStore,
    ) -> Result<(EncryptionKeys, Vec<FileWrite>), PkiError> {
        let file = self.spec()?;
        let files = self.encryption_files(store)?;
        let none = || PkiError::Encryption(EncryptionFilesError::None);
        let provider = file.spec.encryption.ok_or_else(none)?;
        let path = files.path.clone();
        let (writes, config) = files.after(step, provider).map_err(PkiError::Rotation)?;
        let changed: Vec<_> = writes.iter().map(|write| write.path.clone()).collect();
        let version = file.spec.kubernetes_version;
        let rollout = Rollout::of(&file.spec, &file.catalog, &changed, version);
        Ok((EncryptionKeys { config, path, changed, rollout }, writes))
    }
}
