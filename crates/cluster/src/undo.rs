//! What taking a transaction back would take away that cannot be had again. Changes nothing.

use crate::{
    catalog::{Catalog, Content, KeyPolicy, Secret},
    store::{Change, Store, StoreError, StorePath, Transaction},
};
use kubepki_ca::Certificate;

/// The files of CAs and key pairs that this transaction made, and that would go into the history.
///
/// `catalog` says what is a CA; without one, every CA certificate counts, copies too.
///
/// # Errors
/// [`StoreError`] when a file cannot be read.
pub fn authorities_made(
    transaction: &Transaction,
    catalog: Option<&Catalog>,
    store: &impl Store,
) -> Result<Vec<StorePath>, StoreError> {
    let mut found = Vec::new();
    for (path, change) in transaction.changes() {
        let is_authority = change == Change::Created
            && match catalog {
                Some(catalog) => is_root(catalog, path),
                None => store.read(path)?.is_some_and(|file| {
                    Certificate::from_pem(&file.contents).is_ok_and(|made| made.is_ca())
                }),
            };
        if is_authority {
            found.push(path.clone());
        }
    }
    Ok(found)
}

fn is_root(catalog: &Catalog, path: &StorePath) -> bool {
    catalog.entries.iter().any(|entry| {
        let is_root = match &entry.content {
            Content::Authority { .. } | Content::KeyPair { .. } => true,
            Content::Secret { secret: Secret::EncryptionKeys { .. }, .. } => true,
            Content::Certificate { leaf, .. } => leaf.key_policy == KeyPolicy::Kept,
            _ => false,
        };
        is_root && entry.files().any(|(file, _)| file == path)
    })
}
