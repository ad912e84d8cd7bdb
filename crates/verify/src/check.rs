//! What a check is and what it finds. The table is in [`crate::checks`]. Runs nothing.

use std::{
    fmt,
    hash::{Hash, Hasher},
    path::{Path, PathBuf},
};

/// One named check.
///
/// Its name is its identity, for people, for `--explain` and for programs.
#[derive(Debug)]
pub struct Check {
    /// Its name, in kebab-case.
    pub name: &'static str,
    /// Its place in the list of checks of docs/checks.md; several checks may share one.
    pub number: u8,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, in general: a lowercase sentence without a full stop.
    pub title: &'static str,
    /// Why that breaks what, in full sentences.
    pub why: &'static str,
    /// How to mend it, in full sentences.
    pub mend: &'static str,
    /// Where the rule stands, or where people met it.
    pub source: &'static str,
    /// The number in the CIS Kubernetes benchmark, where it has one.
    pub cis: Option<&'static str>,
}

impl PartialEq for Check {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Check {}

impl Hash for Check {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

/// How bad a finding is, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Something does not work, or will not be safe, as it stands.
    Error,
    /// Something works and should not stay so.
    Warning,
    /// Something that one should know.
    Note,
}

impl Severity {
    /// Returns its name: `error`, `warning` or `note`, as SARIF has them.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Something that a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The check.
    pub check: &'static Check,
    /// Where it was found.
    pub place: Place,
    /// Where else the very same thing lies: other copies of a certificate.
    pub also: Vec<Place>,
    /// What is wrong here: a lowercase sentence without a full stop, which has the values.
    pub what: String,
}

impl Finding {
    /// A finding at one place.
    pub fn new(check: &'static Check, place: Place, what: impl Into<String>) -> Self {
        Self { check, place, also: Vec::new(), what: what.into() }
    }

    /// A finding about something that lies at several places, the first of which counts.
    pub(crate) fn at(check: &'static Check, places: &[Place], what: impl Into<String>) -> Self {
        let mut places = places.iter().cloned();
        // Nothing is known that lies nowhere; a finding without a place still says what it is.
        let place = places.next().unwrap_or_else(|| Place::file(PathBuf::new()));
        Self { check, place, also: places.collect(), what: what.into() }
    }
}

/// Where something lies.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The file or endpoint.
    pub target: Target,
    /// What of it; none for the whole.
    pub part: Option<Part>,
}

/// What holds something.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// A server, as `host:port`.
    Endpoint(String),
    /// A file or folder.
    File(PathBuf),
}

/// A part of a file, or of what a server sends.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Part {
    /// The certificate at this position, counted from 1.
    Certificate(usize),
    /// A cluster of a kubeconfig.
    Cluster(String),
    /// A context of a kubeconfig.
    Context(String),
    /// A flag of a component, on this line, counted from 1.
    Flag {
        /// The flag, with its dashes.
        flag: String,
        /// Its line; 0 where it is missing.
        line: usize,
    },
    /// The private key of a file that holds more.
    Key,
    /// A user of a kubeconfig.
    User(String),
    /// What a user of a kubeconfig sends behind its own certificate.
    UserChain(String),
}

impl Place {
    /// A whole file.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self { target: Target::File(path.into()), part: None }
    }

    /// A whole endpoint.
    pub fn endpoint(address: impl Into<String>) -> Self {
        Self { target: Target::Endpoint(address.into()), part: None }
    }

    /// The same file or endpoint, but this part of it.
    #[must_use]
    pub fn part(mut self, part: Part) -> Self {
        self.part = Some(part);
        self
    }

    /// Whether it is the file's own certificate: what follows the first is its chain, in kubeconfigs
    /// too, and a kubeconfig's CA is another's.
    pub(crate) const fn is_own(&self) -> bool {
        matches!(self.part, None | Some(Part::Certificate(1) | Part::User(_)))
    }

    /// The file's path; none for an endpoint.
    pub fn path(&self) -> Option<&Path> {
        match &self.target {
            Target::File(path) => Some(path),
            Target::Endpoint(_) => None,
        }
    }
}

/// Prints `pki/ca.crt`, `bundle.crt (certificate 2)`, `admin.conf (user jane)`.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.target {
            Target::Endpoint(address) => f.write_str(&visible(address))?,
            Target::File(path) => f.write_str(&visible(&path.display().to_string()))?,
        }
        match &self.part {
            None => Ok(()),
            Some(Part::Certificate(number)) => write!(f, " (certificate {number})"),
            Some(Part::Cluster(name)) => write!(f, " (cluster {})", visible(name)),
            Some(Part::Context(name)) => write!(f, " (context {})", visible(name)),
            Some(Part::Flag { flag, line: 0 }) => write!(f, " ({})", visible(flag)),
            Some(Part::Flag { flag, line }) => write!(f, ":{line} ({})", visible(flag)),
            Some(Part::Key) => f.write_str(" (private key)"),
            Some(Part::User(name)) => write!(f, " (user {})", visible(name)),
            Some(Part::UserChain(name)) => write!(f, " (chain of user {})", visible(name)),
        }
    }
}

/// A text of somebody else's, as it may be shown on a terminal.
pub(crate) fn visible(text: &str) -> String {
    kubepki_report::escape(text).into_owned()
}
