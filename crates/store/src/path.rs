//! Paths below a store's root. Touches no file.

use std::{borrow::Borrow, fmt};

use serde::{Deserialize, Serialize};

use super::{StoreError, journal::HISTORY};

/// The directory below the root that belongs to the store, with mode 0700.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StateFolder {
    /// In the file system of a machine: where programs keep their state (hier(7)).
    Machine,
    /// In a PKI root.
    Root,
}

impl StateFolder {
    /// The directory that holds it, from the root; empty for the root itself.
    pub(super) const fn above(self) -> &'static str {
        match self {
            Self::Machine => "var/lib",
            Self::Root => "",
        }
    }

    /// Its name in there.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Machine => "kubepki",
            Self::Root => ".kubepki",
        }
    }

    /// Its path from the root.
    pub(super) const fn path(self) -> &'static str {
        match self {
            Self::Machine => "var/lib/kubepki",
            Self::Root => ".kubepki",
        }
    }
}

/// What the store and the ledger keep in the [`StateFolder`]; no write may go there.
const RESERVED: [&str; 14] = [
    "bundle.key",
    "bundle.key.new",
    "history",
    "journal",
    "journal.done",
    "journal.new",
    "journal.rollback",
    "ledger.db",
    "ledger.db-journal",
    "lock",
    "push",
    "staging",
    "undelivered.json",
    "undelivered.new",
];

/// A `/`-separated path below the root of a store.
///
/// It is never absolute, has no empty, `.` or `..` component and no control character; each
/// component has at most 255 bytes and the whole at most 2048, so that its copy in the history
/// still is a path that the system takes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct StorePath(String);

impl StorePath {
    /// Checks a path; the error names the rule that it breaks.
    pub fn new(path: impl Into<String>) -> Result<Self, StoreError> {
        let path = path.into();
        match broken_rule(&path) {
            None => Ok(Self(path)),
            Some(reason) => Err(StoreError::InvalidPath { path: shorten(&path), reason }),
        }
    }

    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Where the history folder `folder` keeps the old file of `target`, from the state directory.
    pub(super) fn of_history(folder: &str, target: &Self) -> Self {
        Self(format!("{HISTORY}/{folder}/{target}"))
    }

    /// The directory that holds the file; empty for the root.
    pub fn parent(&self) -> &str {
        self.0.rsplit_once('/').map_or("", |(parent, _)| parent)
    }

    /// The last component.
    pub fn file_name(&self) -> &str {
        self.0.rsplit_once('/').map_or(self.as_str(), |(_, name)| name)
    }

    /// Every directory on the way from the root, the outermost first, without the root.
    pub(super) fn directories(&self) -> impl Iterator<Item = &str> {
        self.0.match_indices('/').map(|(end, _)| &self.0[..end])
    }

    /// Whether the store itself keeps something here.
    pub fn is_reserved(&self) -> bool {
        // Both, wherever the store is: neither is the name of anything else.
        [StateFolder::Root, StateFolder::Machine].into_iter().any(|folder| {
            let below = self.0.strip_prefix(folder.path());
            below.is_some_and(|below| match below.strip_prefix('/') {
                Some(below) => RESERVED.contains(&below.split('/').next().unwrap_or_default()),
                None => below.is_empty(),
            })
        })
    }
}

impl Borrow<str> for StorePath {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for StorePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for StorePath {
    type Error = StoreError;

    fn try_from(path: String) -> Result<Self, StoreError> {
        Self::new(path)
    }
}

impl From<StorePath> for String {
    fn from(path: StorePath) -> Self {
        path.0
    }
}

fn broken_rule(path: &str) -> Option<&'static str> {
    if path.is_empty() {
        return Some("it is empty");
    }
    if path.starts_with('/') {
        return Some("it is absolute");
    }
    if path.len() > 2048 {
        return Some("it is longer than 2048 bytes");
    }
    if path.chars().any(char::is_control) {
        return Some("it has a control character");
    }
    path.split('/').find_map(|component| match component {
        "" => Some("a component is empty"),
        "." | ".." => Some("a component is `.` or `..`"),
        long if long.len() > 255 => Some("a component is longer than 255 bytes"),
        _ => None,
    })
}

/// Escapes what could disturb a terminal and keeps the first 80 characters.
fn shorten(path: &str) -> String {
    let mut short: String = path.chars().take(80).flat_map(char::escape_debug).collect();
    if path.chars().nth(80).is_some() {
        short.push_str("...");
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_paths_below_the_root() {
        for path in ["a", "authorities/ca.key", "hosts/näme/-rf", "...", "a b", ".kubepki/spec"] {
            assert_eq!(StorePath::new(path).unwrap().as_str(), path);
        }
    }

    #[test]
    fn refuses_every_way_out_of_the_root() {
        let long = format!("a/{}", "b".repeat(256));
        let deep = "abcdefg/".repeat(257) + "x";
        for path in [
            "",
            "/",
            "/etc/passwd",
            "..",
            "../x",
            "a/..",
            "a/../b",
            ".",
            "./a",
            "a/./b",
            "a//b",
            "a/",
            "a\0b",
            "a\nb",
            "a\r",
            "\u{1b}[2J",
            "\u{7f}",
            "\u{9b}x",
            &long,
            &deep,
        ] {
            let error = StorePath::new(path).unwrap_err();
            assert!(matches!(error, StoreError::InvalidPath { .. }), "{path:?} gave {error:?}");
            let text = error.to_string();
            assert!(text.len() < 400 && !text.chars().any(char::is_control), "{text:?}");
        }
    }

    #[test]
    fn splits_into_directories_and_name() {
        let path = StorePath::new("a/b/c").unwrap();
        assert_eq!(path.directories().collect::<Vec<_>>(), ["a", "a/b"]);
        assert_eq!((path.parent(), path.file_name()), ("a/b", "c"));
        let top = StorePath::new("c").unwrap();
        assert_eq!(top.directories().count(), 0);
        assert_eq!((top.parent(), top.file_name()), ("", "c"));
    }

    #[test]
    fn knows_what_belongs_to_the_store() {
        for (path, reserved) in [
            (".kubepki", true),
            (".kubepki/lock", true),
            (".kubepki/staging/0000", true),
            (".kubepki/history/x/y", true),
            (".kubepki/ledger.db", true),
            (".kubepki/undelivered.json", true),
            (".kubepki/cluster.yaml", false),
            ("x/.kubepki/lock", false),
            (".kubepkix/lock", false),
            ("var/lib/kubepki", true),
            ("var/lib/kubepki/journal", true),
            ("var/lib/kubepki/installed.json", false),
            ("var/lib", false),
        ] {
            assert_eq!(StorePath::new(path).unwrap().is_reserved(), reserved, "{path}");
        }
    }

    #[test]
    fn survives_json_and_is_checked_by_it() {
        let path = StorePath::new("a/b").unwrap();
        let text = serde_json::to_string(&path).unwrap();
        assert_eq!(text, r#""a/b""#);
        assert_eq!(serde_json::from_str::<StorePath>(&text).unwrap(), path);
        assert!(serde_json::from_str::<StorePath>(r#""../b""#).is_err());
    }
}
