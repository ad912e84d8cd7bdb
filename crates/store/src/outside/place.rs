//! A file that a user names, to be changed in place: its way is gone once, folder by folder, and from
//! then on it is known by the descriptor of its folder alone. What somebody else could have changed on
//! the way is not followed.
#![expect(clippy::disallowed_methods, reason = "the store is where files are touched")]

use std::{
    collections::{BTreeSet, VecDeque},
    ffi::{OsStr, OsString},
    fs::File,
    os::unix::ffi::OsStringExt,
    path::{Component, Path, PathBuf},
};

use rustix::fs::{CWD, FileType, Mode, OFlags, Stat};

use super::staged::{self, Before, Content};
use crate::{
    Owner, StoreError, StoredFile,
    owner::owner_of,
    tree::{Dir, FileId, io_error, is_same},
    trust::{is_open_to_others, myself},
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

/// A folder that goes again if it stays empty.
#[derive(Debug)]
struct MadeFolder {
    above: Dir,
    name: OsString,
}

impl Drop for MadeFolder {
    fn drop(&mut self) {
        // Only an empty directory goes this way.
        let _ = self.above.remove_child(&self.name);
    }
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

/// A name beside a file under which client-go looks for a lock.
#[derive(Debug)]
pub struct LockPlace<'p> {
    folder: &'p Dir,
    name: &'p OsStr,
}

impl LockPlace<'_> {
    /// Makes the lock file, which nobody else has; `None` if somebody has.
    ///
    /// A lock that a killed run of ours left is taken over; one of another program is not.
    pub fn try_lock(&self, suffix: &str) -> Result<Option<LockFile>, StoreError> {
        let mut name = self.name.to_owned();
        name.push(suffix);
        let made = || staged::put_lock(self.folder, &name, LOCK_MARK);
        let mut file = made()?;
        if file.is_none() && super::leftovers::remove_lock(self.folder, &name)? {
            file = made()?;
        }
        let Some(file) = file else { return Ok(None) };
        Ok(Some(LockFile { folder: self.folder.again()?, name, _file: file }))
    }

    /// The path by which messages name the lock.
    pub fn at(&self, suffix: &str) -> PathBuf {
        let mut name = self.name.to_owned();
        name.push(suffix);
        self.folder.at(name)
    }
}

/// What a lock file of ours says; kubectl's is empty.
pub(super) const LOCK_MARK: &[u8] = b"kubepki\n";

/// A lock file that goes when it is dropped.
#[derive(Debug)]
pub struct LockFile {
    folder: Dir,
    name: OsString,
    _file: File,
}

impl Drop for LockFile {
    fn drop(&mut self) {
        // What stays is taken over by the next run.
        let _ = self.folder.unlink(&self.name);
    }
}

/// A way that is gone step by step.
struct Way {
    here: Dir,
    steps: VecDeque<OsString>,
    named: Option<(Dir, OsString)>,
    others: BTreeSet<u32>,
    is_reachable: bool,
    links: u32,
    makes_folder: bool,
    made: Option<MadeFolder>,
}

impl Way {
    fn new(path: &Path) -> Result<Self, StoreError> {
        let start = if path.is_absolute() { "/" } else { "." };
        let here = Dir::on_the_way(CWD, OsStr::new(start), start.into())?
            .ok_or_else(|| io_error("open", start.into(), rustix::io::Errno::NOENT))?;
        let mut way = Self {
            here,
            steps: steps(path),
            named: None,
            others: BTreeSet::new(),
            is_reachable: true,
            links: 0,
            makes_folder: false,
            made: None,
        };
        if way.steps.back().is_none_or(|last| last == "..") {
            return Err(StoreError::WrongKind {
                path: path.to_owned(),
                found: "a directory",
                wanted: "a regular file",
            });
        }
        way.enter()?;
        Ok(way)
    }

