//! One writer at a time, or many readers. Never breaks a lock: the system frees it when its holder dies.

use std::{
    ffi::OsString,
    fmt,
    fs::File,
    io::Write,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use jiff::Timestamp;
use rustix::{fs::FlockOperation, io::Errno};

use super::{
    StoreError,
    path::StateFolder,
    tree::{Dir, io_error, is_denied, is_same},
    trust::{self, Use},
};

/// The lock file in the state directory.
const LOCK: &str = "lock";

/// How often a waiting process tries again.
const STEP: Duration = Duration::from_millis(20);

/// How long a reader waits for a writer.
const READ_WAIT: Duration = Duration::from_secs(10);

/// How often the root may be replaced under our feet before that is an error.
const ATTEMPTS: usize = 100;

/// The process that holds the lock of a store, as far as it said so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LockHolder {
    /// Its process number; `None` for readers, and for a writer that is just starting.
    pub pid: Option<u32>,
    /// When it asked for the lock.
    pub since: Option<Timestamp>,
}

impl LockHolder {
    fn read(lock: &File) -> Self {
        let mut text = [0; 64];
        let length = lock.read_at(&mut text, 0).unwrap_or(0);
        let text = String::from_utf8_lossy(&text[..length]);
        let mut words = text.split_whitespace();
        Self {
            pid: words.next().and_then(|word| word.parse().ok()),
            since: words.next().and_then(|word| word.parse().ok()),
        }
    }
}

impl fmt::Display for LockHolder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.pid {
            Some(pid) => write!(f, "process {pid}")?,
            None => f.write_str("another process")?,
        }
        match self.since {
            Some(since) => write!(f, " since {since:.0}"),
            None => Ok(()),
        }
    }
}

/// A root that this process alone may change.
///
/// Dropping it frees the lock, and removes what it made unless [`Locked::keep`] was called.
#[derive(Debug)]
pub(super) struct Locked {
    pub(super) root: Dir,
    pub(super) state: Dir,
    /// Holds the state directory, under the folder's name.
    above: Dir,
    folder: StateFolder,
    lock: Option<File>,
    made: Made,
}

impl Locked {
    /// Opens or makes the root and takes its lock.
    ///
    /// `wait` is how long to wait for another process, `None` without an end; `waiting` is called
    /// once if there is one to wait for.
    pub(super) fn acquire(
        path: &Path,
        folder: StateFolder,
        now: Timestamp,
        wait: Option<Duration>,
        waiting: impl FnOnce(&LockHolder),
    ) -> Result<Self, StoreError> {
        let mut waiting = Some(waiting);
        let mut report = |holder: &LockHolder| {
            if let Some(waiting) = waiting.take() {
                waiting(holder);
            }
        };
        for _ in 0..ATTEMPTS {
            if let Some(locked) = Self::attempt(path, folder, now, wait, &mut report)? {
                return Ok(locked);
            }
        }
        Err(io_error("lock", path.join(folder.path()).join(LOCK), Errno::AGAIN))
    }

    /// Leaves the root and the state directory in place when dropped.
    pub(super) fn keep(&mut self) {
        self.made.state = false;
        self.made.above.clear();
        self.made.root = None;
    }

    /// Makes the names of the root and the state directory durable if they were just made.
    pub(super) fn sync_made(&self) -> Result<(), StoreError> {
        if let Some((above, _)) = &self.made.root {
            above.sync()?;
        }
        for (holder, _) in &self.made.above {
            holder.sync()?;
        }
        if self.made.state { self.above.sync() } else { Ok(()) }
    }

    /// One try; `None` if somebody removed or replaced a directory on the way.
    fn attempt(
        path: &Path,
        folder: StateFolder,
        now: Timestamp,
        wait: Option<Duration>,
        waiting: &mut dyn FnMut(&LockHolder),
    ) -> Result<Option<Self>, StoreError> {
        let mut made = Made::default();
        let root = match Dir::open(path)? {
            Some(root) => root,
            None => {
                made.root = Dir::make_root(path)?;
                let Some(root) = Dir::open(path)? else { return Ok(None) };
                root
            }
        };
        trust::check_root(&root, Use::Changing)?;
        let Some(above) = made.make_above(&root, folder)? else { return Ok(None) };
        above.check_writable()?;
        made.state = match above.make_child(folder.name(), 0o700) {
            Ok(made) => made,
            Err(error) if is_gone(&error) => return Ok(None),
            Err(error) => return Err(error),
        };
        let state = match above.child(folder.name()) {
            Ok(Some(state)) => state,
            other => {
                if made.state {
                    above.remove_child(folder.name())?;
                }
                return other.map(|_| None);
            }
        };
        let mut locked = Self { root, state, above, folder, lock: None, made };
        let Some(lock) = locked.state.open_or_make(LOCK)? else { return Ok(None) };
        let lock = locked.lock.insert(lock);
        let name = || locked.state.at(LOCK);
        wait_for(lock, FlockOperation::NonBlockingLockExclusive, name, wait, waiting)?;
        if !locked.is_current(path)? {
            return Ok(None);
        }
        trust::check_state(&locked.root, &locked.state)?;
        locked.sign(now)?;
        Ok(Some(locked))
    }

    /// Whether the root's name still leads to what is open: the holder before us may have removed it.
    fn is_current(&self, path: &Path) -> Result<bool, StoreError> {
        let (Some(root), Some(lock)) = (Dir::open(path)?, &self.lock) else { return Ok(false) };
        Ok(is_same(&root.stat_self()?, &self.root.stat_self()?)
            && is_named(&root, self.folder, &self.state, lock)?)
    }

