//! The record of a change under way. Holds paths and digests, never contents.
//!
//! Its name says what a killed run wants done with it: `journal` is rolled forward,
//! `journal.rollback` back, and `journal.done` needs only cleaning up. A name changes in one step and
//! takes no space, which matters where the disk is full.

use std::{collections::BTreeSet, fmt::Write as _};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{FileWrite, MAX_FILE_SIZE, StoreError, StorePath, StoredFile, tree::Dir};

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
        };
        let entries = writes.iter().zip(had_old).enumerate().map(entry).collect();
        Self { version: VERSION, time, history, directories, entries }
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
        state.write_new(UNFINISHED, &text, 0o600, true)?;
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
        let is_folder = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        if self.history.is_empty()
            || self.history.len() > 64
            || !self.history.bytes().all(is_folder)
        {
            return Some("the name of its history folder is invalid".to_owned());
        }
        let mut seen = BTreeSet::new();
        for Entry { target, staged, sha256, had_old: _ } in &self.entries {
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
        let reserved = self.directories.iter().find(|directory| directory.is_reserved());
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

/// The name of the history folder for a change at `now`, with a number if the plain name is taken.
pub(super) fn history_folder(state: &Dir, now: Timestamp) -> Result<String, StoreError> {
    let plain = now.strftime("%Y%m%dT%H%M%SZ").to_string();
    let Some(history) = state.child(HISTORY)? else { return Ok(plain) };
    let mut name = plain.clone();
    let mut number = 2;
    while history.stat(&name)?.is_some() {
        name = format!("{plain}-{number}");
        number += 1;
    }
    Ok(name)
}

fn digest(contents: &[u8]) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, contents);
    digest.as_ref().iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
