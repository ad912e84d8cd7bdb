//! The readers, which alone touch files, the network and the clock. They judge nothing and write
//! nothing.
#![expect(clippy::disallowed_methods, reason = "the one room of this crate that looks outside")]

mod date;
pub mod probe;
pub mod scan;
mod stream;
pub mod tree;

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
};

use zeroize::Zeroizing;

pub use self::{
    probe::{ProbeError, Served, address_of, host_of, probe},
    scan::{Directory, Scan, ScannedFile, follow, scan, scan_all},
    tree::{Stat, Tree, TreeError, TreeFile},
};

/// The SHA-256 of files that hold secrets and nothing of a PKI, by their paths; of what cannot be read
/// there is none.
pub fn digests<'a>(paths: impl Iterator<Item = &'a Path>) -> HashMap<PathBuf, [u8; 32]> {
    let digest = |path: &Path| {
        // A FIFO would block.
        let is_file = fs::metadata(path).is_ok_and(|metadata| metadata.is_file());
        let bytes = Zeroizing::new(if is_file { fs::read(path).ok()? } else { return None });
        let digest = ring::digest::digest(&ring::digest::SHA256, &bytes);
        Some((path.to_path_buf(), digest.as_ref().try_into().ok()?))
    };
    paths.filter_map(digest).collect()
}
