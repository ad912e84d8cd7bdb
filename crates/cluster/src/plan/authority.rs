//! What becomes of the CAs, and of what else is never made anew: made once, never overwritten, put
//! back from a copy where one has survived.

use std::collections::BTreeMap;

use jiff::Timestamp;
use kubepki_ca::Certificate;

use super::{Decision, Warning};
use crate::{
    catalog::{Catalog, Content, Entry, EntryId, PairFiles, Position},
    observe::{Issue, Observation, Observations},
    store::StorePath,
};

/// The CAs of a catalog as they will be when the plan has been carried out.
pub(super) struct Authorities<'a>(BTreeMap<Position, Authority<'a>>);

pub(super) struct Authority<'a> {
    pub(super) id: &'a EntryId,
    /// Its certificate; none when it is still to be made, or unusable.
    pub(super) certificate: Option<&'a Certificate>,
    /// Whether it will have a key to sign with.
    pub(super) can_issue: bool,
    /// Where its key lies.
    pub(super) key: &'a StorePath,
    /// Why nothing of it can be issued, where it stays as it is.
    pub(super) unusable: Option<Issue>,
    certificate_path: &'a StorePath,
    decision: Decision,
}

impl<'a> Authorities<'a> {
    pub(super) fn new(
        catalog: &'a Catalog,
        observations: &'a Observations,
        now: Timestamp,
    ) -> Self {
        let entries = catalog.entries.iter().enumerate();
        let authorities = entries.filter_map(|(position, entry)| match &entry.content {
            Content::Authority { files, .. } => {
                let seen = observations.of(position);
                Some((position, Authority::new(entry, files, seen, observations, now)))
            }
            _ => None,
        });
        Self(authorities.collect())
    }

    pub(super) fn get(&self, position: Position) -> Option<&Authority<'a>> {
        self.0.get(&position)
    }

    pub(super) fn named(&self, id: &EntryId) -> Option<&Authority<'a>> {
        self.0.values().find(|authority| authority.id == id)
    }

    /// Why what trusts a CA cannot be written.
    pub(super) fn distrust(&self, position: Position) -> Option<&Issue> {
        self.get(position)?.unusable.as_ref()
    }

    /// For a plan that makes and restores no CA: what is not there cannot issue.
    pub(super) fn leave_as_they_are(&mut self) {
        for authority in self.0.values_mut() {
            if let Some(refusal) = authority.decision.refusal() {
                authority.unusable = Some(refusal.clone());
            } else if authority.decision.files.contains(authority.certificate_path) {
                let path = authority.certificate_path.to_string();
                authority.unusable = Some(Issue::AuthorityMissing { path });
            } else if authority.decision.action.is_change() {
                authority.can_issue = false;
            }
        }
    }

    pub(super) fn decision(&self, position: Position) -> Decision {
        self.get(position).map_or_else(Decision::keep, |authority| authority.decision.clone())
    }
}

impl<'a> Authority<'a> {
    fn new(
        entry: &'a Entry,
        files: &'a PairFiles,
        seen: &'a Observation,
        observations: &Observations,
        now: Timestamp,
    ) -> Self {
        let mut authority = Self {
            id: &entry.id,
            certificate: None,
            can_issue: true,
            key: &files.key,
            unusable: None,
            certificate_path: &files.certificate,
            decision: kept(entry, seen),
        };
        let Some(certificate) = &seen.certificate else { return authority };
        if authority.decision.refusal().is_some() {
            // Its certificates are judged as if it could issue: one refusal is enough.
            return authority;
        }
        let (not_before, not_after) =
            (certificate.validity().not_before(), certificate.validity().not_after());
        if not_after < now {
            let key = observations.contents(&files.key).map(|_| files.key.to_string());
            let path = files.certificate.to_string();
            let refusal = Issue::AuthorityExpired { path, not_after, key };
            // This one is said of each certificate, for there is nothing else to mend than the CA.
            authority.unusable = Some(refusal.clone());
            authority.decision = Decision::refuse(refusal);
            return authority;
        }
        if not_before > now {
            let path = files.certificate.to_string();
            authority.unusable = Some(Issue::AuthorityNotYetValid { path, not_before });
        }
        authority.certificate = Some(certificate);
        authority.can_issue = seen.key.is_some();
        authority.decision.warnings = seen
            .differences
            .iter()
            .cloned()
            .map(|difference| Warning::AuthorityDiffers {
                entry: entry.id.clone(),
                field: difference.field,
                was: difference.was,
                now: difference.now,
            })
            .collect();
        authority
    }
}

/// What becomes of what is made once.
pub(super) fn kept(entry: &Entry, seen: &Observation) -> Decision {
    if let Some(refusal) = seen.unusable() {
        return Decision::refuse(refusal.clone());
    }
    if !seen.copies.is_empty() {
        return Decision::restore(seen.copies.clone());
    }
    let missing: Vec<_> = seen.missing().cloned().collect();
    let count = entry.files().count();
    match missing.len() {
        0 => Decision::keep(),
        missing if missing == count => Decision::create(entry),
        _ => {
            let is_missing = |path: &&StorePath| missing.contains(&Issue::missing(path));
            let files = entry.files().map(|(path, _)| path).filter(is_missing).cloned().collect();
            Decision { files, ..Decision::renew(entry, missing) }
        }
    }
}

/// What becomes of a file with a secret of no certificate.
pub(super) fn secret(entry: &Entry, seen: &Observation, now: Timestamp) -> Decision {
    match (kept(entry, seen), seen.secret_expiry) {
        (decision, Some(not_after)) if not_after <= now && decision.refusal().is_none() => {
            Decision::renew(entry, vec![Issue::Expired { not_after }])
        }
        (decision, _) => decision,
    }
}
