//! What the old files in the history hold, and which of them are still needed. Changes nothing.

use kubepki_cluster::{
    DirStore, Store, StoreError, StorePath,
    encryption::{EncryptionConfig, Phase},
    kubeconfig::Kubeconfig,
    store::{Change, Transaction},
};
use serde::Serialize;

/// A file as it was before a transaction.
#[derive(Debug, Serialize)]
pub struct OldFile {
    /// Where it was in the root.
    pub path: StorePath,
    /// What secret it holds.
    pub holds: Holds,
    /// How many bytes it has.
    pub size: u64,
}

/// Which secret a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Holds {
    /// The credentials of a kubeconfig's user.
    Credentials,
    /// Keys that encrypt Secrets in etcd.
    EncryptionKeys,
    /// None that is known.
    Nothing,
    /// A private key.
    PrivateKey,
}

impl Holds {
    /// Reads what is there; says nothing of what it is.
    fn of(text: &[u8]) -> Self {
        let is_private_key = |line: &[u8]| {
            line.starts_with(b"-----BEGIN ") && line.trim_ascii_end().ends_with(b"PRIVATE KEY-----")
        };
        if text.split(|byte| *byte == b'\n').any(is_private_key) {
            Self::PrivateKey
        } else if EncryptionConfig::parse(text).is_ok() {
            Self::EncryptionKeys
        } else if Kubeconfig::parse(text).is_ok_and(|config| has_credentials(&config)) {
            Self::Credentials
        } else {
            Self::Nothing
        }
    }
}

fn has_credentials(config: &Kubeconfig) -> bool {
    config.users.iter().any(|named| {
        let user = &named.user;
        user.client_key_data.is_some() || user.token.is_some()
    })
}

/// The old files of a transaction that the history has, sorted by their path.
///
/// # Errors
/// [`StoreError`] when one cannot be read. A link or a folder in its place is left out.
pub(crate) fn old_files(
    transaction: &Transaction,
    store: &DirStore,
) -> Result<Vec<OldFile>, StoreError> {
    let mut found = Vec::new();
    for (path, change) in transaction.changes() {
        if change == Change::Created {
            continue;
        }
        match store.before(transaction, path) {
            Ok(None) | Err(StoreError::WrongKind { .. }) => {}
            Ok(Some(file)) => found.push(OldFile {
                path: path.clone(),
                holds: Holds::of(&file.contents),
                size: file.contents.len() as u64,
            }),
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}

/// The first of these old files with keys of a rotation that has not come to its end: as long as the
/// file that is there now has several keys, is gone or makes no sense, an old one may be needed.
///
/// # Errors
/// [`StoreError`] when a file cannot be read.
pub(crate) fn needed_by_rotation<'a>(
    old: &'a [OldFile],
    store: &impl Store,
) -> Result<Option<&'a StorePath>, StoreError> {
    for file in old.iter().filter(|file| file.holds == Holds::EncryptionKeys) {
        let present = store.read(&file.path)?;
        let phase = present
            .and_then(|present| EncryptionConfig::parse(&present.contents).ok())
            .and_then(|config| config.phase().ok());
        if phase != Some(Phase::Stable) {
            return Ok(Some(&file.path));
        }
    }
    Ok(None)
}
