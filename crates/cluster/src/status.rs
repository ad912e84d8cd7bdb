//! How a PKI stands at a moment: what there is of it, how long it is good for, and why something
//! needs attention. Reads no file and no clock, changes nothing, and looks at no signature where
//! key identifiers say who issued what.

mod discovery;
mod facts;
mod note;
mod root;

use std::collections::{HashMap, HashSet};

use jiff::{SignedDuration, Timestamp};
use kubepki_ca::{Certificate, DistinguishedName, Validity};
use rayon::prelude::*;
use serde::Serialize;

pub use self::{
    discovery::{Contents, DiscoveredKey, Discovery},
    facts::Facts,
    note::Note,
};
use crate::{
    catalog::Catalog,
    catalog::EntryId,
    observe::{AuthorityName, Issue, Observations},
};

/// The state of a PKI at one moment.
#[derive(Debug)]
pub struct Status {
    /// The moment.
    pub at: Timestamp,
    /// What there is, and what there should be.
    pub rows: Vec<EntryStatus>,
    /// The CAs among them, for those that are still to come.
    authorities: Vec<(AuthorityName, Certificate)>,
}

/// One thing and its state.
#[derive(Clone, Debug)]
pub struct EntryStatus {
    /// Its name in the catalog; none for what lies outside of it.
    pub id: Option<EntryId>,
    /// What kind of thing it is.
    pub kind: StatusKind,
    /// The file, below the root for an entry of the catalog, or the `host:port`.
    pub place: String,
    /// Which part of a kubeconfig or chain it is.
    pub embedded: Option<Embedded>,
    /// What its certificate says; none where there is none, or none that can be read.
    pub facts: Option<Facts>,
    /// The row of its CA, where that is among the rows: an entry's name, or a place.
    pub authority: Option<String>,
    /// Whether the private key is there.
    pub has_key: bool,
    /// Whether its kubeconfig names files, or has further users: [`Status::complete`] takes what
    /// they say.
    pub has_more: bool,
    /// What is wrong, the worst first.
    pub attention: Vec<Issue>,
    /// What is worth knowing and needs no attention.
    pub notes: Vec<Note>,
}

impl EntryStatus {
    fn new(id: Option<EntryId>, kind: StatusKind, place: String) -> Self {
        Self {
            id,
            kind,
            place,
            embedded: None,
            facts: None,
            authority: None,
            has_key: false,
            has_more: false,
            attention: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// What it is called: its name in the catalog, else its place, with the part of it.
    pub fn name(&self) -> String {
        if let Some(id) = &self.id {
            return id.to_string();
        }
        let place = self.place.clone();
        let Some(Embedded { kind, key }) = &self.embedded else { return place };
        let part = match kind {
            EmbeddedKind::Chain => "certificate",
            EmbeddedKind::Cluster => "cluster",
            EmbeddedKind::User => "user",
        };
        format!("{place} ({part} {key})")
    }

    /// Whether it says what another row says too: a copy, or a text without any certificate.
    pub const fn is_repetition(&self) -> bool {
        matches!(self.kind, StatusKind::Copy | StatusKind::Secret | StatusKind::Text)
    }

    /// How long its certificate is still good for; negative when it has expired.
    pub fn left(&self, at: Timestamp) -> Option<SignedDuration> {
        self.facts.as_ref().map(|facts| facts.validity.not_after().duration_since(at))
    }
}

/// What kind of thing a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum StatusKind {
    /// A CA.
    Authority,
    /// A certificate, beside its key where it has one.
    Certificate,
    /// A copy of another entry's file.
    Copy,
    /// What a server shows.
    Endpoint,
    /// A file that holds no certificate, or could not be read, so that nobody knows.
    File,
    /// A key pair, or a private key alone.
    KeyPair,
    /// A certificate in a kubeconfig.
    Kubeconfig,
    /// A file with a secret of no certificate.
    Secret,
    /// A text that the spec alone decides.
    Text,
}

/// A part of something that has several.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Embedded {
    /// What part.
    pub kind: EmbeddedKind,
    /// Its name, or its place in the chain.
    pub key: String,
}

/// What a part is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum EmbeddedKind {
    /// A certificate behind the first one.
    Chain,
    /// A cluster of a kubeconfig: what it trusts.
    Cluster,
    /// A user of a kubeconfig.
    User,
}

/// From when on a certificate is due.
#[derive(Clone, Copy, Debug)]
pub struct Horizon {
    /// What has less than this left is due; none leaves it to the spec.
    pub within: Option<SignedDuration>,
    /// The same for what the spec does not speak of: CAs, and what lies outside the root.
    pub default: SignedDuration,
}

impl Horizon {
    /// 30 days.
    pub const DEFAULT: SignedDuration = SignedDuration::from_hours(30 * 24);

