//! How a certificate differs from what the spec asks for. Reads no clock.

use jiff::SignedDuration;
use kubepki_ca::{Certificate, ExtendedKeyUsage, SubjectAltName, Validity};
use kubepki_model::Slot;

use super::Issue;
use crate::catalog::CertificateRequest;

pub(super) fn drift(slot: Slot, wanted: &CertificateRequest, present: &Certificate) -> Vec<Issue> {
    let mut issues = Vec::new();
    let mut changed = |field, was: String, now: String| {
        issues.push(Issue::SpecChanged { field, was, now });
    };
    let (has, wants) = (present.subject(), &wanted.subject);
    if has.common_name != wants.common_name {
        changed("common name", has.common_name.clone(), wants.common_name.clone());
    }
    if has.organizations != wants.organizations {
        let list = |names: &[String]| format!("[{}]", names.join(", "));
        let field = if slot.is_user() { "groups" } else { "organizations" };
        changed(field, list(&has.organizations), list(&wants.organizations));
    }
    if has.uid != wants.uid {
        let uid = |uid: &Option<String>| uid.clone().unwrap_or_else(|| "none".to_owned());
        changed("uid", uid(&has.uid), uid(&wants.uid));
    }
    let algorithm = present.public_key().map(|key| key.algorithm());
    if !algorithm.as_ref().is_ok_and(|algorithm| *algorithm == wanted.key_algorithm) {
        let was = algorithm.map_or_else(|error| error.to_string(), |it| it.to_string());
        changed("key algorithm", was, wanted.key_algorithm.to_string());
    }
    if let Some(usages) = other_usages(wanted, present) {
        changed("usages", usages, "those of its profile".to_owned());
    }
    // What is longer than the spec allows is drift; what is shorter ends of itself.
    let life = present.validity().not_after().duration_since(present.validity().not_before());
    if life > wanted.lifetime + Validity::BACKDATE && length(life) != length(wanted.lifetime) {
        changed("lifetime", length(life), length(wanted.lifetime));
    }
    issues.extend(names_changed(wanted, present));
    issues
}

/// The usages, where they are not those of the profile. More key usages than needed do no harm, and
/// other tools give `keyEncipherment` to every certificate; so does `serverAuth` without a name, which
/// cfssl's users give to every client, for nobody can be served under no name (RFC 9525).
fn other_usages(wanted: &CertificateRequest, present: &Certificate) -> Option<String> {
    let algorithm = present.public_key().map_or(wanted.key_algorithm, |key| key.algorithm());
    let key_usage = wanted.profile.key_usage(algorithm);
    if present.is_ca() {
        return Some("CA:TRUE".to_owned());
    }
    let mut extended = present.extended_key_usage().to_vec();
    let mut wanted_extended = wanted.profile.extended_key_usage().to_vec();
    if present.subject_alt_names().is_empty() && !wanted_extended.contains(&SERVER_AUTH) {
        extended.retain(|usage| *usage != SERVER_AUTH);
    }
    extended.sort();
    wanted_extended.sort();
    if extended == wanted_extended
        && present.key_usage().is_none_or(|usage| usage.contains(key_usage))
    {
        return None;
    }
    let names: Vec<_> = extended.iter().map(ToString::to_string).collect();
    let key_usage = present.key_usage().map(|usage| usage.to_string()).unwrap_or_default();
    Some(format!("{key_usage}; {}", names.join(", ")))
}

const SERVER_AUTH: ExtendedKeyUsage = ExtendedKeyUsage::ServerAuth;

fn names_changed(wanted: &CertificateRequest, present: &Certificate) -> Option<Issue> {
    let missing_from = |these: &[SubjectAltName], those: &[SubjectAltName]| -> Vec<String> {
        these.iter().filter(|name| !those.contains(name)).map(ToString::to_string).collect()
    };
    let added = missing_from(&wanted.subject_alt_names, present.subject_alt_names());
    let removed = missing_from(present.subject_alt_names(), &wanted.subject_alt_names);
    let same = added.is_empty() && removed.is_empty();
    (!same).then_some(Issue::NamesChanged { added, removed })
}

/// As the spec writes it: in days where it is days.
fn length(duration: SignedDuration) -> String {
    match duration.as_hours() {
        hours if hours % 24 == 0 => format!("{}d", hours / 24),
        hours => format!("{hours}h"),
    }
}
