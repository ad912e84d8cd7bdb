//! The files of a folder, read one by one and changed all together or not at all. Reads no clock and
//! knows neither certificates nor the ledger.
//!
//! [`DirStore`] is the only code here that touches the file system; [`MemoryStore`] keeps the same
//! promises in memory.
//!
//! ```
//! use kubepki_store::{FileWrite, MemoryStore, Mode, Store, StorePath};
//!
//! # fn main() -> Result<(), kubepki_store::StoreError> {
//! let mut store = MemoryStore::default();
//! let path = StorePath::new("authorities/ca.key")?;
//! let contents = b"secret".to_vec().into();
//! let write = FileWrite { path: path.clone(), contents, mode: Mode::Private };
//! store.commit(vec![write], "2026-11-20T12:00:00Z".parse().unwrap())?;
//! assert_eq!(store.read(&path)?.unwrap().mode, 0o600);
//! # Ok(()) }
//! ```

mod dir;
mod error;
mod file;
mod history;
mod journal;
mod lock;
mod memory;
mod outside;
mod owner;
mod path;
mod prune;
mod recover;
#[cfg(test)]
mod tests;
mod traits;
mod transaction;
mod tree;
mod trust;
mod walk;

pub use self::{
    dir::DirStore,
    error::StoreError,
    file::{FileWrite, Mode, Owner, StoredFile},
    history::{Change, Changed, Transaction},
    lock::LockHolder,
    memory::MemoryStore,
    outside::{
        Folders, IfExists, Known, LockFile, LockPlace, Output, Place, Replacement, check_outside,
        replace_together, write_outside,
    },
    path::StorePath,
    prune::{Pruned, Removal},
    recover::Recovered,
    traits::{MAX_FILE_SIZE, Store},
    walk::Visited,
};
