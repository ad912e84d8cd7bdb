//! Who a new file belongs to: whoever had the one that it replaces. Changes nothing itself but a
//! descriptor's owner.

use std::fs::File;

use rustix::{
    fs::{Gid, Stat, Uid},
    io::Errno,
};

use super::{Owner, StoreError, StorePath};

/// Who a file belongs to.
pub(super) const fn owner_of(stat: &Stat) -> Owner {
    Owner { uid: stat.st_uid, gid: stat.st_gid }
}

/// Gives a new file, which nobody else has been able to open so far, to its owner; `mode` is what it
/// will have.
pub(super) fn give(file: &File, mode: u32, owner: Owner) -> Result<(), Errno> {
    let made = owner_of(&rustix::fs::fstat(file)?);
    let uid = (made.uid != owner.uid).then(|| Uid::from_raw(owner.uid));
    let gid = (made.gid != owner.gid).then(|| Gid::from_raw(owner.gid));
    if uid.is_none() && gid.is_none() {
        return Ok(());
    }
    match rustix::fs::fchown(file, uid, gid) {
        Err(Errno::PERM) if uid.is_none() && !counts_group(mode) => Ok(()),
        other => other,
    }
}

/// The process, as far as it decides to whom it can give a file.
pub(super) struct Process {
    uid: u32,
    groups: Vec<u32>,
}

impl Process {
    pub(super) fn this() -> Self {
        let mut groups: Vec<_> =
            rustix::process::getgroups().unwrap_or_default().into_iter().map(Gid::as_raw).collect();
        groups.push(rustix::process::getegid().as_raw());
        Self { uid: rustix::process::geteuid().as_raw(), groups }
    }

    /// Refuses a file in place of which no other can be put without taking it from its owner.
    pub(super) fn check(
        &self,
        path: &StorePath,
        mode: u32,
        owner: Owner,
    ) -> Result<(), StoreError> {
        let is_user = owner.uid == self.uid;
        let is_group = !counts_group(mode) || self.groups.contains(&owner.gid);
        if self.uid == 0 || (is_user && is_group) {
            return Ok(());
        }
        Err(StoreError::ForeignOwner { path: path.clone(), owner })
    }
}

/// Whether the group of a file decides who may read it.
const fn counts_group(mode: u32) -> bool {
    (mode >> 3) & 0o7 != mode & 0o7
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_root_and_the_owner_replace_a_file() {
        let path = StorePath::new("etcd/server.key").unwrap();
        let is_allowed = |uid, mode, owner| {
            let process = Process { uid, groups: vec![1000, 27] };
            process.check(&path, mode, owner).is_ok()
        };
        let etcd = Owner { uid: 105, gid: 105 };
        assert!(is_allowed(0, 0o600, etcd));
        assert!(is_allowed(105, 0o600, etcd));
        assert!(!is_allowed(1000, 0o600, etcd));
        // A group that has no right of its own does not matter; one that has must be given.
        let staff = |gid| Owner { uid: 1000, gid };
        assert!(is_allowed(1000, 0o600, staff(50)) && is_allowed(1000, 0o644, staff(50)));
        assert!(!is_allowed(1000, 0o640, staff(50)));
        assert!(is_allowed(1000, 0o640, staff(27)));
    }
}
