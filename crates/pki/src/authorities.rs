//! What taking a transaction back would take away that cannot be had again, and what would come
//! back and is of no use any more. Changes nothing.

use jiff::Timestamp;
use kubepki_cluster::{
    Catalog, Certificate, DirStore, Store, StoreError, StorePath,
    catalog::{Content, KeyPolicy, Secret},
    kubeconfig::Kubeconfig,
    store::{Change, Transaction},
};

/// The files of CAs and key pairs that this transaction made, and that would go into the history.
///
/// `catalog` says what is a CA; without one, every CA certificate counts, copies too.
///
/// # Errors
/// [`StoreError`] when a file cannot be read.
pub(crate) fn authorities_made(
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
    catalog.entries().iter().any(|entry| {
        let is_root = match &entry.content {
            Content::Authority { .. } | Content::KeyPair { .. } => true,
            Content::Secret { secret: Secret::EncryptionKeys { .. }, .. } => true,
            Content::Certificate { leaf, .. } => leaf.key_policy == KeyPolicy::Kept,
            _ => false,
        };
        is_root && entry.files().any(|(file, _)| file == path)
    })
}

/// The files with a certificate that has expired, of those that would come back, and when it did.
///
/// # Errors
/// [`StoreError`] when a file cannot be read.
pub(crate) fn expired(
    transaction: &Transaction,
    store: &DirStore,
    now: Timestamp,
) -> Result<Vec<(StorePath, Timestamp)>, StoreError> {
    let mut found = Vec::new();
    for (path, _) in transaction.changes() {
        let Some(file) = store.before(transaction, path)? else { continue };
        let end = certificate(&file.contents).map(|found| found.validity().not_after());
        found.extend(end.filter(|end| *end < now).map(|end| (path.clone(), end)));
    }
    Ok(found)
}

/// The certificate in a file of its own, or that of a kubeconfig's user.
fn certificate(text: &[u8]) -> Option<Certificate> {
    if let Ok(certificate) = Certificate::from_pem(text) {
        return Some(certificate);
    }
    let kubeconfig = Kubeconfig::parse(text).ok()?;
    let user = kubeconfig.current().ok()?.user;
    Certificate::from_pem(user.client_certificate_data.as_ref()?.as_ref()).ok()
}
