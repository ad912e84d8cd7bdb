//! Hand-made certificates, each put to kubepki and, in the same run, to Go, OpenSSL, GnuTLS and pyca.
//! What any of them refuses kubepki refuses, and what all accept it accepts, but for what stands in
//! `exceptions`. docs/verify-cases.md is the result.

mod exceptions;
mod judges;
mod page;

use self::judges::{Case, Verdicts};

#[test]
fn what_a_judge_refuses_is_refused_and_what_all_accept_is_accepted() {
    let folder = tempfile::tempdir().unwrap();
    let cases = judges::make(folder.path());
    assert!(cases.len() >= 160, "{} cases", cases.len());
    let verdicts = Verdicts::of(&cases, folder.path());
    let wrong = cases.iter().filter_map(|case| Some((&case.id, wrong(case, &verdicts)?)));
    let wrong: Vec<_> = wrong.collect();
    assert!(wrong.is_empty(), "{} cases: {wrong:#?}", wrong.len());
    let versions = judges::versions();
    for id in exceptions::cases() {
        let case = cases.iter().find(|case| case.id == id).unwrap_or_else(|| panic!("no {id}"));
        let is_needed = verdicts.ours(case).is_accepted() != verdicts.refusing(case).is_empty();
        assert!(is_needed || !page::is_of(&versions), "{id} is no exception");
    }
    page::check(&page::render(&cases, &verdicts, &versions), &versions);
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
    let is_comparable = case.family != "Path building" && ours.code != Some(2);
    if is_comparable && unasked.is_accepted() && !go.is_empty() {
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
