//! The configuration in a root, with the copies of it that hosts get: changed together or not at
//! all. Writes nothing itself.

use zeroize::Zeroizing;

use super::{EncryptionConfig, EncryptionError, RotationError, RotationStep};
use crate::{
    catalog::{Catalog, Content, Derivation, Secret},
    spec::EncryptionProvider,
    store::{FileWrite, Mode, Store, StoreError, StorePath},
};

/// The configuration of a root, and where it lies.
#[derive(Debug)]
pub struct EncryptionFiles {
    /// The configuration.
    pub config: EncryptionConfig,
    /// Where it lies.
    pub path: StorePath,
    copies: Vec<StorePath>,
}

/// Why the keys of a root cannot be rotated.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EncryptionFilesError {
    /// What a host gets is not the configuration.
    #[error("`{copy}` is not a copy of `{path}`")]
    Differs {
        /// The configuration.
        path: StorePath,
        /// The file that differs, or is not there.
        copy: StorePath,
    },
    /// It is not there.
    #[error("there is no `{path}`")]
    Missing {
        /// Where it should be.
        path: StorePath,
    },
    /// The spec has no encryption.
    #[error("the spec has no `encryption`")]
    None,
    /// The root cannot be read.
    #[error("cannot read the root")]
    Store(#[source] StoreError),
    /// It cannot be understood.
    #[error("cannot read `{path}`")]
    Unreadable {
        /// The configuration.
        path: StorePath,
        /// Why.
        source: EncryptionError,
    },
}

impl EncryptionFiles {
    /// Reads the configuration, and checks that every copy is one: a key that some host lacks
    /// must not be built upon.
    ///
    /// # Errors
    /// [`EncryptionFilesError`] whenever anything is not as the catalog says.
    pub fn read(catalog: &Catalog, store: &impl Store) -> Result<Self, EncryptionFilesError> {
        let entries = catalog.entries();
        let found = entries.iter().enumerate().find_map(|(position, entry)| match &entry.content {
            Content::Secret { secret: Secret::EncryptionKeys { .. }, path } => {
                Some((position, path.clone()))
            }
            _ => None,
        });
        let (position, path) = found.ok_or(EncryptionFilesError::None)?;
        let read = |path| store.read(path).map_err(EncryptionFilesError::Store);
        let Some(file) = read(&path)? else { return Err(EncryptionFilesError::Missing { path }) };
        let config = EncryptionConfig::parse(&file.contents)
            .map_err(|source| EncryptionFilesError::Unreadable { path: path.clone(), source })?;
        let copies = entries.iter().filter_map(|entry| match &entry.content {
            Content::Derived { path, from: Derivation::Copy { of, .. }, .. } if *of == position => {
                Some(path.clone())
            }
            _ => None,
        });
        let copies: Vec<_> = copies.collect();
        for copy in &copies {
            if !read(copy)?.is_some_and(|it| it.contents == file.contents) {
                return Err(EncryptionFilesError::Differs { path, copy: copy.clone() });
            }
        }
        Ok(Self { config, path, copies })
    }

    /// What a step writes, and the configuration that it leads to.
    ///
    /// # Errors
    /// [`RotationError`] when the step is not the next one.
    pub fn after(
        self,
        step: RotationStep,
        provider: EncryptionProvider,
    ) -> Result<(Vec<FileWrite>, EncryptionConfig), RotationError> {
        let Self { config, path, copies } = self;
        let config = config.after(step, provider)?;
        let text = config.to_yaml();
        let write = |path| {
            let contents = Zeroizing::new(text.as_bytes().to_vec());
            FileWrite { path, contents, mode: Mode::Private }
        };
        Ok((std::iter::once(path).chain(copies).map(write).collect(), config))
    }
}
