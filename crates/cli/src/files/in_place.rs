//! A kubeconfig that is changed in place: found once, and then known by its folder's descriptor; under
//! client-go's lock; with the file as it was kept as a backup.

use std::{
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
    time::Duration,
};

use jiff::Timestamp;
use kubepki_cluster::{
    StoreError,
    store::{self, Known, LockFile, Place, Replacement},
};

use super::LARGEST;
use crate::error::CommandError;

/// How many backups of a file are kept; older ones are removed.
const KEPT_BACKUPS: usize = 10;

/// How often a lock is tried, and how long apart: ten seconds in all.
const TRIES: u32 = 400;
const APART: Duration = Duration::from_millis(25);

/// A file that nobody else changes until it is dropped.
#[derive(Debug)]
pub(crate) struct InPlace {
    path: PathBuf,
    known: Option<Known>,
    // Dropped in this order: a folder that was made and is still empty goes last.
    _locks: Vec<LockFile>,
    place: Place,
}

impl InPlace {
    /// Finds a file, locks it as client-go does, and reads it; `None` where its folder is missing.
    pub(crate) fn open(path: &Path) -> Result<Option<Self>, CommandError> {
        Self::of(Place::find(path), path)
    }

    /// As [`InPlace::open`]; makes the folder, for its owner alone, where only that is missing.
    pub(crate) fn open_or_make_folder(path: &Path) -> Result<Option<Self>, CommandError> {
        Self::of(Place::find_or_make_folder(path), path)
    }

    fn of(
        place: Result<Option<Place>, StoreError>,
        path: &Path,
    ) -> Result<Option<Self>, CommandError> {
        let failed = |error| unchanged(path, &error);
        let Some(place) = place.map_err(failed)? else { return Ok(None) };
        let locks = lock(&place)?;
        place.clean().map_err(failed)?;
        let known = place.read(LARGEST).map_err(failed)?;
        if known.is_none() && place.is_by_link() {
            return Err(CommandError::usage(format!("cannot write `{}`", path.display()))
                .because("it is a symbolic link to a missing file")
                .hint("create its target, or remove the link"));
        }
        Ok(Some(Self { path: path.to_owned(), known, _locks: locks, place }))
    }

    /// The bytes of the file, if there is one.
    pub(crate) fn contents(&self) -> Option<&[u8]> {
        self.known.as_ref().map(|known| known.file.contents.as_slice())
    }

    /// The user that it belongs to, if that is neither this one nor root.
    pub(crate) fn foreign_owner(&self) -> Option<u32> {
        self.known.as_ref().and_then(Known::foreign_owner)
    }

    /// Puts new contents in its place, and returns where the ones before are kept: beside it as
    /// `<file>.bak-<time>`.
    ///
    /// The owner stays, so that root may do it for somebody; the mode becomes 0600, or stays narrower.
    pub(crate) fn replace(
        &self,
        contents: &[u8],
        now: Timestamp,
    ) -> Result<Option<PathBuf>, CommandError> {
        let Some(known) = &self.known else {
            return match self.place.create(contents) {
                Ok(()) => Ok(None),
                Err(error) => Err(unchanged(&self.path, &error)),
            };
        };
        Self::replace_together(&[(self, known, contents)], now).map(|mut backups| backups.pop())
    }

    /// Puts new contents in place of both of two files, or of neither, and returns their backups.
    pub(crate) fn replace_both(
        files: [(&Self, &[u8]); 2],
        now: Timestamp,
    ) -> Result<Vec<PathBuf>, CommandError> {
        let mut changes = Vec::new();
        for (file, contents) in files {
            let known = file.known.as_ref().ok_or_else(|| {
                CommandError::usage(format!("cannot read `{}`", file.path.display()))
                    .because("there is no such file")
            })?;
            changes.push((file, known, contents));
        }
        Self::replace_together(&changes, now)
    }

    fn replace_together(
        changes: &[(&Self, &Known, &[u8])],
        now: Timestamp,
    ) -> Result<Vec<PathBuf>, CommandError> {
        let mut kept: Vec<(&Self, Backup)> = Vec::new();
        let discard = |kept: &[(&Self, Backup)]| {
            for (file, backup) in kept.iter().filter(|(_, backup)| backup.is_new) {
                let _ = file.place.remove_sibling(&backup.name);
            }
        };
        for (file, known, _) in changes {
            match file.keep(known, now) {
                Ok(backup) => kept.push((file, backup)),
                Err(error) => {
                    discard(&kept);
                    return Err(unchanged(&file.path, &error));
                }
            }
        }
        let replacements: Vec<_> = changes
            .iter()
            .map(|(file, known, bytes)| Replacement { place: &file.place, known, bytes })
            .collect();
        if let Err(error) = store::replace_together(&replacements) {
            if error.is_unchanged() {
                // Nothing was replaced, so there is nothing to keep.
                discard(&kept);
            }
            let paths: Vec<_> = changes.iter().map(|(file, ..)| file.path.as_path()).collect();
            return Err(unchanged_files(&paths, &error));
        }
        let mut backups = Vec::new();
        for (file, backup) in &kept {
            file.discard_old_backups();
            let name = file.place.at(&backup.name);
            backups.push(file.path.with_file_name(name.file_name().unwrap_or_default()));
        }
        Ok(backups)
    }

