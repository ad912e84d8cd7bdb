//! Where the CAs' private keys are, and how they are opened: by kubepki-keys, from the files that
//! this crate lends it. Reads no key itself.
//!
//! What signs takes an `Issuer<AuthorityKey>`, and kubepki-keys alone makes an [`AuthorityKey`]. So
//! nothing in this crate can sign with a key that it has read by itself.

use std::{error::Error as StdError, path::Path};

use kubepki_ca::{Certificate, Issuer};
use kubepki_keys::{AuthorityKey, KeyFiles, KeyRef, Keys};
use zeroize::Zeroizing;

use crate::{
    observe::Observations,
    store::{Store, StorePath},
};

/// A CA with its key, wherever that is.
pub(crate) type Authority = Issuer<AuthorityKey>;

/// The key in a file of the root. Once the spec can name a key for each CA, that name stands here.
pub(crate) fn key_in(path: &StorePath) -> KeyRef {
    KeyRef::File(path.as_str().into())
}

/// Opens a CA's key, and pairs it with the CA's certificate.
///
/// # Errors
/// Those of [`Keys::open`] and of [`Issuer::load`].
pub(crate) fn open(
    files: &dyn KeyFiles,
    certificate: Certificate,
    key: &KeyRef,
) -> Result<Authority, kubepki_ca::Error> {
    Issuer::load(certificate, Keys::new(files).open(key)?)
}

/// Lends the files of a root that were read before.
pub(crate) struct Observed<'a>(pub(crate) &'a Observations);

impl KeyFiles for Observed<'_> {
    fn read(&self, path: &Path) -> Result<Option<Contents>, Box<dyn StdError + Send + Sync>> {
        Ok(self.0.contents(&store_path(path)?).map(|contents| Zeroizing::new(contents.to_vec())))
    }
}

/// Lends the files of a root as they are now.
pub(crate) struct Stored<'a, S>(pub(crate) &'a S);

impl<S: Store> KeyFiles for Stored<'_, S> {
    fn read(&self, path: &Path) -> Result<Option<Contents>, Box<dyn StdError + Send + Sync>> {
        Ok(self.0.read(&store_path(path)?)?.map(|file| file.contents))
    }
}

type Contents = Zeroizing<Vec<u8>>;

fn store_path(path: &Path) -> Result<StorePath, Box<dyn StdError + Send + Sync>> {
    let path = path.to_str().ok_or("its path is not UTF-8")?;
    Ok(StorePath::new(path)?)
}
