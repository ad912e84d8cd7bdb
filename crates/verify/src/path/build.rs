//! The search for a path from a certificate to an anchor, over every candidate. Verifies a signature
//! after all else that a candidate can be refused for.

use std::{cmp::Reverse, collections::HashSet};

use jiff::Timestamp;
use kubepki_ca::Certificate;
use kubepki_inspect::{Verdict, index::TRIED, text::name_in_words};

use super::{Judgement, Name, Note, Odd, Problem, Purpose, Question, Reason, member, pool::Pool};
use crate::index::Facts;

/// How many signatures one search looks at, as in Go: those who cross-sign each other must not make
/// it endless.
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
pub(crate) struct CandidatePath {
    pub(crate) path: Vec<usize>,
    pub(crate) problems: Vec<(usize, Problem)>,
    /// Whether it ends in an anchor.
    is_whole: bool,
}

pub(super) fn judge<'a>(question: &Question<'a>) -> Judgement<'a> {
    let anchors = question.anchors.iter().copied();
    let others = question.intermediates.iter().copied();
    let all = std::iter::once(question.leaf).chain(anchors).chain(others);
    let mut seen = HashSet::new();
    let all: Vec<&'a Certificate> = all.filter(|it| seen.insert(it.der())).collect();
    let facts: Vec<_> = all.iter().map(|it| Facts::of(it)).collect();
    let pool = Pool::of(all.iter().copied().zip(&facts));
    let anchors: HashSet<_> = question.anchors.iter().map(|it| it.der()).collect();
    let anchors = all.iter().enumerate().filter(|(_, it)| anchors.contains(it.der()));
    let anchors = anchors.map(|(position, _)| position).collect();
    let search = Search {
        pool: &pool,
        anchors: &anchors,
        purpose: question.purpose,
        name: question.name.as_ref(),
        time: question.time,
    };
    let found = search.run(0);
    let notes = search.notes(&found);
    let notes = notes.into_iter().map(|(position, odd)| Note { at: all[position], odd }).collect();
    let is_good = found.problems.is_empty();
    let path = is_good.then(|| found.path.iter().map(|position| all[*position]).collect());
    let reason = |(position, problem): (usize, Problem)| Reason { at: all[position], problem };
    Judgement { path, reasons: found.problems.into_iter().map(reason).collect(), notes }
}

impl Search<'_, '_> {
    /// The first good path, else the one that is the least wrong.
    pub(crate) fn run(&self, leaf: usize) -> CandidatePath {
        let own = member::leaf(&self.pool.member(leaf), self.purpose, self.name, self.time);
        let problems = own.into_iter().map(|problem| (leaf, problem)).collect();
        let start = CandidatePath { path: vec![leaf], problems, is_whole: false };
        if start.problems.is_empty() {
            let mut walk = Walk { search: self, budget: BUDGET, best: None, explains: false };
            if let Some(good) = walk.extend(&start).then_some(walk.best).flatten() {
                return good;
            }
        }
        let mut walk = Walk { search: self, budget: BUDGET, best: None, explains: true };
        walk.extend(&start);
        walk.best.unwrap_or(start)
    }

    /// What is odd about a path.
    pub(crate) fn notes(&self, found: &CandidatePath) -> Vec<(usize, Odd)> {
        let notes = found.path.iter().enumerate().flat_map(|(above, position)| {
            let notes = member::notes(&self.pool.member(*position), above == 0, self.purpose);
            notes.into_iter().map(|odd| (*position, odd))
        });
        notes.collect()
    }

