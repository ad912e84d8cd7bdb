//! What was asked of certificates in so many words: whether each is good for a purpose and a name, for
//! whoever trusts some files and nothing else. And what is said of certificates that no path needs.

use std::collections::{HashMap, HashSet};

use rayon::prelude::*;

use super::{authorities::SPARE_AUTHORITY, contents, files, live};
use crate::{
    check::{Finding, Place, Severity},
    index::{CertificateIndex, PlacedCertificate},
    input::{Asked, Input},
    path::build::Search,
};

/// The answer, and of what the groups found all that is not an answer to the same question: errors of
/// certificates are those of the best path.
pub(crate) fn answer(
    input: &Input,
    index: &CertificateIndex<'_>,
    asked: &Asked,
    found: Vec<Finding>,
) -> Vec<Finding> {
    let trusted = asked.trust.iter().flat_map(|file| input.certificates(file));
    let anchors = trusted.filter_map(|it| index.position(it)).collect();
    let pool = index.pool();
    let search = Search {
        pool: &pool,
        anchors: &anchors,
        purpose: asked.purpose,
        name: asked.name.as_ref(),
        time: input.now,
    };
    let judged = (0..index.certificates.len()).into_par_iter();
    let judged = judged.filter(|position| is_asked(asked, &index.certificates[*position]));
    let judged: Vec<_> = judged.map(|position| search.run(position)).collect();
    let used: HashSet<_> = judged.iter().flat_map(|it| &it.path).chain(&anchors).copied().collect();
    let places = places(index);
    let kept = found.into_iter().filter_map(|finding| match places.get(&finding.place) {
        Some(position) if is_of_paths(&finding) => {
            (!used.contains(position)).then(|| as_spare(finding))
        }
        _ => Some(finding),
    });
    let mut findings: Vec<_> = kept.collect();
    let good = judged.iter().filter(|it| it.problems.is_empty());
    let notes: HashSet<_> = good.flat_map(|it| search.notes(it)).collect();
    findings.extend(
        notes.into_iter().filter_map(|(at, odd)| {
            Some(index.certificates[at].found(odd.check()?, odd.to_string()))
        }),
    );
    let problems: HashSet<_> = judged.into_iter().flat_map(|it| it.problems).collect();
    findings.extend(
        problems.into_iter().map(|(at, problem)| {
            index.certificates[at].found(problem.check(), problem.to_string())
        }),
    );
    // The order of a set is nobody's.
    findings.sort_by(|a, b| a.what.cmp(&b.what));
    findings
}

/// Lowers the errors of certificates that no path needs.
pub(crate) fn without_spares(index: &CertificateIndex<'_>, found: Vec<Finding>) -> Vec<Finding> {
    if !index.certificates.iter().any(|known| known.is_spare) {
        return found;
    }
    let places = places(index);
    let lowered = found.into_iter().map(|finding| {
        let position = places.get(&finding.place);
        let is_spare = position.is_some_and(|position| index.certificates[*position].is_spare);
        if is_spare && is_of_paths(&finding) { as_spare(finding) } else { finding }
    });
    lowered.collect()
}

/// Whether a finding is an error that a path decides about, and not one of the file or the server.
fn is_of_paths(finding: &Finding) -> bool {
    let mut others = files::CHECKS.iter().chain(live::CHECKS).copied();
    let is_other = others.any(|check| check == finding.check);
    let is_name = *finding.check == contents::REFUSED_NAME;
    finding.check.severity == Severity::Error && !is_other && !is_name
}

fn as_spare(finding: Finding) -> Finding {
    Finding { check: &SPARE_AUTHORITY, ..finding }
}

/// Which certificate lies at each place.
fn places<'b>(index: &'b CertificateIndex<'_>) -> HashMap<&'b Place, usize> {
    let certificates = index.certificates.iter().enumerate();
    certificates.flat_map(|(at, known)| known.places.iter().map(move |place| (place, at))).collect()
}

/// Whether a certificate is the first of its file or the first that a server sent: what follows it is
/// its chain.
fn is_asked(asked: &Asked, known: &PlacedCertificate<'_>) -> bool {
    let is_trusted =
        |place: &Place| place.path().is_some_and(|path| asked.trust.iter().any(|it| it == path));
    known.places.iter().any(|place| place.is_own() && !is_trusted(place))
}
