//! Which entries a renewal is for, and how early. Reads no file and no clock.

use std::collections::BTreeSet;

use jiff::SignedDuration;

use super::{Action, Decision, Step};
use crate::catalog::{Catalog, Content, Derivation, Entry, KeyPolicy, Leaf, Position, Secret};

/// What a renewal touches. Everything else stays as it is, however it differs from the spec.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    /// The entries; none for every one.
    among: Option<BTreeSet<Position>>,
    /// Whether they were named one by one, so that a missing one is made.
    named: bool,
    window: Option<Window>,
    reuse_keys: bool,
}

/// How much time may be left of what is renewed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    /// The spec's `renewBefore`, or a third of a short life.
    Spec,
    /// So much.
    Within(SignedDuration),
}

/// Why a name selects nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SelectionError {
    /// The name is that of something without an end.
    #[error("`{name}` is not renewed: {reason}")]
    NotRenewable {
        /// The name.
        name: String,
        /// What it is.
        reason: &'static str,
    },
    /// The spec has no such entry.
    #[error("the spec has no entry `{name}`")]
    Unknown {
        /// The name.
        name: String,
        /// The names that there are, without their hosts.
        known: Vec<String>,
        /// The one of these that may be meant.
        near: Option<String>,
    },
    /// The entry is not made for the chosen hosts.
    #[error("`{name}` is not made for the chosen hosts")]
    UnknownAtHost {
        /// The name.
        name: String,
    },
    /// The spec has nothing for such a host.
    #[error("the spec has no files for a host `{name}`")]
    UnknownHost {
        /// The name.
        name: String,
        /// The hosts that there are.
        known: Vec<String>,
    },
}

impl Selection {
    /// Every certificate that the catalog's CAs issue, however much time is left.
    pub const fn all() -> Self {
        Self { among: None, named: false, window: None, reuse_keys: false }
    }

    /// The entries of these names on these hosts; no names and no hosts stand for all of them.
    ///
    /// An entry is named as the plan names it (`apiserver`, `user/jane`), as kubeadm does
    /// (`admin.conf`), or by one of its files; a user without `user/` too.
    ///
    /// # Errors
    /// [`SelectionError`] for the first name that selects nothing.
    pub fn of(
        catalog: &Catalog,
        names: &[String],
        hosts: &[String],
    ) -> Result<Self, SelectionError> {
        let named = !names.is_empty();
        if !named && hosts.is_empty() {
            return Ok(Self::all());
        }
        let mut on_hosts = BTreeSet::new();
        for name in hosts {
            let before = on_hosts.len();
            let is_on = |(_, entry): &(Position, &Entry)| entry.id.host.as_ref() == Some(name);
            on_hosts.extend(positions(catalog, is_on));
            if on_hosts.len() == before {
                let known: BTreeSet<_> =
                    catalog.entries.iter().filter_map(|entry| entry.id.host.clone()).collect();
                let known = known.into_iter().collect();
                return Err(SelectionError::UnknownHost { name: name.clone(), known });
            }
        }
        if !named {
            return Ok(Self { among: Some(on_hosts), ..Self::all() });
        }
        let mut among = BTreeSet::new();
        for name in names {
            let mut found = entries_named(catalog, name)?;
            if !hosts.is_empty() {
                found.retain(|position| on_hosts.contains(position));
                if found.is_empty() {
                    return Err(SelectionError::UnknownAtHost { name: name.clone() });
                }
            }
            among.extend(found);
        }
        Ok(Self { among: Some(among), named, ..Self::all() })
    }

    /// Of these, those of which little time is left.
    #[must_use]
    pub fn within(self, window: Window) -> Self {
        Self { window: Some(window), ..self }
    }

    /// Keeps each key that is there and of the spec's algorithm.
    #[must_use]
    pub fn reusing_keys(self) -> Self {
        Self { reuse_keys: true, ..self }
    }

    /// Whether a kept key is wanted for this certificate.
    pub(super) fn keeps_key(&self, leaf: &Leaf) -> bool {
        self.reuse_keys || leaf.key_policy == KeyPolicy::Kept
    }

    /// How long before its end a certificate is due.
    pub(super) fn window(&self, leaf: &Leaf) -> SignedDuration {
        match self.window {
            Some(Window::Within(span)) => span,
            Some(Window::Spec) | None => leaf.renew_before,
        }
    }

    /// Whether a certificate was named, so that what is unusable in its place is made anew. Never
    /// one whose key stays: who would know that the key is the right one?
    pub(super) fn replaces(&self, position: Position, leaf: &Leaf) -> bool {
        self.named && self.has(position) && leaf.key_policy == KeyPolicy::Fresh
    }

    pub(super) fn has(&self, position: Position) -> bool {
        self.among.as_ref().is_none_or(|among| among.contains(&position))
    }

