//! The way to a file that a user names, gone step by step with an eye on who could change a step.
#![expect(clippy::disallowed_methods, reason = "the store is where files are touched")]

use std::{
    collections::{BTreeSet, VecDeque},
    ffi::{OsStr, OsString},
    os::unix::ffi::OsStringExt,
    path::{Component, Path, PathBuf},
};

use rustix::fs::{CWD, FileType, Mode, OFlags, Stat};

use crate::{
    Owner, StoreError,
    owner::owner_of,
    tree::{Dir, io_error},
    trust::{is_open_to_others, myself},
};

/// A way that is gone step by step.
pub(super) struct Way {
    pub(super) here: Dir,
    steps: VecDeque<OsString>,
    pub(super) named: Option<(Dir, OsString)>,
    pub(super) others: BTreeSet<u32>,
    pub(super) is_reachable: bool,
    links: u32,
    pub(super) makes_folder: bool,
    pub(super) made: Option<MadeFolder>,
}

impl Way {
    pub(super) fn new(path: &Path) -> Result<Self, StoreError> {
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
    pub(super) fn go(&mut self) -> Result<Option<(OsString, Option<Stat>)>, StoreError> {
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

/// A folder that goes again if it stays empty.
#[derive(Debug)]
pub(super) struct MadeFolder {
    above: Dir,
    name: OsString,
}

impl Drop for MadeFolder {
    fn drop(&mut self) {
        // Only an empty directory goes this way.
        let _ = self.above.remove_child(&self.name);
    }
}
