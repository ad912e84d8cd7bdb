//! Hand-made certificates, each put to kubepki and, in the same run, to Go, OpenSSL, GnuTLS and pyca.
//! What any of them refuses kubepki refuses, and what all accept it accepts, but for what stands in
//! `exceptions`. docs/verify-cases.md is the result.

mod exceptions;
mod judges;
mod page;

use std::collections::{BTreeMap, BTreeSet};

use self::judges::{Case, Verdicts};

/// Cases that are not right yet.
const KNOWN: &str = include_str!("known.txt");

#[test]
fn what_a_judge_refuses_is_refused_and_what_all_accept_is_accepted() {
    let folder = tempfile::tempdir().unwrap();
    let cases = judges::make(folder.path());
    assert!(cases.len() >= 160, "{} cases", cases.len());
    let verdicts = Verdicts::of(&cases, folder.path());
    let wrong = cases.iter().filter_map(|case| Some((case.id.as_str(), wrong(case, &verdicts)?)));
    let wrong: BTreeMap<_, _> = wrong.collect();
    let known: BTreeSet<_> = KNOWN.lines().collect();
    let new: Vec<_> = wrong.iter().filter(|(id, _)| !known.contains(*id)).collect();
    assert!(new.is_empty(), "{} cases: {new:#?}", new.len());
    page::check(&page::render(&cases, &verdicts, &judges::versions()));
}

/// What is wrong with what kubepki says of a case.
fn wrong(case: &Case, verdicts: &Verdicts) -> Option<String> {
    let ours = verdicts.ours(case);
    let refusing = verdicts.refusing(case);
    let about = |what: &str| {
        Some(format!("{}: {what}: kubepki {ours:?}; refused by {refusing:#?}", case.title))
    };
    // 2: a name that no server can have, and a file without any certificate.
    if !matches!(ours.code, Some(0 | 2 | 3)) {
        return about("an unexpected exit code");
    }
    if !ours.is_accepted() && verdicts.served(case).is_some_and(|served| served.is_accepted()) {
        return about("refused as a file, and accepted where a server sends it");
    }
    // Whom to trust is not said there, so that paths may lead elsewhere.
    let (unasked, go) = verdicts.unasked(case);
    if case.family != "Path building" && unasked.is_accepted() && !go.is_empty() {
        return about(&format!("accepted where nothing is asked, and Go says {go}"));
    }
    let exception = exceptions::of(&case.id, ours.is_accepted());
    match exception {
        _ if ours.is_accepted() == refusing.is_empty() => None,
        None if ours.is_accepted() => about("accepted"),
        None => about("refused"),
        Some(exception) => match exception.note {
            Some(note) if !ours.checks.contains(note) => about(&format!("no `{note}`")),
            _ => None,
        },
    }
}