    /// What becomes of a certificate that was decision without a selection.
    ///
    /// `is_due` is `None` where nobody can tell.
    pub(super) fn settle(
        &self,
        position: Position,
        entry: &Entry,
        decision: Decision,
        is_due: Option<bool>,
    ) -> Decision {
        let in_time = match &decision.action {
            // What cannot be read may be due.
            Action::Refuse { .. } => true,
            Action::Create => self.named,
            _ => self.window.is_none() || is_due == Some(true),
        };
        if !self.has(position) {
            return decision.left();
        }
        if !in_time {
            let warnings = decision.warnings.clone();
            return Decision { warnings, ..decision.left() };
        }
        match decision.action {
            Action::Keep => {
                let warnings = decision.warnings;
                Decision { warnings, ..Decision::renew(entry, Vec::new()) }
            }
            _ => decision,
        }
    }

    /// What becomes of everything that is no certificate of its own: it follows its source, or
    /// stays.
    pub(super) fn follow(entry: &Entry, decision: Decision, steps: &[Step]) -> Decision {
        let source = match &entry.content {
            Content::Derived { from: Derivation::Copy { of, .. }, .. }
            | Content::Derived { from: Derivation::Kubeconfig { of, .. }, .. } => steps.get(*of),
            _ => None,
        };
        match source {
            Some(step) if step.action.is_change() => decision,
            _ => decision.left(),
        }
    }
}

/// The positions of the certificates that this name means.
fn entries_named(catalog: &Catalog, name: &str) -> Result<BTreeSet<Position>, SelectionError> {
    let kubeadm = name.strip_suffix(".conf").unwrap_or(name);
    let user = format!("user/{kubeadm}");
    let is_named = |wanted: &str| {
        let wanted = wanted.to_owned();
        move |(_, entry): &(Position, &Entry)| entry.id.name() == wanted
    };
    let mut found = positions(catalog, is_named(name));
    if found.is_empty() && kubeadm != name {
        found = positions(catalog, is_named(kubeadm));
    }
    if found.is_empty() {
        found = positions(catalog, is_named(&user));
    }
    if found.is_empty() {
        found = positions(catalog, |(_, entry): &(Position, &Entry)| {
            entry.files().any(|(path, _)| path.as_str() == name)
        });
    }
    if found.is_empty() {
        // The end of a path is enough: `apiserver.crt`, `etc/kubernetes/kubelet.conf`.
        let end = format!("/{}", name.strip_prefix("./").unwrap_or(name));
        found = positions(catalog, |(_, entry): &(Position, &Entry)| {
            entry.files().any(|(path, _)| format!("/{path}").ends_with(&end))
        });
    }
    // The CAs' copies on hosts have the CA's name.
    let mut renewable = BTreeSet::new();
    let mut reason = None;
    for position in found {
        match &catalog.entries[position].content {
            Content::Certificate { .. } | Content::Kubeconfig { .. } => {
                renewable.insert(position);
            }
            Content::Derived { from: Derivation::Kubeconfig { of, .. }, .. } => {
                renewable.insert(*of);
            }
            Content::Authority { .. } => reason = Some("a CA is never overwritten"),
            Content::KeyPair { .. } => reason = Some("it is a key pair, which has no end"),
            Content::Secret { secret: Secret::BootstrapToken, .. }
            | Content::Derived { from: Derivation::Bootstrap { .. }, .. } => {
                reason = Some("`kubepki apply` makes a new token when it has expired");
            }
            Content::Secret { secret: Secret::EncryptionKeys { .. }, .. } => {
                reason = Some("`kubepki rotate encryption-key` changes it");
            }
            Content::Derived { from: Derivation::Copy { .. }, .. } => {
                reason = reason.or(Some("it is a copy, which follows what it is made from"));
            }
            Content::Derived { from: Derivation::Text(_), .. } => {
                reason = Some("it is a text that follows from the spec");
            }
        }
    }
    match reason {
        _ if !renewable.is_empty() => Ok(renewable),
        Some(reason) => Err(SelectionError::NotRenewable { name: name.to_owned(), reason }),
        None => {
            let is_leaf = |entry: &&Entry| {
                matches!(entry.content, Content::Certificate { .. } | Content::Kubeconfig { .. })
            };
            let known: BTreeSet<_> = catalog
                .entries
                .iter()
                .filter(is_leaf)
                .map(|entry| entry.id.name().into_owned())
                .collect();
            let known: Vec<_> = known.into_iter().collect();
            let near = near(name, &known);
            Err(SelectionError::Unknown { name: name.to_owned(), known, near })
        }
    }
}

/// The known name that differs least: by what programs and files have around an entry's name
/// (`kube-api-server`, `apiserver.pem`), or by two characters.
fn near(name: &str, known: &[String]) -> Option<String> {
    let plain = |name: &str| -> Vec<char> {
        let name = name.rsplit('/').next().unwrap_or(name).to_lowercase();
        let name = name.strip_prefix("kube-").unwrap_or(&name);
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        stem.chars().filter(|c| c.is_alphanumeric()).take(100).collect()
    };
    let wanted = plain(name);
    let distances =
        known.iter().map(|known| (strsim::generic_levenshtein(&wanted, &plain(known)), known));
    let (least, near) = distances.min()?;
    (least <= 2 && least < wanted.len()).then(|| near.clone())
}

fn positions(
    catalog: &Catalog,
    is_meant: impl Fn(&(Position, &Entry)) -> bool,
) -> BTreeSet<Position> {
    let entries = catalog.entries.iter().enumerate();
    entries.filter(is_meant).map(|(position, _)| position).collect()
}
