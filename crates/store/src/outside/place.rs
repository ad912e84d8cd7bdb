//! A file that a user names, to be changed in place: its way is gone once, folder by folder, and from
//! then on it is known by the descriptor of its folder alone. What somebody else could have changed on
//! the way is not followed.

use std::{
    collections::BTreeSet,
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
};

use super::{
    lock_file::LockPlace,
    staged::{self, Before, Content},
    way::{MadeFolder, Way},
};
use crate::{
    Owner, StoreError, StoredFile,
    tree::{Dir, FileId, is_same},
    trust::myself,
};

/// A file outside a root, or the place for one.
#[derive(Debug)]
pub struct Place {
    folder: Dir,
    name: OsString,
    /// Where the way came by last that a link then led away from.
    named: Option<(Dir, OsString)>,
    others: BTreeSet<u32>,
    /// Whether every user may go all of the way.
    is_reachable: bool,
    _made: Option<MadeFolder>,
}

/// A file as it was read from its place.
#[derive(Debug)]
pub struct Known {
    /// The file.
    pub file: StoredFile,
    id: FileId,
}

impl Place {
    /// Goes the way to a file once; `None` if a folder on it is missing.
    ///
    /// Links are followed, as kubectl does, but for those of somebody else that lead to what is not
    /// theirs.
    ///
    /// # Errors
    /// [`StoreError::OpenToOthers`] for a folder on the way in which anybody could put another file,
    /// and [`StoreError::LedAstray`] where one unprivileged user could lead to what belongs to another,
    /// or to root.
    pub fn find(path: &Path) -> Result<Option<Self>, StoreError> {
        Self::on(Way::new(path)?)
    }

    /// As [`Place::find`]; makes the last folder, with mode 0700, where only that is missing. It goes
    /// again if nothing has come into it.
    pub fn find_or_make_folder(path: &Path) -> Result<Option<Self>, StoreError> {
        let mut way = Way::new(path)?;
        way.makes_folder = true;
        Self::on(way)
    }

    fn on(mut way: Way) -> Result<Option<Self>, StoreError> {
        let Some((name, stat)) = way.go()? else { return Ok(None) };
        let Some(folder) = way.here.opened()? else { return Ok(None) };
        let Way { named, others, is_reachable, made, .. } = way;
        let place = Self { folder, name, named, others, is_reachable, _made: made };
        place.judge(stat.map(|stat| stat.st_uid))?;
        Ok(Some(place))
    }

    /// Reads the file; `None` if there is none.
    ///
    /// # Errors
    /// As [`Place::find`], and [`StoreError::TooLarge`] above `limit` bytes.
    pub fn read(&self, limit: u64) -> Result<Option<Known>, StoreError> {
        let Some((file, id)) = self.folder.read_known(&self.name, limit)? else { return Ok(None) };
        self.judge(Some(file.owner.uid))?;
        Ok(Some(Known { file, id }))
    }

    /// Puts new contents in place of the file that was read, with its owner; the mode is 0600 or
    /// narrower.
    ///
    /// # Errors
    /// [`StoreError::Replaced`] if it is another by now, and [`StoreError::Unsynced`] if it was
    /// replaced and may not last; after any other nothing has changed.
    pub fn replace(&self, known: &Known, bytes: &[u8]) -> Result<(), StoreError> {
        staged::put(&self.folder, &self.name, known.content(bytes), Before::This(known.id))
    }

    /// The path by which messages name the file.
    pub(super) fn path(&self) -> PathBuf {
        self.folder.at(&self.name)
    }

    /// Refuses another folder than this, and another file in it than the one that was read.
    pub(super) fn check_unchanged(&self, folder: &Dir, known: &Known) -> Result<(), StoreError> {
        let is_here = is_same(&folder.stat_self()?, &self.folder.stat_self()?);
        let file = folder.stat_file(&self.name)?.map(|stat| FileId::of(&stat));
        if is_here && file == Some(known.id) {
            return Ok(());
        }
        Err(StoreError::Replaced { path: self.path() })
    }

