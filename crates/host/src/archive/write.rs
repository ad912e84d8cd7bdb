//! From a bundle to its bytes, which depend on the files and on nothing else.

use std::io::{self, Write};

use flate2::{Compression, GzBuilder};
use tar::{Builder, EntryType, Header};
use zeroize::Zeroizing;

use crate::{
    bundle::{Bundle, BundleFile},
    error::BundleError,
    manifest::MANIFEST,
    signature::SIGNATURE,
};

/// A bundle as tar under gzip.
pub(crate) fn write(bundle: &Bundle) -> Result<Zeroizing<Vec<u8>>, BundleError> {
    let tar = tar(bundle)?;
    let mut archive = Zeroizing::new(Vec::with_capacity(tar.len() + 1024));
    // No name and no time in the header.
    let mut gzip = GzBuilder::new().mtime(0).write(&mut *archive, Compression::best());
    let written = gzip.write_all(&tar).and_then(|()| gzip.finish().map(drop));
    written.map_err(|source| BundleError::Unwritable { source })?;
    Ok(archive)
}

/// The tar file in a bundle.
///
/// It has no entries for folders: whoever unpacks it by hand would give those of the machine other
/// modes and owners.
pub(super) fn tar(bundle: &Bundle) -> Result<Zeroizing<Vec<u8>>, BundleError> {
    let manifest = bundle.manifest.text();
    let size: usize = bundle.files.iter().map(|file| file.contents.len() + 1024).sum();
    let room = size + manifest.len() + 6144;
    // Room for all of it, so that it never moves and leaves no copy of a key behind.
    let mut tar = Builder::new(Room(Zeroizing::new(Vec::with_capacity(room))));
    let written = append(&mut tar, MANIFEST, 0o644, manifest.as_bytes()).and_then(|()| {
        append(&mut tar, SIGNATURE, 0o644, &bundle.signature)?;
        bundle.files.iter().try_for_each(|BundleFile { path, mode, contents }| {
            append(&mut tar, path.as_str(), mode.bits(), contents)
        })
    });
    let finished = written.and_then(|()| tar.into_inner());
    Ok(finished.map_err(|source| BundleError::Unwritable { source })?.0)
}

fn append(tar: &mut Builder<Room>, path: &str, mode: u32, contents: &[u8]) -> io::Result<()> {
    let mut header = Header::new_ustar();
    header.set_path(path)?;
    header.set_entry_type(EntryType::Regular);
    header.set_mode(mode);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header.set_size(contents.len() as u64);
    header.set_cksum();
    tar.append(&header, contents)
}

/// Bytes that are wiped when dropped.
struct Room(Zeroizing<Vec<u8>>);

impl Write for Room {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
