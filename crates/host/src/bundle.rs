//! The files of one host together with their manifest. Reads them through a store, and no clock.

use std::{collections::BTreeSet, fmt};

use jiff::Timestamp;
use kubepki_ca::Certificate;
use kubepki_cluster::{
    Slot, Store, StorePath,
    store::{Mode, StoredFile},
};
use zeroize::Zeroizing;

use crate::{
    archive, content,
    error::{BundleError, EntryDefect},
    manifest::{self, FORMAT, Manifest, ManifestFile},
    share::{HostFile, Part, Share},
    signature::BundleKey,
};

/// What one host gets, with contents.
///
/// A value of this type is complete: every file of the manifest is there, has its digest, is of its
/// kind and a place of the host, and the manifest is signed by the key that it names.
#[derive(Debug)]
pub struct Bundle {
    pub(crate) manifest: Manifest,
    /// That of the manifest's text, by its signer.
    pub(crate) signature: Vec<u8>,
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

/// What one host gets, with contents, before the key of the root has signed it.
#[derive(Debug)]
pub struct UnsignedBundle {
    manifest: Manifest,
    files: Vec<BundleFile>,
}

impl UnsignedBundle {
    /// Signs it.
    ///
    /// # Errors
    /// What [`Bundle::open`] would refuse is not signed.
    pub fn sign(self, key: &BundleKey) -> Result<Bundle, BundleError> {
        let Self { mut manifest, files } = self;
        manifest.signer = key.signer();
        if let Some(reason) = manifest.defect() {
            return Err(BundleError::Manifest { reason });
        }
        let listed = manifest.files.iter().zip(&files);
        let mut defects = listed.filter_map(|(listed, file)| {
            let defect = content::defect(listed.kind, &file.contents)?;
            Some(BundleError::Entry {
                path: listed.path.to_string(),
                defect: EntryDefect::Content(defect),
            })
        });
        if let Some(error) = defects.next() {
            return Err(error);
        }
        let signature = key.sign(manifest.text().as_bytes())?;
        Ok(Bundle { manifest, signature, files })
    }
}

impl Bundle {
    /// Collects the files of a share from the root, which was last changed at `changed` if that is
    /// known; never before the certificates in it begin.
    ///
    /// # Errors
    /// [`BundleError::Missing`] when one is not there; a bundle is never incomplete.
    pub fn collect(
        cluster: &str,
        share: &Share,
        store: &impl Store,
        changed: Option<Timestamp>,
    ) -> Result<UnsignedBundle, BundleError> {
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
        let trusted = files.iter().filter(|(file, _)| is_trusted(&file.name(), file.part));
        let authorities =
            manifest::authorities(trusted.map(|(_, contents)| contents.as_slice()))
                .map_err(|source| BundleError::Authority { host: share.host.clone(), source })?;
        let listed = files.iter().map(|(file, contents)| ManifestFile {
            path: file.target.clone(),
            name: file.name(),
            kind: file.part,
            sha256: manifest::digest(contents),
            size: contents.len() as u64,
            mode: file.mode,
            readers: file.readers.clone(),
        });
        let certificates = files
            .iter()
            .filter(|(file, _)| file.part == Part::Certificate)
            .filter_map(|(_, contents)| Certificate::all_from_pem(contents).ok());
        let begin = certificates.flatten().map(|certificate| certificate.validity().not_before());
        let manifest = Manifest {
            format: FORMAT,
            cluster: cluster.to_owned(),
            host: share.host.clone(),
            serial: begin.chain(changed).map(Timestamp::as_second).max().unwrap_or(0),
            signer: String::new(),
            shape: share.shape.clone(),
            authorities,
            files: listed.collect(),
        };
        let bundled = |(file, contents): (&HostFile, _)| BundleFile {
            path: file.target.clone(),
            mode: file.mode,
            contents,
        };
        Ok(UnsignedBundle { manifest, files: files.into_iter().map(bundled).collect() })
    }

    /// Refuses a manifest that names other CAs than its files do.
    pub(crate) fn check_authorities(&self) -> Result<(), BundleError> {
        let listed = self.manifest.files.iter().zip(&self.files);
        let found =
            listed.filter_map(|(listed, file)| Self::authorities_in(listed, &file.contents));
        let found: BTreeSet<_> = found.flatten().collect();
        match found.iter().eq(&self.manifest.authorities) {
            true => Ok(()),
            false => Err(BundleError::OtherAuthorities),
        }
    }

    /// The CA certificates that a file of it says whom to trust by; none of another file.
    pub(crate) fn authorities_in(listed: &ManifestFile, contents: &[u8]) -> Option<Vec<String>> {
        let is_it = is_trusted(&listed.name, listed.kind);
        is_it.then(|| manifest::authorities([contents].into_iter()).unwrap_or_default())
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
pub(crate) fn is_trusted(name: &str, kind: Part) -> bool {
    kind == Part::Certificate
        && matches!(Slot::named(name), Some(Slot::ClusterCa | Slot::EtcdCa | Slot::FrontProxyCa))
}
