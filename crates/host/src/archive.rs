//! Bundles as bytes: tar under gzip, written in exactly one way and read in no other. Touches no file.

mod read;
mod write;

pub use self::read::is_sealed;
pub(crate) use self::{read::read, write::write};

/// The largest archive that is read, and the most bytes that may come out of it: 64 MiB.
pub(crate) const LIMIT: u64 = 64 * 1024 * 1024;
