//! The search for a path from a certificate to an anchor, over every candidate. Verifies each
//! signature after all else that a candidate can be refused for.

use std::collections::HashSet;

use jiff::Timestamp;
use kubepki_ca::{Certificate, ExtendedKeyUsage, KeyUsage};

use super::{Judgement, Name, Problem, Purpose, Question, Reason, pool::Pool};
use crate::{
    check::visible,
    checks::contents::covers,
    index::{Facts, signature::Verdict},
};

/// How many signatures one search looks at, as in Go: those who cross-sign each other must not make it endless.
const BUDGET: usize = 100;

/// What does not change while paths are sought.
pub(crate) struct Search<'s, 'p> {
    pub(crate) pool: &'s Pool<'p>,
    pub(crate) anchors: &'s HashSet<usize>,
    pub(crate) purpose: Purpose,
    pub(crate) name: Option<&'s Name>,
    pub(crate) time: Timestamp,
}

/// A path, and what is wrong with it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Found {
    pub(crate) path: Vec<usize>,
    pub(crate) problems: Vec<(usize, Problem)>,
}

pub(super) fn judge<'a>(question: &Question<'a>) -> Judgement<'a> {
    let anchors = question.anchors.iter();
    let all: Vec<&'a Certificate> = [question.leaf]
        .into_iter()
        .chain(anchors.copied())
        .chain(question.intermediates.iter().copied())
        .collect();
    let mut seen = HashSet::new();
    let all: Vec<_> = all.into_iter().filter(|it| seen.insert(it.der())).collect();
    let facts: Vec<_> = all.iter().map(|it| Facts::of(it)).collect();
    let pool = Pool::of(all.iter().copied().zip(&facts));
    let is_anchor = |(_, it): &(usize, &&Certificate)| question.anchors.contains(*it);
    let anchors = all.iter().enumerate().filter(is_anchor).map(|(position, _)| position).collect();
    let search = Search {
        pool: &pool,
        anchors: &anchors,
        purpose: question.purpose,
        name: question.name.as_ref(),
        time: question.time,
    };
    let found = search.run(0);
    let reason = |(position, problem): (usize, Problem)| Reason { at: all[position], problem };
    let is_good = found.problems.is_empty();
    Judgement {
        path: is_good.then(|| found.path.iter().map(|position| all[*position]).collect()),
        reasons: found.problems.into_iter().map(reason).collect(),
        notes: Vec::new(),
    }
}

impl Search<'_, '_> {
    /// The first good path, else the one that is the least wrong.
    pub(crate) fn run(&self, leaf: usize) -> Found {
        let own = self.of_leaf(leaf);
        let start = Found { path: vec![leaf], problems: own };
        let mut walk = Walk { search: self, budget: BUDGET, best: None, explains: false };
        if start.problems.is_empty() && walk.extend(&start) {
            return walk.best.unwrap_or(start);
        }
        let mut walk = Walk { budget: BUDGET, explains: true, ..walk };
        walk.extend(&start);
        walk.best.unwrap_or(start)
    }

    /// What is wrong with the leaf, whoever issued it.
    fn of_leaf(&self, leaf: usize) -> Vec<(usize, Problem)> {
        let certificate = self.pool.member(leaf).certificate;
        let mut problems = self.of_any(leaf);
        if let Some(name) = self.name
            && !covers(certificate, &name.to_string())
        {
            let has = certificate.subject_alt_names().iter().map(|it| visible(&it.to_string()));
            problems.push(Problem::Name { asked: name.to_string(), has: has.collect() });
        }
        problems.into_iter().map(|problem| (leaf, problem)).collect()
    }

    fn of_any(&self, position: usize) -> Vec<Problem> {
        let member = self.pool.member(position);
        let validity = member.certificate.validity();
        let mut problems = Vec::new();
        if validity.not_after() < self.time {
            problems.push(Problem::Expired { not_after: validity.not_after() });
        }
        if self.time < validity.not_before() {
            problems.push(Problem::NotYetValid { not_before: validity.not_before() });
        }
        let unknown = member.facts.unknown_critical.iter();
        problems.extend(unknown.map(|oid| Problem::UnknownCritical { oid: oid.clone() }));
        let usages = member.certificate.extended_key_usage();
        let missing = self.purpose.usages().iter().find(|usage| {
            !usages.is_empty()
                && !usages.contains(usage)
                && !usages.contains(&ExtendedKeyUsage::Any)
        });
        problems.extend(
            missing.map(|needed| Problem::Usage { needed: needed.clone(), has: usages.to_vec() }),
        );
        problems
    }

