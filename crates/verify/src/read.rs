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
    path::{Path, PathBuf},
};

pub use self::{
    probe::{ProbeError, Served, address_of, host_of, probe},
    scan::{Directory, Scan, ScannedFile, follow, plain, require, scan, scan_all},
    tree::{Stat, Tree, TreeError, TreeFile},
};

/// The SHA-256 of files that hold secrets and nothing of a PKI, by their paths; of what cannot be read
/// there is none.
pub fn digests<'a>(paths: impl Iterator<Item = &'a Path>) -> HashMap<PathBuf, [u8; 32]> {
    let digest = |path: &Path| {
        let bytes = scan::bytes_of_file(path).ok()?;
        let digest = ring::digest::digest(&ring::digest::SHA256, &bytes);
        Some((path.to_path_buf(), digest.as_ref().try_into().ok()?))
    };
    paths.filter_map(digest).collect()
}
