//! What a killed run left beside the files that it wrote: found by its name, and known to be nobody's by
//! its lock, which dies with its holder.

use std::{ffi::OsStr, fs::File};

use rustix::fs::{FileType, FlockOperation};

use super::{lock_file::LOCK_MARK, set, staged::is_interim};
use crate::{
    StoreError,
    tree::{Dir, is_denied, is_same},
    trust::myself,
};

/// Brings to their end the changes of killed runs of this user in a folder and removes what they left;
/// leaves what living ones have there.
pub(super) fn clean(folder: &Dir) -> Result<(), StoreError> {
    let names = match folder.names() {
        // It takes files and shows none.
        Err(error) if is_denied(&error) => return Ok(()),
        names => names?,
    };
    for name in names.iter().filter(|name| is_interim(name)) {
        let Some(stat) = folder.stat(name)? else { continue };
        if stat.st_uid != myself() {
            continue;
        }
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::Directory => set::settle(folder, name)?,
            FileType::RegularFile => drop(remove_dead(folder, name, |_| true)?),
            _ => {}
        }
    }
    Ok(())
}

/// Removes a lock file of ours whose holder is dead; false if it is another program's, or in use.
pub(super) fn remove_lock(folder: &Dir, name: &OsStr) -> Result<bool, StoreError> {
    remove_dead(folder, name, |bytes| bytes == LOCK_MARK)
}

/// Removes a file that nobody holds a lock on, if its first bytes are the right ones.
fn remove_dead(
    folder: &Dir,
    name: &OsStr,
    is_ours: impl FnOnce(&[u8]) -> bool,
) -> Result<bool, StoreError> {
    let Some(file) = folder.open_if_allowed(name)? else { return Ok(false) };
    if rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() {
        return Ok(false);
    }
    // Between its opening and its lock it may have become another's.
    let (Some(named), Ok(locked)) = (folder.stat(name)?, rustix::fs::fstat(&file)) else {
        return Ok(false);
    };
    if !is_same(&named, &locked) || !is_ours(&beginning(&file)) {
        return Ok(false);
    }
    folder.unlink(name)
}

fn beginning(file: &File) -> Vec<u8> {
    let mut bytes = vec![0; LOCK_MARK.len() + 1];
    let length = std::os::unix::fs::FileExt::read_at(file, &mut bytes, 0).unwrap_or(0);
    bytes.truncate(length);
    bytes
}
