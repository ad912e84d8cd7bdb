//! The record of a change under way. Holds paths and digests, never contents.
//!
//! Its name says what a killed run wants done with it: `journal` is rolled forward,
//! `journal.rollback` back, and `journal.done` needs only cleaning up, after which it stays in the
//! history. A name changes in one step and
//! takes no space, which matters where the disk is full.

use std::{collections::BTreeSet, ffi::OsStr, fmt::Write as _};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    FileWrite, MAX_FILE_SIZE, StoreError, StorePath, StoredFile, prune::Pruned, tree::Dir,
};

/// A change to be rolled forward.
pub(super) const FORWARD: &str = "journal";
/// A change to be rolled back.
pub(super) const BACK: &str = "journal.rollback";
/// A change that is durable.
pub(super) const DONE: &str = "journal.done";
/// A journal that is still being written.
pub(super) const UNFINISHED: &str = "journal.new";
/// The directory of the new files.
pub(super) const STAGING: &str = "staging";
/// The directory of the old files.
pub(super) const HISTORY: &str = "history";

const VERSION: u32 = 1;

/// No journal is larger: about 200000 files.
const MAX_JOURNAL_SIZE: u64 = 64 * 1024 * 1024;

/// One change of many files.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Journal {
    version: u32,
    /// When the change was asked for.
    pub(super) time: Timestamp,
    /// The folder of the history for the old files.
    history: String,
    /// The directories that were missing, each after the one above it.
    pub(super) directories: BTreeSet<StorePath>,
    /// The files.
    pub(super) entries: Vec<Entry>,
    /// The directories that are removed where nothing is left in them.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(super) emptied: BTreeSet<StorePath>,
    /// The permission bits of folders that are made, where they are not those of a root.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) folder_mode: Option<u32>,
    /// The name of the change that this one takes back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) undoes: Option<String>,
}

/// One file of a change.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    /// Where the new file goes.
    pub(super) target: StorePath,
    /// Its name in the staging directory until then.
    pub(super) staged: String,
    /// The digest of its contents, in hexadecimal digits.
    sha256: String,
    /// Whether it replaces a file.
    pub(super) had_old: bool,
    /// Whether no new file goes there, and the old one, whose digest this is, into the history.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) removed: bool,
}

impl Journal {
    /// Plans a change; `had_old` says of each write whether it replaces a file.
    pub(super) fn new(
        time: Timestamp,
        history: String,
        directories: BTreeSet<StorePath>,
        writes: &[FileWrite],
        had_old: &[bool],
    ) -> Self {
        let entry = |(number, (write, had_old)): (usize, (&FileWrite, &bool))| Entry {
            target: write.path.clone(),
            staged: format!("{number:04}"),
            sha256: digest(&write.contents),
            had_old: *had_old,
            removed: false,
        };
        let entries = writes.iter().zip(had_old).enumerate().map(entry).collect();
        let (emptied, folder_mode, undoes) = (BTreeSet::new(), None, None);
        Self { version: VERSION, time, history, directories, entries, emptied, folder_mode, undoes }
    }

    /// Adds a file that is moved into the history, as it is now.
    pub(super) fn remove(&mut self, target: &StorePath, present: &StoredFile) {
        self.entries.push(Entry {
            target: target.clone(),
            staged: format!("{:04}", self.entries.len()),
            sha256: digest(&present.contents),
            had_old: true,
            removed: true,
        });
    }

    /// Keeps the journal of a change that is done, beside the folder of its old files. In one step,
    /// and the last: with it the change can no longer be taken back by itself.
    pub(super) fn archive(&self, state: &Dir) -> Result<(), StoreError> {
        state.make_child(HISTORY, 0o700)?;
        state.rename(DONE, &state.existing(HISTORY)?, record_name(&self.history))
    }

    /// The journals of the changes that are done, the oldest first.
    pub(super) fn archived(state: &Dir) -> Result<Vec<Self>, StoreError> {
        let mut journals = Vec::new();
        if let Some(history) = state.child(HISTORY)? {
            let mut names: Vec<_> =
                history.names()?.iter().filter_map(|name| Number::of_record(name)).collect();
            names.sort();
            for Number { name, .. } in names {
                journals.extend(Self::load(&history, &record_name(&name))?);
            }
        }
        // A run that was killed before its last step; the next writer does it.
        journals.extend(Self::load(state, DONE).unwrap_or_default());
        Ok(journals)
    }

    /// Reads the journal of this name; `None` if there is none.
    pub(super) fn load(state: &Dir, name: &str) -> Result<Option<Self>, StoreError> {
        let Some(file) = state.read(name, MAX_JOURNAL_SIZE)? else { return Ok(None) };
        let corrupt = |reason| StoreError::CorruptJournal { path: state.at(name), reason };
        let journal: Self = serde_json::from_slice(&file.contents)
            .map_err(|error| corrupt(error.to_string().chars().take(200).collect()))?;
        match journal.defect() {
            None => Ok(Some(journal)),
            Some(reason) => Err(corrupt(reason)),
        }
    }

