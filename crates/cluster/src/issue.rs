//! Issues one identity outside the spec, by the same plan and the same executor as everything
//! else. The root is read; nothing is written into it.

use jiff::Timestamp;
use kubepki_ca::{Certificate, KeyPair, to_pkcs12};
use zeroize::Zeroizing;

use crate::spec::ClusterSpec;
use crate::{
    apply::apply,
    catalog::{Catalog, Content},
    error::ApplyError,
    identity::Identity,
    inventory::Inventory,
    plan::{Plan, Refusal, RenewalPolicy},
    store::{MemoryStore, Mode, Store, StoreError, StorePath},
};

/// A file that was issued, still in memory.
#[derive(Debug)]
pub struct IssuedFile {
    /// Its name.
    pub name: StorePath,
    /// Its bytes.
    pub contents: Zeroizing<Vec<u8>>,
    /// Who may read it.
    pub mode: Mode,
}

/// Why nothing was issued.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IssueError {
    /// The certificate could not be made.
    #[error("nothing was issued")]
    Apply(#[from] ApplyError),
    /// The root has no CA yet.
    #[error("there is no CA at `{path}`")]
    NoAuthority {
        /// Where it should be.
        path: StorePath,
    },
    /// The CA cannot issue.
    #[error("the CA cannot issue: {0}")]
    Refused(Refusal),
    /// The root could not be read.
    #[error("cannot read the root")]
    Store(#[from] StoreError),
}

/// Issues an identity with a new key: a kubeconfig, or the pair of files.
pub fn issue(
    spec: &ClusterSpec,
    identity: &Identity,
    in_kubeconfig: bool,
    root: &impl Store,
    now: Timestamp,
) -> Result<Vec<IssuedFile>, IssueError> {
    let catalog = Catalog::of_identity(spec, identity, in_kubeconfig);
    let authority_files = |content: &Content| match content {
        Content::Authority { files, .. } => Some(files.certificate.clone()),
        _ => None,
    };
    let inventory = Inventory::read_authorities(root, &catalog)?;
    let authorities = catalog.entries.iter().filter_map(|entry| authority_files(&entry.content));
    for path in authorities {
        if inventory.contents(&path).is_none() {
            return Err(IssueError::NoAuthority { path });
        }
    }
    let plan = Plan::new(&catalog, &inventory, &RenewalPolicy::Due, now);
    if let Some((_, refusal)) = plan.refusals().next() {
        return Err(IssueError::Refused(refusal.clone()));
    }
    let mut made = MemoryStore::default();
    apply(&plan, &catalog, &inventory, Vec::new(), &mut made, now)?;
    let mut files = Vec::new();
    for entry in catalog.entries.iter().filter(|entry| authority_files(&entry.content).is_none()) {
        for (path, mode) in entry.files() {
            if let Some(file) = made.read(path)? {
                files.push(IssuedFile { name: path.clone(), contents: file.contents, mode });
            }
        }
    }
    Ok(files)
}

/// Packs an issued pair and its CA as PKCS#12.
///
/// # Errors
/// [`kubepki_ca::Error`] when a part cannot be read back or encoded.
pub fn pkcs12(
    alias: &str,
    certificate: &[u8],
    key: &[u8],
    authority: &[u8],
    passphrase: &str,
) -> Result<Zeroizing<Vec<u8>>, kubepki_ca::Error> {
    let certificate = Certificate::from_pem(certificate)?;
    let key = KeyPair::from_pem(key)?;
    let authorities = Certificate::all_from_pem(authority)?;
    to_pkcs12(alias, &certificate, &key, &authorities, passphrase)
}