    /// Goes to the last folder; the file's name in there, and what is there.
    fn go(&mut self) -> Result<Option<(OsString, Option<Stat>)>, StoreError> {
        while let Some(step) = self.steps.pop_front() {
            let is_last = self.steps.is_empty();
            if step == ".." {
                if !self.descend(&step)? {
                    return Ok(None);
                }
                continue;
            }
            match self.here.stat(&step)? {
                Some(stat) if FileType::from_raw_mode(stat.st_mode) == FileType::Symlink => {
                    if is_last && self.named.is_none() {
                        self.named = Some((self.here.again()?, step.clone()));
                    }
                    self.follow(&step)?;
                }
                stat if is_last => return Ok(Some((step, stat))),
                None if self.makes_folder && self.steps.len() == 1 && self.made.is_none() => {
                    if self.here.make_child(&step, 0o700)? {
                        let above = self.here.again()?;
                        self.made = Some(MadeFolder { above, name: step.clone() });
                    }
                    if !self.descend(&step)? {
                        return Ok(None);
                    }
                }
                None => return Ok(None),
                Some(_) => {
                    if !self.descend(&step)? {
                        return Ok(None);
                    }
                }
            }
        }
        Err(StoreError::WrongKind {
            path: self.here.at(""),
            found: "a directory",
            wanted: "a regular file",
        })
    }

    fn descend(&mut self, step: &OsStr) -> Result<bool, StoreError> {
        let path = self.here.at(step);
        let Some(below) = Dir::on_the_way(&self.here, step, path)? else { return Ok(false) };
        self.here = below;
        self.enter()?;
        Ok(true)
    }

    /// Looks at who could change what is in the folder.
    fn enter(&mut self) -> Result<(), StoreError> {
        let stat = self.here.stat_self()?;
        self.count(owner_of(&stat));
        self.is_reachable &= stat.st_mode & 0o001 != 0;
        // In a folder such as `/tmp`, nobody can move what is another's.
        let is_sticky = stat.st_mode & 0o1000 != 0;
        if is_open_to_others(&stat) && !is_sticky {
            let (path, mode) = (self.here.at(""), stat.st_mode & 0o7777);
            return Err(StoreError::OpenToOthers { path, mode });
        }
        Ok(())
    }

    fn follow(&mut self, step: &OsStr) -> Result<(), StoreError> {
        self.links += 1;
        let path = self.here.at(step);
        let failed = |errno| io_error("follow", path.clone(), errno);
        if self.links > MOST_LINKS {
            return Err(failed(rustix::io::Errno::LOOP));
        }
        // Owner and target of one and the same link: it could be another by now.
        let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let link = rustix::fs::openat(&self.here, step, flags, Mode::empty()).map_err(failed)?;
        let stat = rustix::fs::fstat(&link).map_err(failed)?;
        let target = rustix::fs::readlinkat(&link, "", Vec::new()).map_err(failed)?;
        let target = PathBuf::from(OsString::from_vec(target.into_bytes()));
        self.count(owner_of(&stat));
        if target.is_absolute() {
            let top = Dir::on_the_way(CWD, OsStr::new("/"), "/".into())?;
            self.here = top.ok_or_else(|| failed(rustix::io::Errno::NOENT))?;
            self.enter()?;
        }
        let mut ahead = steps(&target);
        ahead.append(&mut self.steps);
        self.steps = ahead;
        Ok(())
    }

    fn count(&mut self, owner: Owner) {
        if owner.uid != 0 && owner.uid != myself() {
            self.others.insert(owner.uid);
        }
    }
}

/// As many links are followed as Linux does (path_resolution(7)).
const MOST_LINKS: u32 = 40;

fn steps(path: &Path) -> VecDeque<OsString> {
    let step = |part| match part {
        Component::Normal(name) => Some(name.to_owned()),
        Component::ParentDir => Some("..".into()),
        Component::CurDir | Component::Prefix(_) | Component::RootDir => None,
    };
    path.components().filter_map(step).collect()
}
