//! OpenSSL's names of object identifiers, by its own table. Knows no meaning.

use std::{collections::HashMap, sync::LazyLock};

use kubepki_ca::der::{self, Value};

/// An object identifier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Object {
    /// The arcs with dots between them.
    pub(super) dotted: String,
    names: Option<(&'static str, &'static str)>,
}

impl Object {
    /// The object of an OBJECT IDENTIFIER; of a malformed or very large one the octets are shown.
    pub(super) fn of(identifier: &Value<'_>) -> Self {
        let octets = || format!("{:02x?}", identifier.content);
        let dotted = der::arcs(identifier.content).map_or_else(octets, |it| der::dotted(&it));
        let names = NAMES.get(dotted.as_str()).copied();
        Self { dotted, names }
    }

    /// The long name, or the arcs where there is none.
    pub(super) fn long(&self) -> &str {
        self.names.map_or(&self.dotted, |(_, long)| long)
    }

    /// The short name, or the arcs where there is none.
    pub(super) fn short(&self) -> &str {
        self.names.map_or_else(|| self.dotted.as_str(), |(short, _)| short)
    }
}

/// The long name of arcs in dots.
pub(super) fn long_name(dotted: &str) -> Option<&'static str> {
    NAMES.get(dotted).map(|(_, long)| *long)
}

/// The table that `openssl list -objects` of OpenSSL 3.0 prints, sorted: arcs, short name, and long
/// name where it is another. Two identifiers that are none are left out.
const TABLE: &str = include_str!("objects.txt");

static NAMES: LazyLock<HashMap<&'static str, (&'static str, &'static str)>> =
    LazyLock::new(|| TABLE.lines().filter_map(entry).collect());

fn entry(line: &'static str) -> Option<(&'static str, (&'static str, &'static str))> {
    let (dotted, names) = line.split_once(' ')?;
    let (short, long) = names.split_once(' ').unwrap_or((names, names));
    Some((dotted, (short, long)))
}
