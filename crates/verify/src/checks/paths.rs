//! What was asked of certificates in so many words: whether each is good for a purpose and a name, for
//! whoever trusts some files and nothing else.

use std::collections::HashSet;

use rayon::prelude::*;

use crate::{
    check::{Finding, Place},
    index::{Index, Known},
    path::build::Search,
    world::{Asked, World},
};

pub(crate) fn run(world: &World, index: &Index<'_>) -> Vec<Finding> {
    let Some(asked) = &world.asked else { return Vec::new() };
    let trusted = asked.trust.iter().flat_map(|file| world.certificates(file));
    let anchors: HashSet<_> = trusted.filter_map(|it| index.position(it)).collect();
    let search = Search {
        pool: &index.pool(),
        anchors: &anchors,
        purpose: asked.purpose,
        name: asked.name.as_ref(),
        time: world.now,
    };
    let judged = (0..index.certificates.len()).into_par_iter().filter(|position| {
        let known = &index.certificates[*position];
        !anchors.contains(position) && is_asked(asked, known)
    });
    let found = judged.flat_map_iter(|position| search.run(position).problems);
    let found: HashSet<_> = found.collect();
    let mut findings: Vec<_> = found
        .into_iter()
        .map(|(at, problem)| index.certificates[at].found(problem.check(), problem.to_string()))
        .collect();
    findings.sort_by(|a, b| (&a.place, &a.what).cmp(&(&b.place, &b.what)));
    findings
}

/// Whether a certificate is the first of its file or the first that a server sent: what follows it is its chain.
fn is_asked(asked: &Asked, known: &Known<'_>) -> bool {
    let is_trusted =
        |place: &Place| place.path().is_some_and(|path| asked.trust.iter().any(|it| it == path));
    known.places.iter().any(|place| place.is_own() && !is_trusted(place))
}
