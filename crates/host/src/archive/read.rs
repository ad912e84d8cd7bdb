//! From bytes to a bundle. Trusts nothing that they say, and gives nothing unless all of it is right.

use std::{collections::BTreeMap, io::Read};

use flate2::bufread::GzDecoder;
use kubepki_cluster::{StorePath, store::Mode};
use tar::{Archive, Entry, EntryType};
use zeroize::Zeroizing;

use super::{LIMIT, write};
use crate::{
    bundle::{Bundle, BundleFile},
    content,
    error::{BundleError, EntryDefect},
    manifest::{self, MANIFEST, Manifest, ManifestFile},
    signature::{self, SIGNATURE},
};

/// Reads an archive, checks every rule, and at last that it is the very archive that kubepki would
/// write of these files.
pub(crate) fn read(bytes: &[u8]) -> Result<Bundle, BundleError> {
    if is_sealed(bytes) {
        return Err(BundleError::Sealed);
    }
    let tar = decompress(bytes)?;
    let mut archive = Archive::new(tar.as_slice());
    // Raw: an entry that only describes the next one is an entry of a kind that is refused.
    let entries = archive.entries().map_err(|source| BundleError::NoTar { source })?.raw(true);
    let mut manifest: Option<(Manifest, Zeroizing<Vec<u8>>)> = None;
    let mut signature: Option<Zeroizing<Vec<u8>>> = None;
    let mut found: BTreeMap<StorePath, Zeroizing<Vec<u8>>> = BTreeMap::new();
    for entry in entries {
        let mut entry = entry.map_err(|source| BundleError::NoTar { source })?;
        let path = path_of(&entry)?;
        let refused = |defect| BundleError::Entry { path: path.to_string(), defect };
        if !matches!(entry.header().entry_type(), EntryType::Regular) {
            return Err(refused(kind(entry.header().entry_type())));
        }
        let Some((manifest, text)) = &manifest else {
            if path.as_str() != MANIFEST {
                return Err(BundleError::NoManifest);
            }
            let text = contents_of(&mut entry, &path)?;
            let parsed = Manifest::parse(&text).map_err(|reason| BundleError::Manifest { reason });
            manifest = Some((parsed?, text));
            continue;
        };
        if signature.is_none() {
            if path.as_str() != SIGNATURE {
                return Err(BundleError::Unsigned);
            }
            let signed = contents_of(&mut entry, &path)?;
            signature::verify(&manifest.signer, text, &signed)?;
            signature = Some(signed);
            continue;
        }
        let Some(listed) = manifest.files.iter().find(|file| file.path == path) else {
            return Err(refused(EntryDefect::Unlisted));
        };
        if found.contains_key(&path) {
            return Err(refused(EntryDefect::Twice));
        }
        check_mode(&entry, listed)?;
        let contents = contents_of(&mut entry, &path)?;
        if contents.len() as u64 != listed.size || manifest::digest(&contents) != listed.sha256 {
            return Err(refused(EntryDefect::Changed));
        }
        if let Some(defect) = content::defect(listed.kind, &contents) {
            return Err(refused(EntryDefect::Content(defect)));
        }
        found.insert(path, contents);
    }
    let (manifest, _) = manifest.ok_or(BundleError::NoManifest)?;
    let signature = signature.ok_or(BundleError::Unsigned)?.to_vec();
    let mut files = Vec::with_capacity(manifest.files.len());
    for ManifestFile { path, mode, .. } in &manifest.files {
        let Some(contents) = found.remove(path) else {
            return Err(BundleError::Entry { path: path.to_string(), defect: EntryDefect::Absent });
        };
        files.push(BundleFile { path: path.clone(), mode: *mode, contents });
    }
    let bundle = Bundle { manifest, signature, files };
    bundle.check_authorities()?;
    // Owners, times, padding, what follows the end: all that no rule above is about.
    if write::tar(&bundle)? != tar {
        return Err(BundleError::Foreign);
    }
    Ok(bundle)
}

/// Whether these bytes are an age file.
pub fn is_sealed(bytes: &[u8]) -> bool {
    bytes.starts_with(b"age-encryption.org/") || bytes.starts_with(b"-----BEGIN AGE ENCRYPTED FILE")
}

fn decompress(bytes: &[u8]) -> Result<Zeroizing<Vec<u8>>, BundleError> {
    let too_large = || BundleError::TooLarge { limit: LIMIT };
    if bytes.len() as u64 > LIMIT {
        return Err(too_large());
    }
    // What gzip says of its size is a hint at how much room to make, and nothing more.
    let hint = bytes.last_chunk().map_or(0, |size| u32::from_le_bytes(*size)).min(LIMIT as u32);
    let mut tar = Zeroizing::new(Vec::with_capacity(hint as usize + 1));
    let mut gzip = GzDecoder::new(bytes);
    (&mut gzip)
        .take(LIMIT + 1)
        .read_to_end(&mut tar)
        .map_err(|source| BundleError::NoGzip { source })?;
    if tar.len() as u64 > LIMIT {
        return Err(too_large());
    }
    if !gzip.into_inner().is_empty() {
        return Err(BundleError::Foreign);
    }
    Ok(tar)
}

/// The path of an entry, if it is one that cannot leave the root.
fn path_of(entry: &Entry<'_, &[u8]>) -> Result<StorePath, BundleError> {
    let bytes = entry.header().path_bytes();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    StorePath::new(text).map_err(|source| BundleError::Path { source })
}

fn check_mode(entry: &Entry<'_, &[u8]>, listed: &ManifestFile) -> Result<(), BundleError> {
    let found = entry.header().mode().unwrap_or(u32::MAX);
    let wanted = match listed.mode {
        Mode::Private => 0o600,
        Mode::Public => 0o644,
    };
    if found == wanted {
        return Ok(());
    }
    let path = listed.path.to_string();
    Err(BundleError::Entry { path, defect: EntryDefect::Mode { found, wanted } })
}

/// The contents of an entry, of which there are never more than the whole archive has.
fn contents_of(
    entry: &mut Entry<'_, &[u8]>,
    path: &StorePath,
) -> Result<Zeroizing<Vec<u8>>, BundleError> {
    let size = entry.size();
    let limit = kubepki_cluster::store::MAX_FILE_SIZE;
    let refused = |defect| BundleError::Entry { path: path.to_string(), defect };
    if size > limit {
        return Err(refused(EntryDefect::TooLarge));
    }
    let mut contents = Zeroizing::new(Vec::with_capacity(usize::try_from(size).unwrap_or(0) + 1));
    entry
        .take(limit + 1)
        .read_to_end(&mut contents)
        .map_err(|source| BundleError::NoTar { source })?;
    if contents.len() as u64 != size {
        return Err(refused(EntryDefect::Changed));
    }
    Ok(contents)
}

fn kind(kind: EntryType) -> EntryDefect {
    EntryDefect::Kind(match kind {
        EntryType::Symlink => "a symbolic link",
        EntryType::Link => "a hard link",
        EntryType::Char => "a character device",
        EntryType::Block => "a block device",
        EntryType::Fifo => "a FIFO",
        EntryType::Directory => "a directory",
        _ => "an entry of another kind",
    })
}
