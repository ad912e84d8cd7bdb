//! Check 7, of certificates below CAs that allow less than others: some usages only, or some names.

use std::collections::HashSet;

use kubepki_ca::ExtendedKeyUsage;
use rayon::prelude::*;

use super::table::{NAME_NOT_PERMITTED, USAGE_NOT_PERMITTED};
use crate::{
    check::Finding,
    index::{CertificateIndex, PlacedCertificate},
    path::Problem,
};

/// What was found, and the CAs whose usages it is about.
pub(super) struct Limits {
    pub(super) findings: Vec<Finding>,
    authorities: HashSet<Vec<u8>>,
}

impl Limits {
    /// Whether a certificate was found below this CA whose usage it does not allow.
    pub(super) fn has(&self, known: &PlacedCertificate<'_>) -> bool {
        self.authorities.contains(known.certificate.der())
    }
}

pub(super) fn run<'a>(index: &CertificateIndex<'a>) -> Limits {
    let found: Vec<_> = index
        .certificates
        .par_iter()
        .flat_map_iter(|known| {
            let names = name(index, known).map(|finding| (finding, None));
            let usages = (!known.certificate.is_ca()).then(|| usage(index, known)).flatten();
            let usages =
                usages.map(|(finding, above)| (finding, Some(above.certificate.der().to_vec())));
            names.into_iter().chain(usages)
        })
        .collect();
    let (findings, authorities): (_, Vec<_>) = found.into_iter().unzip();
    Limits { findings, authorities: authorities.into_iter().flatten().collect() }
}

/// A usage that the certificate is for, and that a CA above it does not have among its own.
fn usage<'b, 'a>(
    index: &'b CertificateIndex<'a>,
    known: &'b PlacedCertificate<'a>,
) -> Option<(Finding, &'b PlacedCertificate<'a>)> {
    let found = index.chain(known).skip(1).find_map(|above| {
        let allowed = above.certificate.extended_key_usage();
        let is_all = allowed.is_empty() || allowed.contains(&ExtendedKeyUsage::Any);
        let missing = if is_all { None } else { missing(known, allowed) };
        missing.map(|missing| (above, missing))
    });
    let (above, missing) = found?;
    let allowed: Vec<_> =
        above.certificate.extended_key_usage().iter().map(ToString::to_string).collect();
    let what = format!(
        "`{}` above it allows {} alone, and this is for {missing}",
        above.certificate.subject(),
        allowed.join(" and ")
    );
    Some((known.found(&USAGE_NOT_PERMITTED, what), above))
}

/// What is needed and not allowed: for a known role all of it, else the certificate's own usages, of
/// which one is enough.
fn missing(
    known: &PlacedCertificate<'_>,
    allowed: &[ExtendedKeyUsage],
) -> Option<ExtendedKeyUsage> {
    use ExtendedKeyUsage::{ClientAuth, ServerAuth};
    let mut needed = Vec::new();
    if known.is_served() || known.roles.iter().any(|role| role.is_server()) {
        needed.push(ServerAuth);
    }
    if known.roles.iter().any(|role| role.is_client()) {
        needed.push(ClientAuth);
    }
    if needed.is_empty() {
        let own = known.certificate.extended_key_usage();
        let is_allowed = own.iter().any(|usage| allowed.contains(usage));
        return own.first().filter(|_| !is_allowed).cloned();
    }
    needed.into_iter().find(|usage| !allowed.contains(usage))
}

/// A name that the nameConstraints of a CA above forbid.
fn name<'a>(index: &CertificateIndex<'a>, known: &PlacedCertificate<'a>) -> Option<Finding> {
    index.chain(known).skip(1).find_map(|above| {
        let constraints = above.facts.name_constraints.as_ref()?;
        let forbidden = known.facts.names.iter().find(|name| !constraints.allow(name))?;
        let by = above.certificate.subject().to_string();
        let problem = Problem::NameNotPermitted { by, name: forbidden.to_string() };
        Some(known.found(&NAME_NOT_PERMITTED, problem.to_string()))
    })
}