    /// Writes who holds the lock, for those who wait for it.
    fn sign(&mut self, now: Timestamp) -> Result<(), StoreError> {
        let name = self.state.at(LOCK);
        let text = format!("{} {now:.0}\n", std::process::id());
        let Some(lock) = &mut self.lock else { return Ok(()) };
        lock.set_len(0)
            .and_then(|()| lock.write_all(text.as_bytes()))
            .map_err(|source| io_error("write", name, source))
    }

    /// Removes the lock file of a state directory that holds nothing else. Only the holder of the
    /// lock may do so; others could be holding it otherwise without anyone knowing.
    fn remove_lock_file(&self) -> Result<(), StoreError> {
        let Some(lock) = &self.lock else { return Ok(()) };
        let held = rustix::fs::flock(lock, FlockOperation::NonBlockingLockExclusive).is_ok();
        if held
            && is_named(&self.root, self.folder, &self.state, lock)?
            && self.state.names()? == [LOCK]
        {
            self.state.unlink(LOCK)?;
        }
        Ok(())
    }
}

impl Drop for Locked {
    fn drop(&mut self) {
        // Nobody is left to be told, and what stays behind here is an empty file or directory.
        if self.made.state {
            let _ = self.remove_lock_file();
            let _ = self.above.remove_child(self.folder.name());
        }
        if let Some(lock) = &self.lock
            && rustix::fs::flock(lock, FlockOperation::NonBlockingLockExclusive).is_ok()
        {
            let _ = lock.set_len(0);
        }
    }
}

/// What this process made before it had anything to write.
#[derive(Debug, Default)]
struct Made {
    /// The directory above the root, and the root's name there.
    root: Option<(Dir, OsString)>,
    /// The directories on the way to the state directory, each with the one that holds it.
    above: Vec<(Dir, String)>,
    /// Whether the state directory is ours too.
    state: bool,
}

impl Made {
    /// Opens the directory that holds the state directory, and makes what is missing on the way;
    /// `None` if somebody removes it at the same time.
    fn make_above(&mut self, root: &Dir, folder: StateFolder) -> Result<Option<Dir>, StoreError> {
        let Some(mut here) = root.descend("")? else { return Ok(None) };
        for name in folder.above().split('/').filter(|name| !name.is_empty()) {
            let made = here.make_child(name, 0o755)?;
            let Some(child) = here.child(name)? else { return Ok(None) };
            if made {
                child.set_mode(0o755)?;
                self.above.push((here, name.to_owned()));
            }
            here = child;
        }
        Ok(Some(here))
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        // Only an empty directory goes this way.
        while let Some((holder, name)) = self.above.pop() {
            let _ = holder.remove_child(name);
        }
        if let Some((above, name)) = self.root.take() {
            let _ = above.remove_child(name);
        }
    }
}

/// The state directory as a reader opened it, with the shared lock if there is one to take.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) state: Dir,
    lock: Option<File>,
}

impl Shared {
    /// Opens the state directory next to other readers; `None` if there is none or no right to it.
    pub(super) fn acquire(root: &Dir, folder: StateFolder) -> Result<Option<Self>, StoreError> {
        for _ in 0..ATTEMPTS {
            let state = match root.descend(folder.path()) {
                Ok(Some(state)) => state,
                Ok(None) => return Ok(None),
                Err(error) if is_denied(&error) => return Ok(None),
                Err(error) => return Err(error),
            };
            let Some(lock) = state.open_if_allowed(LOCK)? else {
                return Ok(Some(Self { state, lock: None }));
            };
            let operation = FlockOperation::NonBlockingLockShared;
            wait_for(&lock, operation, || state.at(LOCK), Some(READ_WAIT), &mut |_| ())?;
            if is_named(root, folder, &state, &lock)? {
                return Ok(Some(Self { state, lock: Some(lock) }));
            }
        }
        Err(io_error("lock", root.at(folder.path()), Errno::AGAIN))
    }

    /// Whether no writer can be at work.
    pub(super) const fn is_locked(&self) -> bool {
        self.lock.is_some()
    }
}

/// Whether the lock file and its directory still have the names under which they were opened.
fn is_named(root: &Dir, folder: StateFolder, state: &Dir, lock: &File) -> Result<bool, StoreError> {
    let Some(above) = root.descend(folder.above())? else { return Ok(false) };
    let (Some(named_state), Some(named_lock)) = (above.stat(folder.name())?, state.stat(LOCK)?)
    else {
        return Ok(false);
    };
    let lock =
        rustix::fs::fstat(lock).map_err(|errno| io_error("inspect", state.at(LOCK), errno))?;
    Ok(is_same(&named_state, &state.stat_self()?) && is_same(&named_lock, &lock))
}

/// Tries until the lock is taken or the waiting, summed up step by step, reaches its limit.
fn wait_for(
    lock: &File,
    operation: FlockOperation,
    name: impl Fn() -> PathBuf,
    wait: Option<Duration>,
    waiting: &mut dyn FnMut(&LockHolder),
) -> Result<(), StoreError> {
    let mut waited = Duration::ZERO;
    loop {
        match rustix::fs::flock(lock, operation) {
            Ok(()) => return Ok(()),
            Err(Errno::INTR) => continue,
            Err(Errno::WOULDBLOCK) => {}
            Err(errno) => return Err(io_error("lock", name(), errno)),
        }
        let holder = LockHolder::read(lock);
        if wait.is_some_and(|limit| waited >= limit) {
            return Err(StoreError::Locked { path: name(), holder });
        }
        waiting(&holder);
        thread::sleep(STEP);
        waited += STEP;
    }
}

fn is_gone(error: &StoreError) -> bool {
    matches!(error, StoreError::Io { source, .. } if source.kind() == std::io::ErrorKind::NotFound)
}
