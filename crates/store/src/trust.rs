//! Who else could change what the store relies on.

use rustix::fs::{FileType, Stat};

use super::{StoreError, owner::owner_of, tree::Dir};

/// The user that this process acts as.
pub(super) fn myself() -> u32 {
    rustix::process::geteuid().as_raw()
}

/// Whether others than the owner may write. A group of the owner's own number is the owner's own
/// (Debian Policy, and sshd of Debian and Fedora see it so), and root's is root's.
pub(super) fn is_open_to_others(stat: &Stat) -> bool {
    let is_own_group = stat.st_gid == 0 || stat.st_gid == stat.st_uid;
    stat.st_mode & 0o002 != 0 || (stat.st_mode & 0o020 != 0 && !is_own_group)
}

/// What is done with a root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    Reading,
    Changing,
}

/// Refuses a root into which somebody else could put what would be taken for the store's own word, as
/// ssh refuses such keys: a journal that the next run completes, a ledger, a lock.
///
/// All of it has to belong to this user, to root, or to the owner of the root, where that is somebody
/// else and this is root or only reads. Nobody but the owner may have the right to write; into the
/// root itself the owner's own group may.
pub(super) fn check_root(root: &Dir, how: Use) -> Result<(), StoreError> {
    let stat = root.stat_self()?;
    let (owner, me) = (stat.st_uid, myself());
    if owner != 0 && owner != me && me != 0 && how == Use::Changing {
        return Err(StoreError::OfOthers { path: root.at(""), user: owner });
    }
    // `mkdir` gives a folder to the user's own group too, under the umask 002 of Ubuntu and Fedora.
    if is_open_to_others(&stat) { check_mode(root, &stat, "") } else { Ok(()) }
}

/// As [`check_root`], of what the store keeps for itself in there.
pub(super) fn check_state(root: &Dir, state: &Dir) -> Result<(), StoreError> {
    let owner = root.stat_self()?.st_uid;
    check(state, &state.stat_self()?, "", owner)?;
    let names = match state.names() {
        Err(error) if super::tree::is_denied(&error) => return Ok(()),
        names => names?,
    };
    for name in names {
        if let Some(stat) = state.stat(&name)?
            && let Some(name) = name.to_str()
        {
            check(state, &stat, name, owner)?;
        }
    }
    Ok(())
}

fn check(folder: &Dir, stat: &Stat, name: &str, root_owner: u32) -> Result<(), StoreError> {
    // A link has no mode; whoever reads it refuses it.
    if FileType::from_raw_mode(stat.st_mode) == FileType::Symlink {
        return Ok(());
    }
    let user = owner_of(stat).uid;
    if ![0, myself(), root_owner].contains(&user) {
        return Err(StoreError::OfOthers { path: folder.at(name), user });
    }
    check_mode(folder, stat, name)
}

/// Stricter than on the way to a file outside: kubepki alone makes what is in here.
fn check_mode(folder: &Dir, stat: &Stat, name: &str) -> Result<(), StoreError> {
    let mode = stat.st_mode & 0o7777;
    if mode & 0o022 == 0 {
        Ok(())
    } else {
        Err(StoreError::OpenToOthers { path: folder.at(name), mode })
    }
}