    /// Writes the journal, durable and complete or not at all.
    pub(super) fn save(&self, state: &Dir) -> Result<(), StoreError> {
        // Strings, numbers and flags always have a form in JSON; the error cannot happen.
        let text = serde_json::to_vec_pretty(self).unwrap_or_default();
        state.write_new(UNFINISHED, &text, 0o600, None)?;
        state.rename(UNFINISHED, state, FORWARD)?;
        state.sync()
    }

    /// Where the old file of an entry is kept, from the state directory.
    pub(super) fn old_copy(&self, entry: &Entry) -> StorePath {
        StorePath::of_history(&self.history, &entry.target)
    }

    /// The directory of the old files of this change, in that of the history.
    pub(super) fn history(&self) -> &str {
        &self.history
    }

    /// What no run of this version would have written, if there is anything.
    fn defect(&self) -> Option<String> {
        if self.version != VERSION {
            return Some(format!("it has version {}, not {VERSION}", self.version));
        }
        if !matches!(self.folder_mode, None | Some(0o700 | 0o755)) {
            return Some("its folders would have a mode that none has".to_owned());
        }
        let is_folder = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        if self.history.is_empty()
            || self.history.len() > 64
            || !self.history.bytes().all(is_folder)
        {
            return Some("the name of its history folder is invalid".to_owned());
        }
        let mut seen = BTreeSet::new();
        for Entry { target, staged, sha256, had_old: _, removed: _ } in &self.entries {
            if target.is_reserved() {
                return Some(format!("`{target}` belongs to the store itself"));
            }
            let staged_ok =
                (4..=10).contains(&staged.len()) && staged.bytes().all(|b| b.is_ascii_digit());
            let digest_ok = sha256.len() == 64 && sha256.bytes().all(|b| b.is_ascii_hexdigit());
            if !staged_ok || !digest_ok {
                return Some(format!("its entry for `{target}` is invalid"));
            }
            if !seen.insert(target.as_str()) | !seen.insert(staged) {
                return Some(format!("`{target}` or its staged file occurs twice"));
            }
        }
        let mut directories = self.directories.iter().chain(&self.emptied);
        let reserved = directories.find(|directory| directory.is_reserved());
        reserved.map(|directory| format!("`{directory}` belongs to the store itself"))
    }
}

impl Entry {
    /// Whether a file has the new contents.
    pub(super) fn matches(&self, file: &StoredFile) -> bool {
        digest(&file.contents) == self.sha256
    }

    /// Whether the file of this name exists and is the new one.
    pub(super) fn is_new(&self, directory: &Dir, name: &str) -> Result<bool, StoreError> {
        match directory.read(name, MAX_FILE_SIZE) {
            Ok(file) => Ok(file.is_some_and(|file| self.matches(&file))),
            // What somebody else put there in the meantime is not ours to judge.
            Err(StoreError::WrongKind { .. } | StoreError::TooLarge { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// The name of the history folder for a change at `now`: its time, and a number where a later or
/// equal one is there already, so that the names are in the order of the changes even where the
/// clock went back.
pub(super) fn history_folder(state: &Dir, now: Timestamp) -> Result<String, StoreError> {
    let plain = now.strftime("%Y%m%dT%H%M%SZ").to_string();
    let Some(history) = state.child(HISTORY)? else { return Ok(plain) };
    let last = history.names()?.iter().filter_map(|name| Number::of(name)).max();
    Ok(match last {
        Some(last) if last.time >= plain => format!("{}-{}", last.time, last.number + 1),
        _ => plain,
    })
}

/// The parts of a history folder's name, in the order in which they count.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Number {
    time: String,
    number: u64,
    name: String,
}

impl Number {
    /// Of a folder, or of the journal that is kept beside it, also where that is dead.
    fn of(name: &OsStr) -> Option<Self> {
        let name = name.to_str()?;
        let dead = Pruned::of(name);
        let name = match &dead {
            Some(dead) => dead.name(),
            None => name.strip_suffix(RECORD).unwrap_or(name),
        };
        let (time, number) = match name.split_once('-') {
            Some((time, number)) => (time, number.parse().ok()?),
            None => (name, 1),
        };
        let is_time = time.len() == 16 && time.bytes().all(|byte| byte.is_ascii_alphanumeric());
        is_time.then(|| Self { time: time.to_owned(), number, name: name.to_owned() })
    }

    fn of_record(name: &OsStr) -> Option<Self> {
        Self::of(name).filter(|_| name.as_encoded_bytes().ends_with(RECORD.as_bytes()))
    }
}

/// What the name of a journal in the history ends with.
const RECORD: &str = ".json";

pub(super) fn record_name(folder: &str) -> String {
    format!("{folder}{RECORD}")
}

fn digest(contents: &[u8]) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, contents);
    digest.as_ref().iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