    fn of(&self, entry: SignedDuration) -> SignedDuration {
        self.within.unwrap_or(entry)
    }

    fn of_others(&self) -> SignedDuration {
        self.within.unwrap_or(self.default)
    }

    /// A kubelet renews its certificate when 70 to 90 percent of its life are over, whatever the
    /// spec says (client-go's certificate manager): with less left, that has failed.
    fn of_kubelet(&self, validity: Validity) -> SignedDuration {
        let life = validity.not_after().duration_since(validity.not_before());
        self.within.unwrap_or_else(|| self.default.min(life / 10))
    }
}

impl Status {
    /// Nothing yet.
    pub const fn new(at: Timestamp) -> Self {
        Self { at, rows: Vec::new(), authorities: Vec::new() }
    }

    /// The state of everything in a catalog, the most urgent first.
    ///
    /// It says `drifted`, `missing` and so on where a plan would have something to do, and that also
    /// where a plan refuses to, because a CA's key is not there.
    pub fn of_root(
        catalog: &Catalog,
        observations: &Observations,
        horizon: &Horizon,
        at: Timestamp,
    ) -> Self {
        let root = root::Root { catalog, observations, horizon, at };
        let rows = catalog.entries.par_iter().enumerate();
        let rows = rows.map(|(position, entry)| root.entry(position, entry)).collect();
        let mut status = Self { at, rows, authorities: root.authorities() };
        status.sort();
        status
    }

    /// Adds what was found elsewhere, and puts all into order again.
    pub fn add(&mut self, found: Vec<Discovery>, horizon: &Horizon) {
        let mut known: HashSet<_> =
            self.authorities.iter().map(|(_, authority)| authority.sha256()).collect();
        for found in &found {
            if let Contents::Certificate { certificate, .. } = &found.contents
                && certificate.is_ca()
                && known.insert(certificate.sha256())
            {
                let name = AuthorityName::File(found.place.clone());
                self.authorities.push((name, (**certificate).clone()));
            }
        }
        let by_name = by_name(&self.authorities);
        let (at, due) = (self.at, horizon.of_others());
        let rows = found.into_par_iter().map(|found| found.row(&by_name, due, at));
        self.rows.par_extend(rows);
        self.sort();
    }

    /// Adds what was found of the kubeconfigs that have more than their rows say, each by its entry,
    /// and puts all into order again. The files that a row's own user names are told in that row.
    pub fn complete(&mut self, found: Vec<(EntryId, Discovery)>, horizon: &Horizon) {
        let by_name = by_name(&self.authorities);
        let (at, due) = (self.at, horizon.of_others());
        let mut others = Vec::new();
        for (id, found) in found {
            let is_own = |row: &&mut EntryStatus| {
                row.id.as_ref() == Some(&id) && row.embedded == found.embedded && row.has_more
            };
            match self.rows.iter_mut().find(is_own) {
                None => others.push(found.row(&by_name, due, at)),
                Some(row) if row.notes.contains(&Note::KubeletManaged) => {
                    let due = match &found.contents {
                        Contents::Certificate { certificate, .. } => {
                            horizon.of_kubelet(certificate.validity())
                        }
                        _ => due,
                    };
                    row.hold(found.contents, &by_name, due, at);
                }
                // What is embedded has been judged by the spec.
                Some(_) => {}
            }
        }
        self.rows.extend(others);
        self.sort();
    }

    /// The rows that need attention.
    pub fn urgent(&self) -> impl Iterator<Item = &EntryStatus> {
        self.rows.iter().filter(|row| !row.attention.is_empty())
    }

    /// The worst first, and what expires first; what never expires comes last.
    fn sort(&mut self) {
        for row in &mut self.rows {
            row.attention.sort_by_key(Issue::urgency);
        }
        self.rows.par_sort_by_cached_key(|row| {
            let urgency = row.attention.first().map(Issue::urgency);
            let not_after = row.facts.as_ref().map(|facts| facts.validity.not_after());
            (urgency.is_none(), urgency, not_after.is_none(), not_after)
        });
    }
}

/// The CAs by their Names.
fn by_name(authorities: &[(AuthorityName, Certificate)]) -> discovery::Authorities<'_> {
    let mut by_name = HashMap::<DistinguishedName, Vec<_>>::new();
    // CAs that cross-sign each other have many certificates of one key, of which the first is enough:
    // whether it issued another one depends on nothing else.
    let mut seen = HashSet::new();
    for (name, authority) in authorities {
        let identity =
            (authority.subject_name(), authority.spki(), authority.subject_key_identifier());
        if seen.insert(identity) {
            by_name.entry(authority.subject_attributes()).or_default().push((name, authority));
        }
    }
    by_name
}