    /// Makes the file, with mode 0600.
    ///
    /// # Errors
    /// [`StoreError::Exists`] if there is one by now.
    pub fn create(&self, bytes: &[u8]) -> Result<(), StoreError> {
        let content = Content { bytes, mode: 0o600, owner: None };
        staged::put(&self.folder, &self.name, content, Before::Nothing)
    }

    /// Keeps what was read under another name in the same folder, with its owner; the mode is 0600 or
    /// narrower. False if that name is taken.
    pub fn keep(&self, known: &Known, name: &OsStr) -> Result<bool, StoreError> {
        let content = known.content(&known.file.contents);
        match staged::put(&self.folder, name, content, Before::Nothing) {
            Ok(()) => Ok(true),
            Err(StoreError::Exists { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The names in the folder, in no order.
    pub fn siblings(&self) -> Result<Vec<OsString>, StoreError> {
        self.folder.names()
    }

    /// Reads another file of the folder.
    pub fn read_sibling(&self, name: &OsStr, limit: u64) -> Result<Option<StoredFile>, StoreError> {
        Ok(self.folder.read_known(name, limit)?.map(|(file, _)| file))
    }

    /// Removes another file of the folder; false if there is none.
    pub fn remove_sibling(&self, name: &OsStr) -> Result<bool, StoreError> {
        self.folder.unlink(name)
    }

    /// Removes what killed runs left in the folder.
    pub fn clean(&self) -> Result<(), StoreError> {
        super::leftovers::clean(&self.folder)
    }

    /// Finds out whether the folder takes new files.
    pub fn check_writable(&self) -> Result<(), StoreError> {
        staged::probe(&self.folder)
    }

    /// Whether a symbolic link led here.
    pub const fn is_by_link(&self) -> bool {
        self.named.is_some()
    }

    /// The name of the file in its folder.
    pub fn name(&self) -> &OsStr {
        &self.name
    }

    /// The path by which messages name a file of the folder.
    pub fn at(&self, name: &OsStr) -> PathBuf {
        self.folder.at(name)
    }

    /// Where a lock on the file has to lie: beside it, and beside the link by which it was named.
    pub fn lock_places(&self) -> Vec<LockPlace<'_>> {
        let mut places = vec![LockPlace { folder: &self.folder, name: &self.name }];
        places.extend(self.named.as_ref().map(|(folder, name)| LockPlace { folder, name }));
        places
    }

    /// Whether a user may read it as it is, or whoever reads it for them would give it away.
    pub fn is_readable_by(&self, user: u32, known: &Known) -> bool {
        known.file.owner.uid == user || (self.is_reachable && known.file.mode & 0o004 != 0)
    }

    /// Refuses what somebody else could lead us to.
    fn judge(&self, owner: Option<u32>) -> Result<(), StoreError> {
        let me = myself();
        let mut others = self.others.clone();
        others.extend(owner.filter(|owner| *owner != 0 && *owner != me));
        let mut others = others.into_iter();
        let (Some(user), next) = (others.next(), others.next()) else { return Ok(()) };
        match owner {
            // All of it is one user's, who gains nothing by it.
            None if next.is_none() => Ok(()),
            Some(owner) if next.is_none() && owner == user => Ok(()),
            _ => Err(StoreError::LedAstray { path: self.folder.at(&self.name), user }),
        }
    }
}

impl Known {
    /// The user that a file belongs to, unless it is root or this process's own.
    pub fn foreign_owner(&self) -> Option<u32> {
        let Owner { uid, gid: _ } = self.file.owner;
        (uid != 0 && uid != myself()).then_some(uid)
    }

    fn content<'a>(&self, bytes: &'a [u8]) -> Content<'a> {
        Content { bytes, mode: self.file.mode & 0o600, owner: Some(self.file.owner) }
    }
}
