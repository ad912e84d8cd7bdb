//! The readers, which alone touch files, the network and the clock. They judge nothing and write
//! nothing.
#![expect(clippy::disallowed_methods, reason = "the one room of this crate that looks outside")]

mod date;
pub mod probe;
pub mod scan;
mod stream;
pub mod tree;

pub use self::{
    probe::{ProbeError, Served, address_of, host_of, probe},
    scan::{Directory, Scan, ScannedFile, follow, scan, scan_all},
    tree::{Stat, Tree, TreeError, TreeFile},
};
