//! What becomes of a file that is made from other entries: it is always what they are.

use super::{Action, Decision, Step, authority::Authorities};
use crate::{
    catalog::{Catalog, Connection, Content, Derivation, Entry, Position},
    observe::{AuthorityName, Issue, Observation, Observations},
    store::StorePath,
};

pub(super) struct Place<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) entry: &'a Entry,
    pub(super) seen: &'a Observation,
    pub(super) observations: &'a Observations,
    pub(super) authorities: &'a Authorities<'a>,
    /// The steps of the entries before it.
    pub(super) steps: &'a [Step],
}

/// How a file compares with its sources as they will be.
enum Comparison {
    Same,
    /// It differs, for this reason.
    Differs(Issue),
    /// It cannot be made.
    Refused(Issue),
}

impl Place<'_> {
    pub(super) fn decide(&self) -> Decision {
        let Content::Derived { path, from, .. } = &self.entry.content else {
            return Decision::keep();
        };
        let is_inaccessible = |issue: &&Issue| matches!(issue, Issue::Inaccessible { .. });
        if let Some(refusal) = self.seen.issues.iter().find(is_inaccessible) {
            return Decision::refuse(refusal.clone());
        }
        let comparison = match from {
            Derivation::Copy { of, source, .. } => self.copy(*of, source, path),
            Derivation::Bootstrap { connection, source, of } => {
                self.bootstrap(source, connection, *of)
            }
            Derivation::Kubeconfig { connection, of } => self.kubeconfig(connection, *of),
            Derivation::Text(_) => self.as_observed(),
        };
        match (comparison, self.seen.missing().next()) {
            (Comparison::Refused(refusal), _) => Decision::refuse(refusal),
            (Comparison::Same, None) => Decision::keep(),
            (Comparison::Differs(reason), None) => Decision::renew(self.entry, vec![reason]),
            (Comparison::Same | Comparison::Differs(_), Some(_)) => Decision::create(self.entry),
        }
    }

    fn as_observed(&self) -> Comparison {
        self.seen.differing().next().cloned().map_or(Comparison::Same, Comparison::Differs)
    }

    fn source_changed(&self, of: Position) -> Comparison {
        Comparison::Differs(Issue::SourceChanged { of: self.catalog.entries[of].id.clone() })
    }

    fn copy(&self, of: Position, source: &StorePath, path: &StorePath) -> Comparison {
        let step = &self.steps[of];
        let written = step.files.iter().position(|file| file == source);
        match (&step.action, written) {
            (Action::Create | Action::Renew { .. }, Some(_)) => return self.source_changed(of),
            (Action::Restore { from }, Some(written)) => {
                let contents = |path| self.observations.contents(path);
                return match from.get(written) {
                    Some(copy) if contents(copy) != contents(path) => self.source_changed(of),
                    _ => Comparison::Same,
                };
            }
            // One refusal is enough.
            (Action::Refuse { .. }, _) => return Comparison::Same,
            _ => {}
        }
        if self.observations.contents(source).is_some() {
            return self.as_observed();
        }
        // Only a CA's key can be absent from an entry that is kept: it is held elsewhere.
        Comparison::Refused(match self.authorities.get(of) {
            Some(authority) => Issue::IssuerKeyMissing {
                issuer: AuthorityName::Entry(authority.id.clone()),
                path: authority.key.to_string(),
            },
            None => Issue::KeyMissing { path: source.to_string() },
        })
    }

    fn kubeconfig(&self, connection: &Connection, of: Position) -> Comparison {
        // It is changed in place, so what is there has to be understood first.
        if let (None, Some(refusal)) = (&self.seen.kubeconfig, self.seen.unusable()) {
            return Comparison::Refused(refusal.clone());
        }
        let comparison = match &self.steps[of].action {
            action if action.is_change() => self.source_changed(of),
            // One refusal is enough.
            Action::Refuse { .. } => return Comparison::Same,
            _ if self.seen.issues.contains(&self.changed(of)) => self.source_changed(of),
            _ => Comparison::Same,
        };
        self.trusting(connection, comparison)
    }

    fn bootstrap(&self, source: &StorePath, connection: &Connection, of: Position) -> Comparison {
        let step = &self.steps[of];
        let is_new = step.action.is_change() && step.action != Action::Narrow;
        let ca = self.authorities.get(connection.ca);
        let comparison = if is_new && step.files.contains(source) {
            self.source_changed(of)
        } else if ca.is_none_or(|ca| ca.certificate.is_none()) {
            self.source_changed(connection.ca)
        } else if self.observations.of(of).unusable().is_some() {
            // What cannot be read is refused where it is.
            return Comparison::Same;
        } else {
            self.as_observed()
        };
        self.trusting(connection, comparison)
    }

    /// What trusts a CA that cannot be used is not written.
    fn trusting(&self, connection: &Connection, comparison: Comparison) -> Comparison {
        match (comparison, self.authorities.distrust(connection.ca)) {
            (Comparison::Differs(_), Some(refusal)) => Comparison::Refused(refusal.clone()),
            (comparison, _) => comparison,
        }
    }

    fn changed(&self, of: Position) -> Issue {
        Issue::SourceChanged { of: self.catalog.entries[of].id.clone() }
    }
}