    /// What is wrong with a candidate as the next one above a path, but for its signature.
    fn of_issuer(&self, path: &[usize], issuer: usize) -> Vec<(usize, Problem)> {
        let above = self.pool.member(issuer);
        let own = member::authority(&above, path.len() - 1, self.purpose, self.time);
        let own = own.into_iter().map(|problem| (issuer, problem));
        let child = path.last().map(|last| (*last, self.pool.member(*last)));
        let other = child.filter(|(_, child)| member::points_elsewhere(child, &above));
        let other = other.map(|(child, _)| {
            (child, Problem::OtherIssuer { issuer: above.certificate.subject().to_string() })
        });
        let constraints = above.facts.name_constraints.iter();
        let forbidden = constraints.flat_map(|constraints| {
            path.iter().flat_map(|position| {
                let names = self.pool.member(*position).facts.names.iter();
                let forbidden = names.filter(|name| !constraints.allow(name));
                forbidden.map(|name| {
                    let by = above.certificate.subject().to_string();
                    (*position, Problem::NameNotPermitted { by, name: name.to_string() })
                })
            })
        });
        own.chain(other).chain(forbidden).collect()
    }
}

struct Walk<'w, 's, 'p> {
    search: &'w Search<'s, 'p>,
    budget: usize,
    best: Option<CandidatePath>,
    /// Whether it goes on where something is wrong, to say what.
    explains: bool,
}

impl Walk<'_, '_, '_> {
    /// Tries everything that may stand above a path; true as soon as a good one is there.
    fn extend(&mut self, found: &CandidatePath) -> bool {
        let Some(last) = found.path.last().copied() else { return false };
        let (pool, anchors) = (self.search.pool, self.search.anchors);
        if anchors.contains(&last) {
            self.offer(CandidatePath { is_whole: true, ..found.clone() });
            return found.problems.is_empty();
        }
        let candidates = pool.candidates(last).filter(|it| !is_in(pool, &found.path, *it));
        let mut candidates: Vec<_> = candidates.take(TRIED).collect();
        candidates.sort_by_key(|candidate| !anchors.contains(candidate));
        let is_alone = candidates.is_empty();
        for candidate in candidates {
            if self.budget == 0 {
                break;
            }
            let problems = self.search.of_issuer(&found.path, candidate);
            if !self.explains && !problems.is_empty() {
                continue;
            }
            self.budget -= 1;
            let mut next = found.clone();
            let (is_linked, problem) = self.signature(last, candidate);
            next.problems.extend(problem.map(|problem| (last, problem)));
            if !is_linked {
                self.offer(next);
                continue;
            }
            next.problems.extend(problems);
            next.path.push(candidate);
            if self.extend(&next) {
                return true;
            }
        }
        if is_alone {
            let issuer = name_in_words(pool.member(last).certificate.issuer_name());
            let mut next = found.clone();
            next.problems.push((last, Problem::UnknownAuthority { issuer }));
            self.offer(next);
        }
        false
    }

    /// Whether a candidate's key signed what is below, and what is wrong with the signature.
    fn signature(&self, position: usize, issuer: usize) -> (bool, Option<Problem>) {
        let pool = self.search.pool;
        let (algorithm, by) =
            (&pool.member(position).facts.signature_algorithm, pool.member(issuer).certificate);
        let verdict = pool.verdict(position, issuer);
        let problem = match (verdict, algorithm.broken_digest()) {
            (Verdict::Fails, _) => Some(Problem::Forged { issuer: by.subject().to_string() }),
            (_, Some(digest)) => Some(Problem::WeakSignature { digest }),
            (Verdict::Holds, None) => None,
            (Verdict::Unknown, None) => {
                Some(Problem::UnverifiableSignature { algorithm: algorithm.to_string() })
            }
        };
        (verdict == Verdict::Holds, problem)
    }

    /// Keeps what is better than what is known: what ends in an anchor, then what has fewer problems,
    /// then the longer one.
    fn offer(&mut self, found: CandidatePath) {
        let rank = |it: &CandidatePath| (!it.is_whole, it.problems.len(), Reverse(it.path.len()));
        if self.best.as_ref().is_none_or(|best| rank(&found) < rank(best)) {
            self.best = Some(found);
        }
    }
}

/// Whether a CA stands in the path already, be it by another certificate.
fn is_in(pool: &Pool<'_>, path: &[usize], candidate: usize) -> bool {
    path.iter().any(|position| pool.are_one_entity(*position, candidate))
}
