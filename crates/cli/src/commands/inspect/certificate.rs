//! The rows of a certificate.

use kubepki_inspect::view::{CertificateView, Identity, KeyView, Period, SignedBy, State};

use jiff::SignedDuration;
use kubepki_report::{Fields, length, time};

/// Everything of it.
pub(super) fn put(page: &mut Fields, view: &CertificateView) {
    page.row("subject", if view.subject.is_empty() { "none" } else { &view.subject });
    put_identity(page, view.identity.as_ref());
    page.rows("meaning", &view.meaning);
    page.row("used for", &good_for(view));
    page.list("names", &view.subject_alt_names);
    page.rows("constraints", &view.name_constraints);
    put_period(page, &view.period);
    page.row("issuer", &view.issuer);
    page.row("signed by", &signed_by(view));
    page.row("the same as", view.known_as.as_deref().unwrap_or_default());
    put_key(page, &view.public_key, view.private_key_is_here);
    page.row("serial", &view.serial);
    page.row("X509SHA256", &view.sha256);
}

/// User, groups and UID, as the apiserver takes them.
pub(super) fn put_identity(page: &mut Fields, identity: Option<&Identity>) {
    let Some(identity) = identity else { return };
    page.row("user", &identity.user);
    page.list("groups", &identity.groups);
    page.row("uid", identity.uid.as_deref().unwrap_or_default());
}

/// The key and its fingerprint.
pub(super) fn put_key(page: &mut Fields, key: &KeyView, private_is_here: bool) {
    let private = if private_is_here { ", with its private key" } else { "" };
    page.row("key", &format!("{}{private}", key.algorithm));
    let pin = key.pin.as_deref().unwrap_or_default();
    // Without kubeadm's `sha256:` the fingerprint fits the line.
    page.row("key's sha256", pin.strip_prefix("sha256:").unwrap_or(pin));
}

fn put_period(page: &mut Fields, period: &Period) {
    let (from, until) = (time(period.not_before), time(period.not_after));
    let left = length(SignedDuration::from_secs(period.seconds_left));
    let state = match period.state {
        State::Expired => format!("EXPIRED {left} ago"),
        State::NotYetValid => "NOT YET VALID".to_owned(),
        _ => format!("{left} left"),
    };
    page.row("valid", &format!("{from} to {until}, {state}"));
}

fn good_for(view: &CertificateView) -> String {
    let mut usages = view.key_usage.clone();
    usages.extend(view.extended_key_usage.iter().cloned());
    let good_for = if view.good_for.is_empty() { "nothing" } else { &view.good_for.join(", ") };
    let length = match view.path_length {
        Some(0) => "; no CA below it",
        Some(1) => "; one level of CAs below it",
        _ => "",
    };
    match usages.is_empty() {
        true => format!("{good_for}{length} (it has no key usages)"),
        false => format!("{good_for}{length} ({})", usages.join(", ")),
    }
}

fn signed_by(view: &CertificateView) -> String {
    let by = match &view.signed_by {
        SignedBy::AnotherKey { place } => {
            format!("ANOTHER KEY than that of {place}, which has the same name")
        }
        SignedBy::Authority { place } => place.clone(),
        SignedBy::Itself => "itself".to_owned(),
        SignedBy::ItselfUnverified => {
            "itself, by its name (this kind of signature is not verified)".to_owned()
        }
        SignedBy::Unverifiable { place } => {
            format!("perhaps {place} (this kind of signature is not verified)")
        }
        _ => "an unknown CA".to_owned(),
    };
    format!("{by} ({})", view.signature_algorithm)
}
