//! The issuers of each certificate: the best path from it to a CA that a file has, and what is known of
//! its issuer where there is none. Judges nothing.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use kubepki_inspect::{Verdict, index::TRIED};
use rayon::prelude::*;

use super::{Facts, Issued, gather::Met};
use crate::path::{
    Purpose,
    build::{CandidatePath, Search},
    pool::Pool,
};

/// Who issued each of the certificates, with its best path; and the certificates of CAs that no path needs.
pub(super) fn of_each(
    met: &[Met<'_>],
    facts: &[Facts],
    now: Timestamp,
) -> (Vec<(Issued, Vec<usize>)>, HashSet<usize>) {
    let pool = Pool::of(met.iter().zip(facts).map(|(met, facts)| (met.certificate, facts)));
    let tops = (0..met.len()).filter(|position| {
        let met = &met[*position];
        met.certificate.is_ca() && met.is_in_file() && is_top(&pool, *position)
    });
    let anchors = tops.collect();
    let search =
        Search { pool: &pool, anchors: &anchors, purpose: Purpose::Any, name: None, time: now };
    let found: Vec<_> = (0..met.len()).into_par_iter().map(|it| search.run(it)).collect();
    let spares = spares(met, &pool, &found);
    let issued = found.into_par_iter().enumerate();
    let issued =
        issued.map(|(position, found)| (issued_by(&pool, position, &found.path), found.path));
    (issued.collect(), spares)
}

/// Whether nobody stands above it.
fn is_top(pool: &Pool<'_>, position: usize) -> bool {
    let own = pool.member(position);
    let is_own = pool.names_itself(position) && pool.verdict(position, position) != Verdict::Fails;
    is_own || pool.candidates(position).all(|it| pool.member(it).certificate == own.certificate)
}

fn issued_by(pool: &Pool<'_>, position: usize, path: &[usize]) -> Issued {
    let is_own = pool.names_itself(position);
    // What nobody verifies need not be verified here: a root is believed for its key.
    if is_own && pool.verdict(position, position) != Verdict::Fails {
        return Issued::BySelf;
    }
    if let [_, issuer, ..] = path {
        return Issued::By(*issuer);
    }
    let mut issued = Issued::Unknown;
    // A CA is worth more words than what only bears its name.
    let mut candidates: Vec<_> = pool.candidates(position).filter(|it| *it != position).collect();
    candidates.sort_by_key(|it| !pool.member(*it).certificate.is_ca());
    for candidate in candidates.into_iter().take(TRIED) {
        match pool.verdict(position, candidate) {
            Verdict::Unknown => return Issued::Perhaps(candidate),
            _ if issued == Issued::Unknown => issued = Issued::ByAnother(candidate),
            _ => {}
        }
    }
    match issued {
        Issued::Unknown if is_own => Issued::ByAnother(position),
        issued => issued,
    }
}

/// The certificates of CAs with something wrong, which have no role of their own, where another
/// certificate of the same CA has a good path and no path of another certificate needs them.
fn spares(met: &[Met<'_>], pool: &Pool<'_>, found: &[CandidatePath]) -> HashSet<usize> {
    let is_wrong = |position: &usize| {
        let met = &met[*position];
        let is_plain = met.certificate.is_ca() && met.roles.is_empty();
        is_plain && !found[*position].problems.is_empty()
    };
    let wrong: HashSet<_> = (0..met.len()).filter(is_wrong).collect();
    if wrong.is_empty() {
        return wrong;
    }
    let mut good: HashMap<_, Vec<usize>> = HashMap::new();
    for (position, found) in found.iter().enumerate() {
        let member = pool.member(position);
        if member.certificate.is_ca() && found.problems.is_empty() {
            good.entry(member.certificate.subject_name()).or_default().push(position);
        }
    }
    let needed: HashSet<_> = found.iter().flat_map(|it| it.path.iter().skip(1)).copied().collect();
    let is_spare = |position: &usize| {
        let member = pool.member(*position);
        let mut same_name = good.get(member.certificate.subject_name()).into_iter().flatten();
        !needed.contains(position) && same_name.any(|it| pool.are_one_entity(*it, *position))
    };
    wrong.into_iter().filter(is_spare).collect()
}
