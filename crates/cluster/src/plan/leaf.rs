//! What becomes of a certificate, beside its key or in a kubeconfig: kept, or issued again because
//! it is due, because its CA changed, or because it drifted from the spec.

use jiff::{SignedDuration, Timestamp};
use kubepki_ca::Validity;

use super::{
    Action, Decision, Selection, Warning,
    authority::{Authorities, Authority},
};
use crate::{
    catalog::{Content, Entry, KeyPolicy, Leaf, Position},
    gate::{Allow, Gate},
    observe::{AuthorityName, Issue, Observation, Observations},
};

/// A certificate of the catalog, and where it stands in it.
pub(super) struct Place<'a> {
    pub(super) position: Position,
    pub(super) entry: &'a Entry,
    pub(super) leaf: &'a Leaf,
    pub(super) gate: &'a Gate,
    pub(super) allow: Allow,
}

pub(super) fn decide(
    Place { position, entry, leaf, gate, allow }: Place<'_>,
    observations: &Observations,
    authorities: &Authorities<'_>,
    selection: Option<&Selection>,
    now: Timestamp,
) -> Decision {
    let Some(issuer) = authorities.get(leaf.issuer) else { return Decision::keep() };
    let seen = observations.of(position);
    if seen.kubeconfig.as_ref().is_some_and(|kubeconfig| kubeconfig.names_files) {
        let warnings = vec![Warning::KubeletManaged { entry: entry.id.clone() }];
        let is_meant = selection.is_none_or(|selection| selection.has(position));
        return Decision { warnings: if is_meant { warnings } else { vec![] }, ..Decision::keep() };
    }
    let window = selection.map_or(leaf.renew_before, |selection| selection.window(leaf));
    let (mut decision, is_due) = without_selection(entry, leaf, seen, authorities, window, now);
    let held = || seen.held(issuer.certificate?);
    if decision.refusal().is_some() {
        decision.flags = gate.flags(&leaf.request, &issuer.id.name(), leaf.origin, held);
    }
    if let Some(selection) = selection {
        if selection.replaces(position, leaf) {
            decision = decision.anew(entry);
        }
        decision = selection.settle(position, entry, decision, is_due);
    }
    if decision.action.is_change()
        && let Some(refusal) = hindrance(entry, issuer, authorities)
    {
        return Decision::refuse(refusal);
    }
    if decision.action.is_issuance()
        && let Err(privilege) =
            gate.pass(&leaf.request, &issuer.id.name(), leaf.origin, allow, held)
    {
        return Decision::refuse(Issue::Forbidden { privilege: *privilege });
    }
    let wants_key = match selection {
        Some(selection) => selection.keeps_key(leaf),
        None => leaf.key_policy == KeyPolicy::Kept,
    };
    let is_renewal = matches!(decision.action, Action::Renew { .. });
    Decision { keeps_key: wants_key && is_renewal && has_key(leaf, seen), ..decision }
}

/// Whether there is a key that may stay: one of the algorithm that the spec wants, or any that must.
fn has_key(leaf: &Leaf, seen: &Observation) -> bool {
    let fits = |algorithm| algorithm == leaf.request.key_algorithm;
    leaf.key_policy == KeyPolicy::Kept || seen.key.as_ref().is_some_and(|key| fits(key.algorithm()))
}

/// Why nothing can be issued, whatever is wrong with the entry itself.
fn hindrance(
    entry: &Entry,
    issuer: &Authority<'_>,
    authorities: &Authorities<'_>,
) -> Option<Issue> {
    let trusted = match &entry.content {
        Content::Kubeconfig { connection, .. } => authorities.distrust(connection.ca),
        _ => None,
    };
    if let Some(refusal) = issuer.unusable.as_ref().or(trusted) {
        return Some(refusal.clone());
    }
    (!issuer.can_issue).then(|| Issue::IssuerKeyMissing {
        issuer: AuthorityName::Entry(issuer.id.clone()),
        path: issuer.key.to_string(),
    })
}

/// What becomes of it where nobody selected anything, and whether it is due; nobody can tell of what
/// cannot be read.
fn without_selection(
    entry: &Entry,
    leaf: &Leaf,
    seen: &Observation,
    authorities: &Authorities<'_>,
    window: SignedDuration,
    now: Timestamp,
) -> (Decision, Option<bool>) {
    let missing: Vec<_> = seen.missing().cloned().collect();
    // What is left of half a pair matters only where its key stays.
    let is_replaced = !missing.is_empty() && leaf.key_policy == KeyPolicy::Fresh;
    let is_blocking = |issue: &&Issue| match issue {
        Issue::Inaccessible { .. } => true,
        other => other.is_unusable() && !is_replaced,
    };
    if let Some(refusal) = seen.issues.iter().find(is_blocking) {
        return (Decision::refuse(refusal.clone()), None);
    }
    if missing.len() == entry.files().count() {
        return (Decision::create(entry), None);
    }
    if !missing.is_empty() {
        return (Decision::renew(entry, missing), None);
    }
    let Some(certificate) = &seen.certificate else { return (Decision::keep(), None) };
    let issuer = authorities.get(leaf.issuer);
    let mut reasons: Vec<_> =
        seen.differing().filter(|it| counts(it, authorities)).cloned().collect();
    let mut warnings = Vec::new();
    let mut is_due = false;
    let validity = certificate.validity();
    if leaf.key_policy == KeyPolicy::Fresh
        && let Some(issue) = due(validity, issuer, window, now)
    {
        let entry = entry.id.clone();
        match issue {
            Issue::Due { not_after, ends_with_issuer: true } => {
                warnings.push(Warning::Capped { entry, not_after });
            }
            issue => {
                is_due = true;
                reasons.push(issue);
            }
        }
    }
    if validity.not_before() > now {
        let not_before = validity.not_before();
        warnings.push(Warning::NotYetValid { entry: entry.id.clone(), not_before });
    }
    let decision =
        if reasons.is_empty() { Decision::keep() } else { Decision::renew(entry, reasons) };
    (Decision { warnings, ..decision }, Some(is_due))
}

/// Whether an issue counts: what a refused CA has not issued may be quite right.
fn counts(issue: &Issue, authorities: &Authorities<'_>) -> bool {
    match issue {
        Issue::IssuerChanged { issuer: AuthorityName::Entry(id) }
        | Issue::TrustChanged { authority: AuthorityName::Entry(id) } => {
            authorities.named(id).is_none_or(|authority| authority.certificate.is_some())
        }
        _ => true,
    }
}

fn due(
    validity: Validity,
    issuer: Option<&Authority<'_>>,
    window: SignedDuration,
    now: Timestamp,
) -> Option<Issue> {
    let not_after = validity.not_after();
    if not_after < now {
        return Some(Issue::Expired { not_after });
    }
    if not_after.duration_since(now) > window {
        return None;
    }
    let ca = issuer.and_then(|issuer| issuer.certificate);
    let ends_with_issuer = ca.is_some_and(|ca| ca.validity().not_after() <= not_after);
    Some(Issue::Due { not_after, ends_with_issuer })
}
