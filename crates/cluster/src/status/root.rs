//! The state of what a catalog knows, entry by entry: what was observed of it, and what its dates
//! call for.

use jiff::Timestamp;
use kubepki_ca::Certificate;

use super::{
    Embedded, EmbeddedKind, EntryStatus, Facts, Horizon, Note, StatusKind, facts::judge_dates,
};
use crate::{
    catalog::{Catalog, Content, Derivation, Entry, KeyPolicy, Leaf, Position},
    observe::{AuthorityName, Difference, Issue, Observation, Observations},
    store::StorePath,
};

/// The root as far as several entries need it.
pub(super) struct Root<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) observations: &'a Observations,
    pub(super) horizon: &'a Horizon,
    pub(super) at: Timestamp,
}

impl Root<'_> {
    /// The CAs whose certificates can be read.
    pub(super) fn authorities(&self) -> Vec<(AuthorityName, Certificate)> {
        let entries = self.catalog.entries.iter().enumerate();
        let authorities = entries.filter_map(|(position, entry)| match &entry.content {
            Content::Authority { .. } => {
                let certificate = self.observations.of(position).certificate.clone()?;
                Some((AuthorityName::Entry(entry.id.clone()), certificate))
            }
            _ => None,
        });
        authorities.collect()
    }

    pub(super) fn entry(&self, position: Position, entry: &Entry) -> EntryStatus {
        let seen = self.observations.of(position);
        let (kind, place) = kind_and_place(&entry.content);
        let mut status = EntryStatus::new(Some(entry.id.clone()), kind, place.to_string());
        status.has_key = match &entry.content {
            Content::Secret { .. } => seen.secret_expiry.is_some_and(|expiry| expiry > self.at),
            _ => seen.key.is_some(),
        };
        status.attention = attention(place, seen);
        status.facts = seen.certificate.as_ref().map(Facts::of);
        if let Some(kubeconfig) = &seen.kubeconfig {
            let user = kubeconfig.user.clone();
            status.embedded = user.map(|key| Embedded { kind: EmbeddedKind::User, key });
            status.has_more = kubeconfig.has_others || kubeconfig.names_files;
            status.notes.extend(kubeconfig.names_files.then_some(Note::KubeletManaged));
        }
        if let Some(leaf) = self.leaf(entry) {
            status.authority = Some(self.catalog.entries[leaf.issuer].id.to_string());
            if let Some(certificate) = &seen.certificate {
                status.attention.extend(self.dates(leaf, certificate));
            }
        }
        match &entry.content {
            Content::Authority { .. } => self.authority(seen, place, &mut status),
            Content::Secret { .. } => {
                let expiry = seen.secret_expiry.filter(|expiry| *expiry <= self.at);
                status.attention.extend(expiry.map(|not_after| Issue::Expired { not_after }));
            }
            _ => {}
        }
        status.notes.extend(self.hindrance(entry, &status));
        status
    }

    fn authority(&self, seen: &Observation, path: &StorePath, status: &mut EntryStatus) {
        let is_elsewhere = seen.key.is_none() && seen.certificate.is_some();
        if is_elsewhere && seen.unusable().is_none() {
            status.notes.push(Note::KeyElsewhere);
        }
        let differs = |it: &Difference| Note::Differs {
            field: it.field,
            was: it.was.clone(),
            now: it.now.clone(),
        };
        status.notes.extend(seen.differences.iter().map(differs));
        if let Some(certificate) = &seen.certificate {
            let dates =
                judge_dates(certificate.validity(), None, self.horizon.of_others(), self.at);
            status.attention.extend(dates.map(|issue| match issue {
                Issue::Expired { not_after } => {
                    Issue::AuthorityExpired { path: path.to_string(), not_after, key: None }
                }
                issue => issue,
            }));
        }
    }

    /// The certificate that an entry has, or embeds.
    fn leaf<'e>(&'e self, entry: &'e Entry) -> Option<&'e Leaf> {
        let made_from = match &entry.content {
            Content::Derived { from: Derivation::Kubeconfig { of, .. }, .. } => {
                self.catalog.entries.get(*of)?
            }
            _ => entry,
        };
        match &made_from.content {
            Content::Certificate { leaf, .. } | Content::Kubeconfig { leaf, .. } => Some(leaf),
            _ => None,
        }
    }

    fn dates(&self, leaf: &Leaf, certificate: &Certificate) -> Vec<Issue> {
        // Only the key of the ServiceAccount certificate is read, so its dates matter to nobody.
        if leaf.key_policy == KeyPolicy::Kept {
            return Vec::new();
        }
        let issuer = AuthorityName::Entry(self.catalog.entries[leaf.issuer].id.clone());
        let authority = self.observations.of(leaf.issuer).certificate.as_ref();
        let authority = authority.map(|ca| (&issuer, ca.validity()));
        let due = self.horizon.of(leaf.renew_before);
        judge_dates(certificate.validity(), authority, due, self.at).collect()
    }

    /// Why what is over, or soon will be, cannot be issued anew here.
    fn hindrance(&self, entry: &Entry, status: &EntryStatus) -> Option<Note> {
        let is_over = |it: &Issue| matches!(it, Issue::Expired { .. } | Issue::Due { .. });
        let leaf = self.leaf(entry).filter(|_| status.attention.iter().any(is_over))?;
        let issuer = &self.catalog.entries[leaf.issuer];
        match &issuer.content {
            Content::Authority { files, .. }
                if self.observations.contents(&files.key).is_none() =>
            {
                Some(Note::NotRenewable { issuer: issuer.id.to_string() })
            }
            _ => None,
        }
    }
}

/// What was observed; when nothing of an entry is there, one file stands for all.
fn attention(place: &StorePath, seen: &Observation) -> Vec<Issue> {
    let count = seen.missing().count();
    match count > 1 && count == seen.issues.len() {
        true => vec![Issue::missing(place)],
        false => seen.issues.clone(),
    }
}

fn kind_and_place(content: &Content) -> (StatusKind, &StorePath) {
    match content {
        Content::Authority { files, .. } => (StatusKind::Authority, &files.certificate),
        Content::Certificate { files, .. } => (StatusKind::Certificate, &files.certificate),
        Content::KeyPair { key, .. } => (StatusKind::KeyPair, key),
        Content::Kubeconfig { path, .. } => (StatusKind::Kubeconfig, path),
        Content::Secret { path, .. } => (StatusKind::Secret, path),
        Content::Derived { path, from, .. } => match from {
            Derivation::Bootstrap { .. } => (StatusKind::Secret, path),
            Derivation::Copy { .. } => (StatusKind::Copy, path),
            Derivation::Kubeconfig { .. } => (StatusKind::Kubeconfig, path),
            Derivation::Text(_) => (StatusKind::Text, path),
        },
    }
}
