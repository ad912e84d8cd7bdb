//! What a fault may do to a run: a kill, an error, a full disk, a second writer, a trap at a
//! target. Never takes the command's word for it: each test looks at the files.
//!
//! `KUBEPKI_SWEEP=full` sweeps every system call; the default takes every call that changes a file
//! and a spread of the others.

mod concurrency;
mod errors;
mod full_disk;
mod history;
mod host;
mod kill;
mod modes;
mod output;
mod outside;
mod renewal;
mod root;
mod strace;
mod sweep;
mod targets;
mod unprinted;
mod whole;

pub(crate) use sweep::is_full;