    /// What is wrong with a candidate as the next one above a path, but for its signature.
    fn of_issuer(&self, path: &[usize], issuer: usize) -> Vec<(usize, Problem)> {
        let member = self.pool.member(issuer);
        let (certificate, facts) = (member.certificate, member.facts);
        let mut problems = self.of_any(issuer);
        if !certificate.is_ca() {
            problems.push(Problem::NotAuthority);
        } else if certificate.key_usage().is_some_and(|it| !it.contains(KeyUsage::KEY_CERT_SIGN)) {
            problems.push(Problem::CannotSign);
        }
        let below = path.len() - 1;
        if let Some(allowed) = certificate.path_length()
            && usize::try_from(allowed).is_ok_and(|allowed| below > allowed)
        {
            problems.push(Problem::PathTooLong { allowed, below });
        }
        let mut problems: Vec<_> = problems.into_iter().map(|it| (issuer, it)).collect();
        if let Some(constraints) = &facts.name_constraints {
            for position in path {
                let names = self.pool.member(*position).certificate.subject_alt_names().iter();
                let forbidden = names.filter(|name| !constraints.allow(name));
                problems.extend(forbidden.map(|name| {
                    let (by, name) =
                        (certificate.subject().to_string(), visible(&name.to_string()));
                    (*position, Problem::NameNotPermitted { by, name })
                }));
            }
        }
        problems
    }
}

impl Purpose {
    /// What a certificate has to be good for.
    const fn usages(self) -> &'static [ExtendedKeyUsage] {
        use ExtendedKeyUsage::{ClientAuth, ServerAuth};
        match self {
            Self::Any => &[],
            Self::Client => &[ClientAuth],
            Self::EtcdPeer => &[ServerAuth, ClientAuth],
            Self::Server => &[ServerAuth],
        }
    }
}

struct Walk<'w, 's, 'p> {
    search: &'w Search<'s, 'p>,
    budget: usize,
    best: Option<Found>,
    /// Whether it goes on where something is wrong, to say what.
    explains: bool,
}

impl Walk<'_, '_, '_> {
    /// Tries everything that may stand above a path; true as soon as a good one is there.
    fn extend(&mut self, found: &Found) -> bool {
        let Some(last) = found.path.last().copied() else { return false };
        if self.search.anchors.contains(&last) {
            self.offer(found.clone(), true);
            return found.problems.is_empty();
        }
        let mut candidates = self.search.pool.candidates(last);
        candidates.sort_by_key(|candidate| !self.search.anchors.contains(candidate));
        for candidate in candidates {
            if self.is_in(&found.path, candidate) {
                continue;
            }
            let problems = self.search.of_issuer(&found.path, candidate);
            if (!self.explains && !problems.is_empty()) || self.budget == 0 {
                continue;
            }
            self.budget -= 1;
            let signed = self.signature(last, candidate);
            let mut next = found.clone();
            next.problems.extend(problems);
            match signed {
                Ok(()) => {
                    next.path.push(candidate);
                    if self.extend(&next) {
                        return true;
                    }
                }
                Err(problem) => {
                    next.problems = found.problems.clone();
                    next.problems.push((last, problem));
                    self.offer(next, false);
                }
            }
        }
        if self.best.is_none() {
            let issuer = self.search.pool.member(last).certificate.issuer_name();
            let issuer = crate::index::name(issuer);
            let mut next = found.clone();
            next.problems.push((last, Problem::UnknownAuthority { issuer }));
            self.offer(next, false);
        }
        false
    }

    /// Whether a CA stands in the path already, be it by another certificate.
    fn is_in(&self, path: &[usize], candidate: usize) -> bool {
        let pool = self.search.pool;
        let new = pool.member(candidate);
        path.iter().map(|position| pool.member(*position)).any(|member| {
            member.certificate.subject_name() == new.certificate.subject_name()
                && member.facts.key == new.facts.key
        })
    }

    fn signature(&self, position: usize, issuer: usize) -> Result<(), Problem> {
        let pool = self.search.pool;
        let (member, by) = (pool.member(position), pool.member(issuer));
        let algorithm = &member.facts.signature_algorithm;
        if let Some(digest) = algorithm.broken_digest() {
            return Err(Problem::WeakSignature { digest });
        }
        match pool.verdict(position, issuer) {
            Verdict::Holds => Ok(()),
            Verdict::Fails => Err(Problem::Forged { issuer: by.certificate.subject().to_string() }),
            Verdict::Unknown => {
                Err(Problem::UnverifiableSignature { algorithm: format!("{algorithm:?}") })
            }
        }
    }

    /// Keeps what is better than what is known: what ends in an anchor, then what has fewer problems.
    fn offer(&mut self, found: Found, is_anchored: bool) {
        let rank = |it: &Found, anchored: bool| (!anchored, it.problems.len());
        let is_better = self.best.as_ref().is_none_or(|best| {
            let last = best.path.last();
            let anchored = last.is_some_and(|last| self.search.anchors.contains(last));
            rank(&found, is_anchored) < rank(best, anchored)
        });
        if is_better {
            self.best = Some(found);
        }
    }
}
