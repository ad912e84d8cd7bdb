//! Checks 4 to 6, 39 and 40: dates, and CAs that change.

mod table;
mod trust;

use jiff::{SignedDuration, Timestamp};
use rayon::prelude::*;

use self::table::*;
pub(crate) use self::table::{CHECKS, EXPIRED, NOT_YET_VALID};
use crate::{
    check::Finding,
    index::{CertificateIndex, PlacedCertificate},
    input::Input,
    role::Role,
};

pub(crate) fn run(input: &Input, index: &CertificateIndex<'_>) -> Vec<Finding> {
    let of_each = index.certificates.par_iter().flat_map_iter(|known| {
        let mut findings: Vec<_> = dates(input, known).into_iter().collect();
        if findings.is_empty() {
            findings.extend(near_end(input, known));
            findings.extend(not_rotated(input, known));
        }
        findings.extend(outlives(index, known));
        findings
    });
    let mut findings: Vec<_> = of_each.collect();
    findings.extend(trust::run(input, index));
    findings
}

fn dates(input: &Input, known: &PlacedCertificate<'_>) -> Option<Finding> {
    let validity = known.certificate.validity();
    let (from, to) = (validity.not_before(), validity.not_after());
    let left = to.duration_since(input.now);
    if to < input.now {
        let what = format!("it expired on {}, {} ago", shown(to), days(left.abs()));
        Some(known.found(&EXPIRED, what))
    } else if input.now < from {
        Some(known.found(&NOT_YET_VALID, format!("it is valid from {} on", shown(from))))
    } else if left < input.within {
        // What lives for days is renewed by whoever made it so, at two thirds of its life; a CA is not.
        let life = to.duration_since(from);
        let is_short = life < Input::WITHIN * 2 && !known.certificate.is_ca();
        let is_due = left < life / 3;
        let what = format!("it expires on {}, in {}", shown(to), days(left));
        (!is_short || is_due).then(|| known.found(&EXPIRING, what))
    } else {
        None
    }
}

fn outlives(index: &CertificateIndex<'_>, known: &PlacedCertificate<'_>) -> Option<Finding> {
    let issuer = index.issuer(known)?.certificate;
    let (own, above) = (known.certificate.validity().not_after(), issuer.validity().not_after());
    let what = || {
        let (after, subject) = (days(own.duration_since(above)), issuer.subject());
        format!("it ends {after} after `{subject}`, which ends on {}", shown(above))
    };
    (own > above).then(|| known.found(&OUTLIVES_ISSUER, what()))
}

/// A CA with less than a year left, of which it has not just been given exactly one.
fn near_end(input: &Input, known: &PlacedCertificate<'_>) -> Option<Finding> {
    const YEAR: SignedDuration = SignedDuration::from_hours(365 * 24);
    let validity = known.certificate.validity();
    let left = validity.not_after().duration_since(input.now);
    let life = validity.not_after().duration_since(validity.not_before());
    let is_near = known.certificate.is_ca() && left < YEAR && (left < life / 2 || life < YEAR);
    let what = || format!("it ends on {}, in {}", shown(validity.not_after()), days(left));
    is_near.then(|| known.found(&CA_NEAR_END, what()))
}

/// A certificate that a kubelet keeps itself, past the time at which it renews it.
fn not_rotated(input: &Input, known: &PlacedCertificate<'_>) -> Option<Finding> {
    let is_kept = known.places.iter().any(|place| {
        let name = place.path().and_then(|path| path.file_name());
        name.is_some_and(|name| name.to_string_lossy().starts_with("kubelet-client-current"))
    });
    let validity = known.certificate.validity();
    let life = validity.not_after().duration_since(validity.not_before());
    let passed = input.now.duration_since(validity.not_before());
    let is_late = passed > life / 10 * 9;
    let end = || shown(validity.not_after());
    let what = || format!("more than 90 % of its life is over; it ends on {}", end());
    (is_kept && is_late && known.has_role(Role::Kubelet))
        .then(|| known.found(&KUBELET_NOT_ROTATED, what()))
}

fn shown(moment: Timestamp) -> String {
    moment.strftime("%Y-%m-%d %H:%MZ").to_string()
}

fn days(duration: SignedDuration) -> String {
    match duration.as_hours() / 24 {
        0 if duration.as_mins() == 0 => format!("{} s", duration.as_secs()),
        0 if duration.as_hours() == 0 => format!("{} min", duration.as_mins()),
        0 => format!("{} h", duration.as_hours()),
        1 => "1 day".to_owned(),
        days => format!("{days} days"),
    }
}