    fn keep(&self, known: &Known, now: Timestamp) -> Result<Backup, StoreError> {
        // A run that was killed has kept it already.
        if let Some(name) = self.backups()?.pop()
            && let Some(kept) = self.place.read_sibling(&name, LARGEST)?
            && kept.contents == known.file.contents
        {
            return Ok(Backup { name, is_new: false });
        }
        let mut prefix = self.prefix();
        prefix.push(now.strftime("%Y%m%dT%H%M%S%.6fZ").to_string());
        for number in 1..100 {
            let mut name = prefix.clone();
            if number > 1 {
                name.push(format!("-{number}"));
            }
            if self.place.keep(known, &name)? {
                return Ok(Backup { name, is_new: true });
            }
        }
        Err(StoreError::Exists { path: self.place.at(&prefix) })
    }

    /// The names of its backups, the oldest first.
    fn backups(&self) -> Result<Vec<OsString>, StoreError> {
        let prefix = self.prefix();
        let mut names = self.place.siblings()?;
        names.retain(|name| is_backup(name, &prefix));
        names.sort();
        Ok(names)
    }

    /// Each holds private keys that may be good for years, so they are not left to pile up.
    fn discard_old_backups(&self) {
        let backups = self.backups().unwrap_or_default();
        let too_many = backups.len().saturating_sub(KEPT_BACKUPS);
        for name in backups.into_iter().take(too_many) {
            // It is tried again the next time.
            let _ = self.place.remove_sibling(&name);
        }
    }

    fn prefix(&self) -> OsString {
        let mut prefix = self.place.name().to_owned();
        prefix.push(".bak-");
        prefix
    }
}

/// Refuses a file that could not be changed in place, before there is anything to put into it.
pub(crate) fn check_in_place(path: &Path) -> Result<(), CommandError> {
    let Some(place) = Place::find(path).map_err(|error| unchanged(path, &error))? else {
        return Ok(());
    };
    place.check_writable().map_err(|error| unchanged(path, &error))
}

struct Backup {
    name: OsString,
    is_new: bool,
}

/// Takes client-go's locks: a file beside it, called `<file>.lock`, that exists while somebody writes.
/// kubectl gives up at once when it is there; this waits.
fn lock(place: &Place) -> Result<Vec<LockFile>, CommandError> {
    let mut locks = Vec::new();
    for place in place.lock_places() {
        let path = place.at(LOCK);
        let cannot = || CommandError::failed(format!("cannot lock with `{}`", path.display()));
        let mut tries = 0;
        let lock = loop {
            if let Some(lock) = place.try_lock(LOCK).map_err(|error| cannot().caused_by(&error))? {
                break lock;
            }
            tries += 1;
            if tries == TRIES {
                return Err(cannot().because("it still exists after 10 seconds").hint(
                    "wait for the other kubectl or kubepki to finish; if none runs, remove this file",
                ));
            }
            std::thread::sleep(APART);
        };
        locks.push(lock);
    }
    Ok(locks)
}

const LOCK: &str = ".lock";

/// Only names that [`InPlace::keep`] makes: `20261120T120000.123456Z`, and `-2` after it.
fn is_backup(name: &OsStr, prefix: &OsStr) -> bool {
    let Some(time) = name
        .as_encoded_bytes()
        .strip_prefix(prefix.as_encoded_bytes())
        .filter(|time| time.len() >= 23)
    else {
        return false;
    };
    let (time, number) = time.split_at(23);
    let number_fits = match number {
        [] => true,
        [b'-', digits @ ..] => !digits.is_empty() && digits.iter().all(u8::is_ascii_digit),
        _ => false,
    };
    number_fits
        && time.iter().zip(b"00000000T000000.000000Z").all(|(byte, form)| match form {
            b'0' => byte.is_ascii_digit(),
            other => byte == other,
        })
}

/// What became of a file that could not be written.
pub(super) fn unchanged(path: &Path, error: &StoreError) -> CommandError {
    unchanged_files(&[path], error)
}

fn unchanged_files(paths: &[&Path], error: &StoreError) -> CommandError {
    let paths: Vec<_> = paths.iter().map(|path| format!("`{}`", path.display())).collect();
    let paths = paths.join(" and ");
    let failed = match error.is_unchanged() {
        _ if matches!(error, StoreError::WrongKind { .. }) => {
            CommandError::usage(format!("cannot write {paths}; nothing has changed"))
        }
        true => CommandError::failed(format!("cannot write {paths}; nothing has changed")),
        false => CommandError::failed(format!("cannot write {paths}")),
    };
    let failed = failed.caused_by(error);
    match error.hint() {
        Some(hint) => failed.hint(hint),
        None => failed,
    }
}
