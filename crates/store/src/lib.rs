#![doc = include_str!("../README.md")]

mod back;
mod contents;
mod dir;
mod durable;
mod error;
mod file;
mod forward;
mod history;
mod journal;
mod lock;
mod memory;
mod outside;
mod owner;
mod path;
mod prune;
mod recover;
mod state_files;
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
