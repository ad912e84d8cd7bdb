//! Several files outside a root, all or none: the transaction of a root, with a state folder that lies
//! beside the files and goes with it. A run that is killed in the middle is completed by the next one
//! that writes there, or taken back where it only made new files.

use std::{
    collections::BTreeMap,
    ffi::OsStr,
    path::{Component, Path, PathBuf},
};

use jiff::Timestamp;
use rustix::fs::{FileType, FlockOperation};

use super::{Folders, IfExists, Output, Replacement, leftovers, staged};
use crate::{
    FileWrite, Mode, StoreError, StorePath,
    journal::{FORWARD, Journal},
    recover::{recover, undo},
    traits::admit,
    transaction::{self, Targets},
    tree::{Dir, io_error, is_same},
    trust::myself,
};

/// Writes all of these, or none.
pub(super) fn write(files: &[Output<'_>], folders: Option<Folders<'_>>) -> Result<(), StoreError> {
    let scene = Scene::of(files, folders)?;
    for folder in &scene.to_clean {
        leftovers::clean(folder)?;
    }
    let if_exists: BTreeMap<_, _> =
        scene.paths.iter().zip(files).map(|(path, file)| (path.clone(), file.if_exists)).collect();
    let mut writes: Vec<_> = scene
        .paths
        .iter()
        .zip(files)
        .map(|(path, file)| FileWrite {
            path: path.clone(),
            contents: file.contents.to_vec().into(),
            mode: file.mode,
        })
        .collect();
    let folder_mode = folders.map(|folders| folders.mode);
    carry_out(&scene, &mut writes, Targets::BecomeOurs { folder_mode }, |path| {
        if_exists.get(path) == Some(&IfExists::Replace)
    })
}

/// Puts new contents in place of all of these, with their owners, or of none.
pub(super) fn replace(changes: &[Replacement<'_>]) -> Result<(), StoreError> {
    let paths: Vec<_> = changes.iter().map(|change| change.place.path()).collect();
    let outputs: Vec<_> = changes
        .iter()
        .zip(&paths)
        .map(|(change, path)| Output {
            path,
            contents: change.bytes,
            mode: Mode::Private,
            if_exists: IfExists::Replace,
        })
        .collect();
    let scene = Scene::of(&outputs, None)?;
    let mut writes = Vec::with_capacity(changes.len());
    for (change, path) in changes.iter().zip(&scene.paths) {
        let folder = scene.root.existing(path.parent())?;
        change.place.check_unchanged(&folder, change.known)?;
        let contents = change.bytes.to_vec().into();
        writes.push(FileWrite { path: path.clone(), contents, mode: Mode::Private });
    }
    carry_out(&scene, &mut writes, Targets::KeepTheirOwner, |_| true)
}

fn carry_out(
    scene: &Scene,
    writes: &mut [FileWrite],
    targets: Targets,
    may_replace: impl Fn(&StorePath) -> bool,
) -> Result<(), StoreError> {
    admit(writes)?;
    let state = State::make(scene)?;
    let now = Timestamp::UNIX_EPOCH;
    let outcome =
        transaction::plan(&scene.root, &state.folder, writes, now, targets).and_then(|plan| {
            for entry in &plan.journal.entries {
                if entry.had_old && !may_replace(&entry.target) {
                    return Err(StoreError::Exists { path: scene.root.at(entry.target.as_str()) });
                }
            }
            transaction::execute(&scene.root, &state.folder, &plan, writes)
        });
    if let Err(StoreError::RollbackIncomplete { .. }) = &outcome {
        // The next run goes on from the journal.
        return outcome;
    }
    // What stays is removed by the next run.
    let _ = remove(&scene.beside, state.name.as_ref(), &state.folder);
    outcome
}

/// The folders of a change.
struct Scene {
    /// All of the files are in it or below it.
    root: Dir,
    /// Its path, for a run that finds the state folder somewhere below.
    root_path: PathBuf,
    /// Holds the state folder while there is one.
    beside: Dir,
    /// Its path from the root.
    beside_path: String,
    /// Where each file goes, from the root.
    paths: Vec<StorePath>,
    to_clean: Vec<Dir>,
}

impl Scene {
    fn of(files: &[Output<'_>], folders: Option<Folders<'_>>) -> Result<Self, StoreError> {
        let mut targets = Vec::with_capacity(files.len());
        let mut parents: BTreeMap<&Path, PathBuf> = BTreeMap::new();
        let top = match folders {
            Some(Folders { top, .. }) => Some((top, real_top(top)?)),
            None => None,
        };
        for file in files {
            let target = match &top {
                Some((top, real)) => match file.path.strip_prefix(top) {
                    Ok(below) => real.join(below),
                    Err(_) => file.path.to_owned(),
                },
                None => {
                    let parent = super::parent(file.path);
                    if !parents.contains_key(parent) {
                        parents.insert(parent, real(parent)?);
                    }
                    parents[parent].join(file.path.file_name().unwrap_or_default())
                }
            };
            targets.push(target);
        }
        let root_path = match &top {
            Some((_, real)) if Dir::open(real)?.is_some() => real.clone(),
            Some((_, real)) => super::parent(real).to_owned(),
            None => common(parents.values()),
        };
        let open = |path: &Path| {
            Dir::open(path)?
                .ok_or_else(|| io_error("open", path.to_owned(), rustix::io::Errno::NOENT))
        };
        let root = open(&root_path)?;
        let mut paths = Vec::with_capacity(files.len());
        for target in &targets {
            paths.push(below(&root_path, target)?);
        }
        let first = paths.first().map_or("", StorePath::parent);
        let beside_path = if folders.is_some() { "" } else { first }.to_owned();
        let beside = root.existing(&beside_path)?;
        let mut to_clean = Vec::new();
        for path in parents.values() {
            to_clean.push(open(path)?);
        }
        if let Some((_, real)) = top {
            to_clean.extend(Dir::open(&real)?);
            to_clean.extend(real.parent().map(Dir::open).transpose()?.flatten());
        }
        Ok(Self { root, root_path, beside, beside_path, paths, to_clean })
    }
}

/// The path of a folder without links in it.
fn real(folder: &Path) -> Result<PathBuf, StoreError> {
    folder.canonicalize().map_err(|source| io_error("open", folder.to_owned(), source))
}

/// As [`real`], of a folder that need not be there while the one above it is.
fn real_top(top: &Path) -> Result<PathBuf, StoreError> {
    match top.canonicalize() {
        Ok(real) => Ok(real),
        Err(_) => Ok(real(super::parent(top))?.join(top.file_name().unwrap_or_default())),
    }
}

/// The innermost folder that all of these are in.
fn common<'p>(paths: impl Iterator<Item = &'p PathBuf>) -> PathBuf {
    let mut paths = paths.cloned();
    let first = paths.next().unwrap_or_else(|| PathBuf::from("/"));
    paths.fold(first, |common, path| {
        let same = common.components().zip(path.components()).take_while(|(a, b)| a == b);
        same.map(|(component, _)| component).collect()
    })
}

/// A path from the root.
fn below(root: &Path, target: &Path) -> Result<StorePath, StoreError> {
    let below = target.strip_prefix(root).unwrap_or(target);
    let parts = below.components().filter_map(|part| match part {
        Component::Normal(name) => Some(name.to_string_lossy().into_owned()),
        _ => None,
    });
    let text = parts.collect::<Vec<_>>().join("/");
    if below.to_str().is_none() {
        return Err(StoreError::InvalidPath { path: text, reason: "it is not UTF-8" });
    }
    StorePath::new(text)
}

/// The state folder of one change.
struct State {
    name: String,
    folder: Dir,
    _lock: std::fs::File,
}

/// Held as long as the change is under way.
const LOCK: &str = "lock";
/// Says where the root is: its path, and the way from there to the folder that holds the state folder.
const ROOT: &str = "root";

impl State {
    fn make(scene: &Scene) -> Result<Self, StoreError> {
        // Until it is locked, another run may take it for a dead one's.
        for _ in 0..100 {
            let name = staged::interim_name(&scene.beside)?;
            if !scene.beside.make_child(&name, 0o700)? {
                continue;
            }
            let Some(folder) = scene.beside.child(&name)? else { continue };
            let Some(lock) = folder.open_or_make(LOCK)? else { continue };
            let is_locked =
                rustix::fs::flock(&lock, FlockOperation::NonBlockingLockExclusive).is_ok();
            if !is_locked || !is_named(&folder, &lock)? {
                continue;
            }
            let Some(root) = scene.root_path.to_str() else {
                let _ = remove(&scene.beside, name.as_ref(), &folder);
                let path = scene.root_path.to_string_lossy().into_owned();
                return Err(StoreError::InvalidPath { path, reason: "it is not UTF-8" });
            };
            let text = format!("{root}\n{}", scene.beside_path);
            if let Err(error) = folder.write_new(ROOT, text.as_bytes(), 0o600, None) {
                let _ = remove(&scene.beside, name.as_ref(), &folder);
                return Err(error);
            }
            return Ok(Self { name, folder, _lock: lock });
        }
        Err(io_error("lock", scene.beside.at(""), rustix::io::Errno::AGAIN))
    }
}

fn is_named(folder: &Dir, lock: &std::fs::File) -> Result<bool, StoreError> {
    let (Some(named), Ok(open)) = (folder.stat(LOCK)?, rustix::fs::fstat(lock)) else {
        return Ok(false);
    };
    Ok(is_same(&named, &open))
}

/// Brings the change of a killed run to its end, and removes its state folder; leaves that of a living
/// one.
pub(super) fn settle(beside: &Dir, name: &OsStr) -> Result<(), StoreError> {
    let Some(folder) = beside.child(name)? else { return Ok(()) };
    let stat = folder.stat_self()?;
    if stat.st_uid != myself() || stat.st_mode & 0o077 != 0 {
        return Ok(());
    }
    let Some(lock) = folder.open_if_allowed(LOCK)? else {
        // Nothing has come into it yet, or is in it any more.
        beside.remove_child(name)?;
        return Ok(());
    };
    if rustix::fs::flock(&lock, FlockOperation::NonBlockingLockExclusive).is_err()
        || !is_named(&folder, &lock)?
    {
        return Ok(());
    }
    if let Some(root) = root_of(beside, &folder)? {
        let finished = match Journal::load(&folder, FORWARD)? {
            // It was asked for again, or will be: nothing is lost.
            Some(journal) if journal.entries.iter().all(|entry| !entry.had_old) => {
                undo(&root, &folder, &journal)
            }
            _ => recover(&root, &folder).map(drop),
        };
        finished.map_err(|source| match source {
            source @ (StoreError::CorruptJournal { .. } | StoreError::Recovery { .. }) => source,
            source => StoreError::Recovery { path: folder.at(FORWARD), source: Box::new(source) },
        })?;
    }
    remove(beside, name, &folder)
}

/// The root of a change, by what its state folder says; none where it was killed before it had one.
fn root_of(beside: &Dir, folder: &Dir) -> Result<Option<Dir>, StoreError> {
    let Some(file) = folder.read(ROOT, 16 * 1024)? else { return Ok(None) };
    let text = String::from_utf8_lossy(&file.contents);
    let (root, way) = text.split_once('\n').unwrap_or_default();
    let root = Dir::open(Path::new(root))?;
    if let Some(root) = root
        && let Some(found) = root.descend(way)?
        && is_same(&found.stat_self()?, &beside.stat_self()?)
    {
        return Ok(Some(root));
    }
    if folder.stat(FORWARD)?.is_none() {
        return Ok(None);
    }
    Err(StoreError::CorruptJournal {
        path: folder.at(FORWARD),
        reason: "its folder was moved since".to_owned(),
    })
}

/// Removes a state folder, its lock last.
fn remove(beside: &Dir, name: &OsStr, folder: &Dir) -> Result<(), StoreError> {
    for name in folder.names()?.iter().filter(|name| *name != LOCK) {
        empty(folder, name)?;
    }
    folder.unlink(LOCK)?;
    beside.remove_child(name)?;
    Ok(())
}

fn empty(folder: &Dir, name: &OsStr) -> Result<(), StoreError> {
    let Some(stat) = folder.stat(name)? else { return Ok(()) };
    if FileType::from_raw_mode(stat.st_mode) == FileType::Directory {
        if let Some(below) = folder.child(name)? {
            for name in below.names()? {
                empty(&below, &name)?;
            }
        }
        folder.remove_child(name)?;
    } else {
        folder.unlink(name)?;
    }
    Ok(())
}
