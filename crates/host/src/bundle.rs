//! The files of one host together with their manifest. Reads them through a store, and no clock.

use std::fmt;

use kubepki_cluster::{
    Store, StorePath,
    store::{Mode, StoredFile},
};
use zeroize::Zeroizing;

use crate::{
    archive,
    error::BundleError,
    manifest::{self, FORMAT, Manifest, ManifestFile},
    share::{FileKind, HostFile, Share},
};

/// What one host gets, with contents.
///
/// A value of this type is complete: every file of the manifest is there, and has its digest.
#[derive(Debug)]
pub struct Bundle {
    pub(crate) manifest: Manifest,
    pub(crate) files: Vec<BundleFile>,
}

/// One file of a bundle.
pub struct BundleFile {
    /// Where it goes, below `/`.
    pub path: StorePath,
    /// Who may read it, at most.
    pub mode: Mode,
    /// Its bytes, wiped when dropped.
    pub contents: Zeroizing<Vec<u8>>,
}

impl fmt::Debug for BundleFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, mode, contents: _ } = self;
        f.debug_struct("BundleFile").field("path", path).field("mode", mode).finish_non_exhaustive()
    }
}

impl Bundle {
    /// Collects the files of a share from the root.
    ///
    /// # Errors
    /// [`BundleError::Missing`] when one is not there; a bundle is never incomplete.
    pub fn collect(cluster: &str, share: &Share, store: &impl Store) -> Result<Self, BundleError> {
        let mut files = Vec::new();
        let mut missing = Vec::new();
        for file in &share.files {
            match store.read(&file.source)? {
                Some(StoredFile { contents, .. }) => files.push((file, contents)),
                None => missing.push(file.source.clone()),
            }
        }
        if let Some(path) = missing.first() {
            let (host, path) = (share.host.clone(), path.clone());
            return Err(BundleError::Missing { host, path, count: missing.len() });
        }
        let trusted = files.iter().filter(|(file, _)| is_trusted(file));
        let authorities =
            manifest::authorities(trusted.map(|(_, contents)| contents.as_slice()))
                .map_err(|source| BundleError::Authority { host: share.host.clone(), source })?;
        let listed = files.iter().map(|(file, contents)| ManifestFile {
            path: file.target.clone(),
            sha256: manifest::digest(contents),
            size: contents.len() as u64,
            mode: file.mode,
            readers: file.readers.clone(),
        });
        let manifest = Manifest {
            format: FORMAT,
            cluster: cluster.to_owned(),
            host: share.host.clone(),
            authorities,
            files: listed.collect(),
        };
        let bundled = |(file, contents): (&HostFile, _)| BundleFile {
            path: file.target.clone(),
            mode: file.mode,
            contents,
        };
        Ok(Self { manifest, files: files.into_iter().map(bundled).collect() })
    }

    /// Reads an archive and checks everything in it.
    ///
    /// # Errors
    /// Whatever kubepki would not have written, by the first rule that it breaks.
    pub fn open(bytes: &[u8]) -> Result<Self, BundleError> {
        archive::read(bytes)
    }

    /// The archive, a tar file under gzip: the same bytes for the same files, whenever and by whomever
    /// it is made.
    pub fn archive(&self) -> Result<Zeroizing<Vec<u8>>, BundleError> {
        archive::write(self)
    }

    /// What it says of itself.
    pub const fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Its files, in the order of the manifest.
    pub fn files(&self) -> &[BundleFile] {
        &self.files
    }
}

/// Whether a file says which CAs the host trusts.
fn is_trusted(file: &HostFile) -> bool {
    file.kind == FileKind::Certificate
        && matches!(file.name.as_str(), "ca" | "etcd-ca" | "front-proxy-ca")
}
